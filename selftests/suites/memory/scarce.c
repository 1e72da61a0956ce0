// SPDX-License-Identifier: GPL-2.0-only
/*
 * A child whose pool is empty: what needs a page table fails, and a failed call
 * changes nothing.  Above all a page that the child still sees stays the root's to lose: it
 * cannot be deposited.
 *
 * The pool's pages are taken by test control behind the driver's back, and are
 * given back before the driver could miss them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define RAM		CHILD_LONG_MODE_RAM
#define LARGE_GPA	0x20000000UL
#define WITHIN		(7 * PAGE)	/* a 4 KiB page in the middle of the large one */
#define MAX_POOL	500		/* the list has to fit into a page behind its header */
#define REPS(n)		((uint64_t)(n) << HV_HYPERCALL_REP_COMP_OFFSET)

/* RDI: where to write, so that the driver maps what is there. */
ASMBLOB(touch, 64,
	"mov %rdi, (%rdi)\n"
	"out %al, $0x10\n");

static uint8_t *in, *out;	/* a page each */
static uint64_t in_gpa, out_gpa;

static uint16_t rep_call(uint16_t code, unsigned int reps, unsigned int *done)
{
	uint64_t result = testhv_hypercall(code | REPS(reps), in_gpa, out_gpa);

	*done = (result & HV_HYPERCALL_REP_COMP_MASK) >> HV_HYPERCALL_REP_COMP_OFFSET;
	return result & HV_HYPERCALL_RESULT_MASK;
}

static unsigned int withdraw(uint64_t partition, uint64_t *pages)
{
	struct hv_input_withdraw_memory *input = (void *)in;
	unsigned int nr;

	memset(in, 0, PAGE);
	input->partition_id = partition;
	if (rep_call(HVCALL_WITHDRAW_MEMORY, MAX_POOL, &nr) != HV_STATUS_NO_RESOURCES)
		ktap_bail("the pool is not empty after %u pages", nr);
	memcpy(pages, out, nr * sizeof(*pages));
	return nr;
}

static uint16_t deposit(uint64_t partition, const uint64_t *pages, unsigned int nr)
{
	struct hv_deposit_memory *input = (void *)in;

	memset(in, 0, PAGE);
	input->partition_id = partition;
	memcpy(input->gpa_page_list, pages, nr * sizeof(*pages));
	return rep_call(HVCALL_DEPOSIT_MEMORY, nr, &nr);
}

static uint16_t map_small(uint64_t partition, uint64_t gpa, uint64_t source)
{
	struct hv_input_map_gpa_pages *input = (void *)in;
	unsigned int done;

	memset(in, 0, PAGE);
	input->target_partition_id = partition;
	input->target_gpa_base = gpa / PAGE;
	input->map_flags = HV_MAP_GPA_READABLE;
	input->source_gpa_page_list[0] = source / PAGE;
	return rep_call(HVCALL_MAP_GPA_PAGES, 1, &done);
}

static uint16_t unmap_small(uint64_t partition, uint64_t gpa)
{
	struct hv_input_unmap_gpa_pages *input = (void *)in;
	unsigned int done;

	memset(in, 0, PAGE);
	input->target_partition_id = partition;
	input->target_gpa_base = gpa / PAGE;
	return rep_call(HVCALL_UNMAP_GPA_PAGES, 1, &done);
}

static uint8_t *huge_page(const char *nr)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "w");
	void *memory;

	if (file) {
		fputs(nr, file);
		fclose(file);
	}
	memory = mmap(NULL, LARGE_PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE | MAP_HUGETLB, -1, 0);
	if (memory == MAP_FAILED)
		ktap_bail("the root has no huge page: %s", strerror(errno));
	return memory;
}

/* The page that a failed call might have let go: the root must not be rid of it. */
static void still_claimed(uint64_t partition, uint64_t page, const char *name)
{
	uint64_t pfn = page / PAGE, back[MAX_POOL];
	uint16_t status = deposit(partition, &pfn, 1);

	if (status == HV_STATUS_SUCCESS)
		withdraw(partition, back);
	ktap_is(status, HV_STATUS_INVALID_PARAMETER, name);
}

int main(void)
{
	uint64_t pages[MAX_POOL], id, source, page;
	struct hv_message message;
	unsigned int nr;
	uint8_t *memory;
	struct child child;

	ktap_plan(6);
	testhv_required();
	in = testhv_page(&in_gpa);
	out = testhv_page(&out_gpa);
	testhv_page(&source);
	memory = huge_page("1");
	page = testhv_physical(memory + WITHIN);
	child_create(&child, PT_LAPIC | PT_SUPER_PAGES, RAM, 1);
	if (mshv_set_memory(child.pt, LARGE_GPA, memory, LARGE_PAGE, MEM_W))
		ktap_bail("mapping a huge page: %s", strerror(errno));
	id = query_info(child.pt).partition_id;
	child_load(&child, BLOB_GPA, &touch);
	child_long_mode(&child, 0, BLOB_GPA, LARGE_GPA);
	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		ktap_bail("the child does not get the huge page");

	nr = withdraw(id, pages);
	ktap_is(map_small(id, LARGE_GPA + WITHIN, source), HV_STATUS_INSUFFICIENT_MEMORY,
		"a large page cannot be split without memory, to map another page in it");
	still_claimed(id, page, "the page that it had there is the child's still");
	ktap_is(unmap_small(id, LARGE_GPA + WITHIN), HV_STATUS_INSUFFICIENT_MEMORY,
		"nor to unmap a part of it");
	still_claimed(id, page, "which is the child's still as well");
	still_claimed(id, testhv_physical(memory), "and so is its neighbour");
	ktap_is(deposit(id, pages, nr), HV_STATUS_SUCCESS, "the pool is as it was");
	child_destroy(&child);
	return ktap_end();
}
