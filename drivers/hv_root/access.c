// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_GET_GPAP_ACCESS_BITMAP: which pages the guest touched or wrote.
 *
 * The hypervisor answers with a byte for each page, so many at a time as one hypercall returns;
 * user space gets bits.  Reading may clear the bits in the same step, and what was cleared is
 * known to nobody else: so the user's bitmap is made sure of before the first page is asked for,
 * each part of it is copied out before the next is read, and after an error page_count tells how
 * far it is valid.
 *
 * Of pages that are not mapped right now, or were another frame before, blocks.c knows the rest.
 *
 * Locking: mshv_partition.mem_lock for a part, so that the regions stay; map_lock for each
 * hypercall about pages that may come and go.  The guest may run.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "region.h"

/* Whole bytes of the bitmap from as few hypercalls as possible. */
#define PART_CALLS	8
#define PART_PAGES	(PART_CALLS * HV_MAX_REPS)

struct reader {
	struct mshv_partition *partition;
	struct access_query query;
	u64 flags;				/* what the hypervisor shall do to the bits */
	u8 mask;				/* which of its bits is wanted */
	union hv_gpa_page_access_state *states;	/* of one call */
	u64 again;				/* result of one that lacked memory */
};

/* What is not accessed is not dirty, and what is dirty is accessed. */
static u64 change_flags(bool dirty, u8 op)
{
	union hv_gpa_page_access_state_flags flags = {};

	if (op == MSHV_GPAP_ACCESS_OP_CLEAR) {
		flags.clear_accessed = !dirty;
		flags.clear_dirty = 1;
	} else if (op == MSHV_GPAP_ACCESS_OP_SET) {
		flags.set_accessed = 1;
		flags.set_dirty = dirty;
	}
	return flags.as_uint64;
}

static u8 wanted_bit(bool dirty)
{
	union hv_gpa_page_access_state state = { .accessed = !dirty, .dirty = dirty };

	return state.as_uint8;
}

/* One hypercall about pages that are mapped from @gfn on; returns where the next begins. */
static u64 read_mapped(struct reader *reader, u64 gfn, u64 end, int *ret)
{
	unsigned int i, done;

	*ret = hv_get_gpa_access_states(&reader->partition->hv, gfn,
					min_t(u64, end - gfn, HV_MAX_REPS), reader->flags,
					reader->states, &done, &reader->again);
	for (i = 0; i < done; i++)
		if (reader->states[i].as_uint8 & reader->mask)
			__set_bit(gfn + i - reader->query.base, reader->query.bits);
	return gfn + done;
}

/* Pages of a region that come and go, with map_lock held. */
static u64 read_movable(struct reader *reader, struct region *region, u64 gfn, u64 end, int *ret)
{
	u64 next = blocks_unmapped_until(region, gfn, end);

	*ret = 0;
	if (next == gfn)
		next = read_mapped(reader, gfn,
				   blocks_mapped_until(region, gfn, min(end, gfn + HV_MAX_REPS)),
				   ret);
	blocks_access(region, gfn, next, &reader->query);
	return next;
}

static u64 read_once(struct reader *reader, struct region *region, u64 gfn, u64 end, int *ret)
{
	if (region->kind == REGION_PINNED)
		return read_mapped(reader, gfn, end, ret);
	mutex_lock(&reader->partition->map_lock);
	gfn = read_movable(reader, region, gfn, end, ret);
	mutex_unlock(&reader->partition->map_lock);
	return gfn;
}

static u64 read_region(struct reader *reader, struct region *region, u64 gfn, u64 end, int *ret)
{
	struct hv_target *target = &reader->partition->hv;
	struct hv_feed feed = {
		.ledger = target->ledger,
		.code = HVCALL_GET_GPA_PAGES_ACCESS_STATES,
	};
	u64 next;

	if (region->kind != REGION_PINNED && reader->query.op == MSHV_GPAP_ACCESS_OP_SET) {
		*ret = blocks_prepare(region, gfn, end);
		if (*ret)
			return gfn;
	}
	do {
		next = read_once(reader, region, gfn, end, ret);
		if (next > gfn)
			hv_feed_progress(&feed);
		gfn = next;
	} while ((!*ret && gfn < end) || (*ret == -EAGAIN && hv_feed(&feed, reader->again)));
	if (*ret == -EAGAIN)
		*ret = hv_finish(target, HV_ANY_VP, feed.code, reader->again);
	return gfn;
}

