// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory of all sizes and shapes: 4 KiB and 2 MiB pages, an alias, a
 * region above 4 GiB, many small regions.  The child writes a pattern that the
 * process checks, so a page mapped wrongly is a page with the wrong contents.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"
#include "testhv.h"

#define RAM	CHILD_LONG_MODE_RAM

/* RSI: first page, RDI: number of pages; each gets its own address at its start and end. */
ASMBLOB(stamp, 64,
	"1: mov %rsi, (%rsi)\n"
	"mov %rsi, 0xff8(%rsi)\n"
	"add $0x1000, %rsi\n"
	"dec %rdi\n"
	"jnz 1b\n"
	"out %al, $0x10\n");

static void run_stamp(struct child *child, uint64_t gpa, uint64_t pages, const char *name)
{
	struct hv_message message;

	child_load(child, BLOB_GPA, &stamp);
	child_long_mode(child, 0, BLOB_GPA, pages);
	child_set_register(child, 0, HV_X64_REGISTER_RSI, gpa);
	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		ktap_note("%s: the child did not finish", name);
}

static bool stamped(const uint8_t *memory, uint64_t gpa, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		const uint64_t *page = (const uint64_t *)(memory + i * PAGE);

		if (page[0] != gpa + i * PAGE || page[511] != gpa + i * PAGE) {
			ktap_note("page %llu holds %#llx", (unsigned long long)i,
				  (unsigned long long)page[0]);
			return false;
		}
	}
	return true;
}

static void *get_memory(size_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE | flags, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void test_small(void)
{
	const uint64_t gpa = 0x10000000, size = 3 * LARGE_PAGE + 5 * PAGE;
	struct child child;
	uint8_t *memory = get_memory(size, 0);

	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	if (!memory || mshv_set_memory(child.pt, gpa, memory, size, MEM_W | MEM_X))
		ktap_bail("mapping 6 MiB: %s", strerror(errno));
	run_stamp(&child, gpa, size / PAGE, "small pages");
	ktap_ok(stamped(memory, gpa, size / PAGE), "1541 pages of 4 KiB");
	child_destroy(&child);
	munmap(memory, size);
}

static void want_huge_pages(unsigned int nr)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "w");

	if (!file)
		return;
	fprintf(file, "%u", nr);
	fclose(file);
}

static uint64_t map_reps(void)
{
	return testhv_root_reps(HVCALL_MAP_GPA_PAGES);
}

/* The hypervisor must be asked for whole 2 MiB pages: one rep each, not 512. */
static void test_large(void)
{
	const uint64_t gpa = 0x20000000, size = 4 * LARGE_PAGE;
	struct child child;
	uint8_t *memory;
	uint64_t reps;

	want_huge_pages(4);
	memory = get_memory(size, MAP_HUGETLB);
	if (!memory) {
		ktap_skip("2 MiB pages are mapped whole", "the root has no huge pages");
		ktap_skip("4 pages of 2 MiB", "the root has no huge pages");
		return;
	}
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, RAM, 1);
	/* So that all that the child itself needs is there. */
	run_stamp(&child, 0x100000, 1, "warming up");
	reps = map_reps();
	if (mshv_set_memory(child.pt, gpa, memory, size, MEM_W | MEM_X))
		ktap_bail("mapping 8 MiB of huge pages: %s", strerror(errno));
	run_stamp(&child, gpa, size / PAGE, "large pages");
	reps = map_reps() - reps;
	ktap_is((long long)reps, 4, "2 MiB pages are mapped whole");
	ktap_ok(stamped(memory, gpa, size / PAGE), "4 pages of 2 MiB");
	if (mshv_set_memory(child.pt, gpa, memory, size, MEM_UNMAP))
		ktap_note("unmapping: %s", strerror(errno));
	child_destroy(&child);
	munmap(memory, size);
	want_huge_pages(0);
}

