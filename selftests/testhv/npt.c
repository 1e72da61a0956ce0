// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables of four levels.
 *
 * set_entry() is the one place that writes an entry, because a change of what
 * was present must reach every CPU that may hold a translation of it, and QEMU
 * would hide it if one were forgotten.
 *
 * Locking: hv_lock.
 */
#include "clock.h"
#include "cpu.h"
#include "npt.h"
#include "partition.h"
#include "pool.h"
#include "vp.h"
#include "x86.h"

#define ENTRY_P		BIT(0)
#define ENTRY_W		BIT(1)
#define ENTRY_U		BIT(2)		/* nested walks are user accesses */
#define ENTRY_A		BIT(5)
#define ENTRY_D		BIT(6)
#define ENTRY_PS	BIT(7)
#define ENTRY_NONE	BIT(9)		/* not present, but mapped: without any access */
#define ENTRY_NX	BIT(63)
#define ENTRY_ADDR	0x000ffffffffff000UL
#define ENTRY_FLAGS	(ENTRY_W | ENTRY_U | ENTRY_A | ENTRY_D | ENTRY_PS | ENTRY_NX)
#define NR_ENTRIES	512
#define REPEAT_MS	25
#define TOP_LEVEL	3		/* level 0 maps 4 KiB */

_Static_assert(PAGE_SHIFT + 9 * (TOP_LEVEL + 1) == NPT_GPA_BITS, "four levels");

static u32 level_shift(u32 level)
{
	return PAGE_SHIFT + 9 * level;
}

static u64 level_size(u32 level)
{
	return 1UL << level_shift(level);
}

static u64 *entry_of(u64 table, u64 gpa, u32 level)
{
	return (u64 *)spa_ptr(table) + (gpa >> level_shift(level)) % NR_ENTRIES;
}

static bool is_mapped(u64 entry)
{
	return entry & (ENTRY_P | ENTRY_NONE);
}

static bool is_leaf(u64 entry, u32 level)
{
	return !level || (entry & (ENTRY_PS | ENTRY_NONE));
}

/* Once in a long time QEMU loses a kick, so it is repeated. */
static void wait_outside(struct cpu *cpu)
{
	u64 kicked = 0;

	while (READ_ONCE(cpu->in_guest)) {
		if (rdtsc() - kicked > REPEAT_MS * tsc_khz) {
			clock_kick(cpu);
			kicked = rdtsc();
		}
		cpu_relax();
	}
}

/*
 * Each CPU inside a guest with this table has to leave it, and we wait until it has: after an
 * unmap the root may use the page for something else.  It cannot enter again before
 * we give up hv_lock, so a whole batch of changes waits once.  All others look at the
 * generation before they enter.
 */
static void flush(struct npt *npt)
{
	__atomic_add_fetch(&npt->generation, 1, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < nr_cpus; i++) {
		struct cpu *cpu = &cpus[i];
		struct vp *vp = READ_ONCE(cpu->vp);

		if (!READ_ONCE(cpu->in_guest) || !vp || &vp->partition->npt != npt)
			continue;
		wait_outside(cpu);
	}
}

/* Nothing changes but that accesses are noted, as the CPU does it: no translation is stale. */
static bool only_noted(u64 old, u64 new)
{
	return !(old & ~new) && !(new & ~old & ~(ENTRY_A | ENTRY_D));
}

