// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor has mapped of a region whose pages come and go.
 *
 * A guest of any size costs nothing here for what it never touched: there is a block for each
 * 2 MiB of guest addresses in which something was mapped once.  A block is mapped as one large
 * page, or page by page.
 *
 * When pages leave, what the hypervisor knows of their being accessed and dirty goes with them,
 * and asking first would miss a write that comes between.  So they are taken to be accessed, and
 * dirty if the guest could write to them: a page too many in the log is copied in vain, one too
 * few is lost.
 *
 * Locking: mshv_partition.map_lock, under which nothing may be allocated; preparing a block is
 * done before.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "region.h"

#define L	HV_LARGE_PAGES

/* As many pages, the most of one hypercall, make a span: whoever unmaps it lets others go ahead. */
#define SPAN_ENOUGH	(HV_HYP_PAGE_SIZE / sizeof(u64))

/* The block of a page, made if there is none; NULL if there is no memory. */
struct block *block_prepare(struct region *region, u64 gfn)
{
	struct block *block = xa_load(&region->blocks, gfn / L), *old;

	if (block)
		return block;
	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return NULL;
	old = xa_cmpxchg(&region->blocks, gfn / L, NULL, block, GFP_KERNEL_ACCOUNT);
	if (!old)
		return block;
	kfree(block);
	return xa_is_err(old) ? NULL : old;
}

/* So that it can be mapped page by page. */
int block_prepare_small(struct block *block)
{
	u64 *page;

	if (READ_ONCE(block->small))
		return 0;
	page = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!page)
		return -ENOMEM;
	if (cmpxchg(&block->small, NULL, page))
		free_page((unsigned long)page);
	return 0;
}

/* How a page is mapped, 0 if it is not. */
u64 block_mapping(const struct block *block, u64 gfn)
{
	if (block->large)
		return block->large + gfn % L;
	return block->small ? block->small[gfn % L] : 0;
}

/* Adds pages [from, to) of a block to a span of small ones; false if the span ends there. */
static bool extend_small(const struct block *block, u64 from, u64 to, struct pin_span *span)
{
	if (span->count && (span->large || span->gfn + span->count != from))
		return false;
	if (!block->nr_small)
		return !span->count;
	for (; from < to; from++) {
		if (block->small[from % L]) {
			if (!span->count)
				*span = (struct pin_span){ .gfn = from };
			span->count++;
		} else if (span->count) {
			return false;
		}
	}
	return true;
}

static bool extend_large(u64 gfn, struct pin_span *span)
{
	if (span->count && (!span->large || span->gfn + span_pages(span) != gfn))
		return false;
	if (!span->count)
		*span = (struct pin_span){ .gfn = gfn, .large = true };
	span->count++;
	return true;
}

/**
 * blocks_next() - the next pages that are mapped, by pages of one size, or some of them
 * @region: a region that is not pinned
 * @gfn: where to look from
 * @end: where to look no further, unless a large page reaches beyond
 * @span: what was found; it may begin before @gfn, with a large page
 *
 * Return: false if nothing is mapped there.
 */
bool blocks_next(struct region *region, u64 gfn, u64 end, struct pin_span *span)
{
	unsigned long index = gfn / L, last = (end - 1) / L;
	struct block *block;
	bool more = true;

	span->count = 0;
	if (gfn >= end)
		return false;
	for (block = xa_find(&region->blocks, &index, last, XA_PRESENT);
	     block && more && span->count < SPAN_ENOUGH;
	     block = xa_find_after(&region->blocks, &index, last, XA_PRESENT)) {
		if (block->large)
			more = extend_large((u64)index * L, span);
		else
			more = extend_small(block, max(gfn, (u64)index * L),
					    min(end, ((u64)index + 1) * L), span);
	}
	return span->count;
}

static void release(u64 mapping, unsigned int count)
{
	struct page *page = pfn_to_page(mapping & MAPPING_PFN);

	if (mapping & MAPPING_HELD)
		while (count--)
			put_page(page++);
}

static void forget_large(struct block *block)
{
	bitmap_fill(block->accessed, L);
	if (block->large & MAPPING_WRITABLE)
		bitmap_fill(block->dirty, L);
	release(block->large, L);
	block->large = 0;
}

static void forget_small(struct block *block, unsigned int i)
{
	__set_bit(i, block->accessed);
	if (block->small[i] & MAPPING_WRITABLE)
		__set_bit(i, block->dirty);
	release(block->small[i], 1);
	block->small[i] = 0;
	block->nr_small--;
}

static void forget_block(struct block *block, unsigned int from, unsigned int to)
{
	if (block->large)
		forget_large(block);
	for (; block->nr_small && from < to; from++)
		if (block->small[from])
			forget_small(block, from);
}

