// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: memory of the VMM that is memory of the guest (MSHV_SET_GUEST_MEMORY).
 *
 * A region's pages are pinned for as long as the guest can reach them.  The order that must
 * never be reversed: pin, map in the hypervisor; unmap in the hypervisor, let go.  How much of
 * a region the hypervisor has mapped is known at every moment, so a failure in the middle is
 * undone exactly.  What cannot be unmapped stays pinned until the whole partition is gone.
 *
 * Pinned memory counts against RLIMIT_MEMLOCK of who maps it.
 *
 * Locking: mshv_partition.mem_lock.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hv_root.h"
#include "trace.h"

/* What fits into a page behind the header of MAP_GPA_PAGES. */
#define MAP_BATCH	((HV_HYP_PAGE_SIZE - sizeof(struct hv_input_map_gpa_pages)) / sizeof(u64))

struct region {
	struct rb_node node;
	u64 gfn;
	u64 pages;
	u64 uaddr;
	u32 map_flags;
	struct mm_struct *mm;	/* whose pinned_vm it counts in */
	struct pin_list pins;
	u64 mapped_from;	/* the hypervisor has [mapped_from, mapped_to) of the pages */
	u64 mapped_to;
	bool lost;		/* could not be mapped, nor quite undone */
};

static struct region *region_of(struct rb_node *node)
{
	return rb_entry(node, struct region, node);
}

/* Any region that shares a page with the range. */
static struct region *find_overlap(struct mshv_partition *partition, u64 gfn, u64 pages)
{
	struct rb_node *node = partition->regions.rb_node;
	struct region *region;

	while (node) {
		region = region_of(node);
		if (gfn + pages <= region->gfn)
			node = node->rb_left;
		else if (gfn >= region->gfn + region->pages)
			node = node->rb_right;
		else
			return region;
	}
	return NULL;
}

static void insert(struct mshv_partition *partition, struct region *region)
{
	struct rb_node **link = &partition->regions.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = region->gfn < region_of(parent)->gfn ? &parent->rb_left :
							      &parent->rb_right;
	}
	rb_link_node(&region->node, parent, link);
	rb_insert_color(&region->node, &partition->regions);
}

static int charge(struct region *region)
{
	u64 limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	u64 now = atomic64_add_return(region->pages, &current->mm->pinned_vm);

	if (now > limit && !capable(CAP_IPC_LOCK)) {
		atomic64_sub(region->pages, &current->mm->pinned_vm);
		return -ENOMEM;
	}
	region->mm = current->mm;
	mmgrab(region->mm);
	return 0;
}

static void uncharge(struct region *region)
{
	atomic64_sub(region->pages, &region->mm->pinned_vm);
	mmdrop(region->mm);
}

/* Collects pages of one size and maps them a hypercall's worth at a time. */
struct mapper {
	struct hv_target *target;
	struct region *region;
	struct hv_gpa_run run;
	u64 *pfns;
};

static int map_collected(struct mapper *mapper)
{
	unsigned int done = 0;
	int ret = 0;

	if (fatal_signal_pending(current))
		ret = -EINTR;
	else if (mapper->run.count)
		ret = hv_map_gpa_pages(mapper->target, &mapper->run, &done);
	mapper->region->mapped_to += mapper->run.large ? done * HV_LARGE_PAGES : done;
	mapper->run.count = 0;
	cond_resched();
	return ret;
}

static int collect(const struct pin_span *span, void *data)
{
	u64 step = span->large ? HV_LARGE_PAGES : 1;
	struct mapper *mapper = data;
	u64 i;
	int ret;

	for (i = 0; i < span->count; i++) {
		if (mapper->run.count == MAP_BATCH || mapper->run.large != span->large) {
			ret = map_collected(mapper);
			if (ret)
				return ret;
		}
		if (!mapper->run.count) {
			mapper->run.gfn = span->gfn + i * step;
			mapper->run.large = span->large;
		}
		mapper->pfns[mapper->run.count++] = span->pfn + i * step;
	}
	return 0;
}

