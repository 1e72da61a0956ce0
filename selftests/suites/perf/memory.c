// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls for guest memory: to map what is pinned, to map and to touch what is
 * movable, in large pages and in small ones, to map 64 GiB that nobody touches, and
 * to read the dirty log.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "child.h"
#include "ktap.h"
#include "testhv.h"

#define GIB		(1ULL << 30)
#define BASE		GIB		/* in the guest */
#define TABLES		0x180000UL
#define SMALL		(64ULL << 20)	/* as much in small pages as an emulator does soon */
#define DEPOSITS	8		/* calls made again when their tables had memory */
#define PER_CALL	509		/* pages that a MAP_GPA_PAGES can name */
#define LOG_PER_CALL	4095

static struct child child;

static uint64_t map_calls(void)
{
	return testhv_root_calls(HVCALL_MAP_GPA_PAGES);
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
	if (mshv_set_memory(child.pt, BASE, at, size, MEM_UNMAP))
		ktap_note("unmapping: %s", strerror(errno));
	munmap(at, size);
}

static uint64_t give(void *at, uint64_t size)
{
	uint64_t before = map_calls();

	if (mshv_set_memory(child.pt, BASE, at, size, MEM_W | MEM_X))
		ktap_bail("mapping: %s", strerror(errno));
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
	ktap_note("%s: %llu", what, (unsigned long long)calls);
	ktap_ok(calls <= limit, "%s: at most %llu hypercalls", what, (unsigned long long)limit);
}

/* What the hypervisor's tables take is deposited once, and then the call made again. */
static void test_pinned(uint64_t size, int advice, uint64_t limit, const char *what)
{
	uint8_t *at = get_memory(size, advice);

	if (mlock(at, size))
		ktap_bail("mlock: %s", strerror(errno));
	at_most(give(at, size), limit, what);
	at_most(read_log(size / PAGE), size / PAGE / LOG_PER_CALL + 1, "its dirty log, pinned");
	put_memory(at, size);
}

static void test_movable(uint64_t size, int advice, uint64_t limit, const char *what)
{
	void *at = get_memory(size, advice);
	uint64_t before;

	at_most(give(at, size), 0, "map it, movable");
	/* What the child runs in comes by this. */
	touch_all(1);
	before = map_calls();
	touch_all(size / PAGE);
	at_most(map_calls() - before, limit, what);
	at_most(read_log(size / PAGE), size / PAGE / LOG_PER_CALL + 1, "its dirty log, movable");
	put_memory(at, size);
}

static void test_untouched(void)
{
	void *at = get_memory(64 * GIB, MADV_NORMAL);

	at_most(give(at, 64 * GIB), 0, "map 64 GiB, movable, untouched");
	at_most(read_log(8 * GIB / PAGE), 0, "dirty log of 8 GiB, movable, untouched");
	put_memory(at, 64 * GIB);
}

int main(void)
{
	ktap_plan(2 * 2 + 2 * 3 + 2);
	testhv_required();
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, CHILD_LONG_MODE_RAM, 1);
	test_pinned(GIB, MADV_HUGEPAGE, GIB / LARGE_PAGE / PER_CALL + 2,
		    "map 1 GiB in pages of 2 MiB, pinned");
	test_pinned(SMALL, MADV_NOHUGEPAGE, SMALL / PAGE / PER_CALL + DEPOSITS,
		    "map 64 MiB in pages of 4 KiB, pinned");
	test_movable(GIB, MADV_HUGEPAGE, GIB / LARGE_PAGE + DEPOSITS,
		     "touch 1 GiB in pages of 2 MiB, movable");
	test_movable(SMALL, MADV_NOHUGEPAGE, 2 * SMALL / LARGE_PAGE + 6 + DEPOSITS,
		     "touch 64 MiB in pages of 4 KiB, movable");
	test_untouched();
	child_destroy(&child);
	return ktap_end();
}
