// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the MMIO instruction decoder.
 *
 * Two oracles. A table of hand-assembled instructions fixes lengths, sizes and operands in all
 * three modes. The machine the test runs on is the other: thousands of random instructions are
 * executed by the processor and by insn_apply(), and registers, flags and memory must agree.
 */
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../insn.h"
#include "ktap.h"

struct golden {
	enum insn_mode mode;
	const char *bytes;
	unsigned int len;
	enum insn_op op;
	unsigned int size, reg_size, reg;
	bool high_byte, dest_mem, sign_extend, has_imm;
	uint64_t imm;
};

#define M16 INSN_MODE_16
#define M32 INSN_MODE_32
#define M64 INSN_MODE_64
static const struct golden golden[] = {
	/* mov %eax,(%rdx); mov 0xb0(%rip),%ecx; mov %r9d,0x300(%r8) */
	{ M64, "\x89\x02", 2, INSN_MOV, 4, 4, 0, false, true, false, false, 0 },
	{ M64, "\x8b\x0d\xb0\x00\x00\x00", 6, INSN_MOV, 4, 4, 1, false, false, false, false, 0 },
	{ M64, "\x45\x89\x88\x00\x03\x00\x00", 7, INSN_MOV, 4, 4, 9, false, true, false, false, 0 },
	/* mov %rax,-8(%rbp); mov %ah,(%rbx); mov %spl,(%rbx); mov %r12b,(%r13,%rax,4) */
	{ M64, "\x48\x89\x45\xf8", 4, INSN_MOV, 8, 8, 0, false, true, false, false, 0 },
	{ M64, "\x88\x23", 2, INSN_MOV, 1, 1, 0, true, true, false, false, 0 },
	{ M64, "\x40\x88\x23", 3, INSN_MOV, 1, 1, 4, false, true, false, false, 0 },
	{ M64, "\x45\x88\x64\x85\x00", 5, INSN_MOV, 1, 1, 12, false, true, false, false, 0 },
	/* movl $0x0,0xffffffffff5fc0b0; movw $0x1234,(%rax); movb $0x80,(%rax) */
	{ M64, "\xc7\x04\x25\xb0\xc0\x5f\xff\x00\x00\x00\x00", 11, INSN_MOV, 4, 4, 0, false, true,
	  false, true, 0 },
	{ M64, "\x66\xc7\x00\x34\x12", 5, INSN_MOV, 2, 2, 0, false, true, false, true, 0x1234 },
	{ M64, "\xc6\x00\x80", 3, INSN_MOV, 1, 1, 0, false, true, false, true, ~0x7fULL },
	/* movq $-1,(%rax): the immediate has four bytes */
	{ M64, "\x48\xc7\x00\xff\xff\xff\xff", 7, INSN_MOV, 8, 8, 0, false, true, false, true,
	  ~0ULL },
	/* movabs %eax,0xfee000b0; the same with a 32-bit address; mov 0xfec00010,%eax */
	{ M64, "\xa3\xb0\x00\xe0\xfe\x00\x00\x00\x00", 9, INSN_MOV, 4, 4, 0, false, true, false,
	  false, 0 },
	{ M64, "\x67\xa3\xb0\x00\xe0\xfe", 6, INSN_MOV, 4, 4, 0, false, true, false, false, 0 },
	{ M32, "\xa1\x10\x00\xc0\xfe", 5, INSN_MOV, 4, 4, 0, false, false, false, false, 0 },
	/* movzbl (%rsi),%eax; movswq (%rsi),%r10; movslq (%rsi),%rax; movsbw (%rsi),%cx */
	{ M64, "\x0f\xb6\x06", 3, INSN_MOV, 1, 4, 0, false, false, false, false, 0 },
	{ M64, "\x4c\x0f\xbf\x16", 4, INSN_MOV, 2, 8, 10, false, false, true, false, 0 },
	{ M64, "\x48\x63\x06", 3, INSN_MOV, 4, 8, 0, false, false, true, false, 0 },
	{ M64, "\x66\x0f\xbe\x0e", 4, INSN_MOV, 1, 2, 1, false, false, true, false, 0 },
	/* xchg %eax,(%rdi); orl $0x100,(%rdi); andl $-2,(%rdi); testb $1,(%rdi); cmp (%rdi),%eax */
	{ M64, "\x87\x07", 2, INSN_XCHG, 4, 4, 0, false, true, false, false, 0 },
	{ M64, "\x81\x0f\x00\x01\x00\x00", 6, INSN_OR, 4, 4, 1, false, true, false, true, 0x100 },
	{ M64, "\x83\x27\xfe", 3, INSN_AND, 4, 4, 4, false, true, false, true, ~1ULL },
	{ M64, "\xf6\x07\x01", 3, INSN_TEST, 1, 1, 0, false, true, false, true, 1 },
	{ M64, "\x3b\x07", 2, INSN_CMP, 4, 4, 0, false, false, false, false, 0 },
	{ M64, "\xf0\x31\x07", 3, INSN_XOR, 4, 4, 0, false, true, false, false, 0 },
	/* segment and size prefixes in a row: mov %fs:(%eax),%ax */
	{ M64, "\x64\x67\x66\x8b\x00", 5, INSN_MOV, 2, 2, 0, false, false, false, false, 0 },
	/* 32-bit: mov 8(%ebp,%esi,2),%edi; inc-like bytes are no REX here: 40 is refused below */
	{ M32, "\x8b\x7c\x75\x08", 4, INSN_MOV, 4, 4, 7, false, false, false, false, 0 },
	{ M32, "\x66\x89\x18", 3, INSN_MOV, 2, 2, 3, false, true, false, false, 0 },
	/* 16-bit: mov %ax,[0x1234]; mov %eax,[bx+si+2]; mov %al,(%ebx); movw $0x5566,[bp+0x100] */
	{ M16, "\x89\x06\x34\x12", 4, INSN_MOV, 2, 2, 0, false, true, false, false, 0 },
	{ M16, "\x66\x89\x40\x02", 4, INSN_MOV, 4, 4, 0, false, true, false, false, 0 },
	{ M16, "\x67\x88\x03", 3, INSN_MOV, 1, 1, 0, false, true, false, false, 0 },
	{ M16, "\xc7\x86\x00\x01\x66\x55", 6, INSN_MOV, 2, 2, 0, false, true, false, true, 0x5566 },
	{ M16, "\xa2\x34\x12", 3, INSN_MOV, 1, 1, 0, false, true, false, false, 0 },
	{ M16, "\x66\xa3\x34\x12", 4, INSN_MOV, 4, 4, 0, false, true, false, false, 0 },
};

