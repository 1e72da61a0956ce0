// SPDX-License-Identifier: GPL-2.0-only
/*
 * A child in 64-bit mode: paging of its own, all 16 general registers, SSE
 * state that survives exits and other work of the root, far addresses.
 */
#include <string.h>
#include <sys/mman.h>

#include "child.h"
#include "ktap.h"

#define RAM	(4UL << 20)

/*
 * Sum up RAM words by a loop, push and pop through the stack, use SSE over
 * exits, and show results in registers at each OUT.
 */
ASMBLOB(work, 64,
	"mov $0x100000, %rsi\n"
	"mov $0x1000, %rcx\n"
	"xor %rax, %rax\n"
	"1: add (%rsi), %rax\n"
	"add $8, %rsi\n"
	"loop 1b\n"
	"push %rax\n"
	"pop %r15\n"
	"mov $0x1122334455667788, %rbx\n"
	"movq %rbx, %xmm7\n"
	"movq %rbx, %xmm15\n"
	"mov $3, %r14\n"
	"2: out %al, $0x10\n"
	"paddq %xmm7, %xmm15\n"
	"dec %r14\n"
	"jnz 2b\n"
	"movq %xmm15, %r13\n"
	"out %al, $0x11\n");

static bool next_out(struct child *child, struct hv_message *message)
{
	struct hv_vp_register_page *regs = child->vp[0].regs;

	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, message))
		return false;
	child_skip(child, 0, regs->rip + 2);
	return true;
}

/* What a root that switches extended state badly would leave in the child's registers. */
static void disturb_sse(void)
{
	__asm__ volatile("pcmpeqd %%xmm7, %%xmm7\n\tpcmpeqd %%xmm15, %%xmm15" ::: "xmm7", "xmm15");
}

static void test_work(void)
{
	struct hv_x64_intercept_message_header *header;
	struct hv_vp_register_page *regs;
	struct hv_message message;
	struct child child;
	uint64_t sum = 0;
	bool good = true;

	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	child_load(&child, BLOB_GPA, &work);
	for (uint64_t i = 0; i < 0x1000; i++) {
		((uint64_t *)(child.ram + 0x100000))[i] = i * 0x123456789abcdefULL;
		sum += i * 0x123456789abcdefULL;
	}
	child_long_mode(&child, 0, BLOB_GPA, 0);
	regs = child.vp[0].regs;
	header = message_header(&message);
	good = next_out(&child, &message);
	ktap_ok(good && regs->r15 == sum, "a loop over memory and a stack");
	ktap_ok(good && header->execution_state.efer_lma && header->execution_state.cr0_pe &&
		header->cs_segment._long, "the message says 64-bit mode");
	ktap_ok(good && regs->cr3 == CHILD_TABLES && (regs->efer & 0x500) == 0x500 &&
		(regs->cr0 & 0x80000001) == 0x80000001,
		"control registers in the register page");
	for (unsigned int i = 0; i < 2; i++) {
		disturb_sse();
		good = good && next_out(&child, &message);
	}
	disturb_sse();
	good = good && next_out(&child, &message);
	ktap_ok(good && regs->r13 == 4 * 0x1122334455667788ULL, "SSE registers survive exits");
	child_destroy(&child);
}

/* The root's own SSE registers survive the child's use of the same ones. */
static void test_root_sse(void)
{
	const uint64_t mark = 0x0f0e0d0c0b0a0908ULL;
	struct hv_message message;
	struct child child;
	uint64_t got;
	bool good;

	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	child_load(&child, BLOB_GPA, &work);
	child_long_mode(&child, 0, BLOB_GPA, 0);
	__asm__ volatile("movq %0, %%xmm15" : : "r"(mark) : "xmm15");
	good = next_out(&child, &message) && next_out(&child, &message);
	__asm__ volatile("movq %%xmm15, %0" : "=r"(got));
	ktap_ok(good && got == mark, "the root's SSE registers survive a child");
	child_destroy(&child);
}

int main(void)
{
	ktap_plan(5);
	test_work();
	test_root_sse();
	return ktap_end();
}
