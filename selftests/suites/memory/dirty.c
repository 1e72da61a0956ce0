// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages a child touched and wrote: exactly those, of pinned memory and of
 * movable, in pages of 4 KiB and of 2 MiB; and of pages that went and came back,
 * none too few.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define GPA	0x10000000UL
#define PAGES	1536UL		/* 6 MiB */
#define SIZE	(PAGES * PAGE)

#define ACCESSED	MSHV_GPAP_ACCESS_TYPE_ACCESSED
#define DIRTY		MSHV_GPAP_ACCESS_TYPE_DIRTY
#define NOOP		MSHV_GPAP_ACCESS_OP_NOOP
#define CLEAR		MSHV_GPAP_ACCESS_OP_CLEAR
#define SET		MSHV_GPAP_ACCESS_OP_SET

/* R8: first page, R9: step in bytes, RCX: count; RAX 0 to read, 1 to write. */
ASMBLOB(touch, 64,
	"1: mov (%r8), %rdx\n"
	"test %rax, %rax\n"
	"jz 2f\n"
	"mov %r8, (%r8)\n"
	"2: add %r9, %r8\n"
	"dec %rcx\n"
	"jnz 1b\n"
	"out %al, $0x10\n");

static struct child child;
static uint8_t *memory;
static uint8_t bitmap[PAGES / 8];

static void touch_pages(unsigned long first, unsigned long step, unsigned long count, bool write)
{
	struct hv_message message;

	child_load(&child, BLOB_GPA, &touch);
	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_R8, GPA + first * PAGE);
	child_set_register(&child, 0, HV_X64_REGISTER_R9, step * PAGE);
	child_set_register(&child, 0, HV_X64_REGISTER_RCX, count);
	child_set_register(&child, 0, HV_X64_REGISTER_RAX, write);
	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		ktap_note("the child did not finish");
}

static void read_bits(uint8_t type, uint8_t op)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = type,
		.access_op = op,
		.page_count = PAGES,
		.gpap_base = GPA / PAGE,
		.bitmap_ptr = (uintptr_t)bitmap,
	};

	memset(bitmap, 0x55, sizeof(bitmap));
	if (ioctl(child.pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args) || args.page_count != PAGES)
		ktap_note("access bitmap: %s, %llu pages", strerror(errno),
			  (unsigned long long)args.page_count);
}

static bool is_set(unsigned long page)
{
	return bitmap[page / 8] >> page % 8 & 1;
}

/* Are exactly these @count pages set, @step apart? */
static bool exactly(unsigned long first, unsigned long step, unsigned long count)
{
	for (unsigned long i = 0; i < PAGES; i++) {
		bool want = i >= first && i < first + step * count && !((i - first) % step);

		if (is_set(i) != want) {
			ktap_note("page %lu: %d", i, is_set(i));
			return false;
		}
	}
	return true;
}

static bool none(void)
{
	return exactly(0, 1, 0);
}

static void track(uint64_t on)
{
	if (mshv_set_property(child.pt, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, on))
		ktap_note("access tracking %d: %s", (int)on, strerror(errno));
}

/* Everything is in the child's hands, and nothing is noted of it. */
static void begin(void)
{
	touch_pages(0, 1, PAGES, true);
	track(1);
	read_bits(ACCESSED, CLEAR);
}

#define EXACT_RESULTS	8

static void test_exact(const char *kind)
{
	begin();
	read_bits(DIRTY, NOOP);
	ktap_ok(none(), "%s: nothing written, nothing dirty", kind);
	touch_pages(3, 7, 200, true);
	read_bits(DIRTY, NOOP);
	ktap_ok(exactly(3, 7, 200), "%s: 200 pages written, those are dirty", kind);
	read_bits(DIRTY, CLEAR);
	ktap_ok(exactly(3, 7, 200), "%s: to read is not to clear", kind);
	read_bits(DIRTY, NOOP);
	ktap_ok(none(), "%s: cleared", kind);
	read_bits(ACCESSED, CLEAR);
	touch_pages(511, 2, 3, false);
	read_bits(DIRTY, NOOP);
	ktap_ok(none(), "%s: what is only read is not dirty", kind);
	read_bits(ACCESSED, SET);
	ktap_ok(exactly(511, 2, 3), "%s: but accessed", kind);
	read_bits(ACCESSED, NOOP);
	ktap_ok(exactly(0, 1, PAGES), "%s: set, all are accessed", kind);
	read_bits(DIRTY, SET);
	track(0);
	ktap_ok(none(), "%s: and none dirty by that", kind);
}