static void check_golden(const struct golden *g)
{
	const uint8_t *bytes = (const uint8_t *)g->bytes;
	struct insn insn;
	unsigned int n;

	EXPECT_EQ(insn_decode(&insn, g->mode, bytes, g->len), INSN_OK);
	EXPECT_EQ(insn.len, g->len);
	EXPECT_EQ(insn.op, g->op);
	EXPECT_EQ(insn.size, g->size);
	EXPECT_EQ(insn.reg_size, g->reg_size);
	EXPECT_EQ(insn.dest_mem, g->dest_mem);
	EXPECT_EQ(insn.sign_extend, g->sign_extend);
	EXPECT_EQ(insn.has_imm, g->has_imm);
	EXPECT_EQ(insn.imm, g->imm);
	if (!g->has_imm) {
		EXPECT_EQ(insn.reg, g->reg);
		EXPECT_EQ(insn.high_byte, g->high_byte);
	}
	/* Every proper prefix of the bytes is reported as cut short, with no byte read beyond. */
	for (n = 0; n < g->len; n++) {
		uint8_t *exact = malloc(n ? n : 1);

		memcpy(exact, bytes, n);
		EXPECT_EQ(insn_decode(&insn, g->mode, exact, n), INSN_TRUNCATED);
		free(exact);
	}
}

