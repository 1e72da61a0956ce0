// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor itself reads and writes in a guest's memory is accessed and dirty like what
 * the guest does: parameters of hypercalls, bits in page tables.  A VMM that moves its guest
 * to another machine would lose the rest.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"

#define RAM		CHILD_LONG_MODE_RAM
#define HYPERCALL_PAGE	0x100000UL
#define GPA		0x10000000UL
#define PAGES		8UL
#define INPUT		2
#define OUTPUT		4
#define TABLE		6
#define ENTRY_ACCESSED	0x20

/* Registers as the test set them. */
ASMBLOB(call, 64, "vmmcall\n out %al, $0x42\n");

static struct child child;
static uint8_t *memory;

/* The bits of all pages, one a page. */
static unsigned int bits(uint8_t type, uint8_t op)
{
	uint8_t bitmap[8] = { 0 };
	struct mshv_gpap_access_bitmap args = {
		.access_type = type,
		.access_op = op,
		.page_count = PAGES,
		.gpap_base = GPA / PAGE,
		.bitmap_ptr = (uintptr_t)bitmap,
	};

	if (ioctl(child.pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args))
		ktap_bail("access bitmap: %s", strerror(errno));
	return bitmap[0];
}

static unsigned int accessed(void)
{
	return bits(MSHV_GPAP_ACCESS_TYPE_ACCESSED, MSHV_GPAP_ACCESS_OP_NOOP);
}

static unsigned int dirty(void)
{
	return bits(MSHV_GPAP_ACCESS_TYPE_DIRTY, MSHV_GPAP_ACCESS_OP_NOOP);
}

static void forget(void)
{
	bits(MSHV_GPAP_ACCESS_TYPE_ACCESSED, MSHV_GPAP_ACCESS_OP_CLEAR);
	bits(MSHV_GPAP_ACCESS_TYPE_DIRTY, MSHV_GPAP_ACCESS_OP_CLEAR);
	if (accessed() || dirty())
		ktap_note("bits that were cleared are set");
}

static bool child_call(uint16_t code, uint64_t input, uint64_t output)
{
	struct hv_message message;

	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_RCX, code);
	child_set_register(&child, 0, HV_X64_REGISTER_RDX, input);
	child_set_register(&child, 0, HV_X64_REGISTER_R8, output);
	return child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
	       child.vp[0].regs->rax == HV_STATUS_SUCCESS;
}

static void test_hypercalls(void)
{
	struct hv_send_ipi ipi = { .vector = 0x40, .cpu_mask = 1 };

	memcpy(memory + INPUT * PAGE, &ipi, sizeof(ipi));
	forget();
	ktap_ok(child_call(HVCALL_SEND_IPI, GPA + INPUT * PAGE, 0), "a hypercall with input");
	ktap_ok(accessed() == 1 << INPUT && !dirty(), "... of which the page is accessed");
	forget();
	ktap_ok(child_call(HVCALL_GET_PARTITION_ID, 0, GPA + OUTPUT * PAGE),
		"a hypercall with output");
	ktap_ok(accessed() == 1 << OUTPUT && dirty() == 1 << OUTPUT,
		"... of which the page is accessed and dirty");
}

/* The parent has an address translated, and the bits set that an access would set. */
static void test_tables(void)
{
	struct hv_input_translate_virtual_address in = {
		.control_flags = HV_TRANSLATE_GVA_VALIDATE_READ |
				 HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS,
		.gva_page = 1,
	};
	struct hv_output_translate_virtual_address out = { 0 };
	struct mshv_call hvcall = {
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS, .in = &in, .in_size = sizeof(in),
		.out = &out, .out_size = sizeof(out),
	};
	uint64_t entry;

	memcpy(&entry, child.ram + CHILD_TABLES, sizeof(entry));
	entry &= ~(uint64_t)ENTRY_ACCESSED;
	memcpy(memory + TABLE * PAGE, &entry, sizeof(entry));
	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_CR3, GPA + TABLE * PAGE);
	forget();
	ktap_ok(!mshv_hvcall(child.pt, &hvcall) && out.gpa_page == 1 &&
		out.translation_result.result_code == HV_TRANSLATE_GVA_SUCCESS &&
		memory[TABLE * PAGE] & ENTRY_ACCESSED, "a translation that sets bits");
	ktap_ok(dirty() == 1 << TABLE, "... in a page that then is dirty");
	forget();
	in.control_flags = HV_TRANSLATE_GVA_VALIDATE_READ;
	ktap_ok(!mshv_hvcall(child.pt, &hvcall) && out.gpa_page == 1 && !dirty(),
		"one that sets none leaves it clean");
}

static void create(void)
{
	child_begin(&child, PT_LAPIC | PT_X2APIC);
	if (mshv_set_property(child.pt, HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS,
			      (uint64_t)HV_ACCESS_PARTITION_ID << 32 | HV_MSR_HYPERCALL_AVAILABLE))
		ktap_bail("privileges: %s", strerror(errno));
	child_complete(&child, RAM, 1);
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED || mlock(memory, PAGES * PAGE))
		ktap_bail("memory: %s", strerror(errno));
	if (mshv_set_memory(child.pt, GPA, memory, PAGES * PAGE, MEM_W))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
	child_set_register(&child, 0, HV_REGISTER_GUEST_OS_ID, 0x8100ULL << 48);
	child_set_register(&child, 0, HV_X64_REGISTER_HYPERCALL, HYPERCALL_PAGE | 1);
	child_load(&child, BLOB_GPA, &call);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(7 + LEAK_RESULTS);
	leak_mark(&mark);
	create();
	if (mshv_set_property(child.pt, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1))
		ktap_bail("access tracking: %s", strerror(errno));
	test_hypercalls();
	test_tables();
	munlock(memory, PAGES * PAGE);
	child_destroy(&child);
	munmap(memory, PAGES * PAGE);
	leak_check(&mark);
	return ktap_end();
}