static int map_in_hypervisor(struct mshv_partition *partition, struct region *region)
{
	struct mapper mapper = {
		.target = &partition->hv,
		.region = region,
		.run.flags = region->map_flags,
		.pfns = (u64 *)__get_free_page(GFP_KERNEL),
	};
	int ret;

	if (!mapper.pfns)
		return -ENOMEM;
	mapper.run.pfns = mapper.pfns;
	ret = pin_walk(&region->pins, region->gfn, collect, &mapper);
	if (!ret)
		ret = map_collected(&mapper);
	free_page((unsigned long)mapper.pfns);
	return ret;
}

/* Collects spans of one page size that follow each other, and unmaps them by one call. */
struct unmapper {
	struct hv_target *target;
	struct region *region;
	u64 gfn;
	u64 count;
	bool large;
};

static int unmap_collected(struct unmapper *unmapper)
{
	u64 done = 0;
	int ret = 0;

	if (unmapper->count)
		ret = hv_unmap_gpa_pages(unmapper->target, unmapper->gfn, unmapper->count,
					 unmapper->large, &done);
	unmapper->region->mapped_from += unmapper->large ? done * HV_LARGE_PAGES : done;
	unmapper->count = 0;
	cond_resched();
	return ret;
}

/* The part of a span that the hypervisor has mapped, in pages of the span's size. */
static void clip(const struct region *region, const struct pin_span *span, u64 *first, u64 *end)
{
	u64 step = span->large ? HV_LARGE_PAGES : 1;
	u64 start = span->gfn - region->gfn;

	*first = region->mapped_from > start ? (region->mapped_from - start) / step : 0;
	*end = region->mapped_to > start ? (region->mapped_to - start) / step : 0;
	*end = min(*end, span->count);
}

static int uncollect(const struct pin_span *span, void *data)
{
	u64 step = span->large ? HV_LARGE_PAGES : 1;
	struct unmapper *unmapper = data;
	u64 first, end;
	int ret;

	/* What is collected is about to go, and mapped_from does not say so yet. */
	if (unmapper->count && unmapper->large != span->large) {
		ret = unmap_collected(unmapper);
		if (ret)
			return ret;
	}
	clip(unmapper->region, span, &first, &end);
	if (first >= end)
		return 0;
	if (!unmapper->count) {
		unmapper->gfn = span->gfn + first * step;
		unmapper->large = span->large;
	}
	unmapper->count += end - first;
	return 0;
}

/* Allocates nothing; may be tried again after a failure, and goes on where that was. */
static int unmap_in_hypervisor(struct mshv_partition *partition, struct region *region)
{
	struct unmapper unmapper = { .target = &partition->hv, .region = region };
	int ret = pin_walk(&region->pins, region->gfn, uncollect, &unmapper);

	if (!ret)
		ret = unmap_collected(&unmapper);
	return ret;
}

/* Only when the hypervisor has nothing of it mapped. */
static void free_region(struct region *region)
{
	unpin_pages(&region->pins);
	uncharge(region);
	kfree(region);
}

static struct region *alloc_region(const struct mshv_user_mem_region *args)
{
	struct region *region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);

	if (!region)
		return NULL;
	region->gfn = args->guest_pfn;
	region->pages = args->size >> PAGE_SHIFT;
	region->uaddr = args->userspace_addr;
	region->map_flags = HV_MAP_GPA_READABLE | HV_MAP_GPA_ADJUSTABLE;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_WRITABLE))
		region->map_flags |= HV_MAP_GPA_WRITABLE;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_EXECUTABLE))
		region->map_flags |= HV_MAP_GPA_EXECUTABLE;
	return region;
}

/* Pins and maps; afterwards the region is mapped, or there is none, or it is lost. */
static int establish(struct mshv_partition *partition, struct region *region)
{
	int ret = charge(region);

	if (ret)
		goto err_free;
	ret = pin_pages(&region->pins, region->uaddr, region->pages,
			region->map_flags & HV_MAP_GPA_WRITABLE);
	if (ret)
		goto err_uncharge;
	ret = map_in_hypervisor(partition, region);
	if (ret && !unmap_in_hypervisor(partition, region)) {
		free_region(region);
		return ret;
	}
	/* Also one that is lost keeps its place, lest another be mapped over its remains. */
	region->lost = ret;
	insert(partition, region);
	return ret;

err_uncharge:
	uncharge(region);
err_free:
	kfree(region);
	return ret;
}