/* A page that Linux took away counts as written, since it may have been at the last moment. */
static void test_moved(void)
{
	begin();
	madvise(memory + 100 * PAGE, 10 * PAGE, MADV_DONTNEED);
	read_bits(DIRTY, CLEAR);
	ktap_ok(exactly(100, 1, 10), "pages that were taken away count as dirty");
	read_bits(DIRTY, NOOP);
	ktap_ok(none(), "... once");
	touch_pages(100, 1, 1, true);
	read_bits(DIRTY, CLEAR);
	ktap_ok(is_set(100) && !is_set(99), "a page that came back and was written is dirty");
	madvise(memory + 300 * PAGE, PAGE, MADV_DONTNEED);
	read_bits(DIRTY, CLEAR);
	touch_pages(300, 1, 1, false);
	madvise(memory + 300 * PAGE, PAGE, MADV_DONTNEED);
	read_bits(DIRTY, NOOP);
	ktap_ok(none(), "a page that was only there to be read is not");
	track(0);
}

/* What nobody ever touched has bits as well. */
static void test_untouched(void)
{
	uint64_t calls = testhv_root_calls(HVCALL_GET_GPA_PAGES_ACCESS_STATES);

	track(1);
	read_bits(DIRTY, NOOP);
	ktap_ok(none(), "untouched memory is not dirty");
	ktap_is((long long)(testhv_root_calls(HVCALL_GET_GPA_PAGES_ACCESS_STATES) - calls), 0,
		"... and the hypervisor is not asked about it");
	read_bits(DIRTY, SET);
	read_bits(ACCESSED, NOOP);
	ktap_ok(exactly(0, 1, PAGES), "it can be set");
	read_bits(ACCESSED, CLEAR);
	read_bits(DIRTY, NOOP);
	ktap_ok(none(), "... and cleared");
	track(0);
}

static void map_memory(int flags)
{
	uint8_t *at = mmap(NULL, SIZE + LARGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	at = (uint8_t *)(((uintptr_t)at + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
	memory = mmap(at, SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0);
	if (memory == MAP_FAILED)
		ktap_bail("6 MiB: %s", strerror(errno));
}

static void give(void)
{
	if (mshv_set_memory(child.pt, GPA, memory, SIZE, MEM_W))
		ktap_bail("mapping 6 MiB: %s", strerror(errno));
}

static void take(void)
{
	if (mshv_set_memory(child.pt, GPA, memory, SIZE, MEM_UNMAP))
		ktap_bail("unmapping 6 MiB: %s", strerror(errno));
	munmap(memory, SIZE);
}

/* RAM that the child itself runs in is not looked at, but takes part in the mapping. */
int main(void)
{
	struct leak_mark mark;

	ktap_plan(4 + 4 * EXACT_RESULTS + 4 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, CHILD_LONG_MODE_RAM, 1);

	map_memory(0);
	madvise(memory, SIZE, MADV_NOHUGEPAGE);
	give();
	test_untouched();
	test_exact("movable, 4 KiB");
	test_moved();
	take();

	map_memory(0);
	madvise(memory, SIZE, MADV_HUGEPAGE);
	give();
	test_exact("movable, 2 MiB");
	take();

	map_memory(MAP_LOCKED);
	give();
	test_exact("pinned, 2 MiB");
	take();

	map_memory(0);
	madvise(memory, SIZE, MADV_NOHUGEPAGE);
	if (mlock(memory, SIZE))
		ktap_bail("mlock: %s", strerror(errno));
	give();
	test_exact("pinned, 4 KiB");
	take();

	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
