// SPDX-License-Identifier: GPL-2.0
/*
 * Decoder for the few x86 instructions that touch device memory. See insn.h for the contract.
 *
 * Decoding runs over the bytes once, left to right: prefixes, opcode, ModRM with its
 * displacement, immediate. Addresses are not computed, since the hypervisor already knows the
 * guest physical one; displacements are only stepped over, to find the instruction's length.
 */
#include "insn.h"

/* How an opcode takes its operands. */
#define FORM_BYTE	0x01	/* operands are bytes, whatever the operand size */
#define FORM_STORE	0x02	/* memory is the first operand */
#define FORM_MOFFS	0x04	/* no ModRM; an absolute address follows, the register is RAX */
#define FORM_IMM	0x08	/* immediate of operand size, at most four bytes */
#define FORM_IMM8	0x10	/* one byte of immediate, sign-extended */
#define FORM_GROUP1	0x20	/* ModRM.reg selects the arithmetic operation */
#define FORM_REG0	0x40	/* ModRM.reg must be zero */
#define FORM_SIGNED	0x80	/* load with sign extension */

struct form {
	uint16_t opcode;	/* 0x0fXX for the two-byte map */
	uint8_t op;
	uint8_t flags;
	uint8_t mem_size;	/* width of memory if it differs from the operand size */
};

static const struct form forms[] = {
	{ 0x0063, INSN_MOV, FORM_SIGNED, 4 },
	{ 0x0080, INSN_ADD, FORM_BYTE | FORM_STORE | FORM_IMM8 | FORM_GROUP1, 0 },
	{ 0x0081, INSN_ADD, FORM_STORE | FORM_IMM | FORM_GROUP1, 0 },
	{ 0x0083, INSN_ADD, FORM_STORE | FORM_IMM8 | FORM_GROUP1, 0 },
	{ 0x0084, INSN_TEST, FORM_BYTE | FORM_STORE, 0 },
	{ 0x0085, INSN_TEST, FORM_STORE, 0 },
	{ 0x0086, INSN_XCHG, FORM_BYTE | FORM_STORE, 0 },
	{ 0x0087, INSN_XCHG, FORM_STORE, 0 },
	{ 0x0088, INSN_MOV, FORM_BYTE | FORM_STORE, 0 },
	{ 0x0089, INSN_MOV, FORM_STORE, 0 },
	{ 0x008a, INSN_MOV, FORM_BYTE, 0 },
	{ 0x008b, INSN_MOV, 0, 0 },
	{ 0x00a0, INSN_MOV, FORM_MOFFS | FORM_BYTE, 0 },
	{ 0x00a1, INSN_MOV, FORM_MOFFS, 0 },
	{ 0x00a2, INSN_MOV, FORM_MOFFS | FORM_BYTE | FORM_STORE, 0 },
	{ 0x00a3, INSN_MOV, FORM_MOFFS | FORM_STORE, 0 },
	{ 0x00c6, INSN_MOV, FORM_BYTE | FORM_STORE | FORM_IMM8 | FORM_REG0, 0 },
	{ 0x00c7, INSN_MOV, FORM_STORE | FORM_IMM | FORM_REG0, 0 },
	{ 0x00f6, INSN_TEST, FORM_BYTE | FORM_STORE | FORM_IMM8 | FORM_REG0, 0 },
	{ 0x00f7, INSN_TEST, FORM_STORE | FORM_IMM | FORM_REG0, 0 },
	{ 0x0fb6, INSN_MOV, 0, 1 },
	{ 0x0fb7, INSN_MOV, 0, 2 },
	{ 0x0fbe, INSN_MOV, FORM_SIGNED, 1 },
	{ 0x0fbf, INSN_MOV, FORM_SIGNED, 2 },
};

/* Operations of the arithmetic opcodes by bits 3 to 5; carry arithmetic is not supported. */
#define ALU_NONE 0xff
static const uint8_t alu_ops[8] = {
	INSN_ADD, INSN_OR, ALU_NONE, ALU_NONE, INSN_AND, INSN_SUB, INSN_XOR, INSN_CMP,
};

