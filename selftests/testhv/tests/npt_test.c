// SPDX-License-Identifier: GPL-2.0
/*
 * Pools, nested tables and owners of pages.  A pointer of this process serves
 * as the system physical address that it is in testhv.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../lib/ktap.h"
#include "../boot.h"
#include "../clock.h"
#include "../cpu.h"
#include "../log.h"
#include "../npt.h"
#include "../owner.h"
#include "../partition.h"
#include "../vp.h"

#define RAM_PAGES	64
#define RAM_AT		0x10000000UL	/* low, since the owner table begins at 0 */
#define CHILD		7

/* What npt.c and owner.c need of the rest. */
struct cpu cpus[MAX_CPUS];
u32 nr_cpus, nr_root_cpus;
struct cpu *service_cpu;
struct partition root_partition;
struct mem_range mem_map[MAX_MEM_RANGES];
u32 nr_mem_ranges;
u64 hv_start, hv_end, tsc_khz = 1;
static u32 kicks, errors;

void clock_kick(struct cpu *cpu)
{
	kicks++;
	cpu->in_guest = false;
}

void *boot_alloc(u64 bytes)
{
	return calloc(1, bytes);
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)fmt;
	errors += level == LOG_ERROR;
}

static void *backing[4096];
static u32 nr_backing;

static u64 page(void)
{
	void *p = aligned_alloc(PAGE_SIZE, PAGE_SIZE);

	backing[nr_backing++] = p;
	return ptr_spa(p);
}

static struct pool make_pool(u32 pages)
{
	struct pool pool = { 0 };

	while (pages--)
		pool_add(&pool, page());
	return pool;
}

static void free_all(void)
{
	while (nr_backing)
		free(backing[--nr_backing]);
}

static void pools(void)
{
	struct pool pool = make_pool(3);
	u64 a = pool_alloc(&pool);

	ktap_ok(pool.nr_free == 2 && pool.nr_deposited == 3, "a page in use is still deposited");
	memset(spa_ptr(a), 0xaa, PAGE_SIZE);
	pool_free(&pool, a);
	a = pool_alloc(&pool);
	ktap_ok(!*(u64 *)spa_ptr(a + 8), "a page comes zeroed");
	ktap_ok(pool_remove(&pool) && pool_remove(&pool) && !pool_remove(&pool),
		"only free pages are removed");
	ktap_is(pool.nr_deposited, 1, "and are deposited no more");
	ktap_is(pool_alloc(&pool), 0, "an empty pool says so");
	free_all();
}

static bool maps_to(const struct npt *npt, u64 gpa, u64 spa, u64 size, u32 prot)
{
	struct npt_entry e = npt_lookup(npt, gpa);

	return e.size == size && e.prot == prot && (!size || e.spa == spa);
}

static void tables(void)
{
	struct pool pool = make_pool(16);
	struct npt npt;

	ktap_ok(!npt_init(&npt, &pool), "a table is made");
	npt_map(&npt, 0, HUGE_SIZE, HUGE_SIZE, NPT_RWX);
	ktap_ok(maps_to(&npt, 0x12345000, HUGE_SIZE, HUGE_SIZE, NPT_RWX), "1 GiB page");
	npt_unmap(&npt, 0x12345000, PAGE_SIZE);
	ktap_ok(maps_to(&npt, 0x12345000, 0, 0, 0), "4 KiB out of it is gone");
	ktap_ok(maps_to(&npt, 0x12344000, HUGE_SIZE + 0x12344000, PAGE_SIZE, NPT_RWX),
		"its neighbour is a 4 KiB page");
	ktap_ok(maps_to(&npt, 0x12400000, HUGE_SIZE + 0x12400000, LARGE_SIZE, NPT_RWX),
		"the next 2 MiB stay one page");
	npt_map(&npt, 0x12344000, 0x5000, PAGE_SIZE, NPT_R);
	ktap_ok(maps_to(&npt, 0x12344000, 0x5000, PAGE_SIZE, NPT_R), "mapping again replaces");
	npt_map(&npt, 0x12344000, 0, PAGE_SIZE, 0);
	ktap_ok(maps_to(&npt, 0x12344000, 0, PAGE_SIZE, 0), "no access is a mapping too");
	npt_map(&npt, 0x12200000, LARGE_SIZE, LARGE_SIZE, NPT_R | NPT_W);
	ktap_ok(maps_to(&npt, 0x12345000, LARGE_SIZE, LARGE_SIZE, NPT_R | NPT_W),
		"a large page takes the place of a table");
	npt_unmap(&npt, LARGE_SIZE / 2, 2 * LARGE_SIZE);
	ktap_ok(maps_to(&npt, LARGE_SIZE / 2 - 1, HUGE_SIZE + LARGE_SIZE / 2 - PAGE_SIZE,
			PAGE_SIZE, NPT_RWX) &&
		maps_to(&npt, LARGE_SIZE / 2, 0, 0, 0) && maps_to(&npt, 2 * LARGE_SIZE, 0, 0, 0) &&
		npt_lookup(&npt, 2 * LARGE_SIZE + LARGE_SIZE / 2).size == PAGE_SIZE,
		"a range that cuts two large pages");
	ktap_is(npt_next(&npt, LARGE_SIZE, ~0UL), 2 * LARGE_SIZE + LARGE_SIZE / 2,
		"what is mapped next");
	ktap_is(npt_next(&npt, LARGE_SIZE, 2 * LARGE_SIZE + LARGE_SIZE / 2), ~0UL,
		"nothing below that");
	ktap_ok(maps_to(&npt, BIT(48) | 0x12400000, 0, 0, 0) &&
		npt_map(&npt, BIT(48), 0, PAGE_SIZE, NPT_R) == -1,
		"what the tables cannot tell apart is no second name");
	npt_destroy(&npt);
	ktap_is(pool.nr_free, pool.nr_deposited, "all tables come back");
	free_all();
}