static void test_golden(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		bool before = ktap_case_failed;

		ktap_case_failed = false;
		check_golden(&golden[i]);
		if (ktap_case_failed)
			printf("# ... in row %u of the table\n", i);
		ktap_case_failed |= before;
	}
}

static enum insn_status status_of(enum insn_mode mode, const char *bytes, unsigned int len)
{
	struct insn insn;

	return insn_decode(&insn, mode, (const uint8_t *)bytes, len);
}

static void test_refused(void)
{
	/* adc, movs, push m, mov to segment, LOCK on a load, LOCK on a store, group c7 /1 */
	EXPECT_EQ(status_of(M64, "\x11\x07", 2), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\xa5", 1), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\xff\x37", 2), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\x8e\x07", 2), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\xf0\x8b\x07", 3), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\xf0\x89\x07", 3), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\xc7\x0f\x00\x00\x00\x00", 6), INSN_UNSUPPORTED);
	/* sbb by group 1; not (f7 /2); rep; arpl outside 64-bit mode; inc eax in 32-bit mode */
	EXPECT_EQ(status_of(M64, "\x83\x1f\x01", 3), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\xf7\x17", 2), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\xf3\x89\x07", 3), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M32, "\x63\x06", 2), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M32, "\x40\x89\x07", 3), INSN_UNSUPPORTED);
	/* A REX that another prefix follows is not an instruction we know. */
	EXPECT_EQ(status_of(M64, "\x48\x66\x89\x07", 4), INSN_UNSUPPORTED);
	EXPECT_EQ(status_of(M64, "\x89\xc8", 2), INSN_NO_MEMORY);
	EXPECT_EQ(status_of(M64, "\x0f\xb6\xc0", 3), INSN_NO_MEMORY);
	/* Fifteen prefixes and an opcode are more than the architecture allows. */
	EXPECT_EQ(status_of(M64, "fffffffffffffff\x89\x07", 17), INSN_TRUNCATED);
}

/* --- the processor as oracle ------------------------------------------------------------- */

struct cpu {
	uint64_t gprs[16];
	uint64_t rflags;
};

struct cpu *native_cpu;
void *native_code;
uint64_t native_rsp, native_rdi;
void native_run(void);
extern char native_return[];

__asm__(".text\n"
	".globl native_run\n"
	"native_run:\n"
	"push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
	"mov %rsp, native_rsp(%rip)\n"
	"mov native_cpu(%rip), %rdi\n"
	"push 128(%rdi)\n popfq\n"
	"mov 0(%rdi), %rax\n mov 8(%rdi), %rcx\n mov 16(%rdi), %rdx\n mov 24(%rdi), %rbx\n"
	"mov 40(%rdi), %rbp\n mov 48(%rdi), %rsi\n mov 64(%rdi), %r8\n mov 72(%rdi), %r9\n"
	"mov 80(%rdi), %r10\n mov 88(%rdi), %r11\n mov 96(%rdi), %r12\n mov 104(%rdi), %r13\n"
	"mov 112(%rdi), %r14\n mov 120(%rdi), %r15\n"
	"mov 32(%rdi), %rsp\n"
	"mov 56(%rdi), %rdi\n"
	"jmp *native_code(%rip)\n"
	".globl native_return\n"
	"native_return:\n"
	"mov %rdi, native_rdi(%rip)\n"
	"mov native_cpu(%rip), %rdi\n"
	"mov %rsp, 32(%rdi)\n"
	"mov native_rsp(%rip), %rsp\n"
	"pushfq\n pop 128(%rdi)\n"
	"mov %rax, 0(%rdi)\n mov %rcx, 8(%rdi)\n mov %rdx, 16(%rdi)\n mov %rbx, 24(%rdi)\n"
	"mov %rbp, 40(%rdi)\n mov %rsi, 48(%rdi)\n mov %r8, 64(%rdi)\n mov %r9, 72(%rdi)\n"
	"mov %r10, 80(%rdi)\n mov %r11, 88(%rdi)\n mov %r12, 96(%rdi)\n mov %r13, 104(%rdi)\n"
	"mov %r14, 112(%rdi)\n mov %r15, 120(%rdi)\n"
	"mov native_rdi(%rip), %rax\n mov %rax, 56(%rdi)\n"
	"cld\n"
	"pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
	"ret\n");

