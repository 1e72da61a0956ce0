// SPDX-License-Identifier: GPL-2.0-only
/*
 * Children of 1, 64 and 256 GiB on a root of 1, or of as many GiB as the three
 * arguments say: what is not touched costs nothing, so all of them take the same
 * hypercalls until they run, and each has its memory at both ends and on both
 * sides of 4 GiB.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "child.h"
#include "../../testhv/control.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define GIB		(1ULL << 30)
#define BASE		GIB		/* where the big region begins in the guest */
#define TABLES		0x180000UL	/* of 512 GiB, one to one */
#define PTE_GIB		0x83UL
#define NR_CODES	0x140

/* RSI, RDI, R8: three pages to write their addresses to, and to read them back. */
ASMBLOB(ends, 64,
	"mov %rsi, (%rsi)\n"
	"mov %rdi, (%rdi)\n"
	"mov %r8, (%r8)\n"
	"mov (%rsi), %rax\n"
	"add (%rdi), %rax\n"
	"add (%r8), %rax\n"
	"out %al, $0x10\n");

static uint64_t all_calls(void)
{
	uint64_t sum = 0;

	for (uint16_t code = 0x40; code < NR_CODES; code++)
		sum += testhv_root_calls(code);
	return sum;
}

static void huge_tables(struct child *child)
{
	uint64_t *pml4 = (uint64_t *)(child->ram + TABLES), *pdpt = pml4 + 512;

	pml4[0] = (TABLES + PAGE) | 3;
	for (uint64_t i = 0; i < 512; i++)
		pdpt[i] = i * GIB | PTE_GIB;
	child_set_register(child, 0, HV_X64_REGISTER_CR3, TABLES);
}

static uint64_t word(const uint8_t *memory, uint64_t gpa)
{
	uint64_t value;

	memcpy(&value, memory + (gpa - BASE), sizeof(value));
	return value;
}

/* Above 4 GiB if there is memory; a region of 1 GiB ends below. */
static bool run_ends(struct child *child, const uint8_t *memory, uint64_t size)
{
	uint64_t last = BASE + size - PAGE;
	uint64_t below = size > 4 * GIB ? 4 * GIB - PAGE : BASE + size / 2;
	uint64_t above = size > 4 * GIB ? 4 * GIB : BASE;
	struct hv_message message;

	child_load(child, BLOB_GPA, &ends);
	child_long_mode(child, 0, BLOB_GPA, below);
	huge_tables(child);
	child_set_register(child, 0, HV_X64_REGISTER_RSI, above);
	child_set_register(child, 0, HV_X64_REGISTER_R8, last);
	return child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
	       child->vp[0].regs->rax == below + above + last && word(memory, below) == below &&
	       word(memory, above) == above && word(memory, last) == last;
}

static uint64_t try_size(uint64_t size)
{
	uint64_t before, calls, maps, id;
	struct child child;
	uint8_t *memory;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		ktap_bail("no %llu GiB: %s", (unsigned long long)(size / GIB), strerror(errno));
	before = all_calls();
	maps = testhv_root_reps(HVCALL_MAP_GPA_PAGES);
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, CHILD_LONG_MODE_RAM, 1);
	if (mshv_set_memory(child.pt, BASE, memory, size, MEM_W | MEM_X))
		ktap_bail("mapping %llu GiB: %s", (unsigned long long)(size / GIB),
			  strerror(errno));
	calls = all_calls() - before;
	id = testhv_child();
	ktap_note("%llu GiB: %llu hypercalls before the first entry, %llu deposited, %llu mapped",
		  (unsigned long long)(size / GIB), (unsigned long long)calls,
		  (unsigned long long)testhv_owned(id),
		  (unsigned long long)(testhv_root_reps(HVCALL_MAP_GPA_PAGES) - maps));
	ktap_ok(run_ends(&child, memory, size), "%llu GiB: both ends, and around 4 GiB",
		(unsigned long long)(size / GIB));
	ktap_note("%llu pages deposited then, %llu mapped",
		  (unsigned long long)testhv_owned(id),
		  (unsigned long long)testhv_counter(id, TESTHV_GPA_MAPPED, 0));
	child_destroy(&child);
	munmap(memory, size);
	return calls;
}

/* Memory that is locked page by page when it is touched is no memory to map as a whole. */
static void test_locked_on_fault(void)
{
	uint8_t *memory = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint64_t maps;
	struct child child;

	if (memory == MAP_FAILED || mlock2(memory, GIB, MLOCK_ONFAULT))
		ktap_bail("no memory to lock: %s", strerror(errno));
	child_create(&child, PT_LAPIC | PT_X2APIC, CHILD_LONG_MODE_RAM, 1);
	maps = testhv_root_reps(HVCALL_MAP_GPA_PAGES);
	if (mshv_set_memory(child.pt, BASE, memory, GIB, MEM_W | MEM_X))
		ktap_bail("mapping 1 GiB: %s", strerror(errno));
	ktap_is((long long)(testhv_root_reps(HVCALL_MAP_GPA_PAGES) - maps), 0,
		"memory locked on fault: nothing is mapped at once");
	ktap_ok(run_ends(&child, memory, GIB), "... and the guest has it");
	child_destroy(&child);
	munmap(memory, GIB);
}

int main(int argc, char **argv)
{
	uint64_t sizes[3] = { 1, 64, 256 }, calls[3];
	struct leak_mark mark;

	ktap_plan(5 + 2 + LEAK_RESULTS);
	testhv_required();
	for (int i = 0; i < 3 && i + 1 < argc; i++)
		sizes[i] = strtoull(argv[i + 1], NULL, 0);
	/* The first partition of all teaches the driver what one needs. */
	try_size(GIB);
	leak_mark(&mark);
	for (int i = 0; i < 3; i++)
		calls[i] = try_size(sizes[i] * GIB);
	ktap_note("%llu, %llu, %llu hypercalls", (unsigned long long)calls[0],
		  (unsigned long long)calls[1], (unsigned long long)calls[2]);
	ktap_ok(calls[0] == calls[1] && calls[1] == calls[2],
		"the same hypercalls before the first entry");
	test_locked_on_fault();
	leak_check(&mark);
	return ktap_end();
}
