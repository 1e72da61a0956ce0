/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions of guest memory, for the files that make them.
 *
 *   region.c	the table of regions, and the ioctl that adds and removes them
 *   pinned.c	memory that is mapped as a whole for as long as the region is there
 *   blocks.c	what the hypervisor has mapped of a region that comes and goes
 *   movable.c	such regions: how their pages leave
 *   fault.c	and how they come
 *   fault_wait.c	not while they leave
 *   frames.c	from where
 */
#ifndef HV_ROOT_REGION_H
#define HV_ROOT_REGION_H

#include <linux/kref.h>
#include <linux/mmu_notifier.h>
#include <linux/xarray.h>

#include "hv_root.h"

enum region_kind {
	REGION_PINNED,
	REGION_MOVABLE,		/* of pages that Linux may move, swap out and merge */
	REGION_DEVICE,		/* of registers and memory of a device */
};

struct region {
	struct rb_node node;
	struct kref ref;
	struct mshv_partition *partition;
	enum region_kind kind;
	u64 gfn;
	u64 pages;
	u64 uaddr;
	u32 map_flags;
	struct mm_struct *mm;	/* where uaddr is; a reference to the structure only */

	/* Pinned: */
	struct pin_list pins;
	u64 mapped_from;	/* the hypervisor has [mapped_from, mapped_to) of the pages */
	u64 mapped_to;
	bool lost;		/* could not be mapped, nor quite undone */

	/* Others, under mshv_partition.map_lock: */
	struct mmu_interval_notifier notifier;
	struct xarray blocks;	/* by guest page number / HV_LARGE_PAGES */
	bool leaving;		/* being unmapped for good: nothing is mapped any more */
	bool gone;		/* nothing is, nor may it be */
};

static inline u64 region_end(const struct region *region)
{
	return region->gfn + region->pages;
}

static inline u64 span_pages(const struct pin_span *span)
{
	return span->large ? span->count * HV_LARGE_PAGES : span->count;
}

/* What the VMM may not do with its memory itself, its guest may not either. */
static inline bool area_allows(const struct vm_area_struct *vma, bool write)
{
	return vma->vm_flags & VM_READ && (!write || vma->vm_flags & VM_WRITE);
}

/* region.c */
struct region *region_find(struct mshv_partition *partition, u64 gfn, u64 pages);
struct region *region_get(struct mshv_partition *partition, u64 gfn);
void region_put(struct region *region);

/* pinned.c */
int pinned_map(struct region *region);
int pinned_unmap(struct region *region);
void pinned_free(struct region *region);
void pinned_abandon(struct region *region);

/* movable.c */
int movable_init(struct region *region);
int movable_unmap(struct region *region);
void movable_fini(struct region *region);
void movable_abandon(struct region *region);

/* access.c: bits that are asked for, and what becomes of them */
struct access_query {
	bool dirty;		/* or accessed */
	u8 op;			/* MSHV_GPAP_ACCESS_OP_* */
	unsigned long *bits;	/* gets those that are set */
	u64 base;		/* guest page of the first */
};

/* blocks.c; 2 MiB of the guest's addresses each, those of which anything was ever touched */
struct block {
	u64 large;		/* its one mapping, or 0 */
	u64 *small;		/* or a page with those of its pages; NULL if there was none yet */
	unsigned int nr_small;	/* of them that are not 0 */
	/* Bits of pages that the hypervisor does not have, or had before it got them again. */
	DECLARE_BITMAP(accessed, HV_LARGE_PAGES);
	DECLARE_BITMAP(dirty, HV_LARGE_PAGES);
};

/* A mapping: page frame number and these. */
#define MAPPING_PRESENT		BIT_ULL(63)
#define MAPPING_WRITABLE	BIT_ULL(62)
#define MAPPING_HELD		BIT_ULL(61)	/* the page is kept from being freed */
#define MAPPING_PFN		(HV_MAX_GFN - 1)

struct block *block_prepare(struct region *region, u64 gfn);
int block_prepare_small(struct block *block);
u64 block_mapping(const struct block *block, u64 gfn);
bool blocks_next(struct region *region, u64 gfn, u64 end, struct pin_span *span);
int blocks_unmap_some(struct region *region, u64 *gfn, u64 end);
void blocks_forget(struct region *region, u64 gfn, u64 end);
void blocks_hold(struct region *region, u64 gfn, u64 end);
void blocks_free(struct region *region);
int blocks_prepare(struct region *region, u64 gfn, u64 end);
u64 blocks_mapped_until(struct region *region, u64 gfn, u64 end);
u64 blocks_unmapped_until(struct region *region, u64 gfn, u64 end);
void blocks_access(struct region *region, u64 gfn, u64 end, const struct access_query *query);

/* fault_wait.c */
int fault_wait(struct mshv_vp *vp, struct region *region, unsigned long *seq);

/* frames.c: page frames for a fault */
struct frames {
	struct region *region;
	struct page **pages;	/* room for HV_LARGE_PAGES; references, but of a device */
	u64 *pfns;		/* room for as many */
	unsigned int count;
	bool writable;
};

int frames_get(struct frames *frames, u64 gfn, unsigned int count, bool write);
bool frames_large(const struct frames *frames, u64 gfn);
void frames_put(struct frames *frames);

#endif /* HV_ROOT_REGION_H */