static uint64_t random64(void)
{
	static const uint64_t edges[] = {
		0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
		0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, ~0ULL,
	};
	uint64_t value = 0;
	int i;

	if (random() % 4 == 0)
		return edges[random() % (sizeof(edges) / sizeof(edges[0]))];
	for (i = 0; i < 5; i++)
		value = value << 15 ^ random();
	return value;
}

/* The opcodes to try: number, has 0f before it, bytes of immediate at operand size 4. */
static const struct trial {
	uint8_t opcode;
	bool two_byte;
	uint8_t imm;
	bool group1, reg0;
} trials[] = {
	{ 0x88, false, 0, false, false }, { 0x89, false, 0, false, false },
	{ 0x8a, false, 0, false, false }, { 0x8b, false, 0, false, false },
	{ 0x86, false, 0, false, false }, { 0x87, false, 0, false, false },
	{ 0x84, false, 0, false, false }, { 0x85, false, 0, false, false },
	{ 0x63, false, 0, false, false }, { 0xc6, false, 1, false, true },
	{ 0xc7, false, 4, false, true },  { 0xf6, false, 1, false, true },
	{ 0xf7, false, 4, false, true },  { 0x80, false, 1, true, false },
	{ 0x81, false, 4, true, false },  { 0x83, false, 1, true, false },
	{ 0xb6, true, 0, false, false },  { 0xb7, true, 0, false, false },
	{ 0xbe, true, 0, false, false },  { 0xbf, true, 0, false, false },
	{ 0x00, false, 0, false, false }, { 0x01, false, 0, false, false },
	{ 0x02, false, 0, false, false }, { 0x03, false, 0, false, false },
	{ 0x08, false, 0, false, false }, { 0x09, false, 0, false, false },
	{ 0x0a, false, 0, false, false }, { 0x0b, false, 0, false, false },
	{ 0x20, false, 0, false, false }, { 0x21, false, 0, false, false },
	{ 0x22, false, 0, false, false }, { 0x23, false, 0, false, false },
	{ 0x28, false, 0, false, false }, { 0x29, false, 0, false, false },
	{ 0x2a, false, 0, false, false }, { 0x2b, false, 0, false, false },
	{ 0x30, false, 0, false, false }, { 0x31, false, 0, false, false },
	{ 0x32, false, 0, false, false }, { 0x33, false, 0, false, false },
	{ 0x38, false, 0, false, false }, { 0x39, false, 0, false, false },
	{ 0x3a, false, 0, false, false }, { 0x3b, false, 0, false, false },
};

static unsigned int pick_digit(const struct trial *t)
{
	static const uint8_t group1[] = { 0, 1, 4, 5, 6, 7 };

	if (t->reg0)
		return 0;
	return t->group1 ? group1[random() % 6] : (unsigned int)random() % 8;
}

/* One random instruction with a RIP-relative operand at @offset from the start of the code. */
static unsigned int assemble(const struct trial *t, uint8_t *code, unsigned int offset)
{
	bool opsize = random() % 4 == 0, rex = random() % 2;
	uint8_t rex_bits = random() % 16;
	unsigned int len = 0, i, disp_at, imm = t->imm;

	if (opsize)
		code[len++] = 0x66;
	if (rex)
		code[len++] = 0x40 | rex_bits;
	if (t->two_byte)
		code[len++] = 0x0f;
	code[len++] = t->opcode;
	code[len++] = pick_digit(t) << 3 | 5;
	disp_at = len;
	len += 4;
	if (imm == 4 && opsize && !(rex && rex_bits & 8))
		imm = 2;
	for (i = 0; i < imm; i++)
		code[len++] = random64();
	offset -= len;
	memcpy(code + disp_at, &offset, 4);
	return len;
}

