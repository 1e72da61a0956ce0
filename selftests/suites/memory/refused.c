// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping and unmapping of which the hypervisor does a part, or nothing: what it has mapped in
 * the end is what the ioctl said.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../../testhv/control.h"
#include "child.h"
#include "faults.h"
#include "ktap.h"
#include "testhv.h"

#define GPA	0x10000000UL
#define PAGES	1024UL
#define PER_CALL	509UL		/* that fit into the page of a hypercall */
#define RAM	CHILD_LONG_MODE_RAM
#define HARD	HV_STATUS_OPERATION_FAILED

/* RSI: the first page, RDI: how many; reads each. */
ASMBLOB(look, 64,
	"1: mov (%rsi), %rax\n"
	"add $0x1000, %rsi\n"
	"dec %rdi\n"
	"jnz 1b\n"
	"out %al, $0x10\n");

static struct child child;

static void *get_memory(void)
{
	void *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		ktap_bail("no memory: %s", strerror(errno));
	return memory;
}

static int map(void *memory)
{
	return mshv_set_memory(child.pt, GPA, memory, PAGES * PAGE, MEM_W);
}

static int unmap(void *memory)
{
	return mshv_set_memory(child.pt, GPA, memory, PAGES * PAGE, MEM_UNMAP);
}

/* The guest reads @pages pages from page @first of the region on; which message comes of it? */
static uint32_t read_pages(uint64_t first, uint64_t pages)
{
	struct hv_message message;

	child_load(&child, BLOB_GPA, &look);
	child_long_mode(&child, 0, BLOB_GPA, pages);
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, GPA + first * PAGE);
	return child_run(&child, 0, &message) ? message.header.message_type : 0;
}

static void refuse(uint16_t code, uint16_t status, uint32_t nth, uint16_t reps)
{
	struct fault fault = { .code = code, .status = status, .nth = nth, .reps = reps };

	fault_set(&fault);
}

static void test_untouched(void)
{
	void *memory = get_memory();

	ktap_ok(!map(memory) && !unmap(memory), "a region is mapped and unmapped, untouched");
	ktap_is(read_pages(0, 1), HVMSG_UNMAPPED_GPA, "nothing of it is there for the guest");
	munmap(memory, PAGES * PAGE);
}

/* The second hypercall of mapping, if it takes more than one, stops after three pages. */
static void test_half_mapped(void)
{
	void *memory = get_memory();
	int ret;

	refuse(HVCALL_MAP_GPA_PAGES, HARD, 2, 3);
	ret = map(memory);
	fault_clear();
	if (!ret && unmap(memory))
		ktap_note("unmapping: %s", strerror(errno));
	munmap(memory, PAGES * PAGE);
	ktap_ok(read_pages(0, 1) == HVMSG_UNMAPPED_GPA &&
		read_pages(PER_CALL - 1, 1) == HVMSG_UNMAPPED_GPA,
		"half mapped: what the whole calls mapped is gone");
	ktap_is(read_pages(PER_CALL, 1), HVMSG_UNMAPPED_GPA,
		"half mapped: what the failed call mapped is gone");
}

static void test_root_memory(void)
{
	uint64_t before = testhv_counter(TESTHV_ROOT, TESTHV_PAGES_DEPOSITED, 0);
	void *memory = get_memory();

	refuse(HVCALL_MAP_GPA_PAGES, HV_STATUS_INSUFFICIENT_ROOT_MEMORY, 1, 0);
	ktap_ok(!map(memory) && read_pages(0, 4) == HVMSG_X64_IO_PORT_INTERCEPT,
		"mapping that lacks the root's memory succeeds");
	fault_clear();
	ktap_ok(testhv_counter(TESTHV_ROOT, TESTHV_PAGES_DEPOSITED, 0) > before,
		"it is the root that gets memory then");
	ktap_ok(!unmap(memory), "that region is unmapped");
	munmap(memory, PAGES * PAGE);
}

/* The process gives memory back that the guest has; the hypervisor lacks memory for that. */
static void test_given_back(void)
{
	void *memory = get_memory();
	uint64_t deposits;

	ktap_ok(!map(memory) && read_pages(0, 4) == HVMSG_X64_IO_PORT_INTERCEPT,
		"the guest uses memory");
	deposits = testhv_root_calls(HVCALL_DEPOSIT_MEMORY);
	refuse(HVCALL_MAP_GPA_PAGES, HV_STATUS_INSUFFICIENT_MEMORY, 1, 0);
	munmap(memory, PAGES * PAGE);
	fault_clear();
	ktap_is((long long)(testhv_root_calls(HVCALL_DEPOSIT_MEMORY) - deposits), 0,
		"memory given back is not paid for with memory");
	ktap_ok(!unmap(memory), "the region of it is unmapped");
}

/* Last: who lets go of these pages all the same has a guest that writes to others' memory. */
static void test_not_unmapped(void)
{
	void *memory = get_memory();

	ktap_ok(!map(memory) && read_pages(0, 4) == HVMSG_X64_IO_PORT_INTERCEPT,
		"the guest uses memory again");
	refuse(HVCALL_UNMAP_GPA_PAGES, HARD, 1, 0);
	ktap_errno(unmap(memory), EIO, "unmapping that the hypervisor refuses is no success");
	fault_clear();
	munmap(memory, PAGES * PAGE);
}

int main(void)
{
	ktap_plan(12);
	testhv_required();
	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	test_untouched();
	test_half_mapped();
	test_root_memory();
	test_given_back();
	test_not_unmapped();
	child_destroy(&child);
	return ktap_end();
}
