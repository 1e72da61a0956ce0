// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls of a child whose input or output lies in memory that is not mapped,
 * or not for that access: the parent hears of it as of any other access, and the call
 * is made again when the VP goes on.  Memory that Linux may move is of that kind until it is
 * touched, so a guest's call must not fail for it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../../testhv/control.h"
#include "child.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define RAM		CHILD_LONG_MODE_RAM
#define HYPERCALL_PAGE	0x100000UL
#define GPA		0x10000000UL
#define PAGES		4UL
#define HOLE		0x18000000UL
#define VECTOR		0x40

/* Registers as the test set them; the result is in RAX at the OUT. */
ASMBLOB(call, 64, "vmmcall\n out %al, $0x42\n");

static struct child child;
static uint8_t *memory;

static void set_up(uint64_t control, uint64_t input, uint64_t output)
{
	child_load(&child, BLOB_GPA, &call);
	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_RCX, control);
	child_set_register(&child, 0, HV_X64_REGISTER_RDX, input);
	child_set_register(&child, 0, HV_X64_REGISTER_R8, output);
}

static bool ends_with(uint64_t result)
{
	struct hv_message message;

	return child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
	       child.vp[0].regs->rax == result;
}

/* The VMM sees an access of this kind to @gpa, by the instruction that makes the call. */
static bool reported(uint32_t type, uint64_t gpa, uint8_t access)
{
	struct hv_x64_memory_intercept_message *memory_message;
	struct hv_message message;

	if (!child_run_to(&child, 0, type, &message))
		return false;
	memory_message = (struct hv_x64_memory_intercept_message *)message.u.payload;
	return memory_message->guest_physical_address == gpa &&
	       memory_message->header.intercept_access_type == access &&
	       memory_message->header.rip == BLOB_GPA &&
	       child.vp[0].regs->rip == BLOB_GPA;
}

/* A parameter block for SEND_IPI: to VP 0. */
static void put_ipi(void *where)
{
	struct hv_send_ipi ipi = { .vector = VECTOR, .cpu_mask = 1 };

	memcpy(where, &ipi, sizeof(ipi));
}

static void map(uint64_t gpa, unsigned long page, unsigned int flags)
{
	if (mshv_set_memory(child.pt, gpa, memory + page * PAGE, PAGE, flags))
		ktap_bail("SET_GUEST_MEMORY at %#llx: %s", (unsigned long long)gpa,
			  strerror(errno));
}

/* The VMM has the memory, the hypervisor does not know it yet. */
static void test_untouched(void)
{
	struct hv_message message;
	uint64_t id;

	set_up(HVCALL_SEND_IPI, GPA, 0);
	put_ipi(memory);
	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return;
	id = message.header.sender;
	ktap_is((long long)child.vp[0].regs->rax, HV_STATUS_SUCCESS,
		"input in a page that was never touched");
	ktap_is((long long)testhv_counter(id, TESTHV_CALLS, HVCALL_SEND_IPI), 1,
		"... which is one hypercall");
	set_up(HVCALL_GET_PARTITION_ID, 0, GPA + PAGE + 8);
	ktap_ok(ends_with(HV_STATUS_SUCCESS) && !memcmp(memory + PAGE + 8, &id, sizeof(id)),
		"output to a page that was never touched");
}

/* The VMM has none; it sees the access, brings memory, and the VP goes on. */
static void test_hole(void)
{
	set_up(HVCALL_SEND_IPI, HOLE + 0x100, 0);
	ktap_ok(reported(HVMSG_UNMAPPED_GPA, HOLE + 0x100, HV_INTERCEPT_ACCESS_READ),
		"input where no memory is: the VMM sees the access");
	ktap_ok(reported(HVMSG_UNMAPPED_GPA, HOLE + 0x100, HV_INTERCEPT_ACCESS_READ),
		"... again, if it does nothing about it");
	put_ipi(memory + 2 * PAGE + 0x100);
	map(HOLE, 2, MEM_W);
	ktap_ok(ends_with(HV_STATUS_SUCCESS), "... and the call succeeds when memory is there");
	map(HOLE, 2, MEM_UNMAP);
}

/* What may only be read is no place for output. */
static void test_read_only(void)
{
	map(HOLE, 3, 0);
	set_up(HVCALL_GET_PARTITION_ID, 0, HOLE);
	ktap_ok(reported(HVMSG_GPA_INTERCEPT, HOLE, HV_INTERCEPT_ACCESS_WRITE),
		"output to memory that is read-only: the VMM sees a write");
	map(HOLE, 3, MEM_UNMAP);
	map(HOLE, 3, MEM_W);
	ktap_ok(ends_with(HV_STATUS_SUCCESS), "... and the call succeeds when it may be written");
	set_up(HVCALL_GET_PARTITION_ID, 0, HOLE + PAGE + 4);
	ktap_ok(ends_with(HV_STATUS_INVALID_ALIGNMENT),
		"an address that no memory would make good is refused");
	map(HOLE, 3, MEM_UNMAP);
}

/* Page tables that are not there end a translation; no access is reported for them. */
static void test_translate(void)
{
	struct hv_input_translate_virtual_address in = {
		.control_flags = HV_TRANSLATE_GVA_VALIDATE_READ, .gva_page = 1,
	};
	struct hv_output_translate_virtual_address out = { 0 };
	struct mshv_call hvcall = {
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS, .in = &in, .in_size = sizeof(in),
		.out = &out, .out_size = sizeof(out),
	};

	set_up(HVCALL_SEND_IPI, 0, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_CR3, HOLE);
	ktap_ok(!mshv_hvcall(child.pt, &hvcall) &&
		out.translation_result.result_code == HV_TRANSLATE_GVA_GPA_UNMAPPED &&
		out.gpa_page == HOLE / PAGE,
		"translation by page tables that are not there: that result, and where");
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(11 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	child_begin(&child, PT_LAPIC | PT_X2APIC);
	ktap_ok(mshv_set_property(child.pt, HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS,
				  (uint64_t)HV_CREATE_PARTITIONS << 32) == -1,
		"a privilege that no child can have is refused");
	if (mshv_set_property(child.pt, HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS,
			      (uint64_t)HV_ACCESS_PARTITION_ID << 32 | HV_MSR_HYPERCALL_AVAILABLE))
		ktap_bail("privileges: %s", strerror(errno));
	child_complete(&child, RAM, 1);
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED)
		ktap_bail("mmap: %s", strerror(errno));
	if (mshv_set_memory(child.pt, GPA, memory, 2 * PAGE, MEM_W))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
	child_set_register(&child, 0, HV_REGISTER_GUEST_OS_ID, 0x8100ULL << 48);
	child_set_register(&child, 0, HV_X64_REGISTER_HYPERCALL, HYPERCALL_PAGE | 1);
	test_untouched();
	test_hole();
	test_read_only();
	test_translate();
	child_destroy(&child);
	munmap(memory, PAGES * PAGE);
	leak_check(&mark);
	return ktap_end();
}