#define REX_B	0x1
#define REX_X	0x2
#define REX_R	0x4
#define REX_W	0x8

struct decoder {
	const uint8_t *bytes;
	unsigned int count;
	unsigned int pos;
	enum insn_mode mode;
	bool truncated;
	bool opsize;		/* prefix 66 seen */
	bool addrsize;		/* prefix 67 seen */
	bool lock;		/* prefix f0 seen */
	bool has_rex;
	uint8_t rex;
	uint8_t modrm;
};

static uint8_t peek(const struct decoder *d)
{
	return d->pos < d->count ? d->bytes[d->pos] : 0;
}

static uint8_t take(struct decoder *d)
{
	uint8_t byte = peek(d);

	if (d->pos >= d->count)
		d->truncated = true;
	d->pos++;
	return byte;
}

static uint64_t take_signed(struct decoder *d, unsigned int bytes)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		value |= (uint64_t)take(d) << (8 * i);
	if (bytes < 8 && value >> (8 * bytes - 1))
		value |= ~0ULL << (8 * bytes);
	return value;
}

static bool is_segment_prefix(uint8_t byte)
{
	return byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e ||
	       byte == 0x64 || byte == 0x65;
}

static void take_prefixes(struct decoder *d)
{
	for (;; d->pos++) {
		uint8_t byte = peek(d);

		if (byte == 0x66)
			d->opsize = true;
		else if (byte == 0x67)
			d->addrsize = true;
		else if (byte == 0xf0)
			d->lock = true;
		else if (!is_segment_prefix(byte))
			break;
	}
	/* REX counts only as the last prefix, so anything after it is already the opcode. */
	if (d->mode == INSN_MODE_64 && (peek(d) & 0xf0) == 0x40) {
		d->rex = take(d) & 0x0f;
		d->has_rex = true;
	}
}

static unsigned int operand_size(const struct decoder *d)
{
	if (d->rex & REX_W)
		return 8;
	return (d->mode == INSN_MODE_16) == d->opsize ? 4 : 2;
}

static unsigned int address_size(const struct decoder *d)
{
	if (d->mode == INSN_MODE_64)
		return d->addrsize ? 4 : 8;
	return (d->mode == INSN_MODE_16) == d->addrsize ? 4 : 2;
}

static bool find_alu_form(uint16_t opcode, struct form *form)
{
	if (opcode >= 0x40 || (opcode & 7) > 3 || alu_ops[opcode >> 3] == ALU_NONE)
		return false;
	form->opcode = opcode;
	form->op = alu_ops[opcode >> 3];
	form->flags = (opcode & 1 ? 0 : FORM_BYTE) | (opcode & 2 ? 0 : FORM_STORE);
	form->mem_size = 0;
	return true;
}

static bool find_form(struct decoder *d, struct form *form)
{
	uint16_t opcode = take(d);
	unsigned int i;

	if (opcode == 0x0f)
		opcode = 0x0f00 | take(d);
	/* Outside 64-bit mode, 63 is ARPL. */
	if (opcode == 0x63 && d->mode != INSN_MODE_64)
		return false;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].opcode == opcode) {
			*form = forms[i];
			return true;
		}
	}
	return find_alu_form(opcode, form);
}

/* Step over displacement bytes with 16-bit addressing: no SIB, [disp16] is mod 0 rm 6. */
static void skip_address16(struct decoder *d)
{
	unsigned int mod = d->modrm >> 6;

	if (mod == 1)
		d->pos += 1;
	else if (mod == 2 || (d->modrm & 0xc7) == 0x06)
		d->pos += 2;
}

/* Same with 32-bit and 64-bit addressing, where rm 4 brings a SIB byte. */
static void skip_address32(struct decoder *d)
{
	unsigned int mod = d->modrm >> 6;
	unsigned int base = d->modrm & 7;

	if (base == 4)
		base = take(d) & 7;
	if (mod == 1)
		d->pos += 1;
	else if (mod == 2 || (mod == 0 && base == 5))
		d->pos += 4;
}