/* The hypervisor has no page of [@gfn, @end) any more. */
void blocks_forget(struct region *region, u64 gfn, u64 end)
{
	unsigned long index = gfn / L;
	struct block *block;

	if (gfn >= end)
		return;
	xa_for_each_range(&region->blocks, index, block, gfn / L, (end - 1) / L)
		forget_block(block, gfn > (u64)index * L ? gfn % L : 0,
			     min(end - (u64)index * L, (u64)L));
}

/**
 * blocks_unmap_some() - take pages away from the guest, as many as may be in one go
 * @region: a region that is not pinned
 * @gfn: first page; becomes the first that was not looked at
 * @end: behind the last; of a large page the whole goes
 *
 * Allocates nothing.  Splitting a large page might take the hypervisor memory, so that is not
 * asked of it.
 *
 * Return: 1 if there may be more; 0 if there is none; or the errno of a hypercall that failed, and
 * what it has not unmapped is still noted.
 */
int blocks_unmap_some(struct region *region, u64 *gfn, u64 end)
{
	struct pin_span span;
	u64 done;
	int ret;

	if (!blocks_next(region, *gfn, end, &span))
		return 0;
	ret = hv_unmap_gpa_pages(&region->partition->hv, span.gfn, span.count, span.large, &done);
	blocks_forget(region, span.gfn, span.gfn + (span.large ? done * L : done));
	if (ret)
		return ret;
	*gfn = span.gfn + span_pages(&span);
	return 1;
}

static u64 hold(u64 mapping, unsigned int count)
{
	struct page *page = pfn_to_page(mapping & MAPPING_PFN);

	if (mapping & MAPPING_HELD)
		return mapping;
	while (count--)
		get_page(page++);
	return mapping | MAPPING_HELD;
}

/*
 * The hypervisor does not let go of pages that Linux is about to: from now on they are never
 * free, unless it lets go of them later.  Not for those of a device, which are never free and
 * may have no struct page.
 */
void blocks_hold(struct region *region, u64 gfn, u64 end)
{
	struct pin_span span;
	struct block *block;
	u64 i;

	if (region->kind == REGION_DEVICE)
		return;
	while (blocks_next(region, gfn, end, &span)) {
		for (i = span.gfn; i < span.gfn + span_pages(&span); i += span.large ? L : 1) {
			block = xa_load(&region->blocks, i / L);
			if (span.large)
				block->large = hold(block->large, L);
			else
				block->small[i % L] = hold(block->small[i % L], 1);
		}
		gfn = span.gfn + span_pages(&span);
	}
}

/* So that each of the pages has a block. */
int blocks_prepare(struct region *region, u64 gfn, u64 end)
{
	for (gfn = round_down(gfn, L); gfn < end; gfn += L)
		if (!block_prepare(region, gfn))
			return -ENOMEM;
	return 0;
}

/* Where the pages end that are mapped from this one on, whatever their size. */
u64 blocks_mapped_until(struct region *region, u64 gfn, u64 end)
{
	struct pin_span span;

	while (gfn < end && blocks_next(region, gfn, end, &span) && span.gfn <= gfn)
		gfn = span.gfn + span_pages(&span);
	return min(gfn, end);
}

/* And where those that are not. */
u64 blocks_unmapped_until(struct region *region, u64 gfn, u64 end)
{
	struct pin_span span;

	return blocks_next(region, gfn, end, &span) ? max(span.gfn, gfn) : end;
}

static void access_page(struct block *block, u64 gfn, const struct access_query *query)
{
	unsigned int i = gfn % L;

	if (test_bit(i, query->dirty ? block->dirty : block->accessed))
		__set_bit(gfn - query->base, query->bits);
	if (query->op == MSHV_GPAP_ACCESS_OP_CLEAR) {
		__clear_bit(i, block->dirty);
		if (!query->dirty)
			__clear_bit(i, block->accessed);
	} else if (query->op == MSHV_GPAP_ACCESS_OP_SET && !block_mapping(block, gfn)) {
		__set_bit(i, block->accessed);
		if (query->dirty)
			__set_bit(i, block->dirty);
	}
}

/* What is known here of [@gfn, @end), besides what the hypervisor says of those that are mapped. */
void blocks_access(struct region *region, u64 gfn, u64 end, const struct access_query *query)
{
	unsigned long index;
	struct block *block;
	u64 i;

	if (gfn >= end)
		return;
	xa_for_each_range(&region->blocks, index, block, gfn / L, (end - 1) / L)
		for (i = max(gfn, (u64)index * L); i < min(end, ((u64)index + 1) * L); i++)
			access_page(block, i, query);
}

void blocks_free(struct region *region)
{
	struct block *block;
	unsigned long index;

	xa_for_each(&region->blocks, index, block) {
		free_page((unsigned long)block->small);
		kfree(block);
		cond_resched();
	}
	xa_destroy(&region->blocks);
}