/* Large pages in the process, but at a guest address that is not a multiple of 2 MiB. */
static void test_misaligned(void)
{
	const uint64_t gpa = 0x20001000, size = 2 * LARGE_PAGE;
	struct child child;
	uint8_t *memory;

	want_huge_pages(2);
	memory = get_memory(size, MAP_HUGETLB);
	if (!memory) {
		ktap_skip("huge pages at an odd guest address", "the root has no huge pages");
		return;
	}
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, RAM, 1);
	if (mshv_set_memory(child.pt, gpa, memory, size, MEM_W | MEM_X))
		ktap_bail("mapping at %#llx: %s", (unsigned long long)gpa, strerror(errno));
	run_stamp(&child, gpa, size / PAGE, "misaligned");
	ktap_ok(stamped(memory, gpa, size / PAGE), "huge pages at an odd guest address");
	child_destroy(&child);
	munmap(memory, size);
	want_huge_pages(0);
}

static void test_alias(void)
{
	const uint64_t gpa = 0x10000000, alias = 0x18000000, pages = 16;
	struct child child;
	uint8_t *memory = get_memory(pages * PAGE, 0);
	bool good;

	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	good = memory &&
	       !mshv_set_memory(child.pt, gpa, memory, pages * PAGE, MEM_W) &&
	       !mshv_set_memory(child.pt, alias, memory, pages * PAGE, MEM_W);
	run_stamp(&child, gpa, pages, "alias, first");
	good = good && stamped(memory, gpa, pages);
	run_stamp(&child, alias, pages, "alias, second");
	ktap_ok(good && stamped(memory, alias, pages), "one piece of memory at two addresses");
	good = !mshv_set_memory(child.pt, gpa, memory, pages * PAGE, MEM_UNMAP);
	run_stamp(&child, alias, pages, "alias, alone");
	ktap_ok(good && stamped(memory, alias, pages), "one of them unmapped, the other stays");
	child_destroy(&child);
	munmap(memory, pages * PAGE);
}

/* Every second page of a range, each a region of its own. */
static void test_many(void)
{
	const uint64_t gpa = 0x10000000;
	const unsigned int nr = 200;
	struct child child;
	uint8_t *memory = get_memory(nr * PAGE, 0);
	unsigned int good = 0;

	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	for (unsigned int i = 0; i < nr; i++)
		good += !mshv_set_memory(child.pt, gpa + 2 * i * PAGE, memory + i * PAGE, PAGE,
					 MEM_W);
	for (unsigned int i = 0; i < nr; i += 20) {
		run_stamp(&child, gpa + 2 * i * PAGE, 1, "many");
		good -= !stamped(memory + i * PAGE, gpa + 2 * i * PAGE, 1);
	}
	for (unsigned int i = 0; i < nr; i++)
		good += !mshv_set_memory(child.pt, gpa + 2 * i * PAGE, memory + i * PAGE, PAGE,
					 MEM_UNMAP);
	ktap_is(good, 2 * nr, "200 regions of a page, mapped, used and unmapped");
	child_destroy(&child);
	munmap(memory, nr * PAGE);
}

/* A file's pages are as good as anonymous ones, and what the child wrote is in the file. */
static void test_file(void)
{
	const uint64_t gpa = 0x10000000, pages = 8;
	struct child child;
	uint64_t word = 0;
	uint8_t *memory;
	int fd = memfd_create("ram", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		ktap_bail("memfd: %s", strerror(errno));
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	if (mshv_set_memory(child.pt, gpa, memory, pages * PAGE, MEM_W))
		ktap_bail("mapping a file: %s", strerror(errno));
	run_stamp(&child, gpa, pages, "file");
	child_destroy(&child);
	munmap(memory, pages * PAGE);
	ktap_ok(pread(fd, &word, sizeof(word), 5 * PAGE) == sizeof(word) &&
		word == gpa + 5 * PAGE, "memory of a file");
	close(fd);
}

int main(void)
{
	ktap_plan(8);
	test_small();
	test_large();
	test_misaligned();
	test_alias();
	test_many();
	test_file();
	return ktap_end();
}
