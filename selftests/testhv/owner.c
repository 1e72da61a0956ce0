// SPDX-License-Identifier: GPL-2.0
/*
 * The owner table: one entry for each page up to the end of RAM, and the
 * root's nested table that follows from it.
 *
 * Locking: hv_lock.
 */
#include "boot.h"
#include "log.h"
#include "npt.h"
#include "owner.h"
#include "partition.h"
#include "string.h"

static struct page_state *pages;
static u64 nr_pages;
u64 owner_violations, owner_last_gpa, owner_last_rip;

static void set_range(u64 start, u64 end, enum page_owner owner)
{
	for (u64 pfn = start >> PAGE_SHIFT; pfn < end >> PAGE_SHIFT; pfn++)
		pages[pfn].owner = owner;
}

void owner_init(void)
{
	for (u32 i = 0; i < nr_mem_ranges; i++)
		if (mem_map[i].type == E820_RAM)
			nr_pages = MAX(nr_pages, mem_map[i].end >> PAGE_SHIFT);
	pages = boot_alloc(nr_pages * sizeof(*pages));
	for (u32 i = 0; i < nr_mem_ranges; i++)
		if (mem_map[i].type == E820_RAM)
			set_range(ALIGN_UP(mem_map[i].start, PAGE_SIZE), mem_map[i].end,
				  OWNER_ROOT);
	set_range(hv_start, hv_end, OWNER_HV);
}

struct page_state *owner_page(u64 spa)
{
	u64 pfn = spa >> PAGE_SHIFT;

	if (pfn >= nr_pages || pages[pfn].owner == OWNER_NONE)
		return NULL;
	return &pages[pfn];
}

static bool owned_by(const struct page_state *page, u16 partition)
{
	return page && page->owner == OWNER_PARTITION && page->partition == partition;
}

int owner_deposit(u64 spa, u16 partition)
{
	struct page_state *page = owner_page(spa);

	if (!page || page->owner != OWNER_ROOT || page->maps)
		return -1;
	if (npt_unmap(&root_partition.npt, spa, PAGE_SIZE))
		return -1;
	page->owner = OWNER_PARTITION;
	page->partition = partition;
	page->shared = false;
	return 0;
}

int owner_withdraw(u64 spa, u16 partition)
{
	struct page_state *page = owner_page(spa);

	if (!owned_by(page, partition) || page->shared)
		return -1;
	memset(spa_ptr(spa), 0, PAGE_SIZE);
	if (npt_map(&root_partition.npt, spa, spa, PAGE_SIZE, NPT_RWX))
		return -1;
	page->owner = OWNER_ROOT;
	page->partition = 0;
	return 0;
}

/* testhv's own pages are shared as those of partition 0. */
static struct page_state *shareable(u64 spa, u16 partition)
{
	struct page_state *page = owner_page(spa);

	if (page && page->owner == OWNER_HV && !partition)
		return page;
	return owned_by(page, partition) ? page : NULL;
}

int owner_share(u64 spa, u16 partition)
{
	struct page_state *page = shareable(spa, partition);

	if (!page || page->shared)
		return -1;
	if (npt_map(&root_partition.npt, spa, spa, PAGE_SIZE, NPT_RWX))
		return -1;
	page->shared = true;
	return 0;
}

int owner_unshare(u64 spa, u16 partition)
{
	struct page_state *page = shareable(spa, partition);

	if (!page || !page->shared)
		return -1;
	if (npt_unmap(&root_partition.npt, spa, PAGE_SIZE))
		return -1;
	page->shared = false;
	return 0;
}

int owner_map(u64 spa)
{
	struct page_state *page = owner_page(spa);

	if (!page || page->owner != OWNER_ROOT)
		return -1;
	page->maps++;
	return 0;
}

int owner_unmap(u64 spa)
{
	struct page_state *page = owner_page(spa);

	if (!page || page->owner != OWNER_ROOT || !page->maps)
		return -1;
	page->maps--;
	return 0;
}

void owner_violation(u64 gpa, u64 rip, bool write)
{
	struct page_state *page = owner_page(gpa);

	owner_violations++;
	owner_last_gpa = gpa;
	owner_last_rip = rip;
	if (page && page->owner == OWNER_PARTITION)
		log_error("VIOLATION root %s gpa %lx of partition %u at rip %lx",
			  write ? "writes" : "reads", gpa, page->partition, rip);
	else
		log_error("VIOLATION root %s gpa %lx of the hypervisor at rip %lx",
			  write ? "writes" : "reads", gpa, rip);
}

u64 owner_count(u16 partition)
{
	u64 n = 0;

	for (u64 pfn = 0; pfn < nr_pages; pfn++)
		n += pages[pfn].owner == OWNER_PARTITION && pages[pfn].partition == partition;
	return n;
}