static void append_jump_back(uint8_t *at)
{
	uint64_t target = (uint64_t)(uintptr_t)native_return;

	memcpy(at, "\xff\x25\x00\x00\x00\x00", 6);
	memcpy(at + 6, &target, 8);
}

static void fill_cpu(struct cpu *cpu)
{
	int i;

	for (i = 0; i < 16; i++)
		cpu->gprs[i] = random64();
	cpu->rflags = 0x202 | (random64() & 0x8d5);
}

/* AF is undefined after AND, OR, XOR and TEST. */
static uint64_t defined_flags(enum insn_op op)
{
	return op == INSN_AND || op == INSN_OR || op == INSN_XOR || op == INSN_TEST ? 0x8c5 : 0x8d5;
}

#define DATA_OFFSET 64
static void compare_with_cpu(const struct trial *t, uint8_t *page)
{
	unsigned int len = assemble(t, page, DATA_OFFSET), i;
	struct cpu native, ours;
	uint64_t before, after, result;
	struct insn insn;

	append_jump_back(page + len);
	fill_cpu(&native);
	ours = native;
	before = random64();
	memcpy(page + DATA_OFFSET, &before, 8);
	native_cpu = &native;
	native_code = page;
	native_run();
	memcpy(&after, page + DATA_OFFSET, 8);

	EXPECT_EQ(insn_decode(&insn, INSN_MODE_64, page, INSN_MAX_LEN), INSN_OK);
	EXPECT_EQ(insn.len, len);
	result = insn_apply(&insn, before, ours.gprs, &ours.rflags);
	if (insn_writes_memory(&insn))
		memcpy(&before, &result, insn.size);
	EXPECT_EQ(before, after);
	for (i = 0; i < 16; i++)
		EXPECT_EQ(ours.gprs[i], native.gprs[i]);
	EXPECT_EQ((ours.rflags ^ native.rflags) & defined_flags(insn.op), 0);
	if (ktap_case_failed) {
		printf("# instruction:");
		for (i = 0; i < len; i++)
			printf(" %02x", page[i]);
		printf("\n");
	}
}

static void test_against_cpu(void)
{
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i, j;

	EXPECT(page != MAP_FAILED);
	if (page == MAP_FAILED)
		return;
	srandom(1);
	for (i = 0; i < sizeof(trials) / sizeof(trials[0]) && !ktap_case_failed; i++)
		for (j = 0; j < 2000 && !ktap_case_failed; j++)
			compare_with_cpu(&trials[i], page);
	munmap(page, 4096);
}

/* Any bytes at all: no crash, and what is accepted is consistent. */
static void test_random_bytes(void)
{
	unsigned int i, j;

	srandom(2);
	for (i = 0; i < 200000; i++) {
		uint8_t bytes[INSN_MAX_LEN];
		unsigned int count = random() % (INSN_MAX_LEN + 1);
		struct insn insn;

		for (j = 0; j < count; j++)
			bytes[j] = random();
		if (insn_decode(&insn, random() % 3, bytes, count) != INSN_OK)
			continue;
		EXPECT(insn.len >= 2 && insn.len <= count);
		EXPECT(insn.size == 1 || insn.size == 2 || insn.size == 4 || insn.size == 8);
		EXPECT(insn.reg_size >= insn.size && insn.reg < 16);
		EXPECT(!insn.high_byte || insn.reg < 4);
	}
}

int main(void)
{
	ktap_start();
	ktap_run("insn_golden", test_golden);
	ktap_run("insn_refused", test_refused);
	ktap_run("insn_against_cpu", test_against_cpu);
	ktap_run("insn_random_bytes", test_random_bytes);
	return ktap_finish();
}