/* `keep` are the bits that stay; the CPU may set accessed and dirty meanwhile.  Returns the old. */
static u64 set_entry(struct npt *npt, u64 *entry, u64 keep, u64 bits)
{
	u64 old = READ_ONCE(*entry);

	while (!__atomic_compare_exchange_n(entry, &old, (old & keep) | bits, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	if ((old & ENTRY_P) && !only_noted(old, (old & keep) | bits))
		flush(npt);
	return old;
}

static u64 alloc_table(struct npt *npt)
{
	u64 table = pool_alloc(npt->pool);

	if (table)
		npt->nr_tables++;
	return table;
}

static void free_table(struct npt *npt, u64 table, u32 level)
{
	for (u32 i = 0; level && i < NR_ENTRIES; i++) {
		u64 entry = ((u64 *)spa_ptr(table))[i];

		if ((entry & ENTRY_P) && !is_leaf(entry, level))
			free_table(npt, entry & ENTRY_ADDR, level - 1);
	}
	pool_free(npt->pool, table);
	npt->nr_tables--;
}

/*
 * Replace a large page by a table of the next smaller size that says the same.
 * It is taken out first, so that the dirty bit that is handed down is the last word.
 */
static int split(struct npt *npt, u64 *entry, u32 level)
{
	u64 table = alloc_table(npt), old, spa, flags;

	if (!table)
		return -1;
	old = set_entry(npt, entry, 0, 0);
	spa = old & ENTRY_ADDR & ~(level_size(level) - 1);
	flags = level == 1 ? old & ENTRY_FLAGS & ~ENTRY_PS : old & ENTRY_FLAGS;
	for (u32 i = 0; i < NR_ENTRIES; i++)
		((u64 *)spa_ptr(table))[i] = old & ENTRY_NONE ? ENTRY_NONE :
			(spa + i * level_size(level - 1)) | flags | ENTRY_P;
	set_entry(npt, entry, 0, table | ENTRY_P | ENTRY_W | ENTRY_U);
	return 0;
}

/* No entry stands for such a GPA alone: it would alias one below. */
static bool beyond_tables(u64 gpa)
{
	return gpa >> NPT_GPA_BITS;
}

/* The entry for gpa at `level`, with all tables above it; NULL: no page for one of them. */
static u64 *walk_create(struct npt *npt, u64 gpa, u32 level)
{
	u64 table = npt->root;

	if (beyond_tables(gpa))
		return NULL;
	for (u32 l = TOP_LEVEL; ; l--) {
		u64 *entry = entry_of(table, gpa, l);
		u64 next;

		if (l == level)
			return entry;
		if (!is_mapped(*entry)) {
			next = alloc_table(npt);
			if (!next)
				return NULL;
			set_entry(npt, entry, 0, next | ENTRY_P | ENTRY_W | ENTRY_U);
		} else if (is_leaf(*entry, l) && split(npt, entry, l)) {
			return NULL;
		}
		table = *entry & ENTRY_ADDR;
	}
}

/* The leaf on the way to gpa, and its level; NULL: not mapped. */
static u64 *walk(const struct npt *npt, u64 gpa, u32 *level)
{
	u64 table = npt->root;

	if (beyond_tables(gpa))
		return NULL;
	for (u32 l = TOP_LEVEL; ; l--) {
		u64 *entry = entry_of(table, gpa, l);

		if (!is_mapped(*entry))
			return NULL;
		if (is_leaf(*entry, l)) {
			*level = l;
			return entry;
		}
		table = *entry & ENTRY_ADDR;
	}
}

int npt_init(struct npt *npt, struct pool *pool)
{
	*npt = (struct npt){ .pool = pool, .generation = 1 };
	npt->root = alloc_table(npt);
	return npt->root ? 0 : -1;
}

static u32 size_level(u64 size)
{
	return size == HUGE_SIZE ? 2 : size == LARGE_SIZE ? 1 : 0;
}

static u64 leaf_value(u64 spa, u32 level, u32 prot)
{
	u64 value = spa | ENTRY_U | ENTRY_P;

	if (!prot)
		return ENTRY_NONE;
	if (prot & NPT_W)
		value |= ENTRY_W;
	if (!(prot & NPT_X))
		value |= ENTRY_NX;
	if (level)
		value |= ENTRY_PS;
	return value;
}

int npt_map(struct npt *npt, u64 gpa, u64 spa, u64 size, u32 prot)
{
	u32 level = size_level(size);
	u64 *entry = walk_create(npt, gpa, level), old;

	if (!entry)
		return -1;
	old = set_entry(npt, entry, 0, leaf_value(spa, level, prot));
	if ((old & ENTRY_P) && !is_leaf(old, level))
		free_table(npt, old & ENTRY_ADDR, level - 1);
	return 0;
}

/* A large page that reaches over `edge` falls into parts, so that none does. */
static int split_at(struct npt *npt, u64 edge)
{
	u32 level;
	u64 *entry;

	while ((entry = walk(npt, edge, &level)) && (edge & (level_size(level) - 1)))
		if (split(npt, entry, level))
			return -1;
	return 0;
}

int npt_unmap(struct npt *npt, u64 gpa, u64 size)
{
	u64 end = gpa + size;
	u32 level;

	if (split_at(npt, gpa) || split_at(npt, end))
		return -1;
	while (gpa < end) {
		u64 *entry = walk(npt, gpa, &level);

		if (entry)
			set_entry(npt, entry, 0, 0);
		gpa += entry ? level_size(level) : PAGE_SIZE;
	}
	return 0;
}

struct npt_entry npt_lookup(const struct npt *npt, u64 gpa)
{
	u32 level;
	u64 *entry = walk(npt, gpa, &level);

	if (!entry)
		return (struct npt_entry){ 0 };
	if (*entry & ENTRY_NONE)
		return (struct npt_entry){ .size = level_size(level) };
	return (struct npt_entry){
		.spa = *entry & ENTRY_ADDR & ~(level_size(level) - 1),
		.size = level_size(level),
		.prot = NPT_R | (*entry & ENTRY_W ? NPT_W : 0) | (*entry & ENTRY_NX ? 0 : NPT_X),
		.accessed = *entry & ENTRY_A,
		.dirty = *entry & ENTRY_D,
	};
}

int npt_change_ad(struct npt *npt, u64 gpa, u32 clear, u32 set)
{
	u64 clear_bits = (clear & NPT_ACCESSED ? ENTRY_A : 0) | (clear & NPT_DIRTY ? ENTRY_D : 0);
	u64 set_bits = (set & NPT_ACCESSED ? ENTRY_A : 0) | (set & NPT_DIRTY ? ENTRY_D : 0);
	u64 *entry;
	u32 level;

	while ((entry = walk(npt, gpa, &level)) && level)
		if (split(npt, entry, level))
			return -1;
	if (entry && *entry & ENTRY_P)
		set_entry(npt, entry, ~clear_bits, set_bits);
	return 0;
}

void npt_touch(struct npt *npt, u64 gpa, bool write)
{
	u32 level;
	u64 *entry = walk(npt, gpa, &level);

	if (entry && *entry & ENTRY_P)
		set_entry(npt, entry, ~0UL, ENTRY_A | (write ? ENTRY_D : 0));
}

/* Tables that hold nothing are walked through to their ends, so the end matters. */
static u64 next_in(u64 table, u64 gpa, u64 end, u32 level)
{
	u64 base = gpa & ~(level_size(level + 1) - 1);

	for (u32 i = (gpa >> level_shift(level)) % NR_ENTRIES; i < NR_ENTRIES; i++) {
		u64 entry = ((u64 *)spa_ptr(table))[i], found;
		u64 start = MAX(gpa, base + i * level_size(level));

		if (start >= end)
			break;
		if (!is_mapped(entry))
			continue;
		if (is_leaf(entry, level))
			return start;
		found = next_in(entry & ENTRY_ADDR, start, end, level - 1);
		if (found != ~0UL)
			return found;
	}
	return ~0UL;
}

u64 npt_next(const struct npt *npt, u64 gpa, u64 end)
{
	return beyond_tables(gpa) ? ~0UL : next_in(npt->root, gpa, end, TOP_LEVEL);
}

void npt_destroy(struct npt *npt)
{
	free_table(npt, npt->root, TOP_LEVEL);
	npt->root = 0;
	npt->generation++;
}
