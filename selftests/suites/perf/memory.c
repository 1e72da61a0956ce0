// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls for guest memory: until the guest has used what is pinned and what is
 * movable, in large pages and in small ones, to map many GiB that nobody touches, and
 * to read the dirty log.
 *
 * Argument: how many GiB nobody touches; then nothing else but the dirty log.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../testhv/control.h"
#include "child.h"
#include "ktap.h"
#include "testhv.h"

#define GIB		(1ULL << 30)
#define BASE		GIB		/* in the guest */
#define TABLES		0x180000UL
#define SMALL		(64ULL << 20)	/* as much in small pages as an emulator does soon */
#define DEPOSITS	4		/* and as many calls made again */
#define PER_CALL	509		/* pages that a MAP_GPA_PAGES can name */
#define LOG_PER_CALL	4095
#define LOG_GIB		8	/* as much of a dirty log is read */

static struct child child;
static uint64_t id;

static uint64_t map_calls(void)
{
	return testhv_root_calls(HVCALL_MAP_GPA_PAGES) +
	       testhv_root_calls(HVCALL_UNMAP_GPA_PAGES) +
	       testhv_root_calls(HVCALL_DEPOSIT_MEMORY);
}

static uint64_t log_calls(void)
{
	return testhv_root_calls(HVCALL_GET_GPA_PAGES_ACCESS_STATES);
}