static void skip_address(struct decoder *d)
{
	if (address_size(d) == 2)
		skip_address16(d);
	else
		skip_address32(d);
}

static void set_sizes(const struct decoder *d, const struct form *form, struct insn *insn)
{
	insn->reg_size = form->flags & FORM_BYTE ? 1 : operand_size(d);
	insn->size = form->mem_size ? form->mem_size : insn->reg_size;
	/* movsxd without REX.W, and movzx r16,m16, move no more than the register holds. */
	if (insn->size > insn->reg_size)
		insn->size = insn->reg_size;
}

static void set_register(const struct decoder *d, struct insn *insn)
{
	insn->reg = ((d->modrm >> 3) & 7) | (d->rex & REX_R ? 8 : 0);
	insn->high_byte = insn->reg_size == 1 && !d->has_rex && insn->reg >= 4;
	if (insn->high_byte)
		insn->reg -= 4;
}

static enum insn_status take_operands(struct decoder *d, const struct form *form,
				      struct insn *insn)
{
	unsigned int digit;

	if (form->flags & FORM_MOFFS) {
		d->pos += address_size(d);
		return INSN_OK;
	}
	d->modrm = take(d);
	if (d->modrm >> 6 == 3)
		return INSN_NO_MEMORY;
	skip_address(d);

	digit = (d->modrm >> 3) & 7;
	if (form->flags & FORM_REG0 && digit != 0)
		return INSN_UNSUPPORTED;
	if (form->flags & FORM_GROUP1) {
		if (alu_ops[digit] == ALU_NONE)
			return INSN_UNSUPPORTED;
		insn->op = alu_ops[digit];
	}
	set_register(d, insn);
	return INSN_OK;
}

static void take_immediate(struct decoder *d, const struct form *form, struct insn *insn)
{
	if (form->flags & FORM_IMM8)
		insn->imm = take_signed(d, 1);
	else if (form->flags & FORM_IMM)
		insn->imm = take_signed(d, insn->size == 2 ? 2 : 4);
	insn->has_imm = form->flags & (FORM_IMM8 | FORM_IMM);
}

enum insn_status insn_decode(struct insn *insn, enum insn_mode mode, const uint8_t *bytes,
			     unsigned int count)
{
	struct decoder d = {
		.bytes = bytes,
		.count = count < INSN_MAX_LEN ? count : INSN_MAX_LEN,
		.mode = mode,
	};
	enum insn_status status;
	struct form form;

	*insn = (struct insn){ 0 };
	take_prefixes(&d);
	if (!find_form(&d, &form))
		return d.truncated ? INSN_TRUNCATED : INSN_UNSUPPORTED;

	insn->op = form.op;
	insn->dest_mem = form.flags & FORM_STORE;
	insn->sign_extend = form.flags & FORM_SIGNED;
	set_sizes(&d, &form, insn);
	status = take_operands(&d, &form, insn);
	if (!d.truncated && status != INSN_OK)
		return status;
	take_immediate(&d, &form, insn);
	if (d.truncated || d.pos > d.count)
		return INSN_TRUNCATED;
	/* LOCK is an invalid opcode on anything that does not read, modify and write memory. */
	if (d.lock && !(insn_reads_memory(insn) && insn_writes_memory(insn)))
		return INSN_UNSUPPORTED;
	insn->len = d.pos;
	return INSN_OK;
}

bool insn_reads_memory(const struct insn *insn)
{
	return insn->op != INSN_MOV || !insn->dest_mem;
}

bool insn_writes_memory(const struct insn *insn)
{
	return insn->dest_mem && insn->op != INSN_CMP && insn->op != INSN_TEST;
}

