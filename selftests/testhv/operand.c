// SPDX-License-Identifier: GPL-2.0
/*
 * Which virtual address a child's instruction used, for the messages of memory intercepts.
 *
 * The CPU tells the physical address alone.  VMMs take the virtual one from the message, if it is
 * marked as belonging to the physical one: to ask by TRANSLATE_VIRTUAL_ADDRESS helps them not,
 * since for an address that no memory is behind the answer is just that.  The address is
 * computed from the instruction and is said only if the child's page tables make the
 * physical one of it; what is not understood here, or wrong, is therefore never said.
 *
 * Locking: hv_lock.
 */
#include "guest.h"
#include "operand.h"

#define PREFIX_ADDRESS	0x67
#define REX		0x40
#define REX_B		0x1
#define REX_X		0x2

struct operand {
	struct vp *vp;
	const u8 *bytes;
	u32 count, pos;
	bool long_mode, short_address;
	u8 rex;
	u64 base;		/* of the segment */
};

static u8 take(struct operand *o)
{
	u32 pos = o->pos++;

	return pos < o->count ? o->bytes[pos] : 0;
}

static u64 take_signed(struct operand *o, u32 bytes)
{
	u64 value = 0;

	for (u32 i = 0; i < bytes; i++)
		value |= (u64)take(o) << 8 * i;
	return (u64)((s64)(value << (64 - 8 * bytes)) >> (64 - 8 * bytes));
}

static u64 reg(const struct operand *o, u32 n)
{
	return *vp_gpr(o->vp, (enum gpr)n);
}

/* In long mode only FS and GS have a base. */
static bool segment_prefix(struct operand *o, u8 byte)
{
	struct vmcb_save *s = &o->vp->vmcb->save;
	const struct {
		u8 prefix;
		bool always;
		u64 base;
	} segments[] = {
		{ 0x26, false, s->es.base }, { 0x2e, false, s->cs.base },
		{ 0x36, false, s->ss.base }, { 0x3e, false, s->ds.base },
		{ 0x64, true, s->fs.base }, { 0x65, true, s->gs.base },
	};

	for (u32 i = 0; i < ARRAY_SIZE(segments); i++) {
		if (segments[i].prefix != byte)
			continue;
		o->base = o->long_mode && !segments[i].always ? 0 : segments[i].base;
		return true;
	}
	return false;
}

static void take_prefixes(struct operand *o)
{
	for (; o->pos < o->count; o->pos++) {
		u8 byte = o->bytes[o->pos];

		if (byte == PREFIX_ADDRESS)
			o->short_address = true;
		else if (byte != 0x66 && byte != 0xf0 && byte != 0xf2 && byte != 0xf3 &&
			 !segment_prefix(o, byte))
			break;
	}
	if (o->long_mode && o->pos < o->count && (o->bytes[o->pos] & 0xf0) == REX)
		o->rex = take(o);
}

/* Of the opcodes with ModRM, those of group 3 alone have an immediate or not. */
static u32 immediate_size(const struct operand *o, u32 opcode)
{
	bool word = o->bytes[0] == 0x66;
	bool test = !(o->bytes[o->pos] & 0x30);

	switch (opcode) {
	case 0x69: case 0x81: case 0xc7:
		return word ? 2 : 4;
	case 0x6b: case 0x80: case 0x83: case 0xc0: case 0xc1: case 0xc6: case 0xfba:
		return 1;
	case 0xf6:
		return test ? 1 : 0;
	case 0xf7:
		return test ? word ? 2 : 4 : 0;
	}
	return 0;
}

static u64 sib_offset(struct operand *o, u8 mod)
{
	u8 sib = take(o);
	u32 index = (sib >> 3 & 7) | (o->rex & REX_X ? 8 : 0);
	u64 offset = index == RSP ? 0 : reg(o, index) << (sib >> 6);

	if ((sib & 7) == RBP && !mod)
		return offset + take_signed(o, 4);
	return offset + reg(o, (sib & 7) | (o->rex & REX_B ? 8 : 0));
}

/* In long mode from the next instruction on. */
static u64 absolute_offset(struct operand *o, u32 immediate)
{
	u64 offset = take_signed(o, 4);

	return o->long_mode ? offset + o->vp->vmcb->save.rip + o->pos + immediate : offset;
}

/* The offset within the segment that ModRM says. */
static u64 modrm_offset(struct operand *o, u32 opcode)
{
	u32 immediate = immediate_size(o, opcode);
	u8 modrm = take(o), mod = modrm >> 6, rm = modrm & 7;
	u64 offset;

	if (rm == RSP)
		offset = sib_offset(o, mod);
	else if (rm == RBP && !mod)
		offset = absolute_offset(o, immediate);
	else
		offset = reg(o, rm | (o->rex & REX_B ? 8 : 0));
	if (mod == 1)
		offset += take_signed(o, 1);
	else if (mod == 2)
		offset += take_signed(o, 4);
	return offset;
}

static bool confirmed(struct operand *o, u64 offset, u64 gpa, u64 *gva)
{
	struct gva_access access = { .user = vp_cpl(o->vp) == 3 };
	u64 found;

	if (!o->long_mode || o->short_address)
		offset = (u32)offset;
	*gva = o->base + offset;
	return gva_translate(o->vp, *gva, access, &found) == GVA_OK && found == gpa;
}

/* MOVS has two operands in memory: it is the one that fits. */
static bool string_operand(struct operand *o, u64 gpa, u64 *gva)
{
	if (confirmed(o, reg(o, RSI), gpa, gva))
		return true;
	o->base = o->long_mode ? 0 : o->vp->vmcb->save.es.base;
	return confirmed(o, reg(o, RDI), gpa, gva);
}

bool operand_gva(struct vp *vp, const u8 *bytes, u32 count, u64 gpa, u64 *gva)
{
	struct operand o = {
		.vp = vp, .bytes = bytes, .count = count, .long_mode = vp_long_code(vp),
		.base = vp_long_code(vp) ? 0 : vp->vmcb->save.ds.base,
	};
	u32 opcode;

	if (!count || (!o.long_mode && !(vp->vmcb->save.cs.attrib & SEGMENT_DEFAULT)))
		return false;
	take_prefixes(&o);
	opcode = take(&o);
	if (opcode == 0x0f)
		opcode = 0xf00 | take(&o);
	if (o.pos >= count)
		return false;
	if (opcode >= 0xa0 && opcode <= 0xa3)
		return confirmed(&o, take_signed(&o, o.long_mode ? 8 : 4), gpa, gva);
	if ((opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf))
		return string_operand(&o, gpa, gva);
	return confirmed(&o, modrm_offset(&o, opcode), gpa, gva);
}