static void *get_memory(uint64_t size, int advice)
{
	uint8_t *at = mmap(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		ktap_bail("memory: %s", strerror(errno));
	at = (uint8_t *)(((uintptr_t)at + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
	madvise(at, size, advice);
	return at;
}

static void put_memory(void *at, uint64_t size)
{
	uint64_t before = map_calls();

	if (mshv_set_memory(child.pt, BASE, at, size, MEM_UNMAP))
		ktap_note("unmapping: %s", strerror(errno));
	ktap_note("to unmap it: %llu", (unsigned long long)(map_calls() - before));
	munmap(at, size);
}

static uint64_t give(void *at, uint64_t size)
{
	uint64_t before = map_calls(), deposits = testhv_root_calls(HVCALL_DEPOSIT_MEMORY);

	if (mshv_set_memory(child.pt, BASE, at, size, MEM_W | MEM_X))
		ktap_bail("mapping: %s", strerror(errno));
	ktap_note("to map it: %llu hypercalls, %llu of them deposits",
		  (unsigned long long)(map_calls() - before),
		  (unsigned long long)(testhv_root_calls(HVCALL_DEPOSIT_MEMORY) - deposits));
	return map_calls() - before;
}

static void touch_all(uint64_t pages)
{
	uint64_t *pml4 = (uint64_t *)(child.ram + TABLES), *pdpt = pml4 + 512;
	struct hv_message message;

	child_touch(&child, 0, BASE, pages);
	pml4[0] = (TABLES + PAGE) | 3;
	for (uint64_t i = 0; i < 512; i++)
		pdpt[i] = i * GIB | 0x83;
	child_set_register(&child, 0, HV_X64_REGISTER_CR3, TABLES);
	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		ktap_bail("the child did not finish");
}

static uint64_t read_log(uint64_t pages)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = MSHV_GPAP_ACCESS_TYPE_DIRTY,
		.access_op = MSHV_GPAP_ACCESS_OP_NOOP,
		.page_count = pages,
		.gpap_base = BASE / PAGE,
		.bitmap_ptr = (uintptr_t)calloc(pages / 64, 8),
	};
	uint64_t before = log_calls();

	if (ioctl(child.pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args))
		ktap_note("dirty log: %s", strerror(errno));
	free((void *)(uintptr_t)args.bitmap_ptr);
	return log_calls() - before;
}

static void at_most(uint64_t calls, uint64_t limit, const char *what)
{
	ktap_note("%s: %llu hypercalls, at most %llu", what, (unsigned long long)calls,
		  (unsigned long long)limit);
	ktap_ok(calls <= limit, "hypercalls: %s", what);
}

/* All that it takes until the child has used every page. */
static uint64_t use(uint64_t size)
{
	uint64_t before, deposits, entries;

	/* What the child runs in comes by this. */
	touch_all(1);
	before = map_calls();
	deposits = testhv_root_calls(HVCALL_DEPOSIT_MEMORY);
	entries = testhv_counter(id, TESTHV_DISPATCHES, 0);
	touch_all(size / PAGE);
	ktap_note("to use it: %llu hypercalls, %llu of them deposits; %llu entries",
		  (unsigned long long)(map_calls() - before),
		  (unsigned long long)(testhv_root_calls(HVCALL_DEPOSIT_MEMORY) - deposits),
		  (unsigned long long)(testhv_counter(id, TESTHV_DISPATCHES, 0) - entries));
	return map_calls() - before;
}

/* What the hypervisor's tables take is deposited once, and then the call made again. */
static void test_pinned(uint64_t size, int advice, uint64_t limit, const char *what)
{
	uint8_t *at = get_memory(size, advice);
	uint64_t calls;

	if (mlock(at, size))
		ktap_bail("mlock: %s", strerror(errno));
	calls = give(at, size);
	at_most(calls + use(size), limit, what);
	at_most(read_log(size / PAGE), size / PAGE / LOG_PER_CALL + 1, "its dirty log, pinned");
	put_memory(at, size);
}

static void test_movable(uint64_t size, int advice, uint64_t limit, const char *what)
{
	void *at = get_memory(size, advice);

	at_most(give(at, size), 0, "map it, movable");
	at_most(use(size), limit, what);
	at_most(read_log(size / PAGE), size / PAGE / LOG_PER_CALL + 1, "its dirty log, movable");
	put_memory(at, size);
}

static void test_untouched(uint64_t gib)
{
	uint64_t log = gib < LOG_GIB ? gib : LOG_GIB;
	void *at = get_memory(gib * GIB, MADV_NORMAL);
	char what[64];

	sprintf(what, "map %u GiB, movable, untouched", (unsigned int)gib);
	at_most(give(at, gib * GIB), 0, what);
	sprintf(what, "dirty log of %u GiB, movable, untouched", (unsigned int)log);
	at_most(read_log(log * GIB / PAGE), 0, what);
	put_memory(at, gib * GIB);
}

/* The same GiB, eight times in a row, is a log of 8 that a root needs less memory for. */
static void test_log(void)
{
	int fd = memfd_create("gib", MFD_CLOEXEC);
	uint8_t *at = get_memory(LOG_GIB * GIB, MADV_NORMAL);

	if (ftruncate(fd, (off_t)GIB))
		ktap_bail("memfd: %s", strerror(errno));
	for (uint64_t i = 0; i < LOG_GIB; i++)
		if (mmap(at + i * GIB, GIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			 0) == MAP_FAILED)
			ktap_bail("memfd: %s", strerror(errno));
	if (mlock(at, LOG_GIB * GIB))
		ktap_bail("mlock: %s", strerror(errno));
	at_most(give(at, LOG_GIB * GIB), LOG_GIB * GIB / PAGE / PER_CALL + 1 + 2 * 10,
		"map 8 GiB in pages of 4 KiB, pinned");
	at_most(read_log(LOG_GIB * GIB / PAGE), LOG_GIB * GIB / PAGE / LOG_PER_CALL + 1,
		"dirty log of 8 GiB, in use");
	put_memory(at, LOG_GIB * GIB);
	close(fd);
}

/* What the guest has, it is given or it touches. */
static void test_used(void)
{
	test_pinned(GIB, MADV_HUGEPAGE, GIB / LARGE_PAGE / PER_CALL + 1 + 2,
		    "map and use 1 GiB in pages of 2 MiB, pinned");
	test_pinned(SMALL, MADV_NOHUGEPAGE, SMALL / PAGE / PER_CALL + 1 + 2,
		    "map and use 64 MiB in pages of 4 KiB, pinned");
	test_movable(GIB, MADV_HUGEPAGE, GIB / LARGE_PAGE + 2 * DEPOSITS,
		     "use 1 GiB in pages of 2 MiB, movable");
	test_movable(SMALL, MADV_NOHUGEPAGE, 2 * SMALL / LARGE_PAGE + 6 + 2 * DEPOSITS,
		     "use 64 MiB in pages of 4 KiB, movable");
}

int main(int argc, char **argv)
{
	ktap_plan(argc > 1 ? 2 + 2 : 2 * 2 + 2 * 3);
	testhv_required();
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, CHILD_LONG_MODE_RAM, 1);
	id = testhv_child();
	if (argc > 1) {
		test_untouched(strtoull(argv[1], NULL, 0));
		test_log();
	} else {
		test_used();
	}
	child_destroy(&child);
	return ktap_end();
}