static uint64_t mask_of(unsigned int size)
{
	return size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

static uint64_t extend(const struct insn *insn, uint64_t value)
{
	uint64_t mask = mask_of(insn->size);

	value &= mask;
	if (insn->sign_extend && value & (mask ^ (mask >> 1)))
		value |= ~mask;
	return value & mask_of(insn->reg_size);
}

static uint64_t read_reg(const struct insn *insn, const uint64_t *gprs)
{
	return gprs[insn->reg] >> (insn->high_byte ? 8 : 0) & mask_of(insn->reg_size);
}

/* A 32-bit write clears the upper half of the register; smaller ones keep what surrounds them. */
static void write_reg(const struct insn *insn, uint64_t *gprs, uint64_t value)
{
	unsigned int shift = insn->high_byte ? 8 : 0;
	uint64_t mask = insn->reg_size >= 4 ? ~0ULL : mask_of(insn->reg_size) << shift;

	gprs[insn->reg] = (gprs[insn->reg] & ~mask) | (value << shift & mask);
}

#define FLAG_CF	0x001
#define FLAG_PF	0x004
#define FLAG_AF	0x010
#define FLAG_ZF	0x040
#define FLAG_SF	0x080
#define FLAG_OF	0x800
#define FLAGS_ALL (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* PF looks at the low byte only. Folded to a nibble, then looked up in a 16-bit table. */
static bool even_parity(uint64_t value)
{
	return 0x9669 >> ((value ^ value >> 4) & 0xf) & 1;
}

static uint64_t flags_of_result(uint64_t result, uint64_t sign)
{
	uint64_t flags = 0;

	if (result == 0)
		flags |= FLAG_ZF;
	if (result & sign)
		flags |= FLAG_SF;
	if (even_parity(result))
		flags |= FLAG_PF;
	return flags;
}

static uint64_t flags_of_sum(uint64_t a, uint64_t b, uint64_t sum, uint64_t sign)
{
	uint64_t carry = (a & b) | ((a | b) & ~sum);

	return (carry & sign ? FLAG_CF : 0) | (carry & 8 ? FLAG_AF : 0) |
	       ((a ^ sum) & (b ^ sum) & sign ? FLAG_OF : 0);
}

static uint64_t flags_of_difference(uint64_t a, uint64_t b, uint64_t diff, uint64_t sign)
{
	uint64_t borrow = (~a & b) | ((~a | b) & diff);

	return (borrow & sign ? FLAG_CF : 0) | (borrow & 8 ? FLAG_AF : 0) |
	       ((a ^ b) & (a ^ diff) & sign ? FLAG_OF : 0);
}

/* a is the first operand, b the second, both already cut to the operand size. */
static uint64_t compute(enum insn_op op, uint64_t a, uint64_t b, uint64_t mask, uint64_t *rflags)
{
	uint64_t sign = mask ^ (mask >> 1);
	uint64_t flags = 0, result;

	switch (op) {
	case INSN_ADD:
		result = (a + b) & mask;
		flags = flags_of_sum(a, b, result, sign);
		break;
	case INSN_SUB:
	case INSN_CMP:
		result = (a - b) & mask;
		flags = flags_of_difference(a, b, result, sign);
		break;
	case INSN_OR:
		result = a | b;
		break;
	case INSN_AND:
	case INSN_TEST:
		result = a & b;
		break;
	case INSN_XOR:
		result = a ^ b;
		break;
	default:
		/* Moves: the second operand replaces the first, flags stay. */
		return b;
	}
	*rflags = (*rflags & ~(uint64_t)FLAGS_ALL) | flags | flags_of_result(result, sign);
	return result;
}

uint64_t insn_apply(const struct insn *insn, uint64_t mem, uint64_t *gprs, uint64_t *rflags)
{
	uint64_t mask = mask_of(insn->reg_size);
	uint64_t other = insn->has_imm ? insn->imm & mask : read_reg(insn, gprs);
	uint64_t result;

	mem = extend(insn, mem);
	if (insn->dest_mem) {
		result = compute(insn->op, mem, other, mask, rflags);
		if (insn->op == INSN_XCHG)
			write_reg(insn, gprs, mem);
		return result;
	}
	result = compute(insn->op, other, mem, mask, rflags);
	if (insn->op != INSN_CMP)
		write_reg(insn, gprs, result);
	return result;
}