/* Where no region is, nothing is accessed.  Returns how far it got. */
static u64 read_regions(struct reader *reader, u64 gfn, u64 end, int *ret)
{
	struct region *region;

	*ret = 0;
	while (gfn < end && !*ret) {
		region = region_find(reader->partition, gfn, end - gfn);
		if (!region)
			return end;
		gfn = read_region(reader, region, max(gfn, region->gfn),
				  min(end, region_end(region)), ret);
	}
	return gfn;
}

/* Up to PART_PAGES pages; *@done of them are in the reader's bits, also after an error. */
static int read_part(struct reader *reader, u64 gfn, unsigned int count, unsigned int *done)
{
	int ret;

	*done = 0;
	bitmap_zero(reader->query.bits, round_up(count, BITS_PER_LONG));
	reader->query.base = gfn;
	if (mutex_lock_killable(&reader->partition->mem_lock))
		return -EINTR;
	*done = read_regions(reader, gfn, gfn + count, &ret) - gfn;
	mutex_unlock(&reader->partition->mem_lock);
	return ret;
}

static int read_all(struct reader *reader, const struct mshv_gpap_access_bitmap *args, u64 *done)
{
	u8 __user *bitmap = (u8 __user *)args->bitmap_ptr;
	unsigned int now;
	int ret = 0;

	for (*done = 0; *done < args->page_count && !ret; *done += now) {
		ret = read_part(reader, args->gpap_base + *done,
				min_t(u64, args->page_count - *done, PART_PAGES), &now);
		if (copy_to_user(bitmap + *done / 8, reader->query.bits, DIV_ROUND_UP(now, 8)))
			return -EFAULT;
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	return ret;
}

static int alloc_reader(struct reader *reader)
{
	reader->states = kmalloc_array(HV_MAX_REPS, sizeof(*reader->states),
				       GFP_KERNEL_ACCOUNT);
	reader->query.bits = bitmap_alloc(round_up(PART_PAGES, BITS_PER_LONG), GFP_KERNEL_ACCOUNT);
	return reader->states && reader->query.bits ? 0 : -ENOMEM;
}

static void free_reader(struct reader *reader)
{
	bitmap_free(reader->query.bits);
	kfree(reader->states);
}

/* Tried in parts, since the bitmap of a large guest may be larger than memory. */
static int try_bitmap(char __user *bitmap, u64 size)
{
	u64 part;

	if (!access_ok(bitmap, size))
		return -EFAULT;
	for (; size; size -= part, bitmap += part) {
		part = min_t(u64, size, SZ_1M);
		if (fault_in_safe_writeable(bitmap, part))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int check(const struct mshv_gpap_access_bitmap *args)
{
	void __user *bitmap = (void __user *)args->bitmap_ptr;

	if (args->access_type >= MSHV_GPAP_ACCESS_TYPE_COUNT ||
	    args->access_op >= MSHV_GPAP_ACCESS_OP_COUNT || !args->page_count || !bitmap ||
	    args->gpap_base >= HV_MAX_GFN)
		return -EINVAL;
	if (args->page_count > HV_MAX_GFN - args->gpap_base)
		return -E2BIG;
	return try_bitmap(bitmap, DIV_ROUND_UP(args->page_count, 8));
}

/**
 * access_bitmap() - MSHV_GET_GPAP_ACCESS_BITMAP
 * @partition: the guest
 * @args: which pages, which bits, and what becomes of them
 * @user_args: @args in user space, where the number of pages read goes
 *
 * Return: 0; -EINVAL, -E2BIG or -EFAULT, and then no bit has changed; later -EFAULT, -EINTR, or
 * the errno of a hypercall that failed, and then the pages counted in @user_args were read.
 */
long access_bitmap(struct mshv_partition *partition, struct mshv_gpap_access_bitmap *args,
		   void __user *user_args)
{
	struct mshv_gpap_access_bitmap __user *out = user_args;
	bool dirty = args->access_type == MSHV_GPAP_ACCESS_TYPE_DIRTY;
	struct reader reader = {
		.partition = partition,
		.query = { .dirty = dirty, .op = args->access_op },
		.flags = change_flags(dirty, args->access_op),
		.mask = wanted_bit(dirty),
	};
	u64 done = 0;
	long ret = check(args);

	if (ret)
		return ret;
	if (!READ_ONCE(partition->initialized))
		return -EINVAL;
	ret = alloc_reader(&reader);
	if (!ret)
		ret = read_all(&reader, args, &done);
	free_reader(&reader);
	return put_user(done, &out->page_count) ? -EFAULT : ret;
}
