// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinned regions: memory that stays where it is, and is mapped as a whole.
 *
 * The order that must never be reversed: pin, map in the hypervisor; unmap in the hypervisor, let
 * go.  How much of a region the hypervisor has mapped is known at every moment, so a failure in
 * the middle is undone exactly.  What cannot be unmapped stays pinned for ever.
 *
 * Pinned memory counts against RLIMIT_MEMLOCK of who maps it.
 *
 * Locking: mshv_partition.mem_lock.
 */
#include <linux/capability.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "region.h"

static int charge(struct region *region)
{
	u64 limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	u64 now = atomic64_add_return(region->pages, &region->mm->pinned_vm);

	if (now <= limit || capable(CAP_IPC_LOCK))
		return 0;
	atomic64_sub(region->pages, &region->mm->pinned_vm);
	return -ENOMEM;
}

static void uncharge(struct region *region)
{
	atomic64_sub(region->pages, &region->mm->pinned_vm);
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
	struct region *region = mapper->region;
	unsigned int done = 0;
	int ret = 0;

	mapper->run.left = mapper->run.large ? 0 : region->pages - region->mapped_to;
	if (fatal_signal_pending(current))
		ret = -EINTR;
	else if (mapper->run.count)
		ret = hv_map_gpa_pages(mapper->target, &mapper->run, &done);
	region->mapped_to += mapper->run.large ? done * HV_LARGE_PAGES : done;
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

static int map_in_hypervisor(struct region *region)
{
	struct mapper mapper = {
		.target = &region->partition->hv,
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
int pinned_unmap(struct region *region)
{
	struct unmapper unmapper = { .target = &region->partition->hv, .region = region };
	int ret = pin_walk(&region->pins, region->gfn, uncollect, &unmapper);

	if (!ret)
		ret = unmap_collected(&unmapper);
	return ret;
}

/* Only when the hypervisor has nothing of it mapped. */
void pinned_free(struct region *region)
{
	unpin_pages(&region->pins);
	uncharge(region);
}

/* The guest may write there for ever, so the pages stay pinned, and nobody's. */
void pinned_abandon(struct region *region)
{
	forget_pins(&region->pins);
	uncharge(region);
}

/**
 * pinned_map() - pin a region and map it
 * @region: of the calling process
 *
 * Afterwards it is mapped; or nothing of it is, nor pinned; or it is lost.
 *
 * Return: 0; -ENOMEM, also beyond RLIMIT_MEMLOCK; -EFAULT; -EINTR; the errno of a hypercall that
 * failed.
 */
int pinned_map(struct region *region)
{
	int ret = charge(region);

	if (ret)
		return ret;
	ret = pin_pages(&region->pins, region->uaddr, region->pages,
			region->map_flags & HV_MAP_GPA_WRITABLE);
	if (ret) {
		uncharge(region);
		return ret;
	}
	ret = map_in_hypervisor(region);
	if (!ret)
		return 0;
	if (pinned_unmap(region))
		region->lost = true;
	else
		pinned_free(region);
	return ret;
}
