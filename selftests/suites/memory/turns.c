// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking a GiB from a guest page by page is long work, and whoever else has to
 * do with the guest's memory does not wait for the end of it: another thread
 * asks again and again for one page's dirty bit, and must be answered in between.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "child.h"
#include "../../testhv/control.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define GIB	(1UL << 30)
#define PAGES	(GIB / PAGE)
#define TABLES	0x180000UL	/* of the first 512 GiB, one to one */
#define PTE_GIB	0x83UL
#define PROBE	0x8000000UL	/* of another region */

/*
 * One question may have been asked just before the work begins.  Whether the other thread gets a
 * processor in time is not the driver's matter, so it has some tries.
 */
#define ANSWERS	4
#define TRIES	5

/* RSI: first page, RDI: number of pages to read. */
ASMBLOB(look, 64,
	"1: mov (%rsi), %rax\n"
	"add $0x1000, %rsi\n"
	"dec %rdi\n"
	"jnz 1b\n"
	"out %al, $0x10\n");

static struct child child;
static uint8_t *memory, *probe;
static uint64_t id;		/* of the child */
static volatile unsigned int answers;	/* before, while and after pages are taken away */
static volatile unsigned int meanwhile;	/* of them, those while */
static volatile bool enough;

static void add_region(uint64_t gpa, void *at, uint64_t size)
{
	if (mshv_set_memory(child.pt, gpa, at, size, MEM_W))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
}

/* Private memory that is only read is one page of zeroes everywhere. */
static void give_all(void)
{
	uint64_t *pml4 = (uint64_t *)(child.ram + TABLES), *pdpt = pml4 + 512;
	struct hv_message message;

	pml4[0] = (TABLES + PAGE) | 3;
	for (uint64_t i = 0; i < 512; i++)
		pdpt[i] = i * GIB | PTE_GIB;
	child_load(&child, BLOB_GPA, &look);
	child_long_mode(&child, 0, BLOB_GPA, PAGES);
	child_set_register(&child, 0, HV_X64_REGISTER_CR3, TABLES);
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, GIB);
	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		ktap_bail("the child does not read its memory");
}

static uint64_t unmapped(void)
{
	return testhv_counter(id, TESTHV_GPA_UNMAPPED, 0);
}

static void *ask(void *unused)
{
	uint64_t before = unmapped(), now;
	uint8_t bit;

	while (!enough) {
		struct mshv_gpap_access_bitmap args = {
			.access_type = MSHV_GPAP_ACCESS_TYPE_DIRTY,
			.page_count = 1,
			.gpap_base = PROBE / PAGE,
			.bitmap_ptr = (uintptr_t)&bit,
		};

		if (ioctl(child.pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args))
			ktap_bail("access bitmap: %s", strerror(errno));
		now = unmapped() - before;
		meanwhile += now > 0 && now < PAGES;
		answers++;
	}
	return unused;
}

/* Takes the memory away once; how many pages went with that? */
static uint64_t take_all(void)
{
	uint64_t before = unmapped(), taken;
	unsigned long long start;
	pthread_t thread;

	give_all();
	enough = false;
	answers = meanwhile = 0;
	if (pthread_create(&thread, NULL, ask, NULL))
		ktap_bail("no thread");
	while (!answers)
		sched_yield();
	start = now_ms();
	if (madvise(memory, GIB, MADV_DONTNEED))
		ktap_bail("MADV_DONTNEED: %s", strerror(errno));
	ktap_note("%llu ms", now_ms() - start);
	taken = unmapped() - before;
	enough = true;
	pthread_join(thread, NULL);
	ktap_note("%u of %u answers came meanwhile", meanwhile, answers);
	return taken;
}

static void test_turns(void)
{
	unsigned int tries = 0;
	bool all = true;

	do {
		all = take_all() == PAGES && all;
	} while (meanwhile < ANSWERS && ++tries < TRIES);
	ktap_ok(all, "Linux takes a GiB back");
	ktap_ok(meanwhile >= ANSWERS, "... and others have their turn");
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(2 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	memory = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	probe = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || probe == MAP_FAILED)
		ktap_bail("no address space: %s", strerror(errno));
	madvise(memory, GIB, MADV_NOHUGEPAGE);
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, CHILD_LONG_MODE_RAM, 1);
	id = testhv_child();
	add_region(GIB, memory, GIB);
	add_region(PROBE, probe, PAGE);
	test_turns();
	child_destroy(&child);
	munmap(memory, GIB);
	munmap(probe, PAGE);
	leak_check(&mark);
	return ktap_end();
}