static bool mapped_by_caller(u64 uaddr)
{
	bool found;

	mmap_read_lock(current->mm);
	found = vma_lookup(current->mm, uaddr);
	mmap_read_unlock(current->mm);
	return found;
}

static bool range_valid(const struct mshv_user_mem_region *args)
{
	return args->size && PAGE_ALIGNED(args->size) && PAGE_ALIGNED(args->userspace_addr) &&
	       args->guest_pfn < HV_MAX_GFN &&
	       args->size >> PAGE_SHIFT <= HV_MAX_GFN - args->guest_pfn;
}

/**
 * region_map() - give the guest memory of the caller's
 * @partition: the guest
 * @args: what, where and with which rights
 *
 * Return: 0; -EINVAL if the request is malformed or there is nothing at the address; -EEXIST
 * if it overlaps; -EFAULT if not all of it is memory; -ENOMEM, also beyond RLIMIT_MEMLOCK;
 * -EINTR; the errno of a hypercall that failed.
 */
long region_map(struct mshv_partition *partition, const struct mshv_user_mem_region *args)
{
	struct region *region;
	long ret;

	if (!range_valid(args) ||
	    args->flags & ~(BIT(MSHV_SET_MEM_BIT_WRITABLE) | BIT(MSHV_SET_MEM_BIT_EXECUTABLE)) ||
	    !access_ok((void __user *)args->userspace_addr, args->size) ||
	    !mapped_by_caller(args->userspace_addr))
		return -EINVAL;
	if (mutex_lock_killable(&partition->mem_lock))
		return -EINTR;
	if (find_overlap(partition, args->guest_pfn, args->size >> PAGE_SHIFT)) {
		ret = -EEXIST;
	} else {
		region = alloc_region(args);
		ret = region ? establish(partition, region) : -ENOMEM;
	}
	mutex_unlock(&partition->mem_lock);
	trace_mshv_map_memory(partition->hv.id, args->guest_pfn, args->size >> PAGE_SHIFT, ret);
	return ret;
}

static int unmap_region(struct mshv_partition *partition, const struct mshv_user_mem_region *args)
{
	struct region *region = find_overlap(partition, args->guest_pfn, 1);
	int ret;

	if (!region || region->lost)
		return -ENOENT;
	if (region->gfn != args->guest_pfn || region->uaddr != args->userspace_addr ||
	    region->pages != args->size >> PAGE_SHIFT)
		return -EINVAL;
	ret = unmap_in_hypervisor(partition, region);
	if (ret)
		return ret;
	rb_erase(&region->node, &partition->regions);
	free_region(region);
	return 0;
}

/**
 * region_unmap() - take a region away from the guest
 * @partition: the guest
 * @args: exactly as it was mapped, but for the flags
 *
 * Return: 0; -EINVAL if the request is malformed or the region there is another; -ENOENT if
 * there is none; -EINTR; the errno of a hypercall that failed, and then the region is still
 * there, perhaps in part.
 */
long region_unmap(struct mshv_partition *partition, const struct mshv_user_mem_region *args)
{
	long ret;

	if (!range_valid(args))
		return -EINVAL;
	if (mutex_lock_killable(&partition->mem_lock))
		return -EINTR;
	ret = unmap_region(partition, args);
	mutex_unlock(&partition->mem_lock);
	trace_mshv_unmap_memory(partition->hv.id, args->guest_pfn, args->size >> PAGE_SHIFT, ret);
	return ret;
}

/* Pages of a region that cannot be unmapped stay pinned for ever: the guest may write there. */
static void destroy_region(struct mshv_partition *partition, struct region *region, bool unmapped)
{
	if (unmapped || !unmap_in_hypervisor(partition, region)) {
		free_region(region);
		return;
	}
	pr_err("partition %llu: %llu pages of guest memory from page %#llx cannot be unmapped; they stay pinned\n",
	       partition->hv.id, region->pages, region->gfn);
	uncharge(region);
	kfree(region);
}

/**
 * regions_destroy() - at the end of a partition
 * @partition: nobody else uses it
 * @unmapped: whether the hypervisor has unmapped everything already
 */
void regions_destroy(struct mshv_partition *partition, bool unmapped)
{
	struct rb_node *node;

	while ((node = rb_first(&partition->regions))) {
		rb_erase(node, &partition->regions);
		destroy_region(partition, region_of(node), unmapped);
	}
}
