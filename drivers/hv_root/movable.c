// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions whose pages come and go: memory that Linux may move, swap out, merge, copy on write or
 * give back, and what a device shows in an area of the VMM's.
 *
 * Linux says beforehand that it is about to change a page's place, or what may be done with it.
 * Then the page is unmapped in the hypervisor, and the guest's next access brings the new one
 * (fault.c).  If the hypervisor refuses, the page is kept from being freed, and the region gets
 * no page any more: the guest may go on writing to the old one, but to nobody else's.
 *
 * Locking: mshv_partition.map_lock.  Linux calls from inside of memory reclaim, so nothing is
 * allocated under it, nor is a lock taken under which somebody else allocates.  A long range may
 * be much work, for which nobody shall wait who has little to do: as often as the caller may sleep,
 * the lock is let go.  Pages that have left do not come back meanwhile: until the invalidation is
 * over, no fault gets a sequence number, and those that had one before are late; and a region that
 * goes for good is marked beforehand.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "region.h"

static u64 gfn_of(const struct region *region, u64 addr)
{
	return region->gfn + ((addr - region->uaddr) >> PAGE_SHIFT);
}

/* Somebody else may have waited for it. */
static void pass_on(struct mutex *lock)
{
	mutex_unlock(lock);
	cond_resched();
	mutex_lock(lock);
}

/* map_lock is held, but if the caller may sleep not always; @gfn becomes how far it got. */
static int unmap_all(struct region *region, u64 *gfn, u64 end, bool may_sleep)
{
	struct mshv_partition *partition = region->partition;
	int more = 1;

	while (more > 0 && !partition->finalized) {
		more = blocks_unmap_some(region, gfn, end);
		if (more > 0 && may_sleep)
			pass_on(&partition->map_lock);
	}
	return min(more, 0);
}

static void unmap_or_hold(struct region *region, u64 gfn, u64 end, bool may_sleep)
{
	int ret = unmap_all(region, &gfn, end, may_sleep);

	if (!ret)
		return;
	blocks_hold(region, gfn, end);
	region->gone = true;
	pr_err_ratelimited("partition %llu: the hypervisor keeps pages of [%#llx, %#llx) that Linux takes back (%d)\n",
			   region->partition->hv.id, gfn, end, ret);
}

static bool invalidate(struct mmu_interval_notifier *notifier,
		       const struct mmu_notifier_range *range, unsigned long seq)
{
	struct region *region = container_of(notifier, struct region, notifier);
	struct mshv_partition *partition = region->partition;
	u64 start = max_t(u64, range->start, region->uaddr);
	u64 end = min_t(u64, range->end, region->uaddr + (region->pages << PAGE_SHIFT));
	bool may_sleep = mmu_notifier_range_blockable(range);

	if (may_sleep)
		mutex_lock(&partition->map_lock);
	else if (!mutex_trylock(&partition->map_lock))
		return false;
	mmu_interval_set_seq(notifier, seq);
	unmap_or_hold(region, gfn_of(region, start), gfn_of(region, end), may_sleep);
	mutex_unlock(&partition->map_lock);
	return true;
}

static const struct mmu_interval_notifier_ops notifier_ops = {
	.invalidate = invalidate,
};

/* Nothing is mapped yet; from now on Linux tells what becomes of the memory. */
int movable_init(struct region *region)
{
	return mmu_interval_notifier_insert(&region->notifier, region->mm, region->uaddr,
					    region->pages << PAGE_SHIFT, &notifier_ops);
}

/**
 * movable_unmap() - unmap a region that is not pinned, for good
 * @region: the region
 *
 * Return: 0, and nothing of it will be mapped again; or the errno of a hypercall that failed, and
 * then pages of it may still be, and come.
 */
int movable_unmap(struct region *region)
{
	struct mshv_partition *partition = region->partition;
	u64 gfn = region->gfn;
	int ret;

	mutex_lock(&partition->map_lock);
	region->leaving = true;
	ret = unmap_all(region, &gfn, region_end(region), true);
	if (partition->finalized)
		blocks_forget(region, gfn, region_end(region));
	region->leaving = false;
	if (!ret)
		region->gone = true;
	mutex_unlock(&partition->map_lock);
	return ret;
}

/* Nothing of it is mapped any more; only now may Linux stop telling. */
void movable_fini(struct region *region)
{
	mmu_interval_notifier_remove(&region->notifier);
}

/* The hypervisor does not let go of it, and Linux will not be there to tell. */
void movable_abandon(struct region *region)
{
	mutex_lock(&region->partition->map_lock);
	blocks_hold(region, region->gfn, region_end(region));
	region->gone = true;
	mutex_unlock(&region->partition->map_lock);
	movable_fini(region);
}