static void no_memory(void)
{
	struct pool pool = make_pool(3);
	struct npt npt;

	npt_init(&npt, &pool);
	npt_map(&npt, 0, 0, HUGE_SIZE, NPT_RWX);
	ktap_is(npt_unmap(&npt, 0, PAGE_SIZE), -1, "no page for the tables of a split");
	ktap_ok(npt_lookup(&npt, 0).size && npt_lookup(&npt, HUGE_SIZE - 1).size,
		"nothing is lost of what was mapped");
	npt_destroy(&npt);
	ktap_is(pool.nr_free, 3, "nothing of the pool either");
	free_all();
}

static void flushes(void)
{
	struct pool pool = make_pool(16);
	struct partition p = { 0 };
	struct vp vp = { .partition = &p };
	u64 generation;

	npt_init(&p.npt, &pool);
	nr_cpus = 2;
	cpus[1].vp = &vp;
	cpus[1].in_guest = true;
	npt_map(&p.npt, 0, 0x1000, PAGE_SIZE, NPT_R);
	ktap_is(kicks, 0, "a first mapping needs no flush");
	generation = p.npt.generation;
	npt_map(&p.npt, 0, 0x1000, PAGE_SIZE, NPT_RWX);
	ktap_ok(kicks == 1 && p.npt.generation != generation, "a change makes the guest leave");
	npt_unmap(&p.npt, 0, PAGE_SIZE);
	ktap_is(kicks, 1, "once it has left, it is not kicked again");
	cpus[1].in_guest = true;
	root_partition.npt = p.npt;
	npt_map(&root_partition.npt, 0, 0x1000, PAGE_SIZE, NPT_R);
	npt_unmap(&root_partition.npt, 0, PAGE_SIZE);
	ktap_is(kicks, 1, "another table's guest is left alone");
	nr_cpus = 0;
	free_all();
}

static char *map_ram(void)
{
	char *ram = mmap((void *)RAM_AT, LARGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (ram == MAP_FAILED)
		ktap_bail("no memory at %#lx", RAM_AT);
	return ram;
}

static void owners(void)
{
	char *ram = map_ram();
	struct pool pool = make_pool(16);
	u64 a = ptr_spa(ram), b = a + PAGE_SIZE;

	mem_map[0] = (struct mem_range){ a, a + RAM_PAGES * PAGE_SIZE, E820_RAM };
	nr_mem_ranges = 1;
	hv_start = a + (RAM_PAGES - 4) * PAGE_SIZE;
	hv_end = a + RAM_PAGES * PAGE_SIZE;
	npt_init(&root_partition.npt, &pool);
	npt_map(&root_partition.npt, a, a, LARGE_SIZE, NPT_RWX);
	owner_init();

	ktap_ok(!owner_page(a - PAGE_SIZE) && !owner_page(hv_end), "what is no RAM has no owner");
	ktap_is(owner_deposit(hv_start, CHILD), -1, "testhv's page cannot be deposited");
	ktap_is(owner_deposit(a, CHILD), 0, "the root's can");
	ktap_is(npt_lookup(&root_partition.npt, a).size, 0, "and leaves the root's table");
	ktap_is(owner_deposit(a, CHILD), -1, "not twice");
	ktap_is(owner_count(CHILD), 1, "it is counted");
	ktap_ok(!owner_map(b) && owner_deposit(b, CHILD) == -1,
		"a page that a child sees cannot be deposited");
	ktap_ok(!owner_unmap(b) && owner_unmap(b) == -1, "unmapped as often as mapped");
	ktap_ok(owner_withdraw(a, CHILD + 1) == -1 && !owner_share(a, CHILD) &&
		owner_withdraw(a, CHILD) == -1, "neither another's nor a shared page goes back");
	ktap_is(npt_lookup(&root_partition.npt, a).prot, NPT_RWX, "the root sees a shared one");
	ram[0] = 1;
	ktap_ok(!owner_unshare(a, CHILD) && !owner_withdraw(a, CHILD) && !ram[0],
		"a withdrawn page is zeroed");
	ktap_ok(npt_lookup(&root_partition.npt, a).size && !owner_count(CHILD),
		"and the root's again");
	owner_violation(a, 0x1234, true);
	ktap_ok(owner_violations == 1 && owner_last_gpa == a && owner_last_rip == 0x1234 &&
		errors == 1,
		"a violation is counted and reported");
	munmap(ram, LARGE_SIZE);
	free_all();
}

int main(void)
{
	ktap_plan(5 + 13 + 3 + 4 + 13);
	pools();
	tables();
	no_memory();
	flushes();
	owners();
	return ktap_end();
}
