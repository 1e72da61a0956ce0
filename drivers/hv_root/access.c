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
 * Locking: none; each hypercall is a step of its own, and the guest may run.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hv_root.h"

/* Whole bytes of the bitmap from as few hypercalls as possible. */
#define PART_CALLS	8
#define PART_PAGES	(PART_CALLS * HV_MAX_REPS)

struct reader {
	struct mshv_partition *partition;
	u64 flags;				/* what the hypervisor shall do to the bits */
	u8 mask;				/* which of its bits is wanted */
	union hv_gpa_page_access_state *states;	/* of one call */
	unsigned long *bits;			/* of one part */
};

/* What is not accessed is not dirty, and what is dirty is accessed. */
static u64 change_flags(u8 type, u8 op)
{
	bool dirty = type == MSHV_GPAP_ACCESS_TYPE_DIRTY;
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

static u8 wanted_bit(u8 type)
{
	union hv_gpa_page_access_state state = {};

	if (type == MSHV_GPAP_ACCESS_TYPE_DIRTY)
		state.dirty = 1;
	else
		state.accessed = 1;
	return state.as_uint8;
}

static int read_call(struct reader *reader, u64 gfn, unsigned int at, unsigned int count,
		     unsigned int *done)
{
	unsigned int i;
	int ret;

	ret = hv_get_gpa_access_states(&reader->partition->hv, gfn + at, count, reader->flags,
				       reader->states, done);
	for (i = 0; i < *done; i++)
		if (reader->states[i].as_uint8 & reader->mask)
			__set_bit(at + i, reader->bits);
	return ret;
}

/* Up to PART_PAGES pages; *@done of them are in the reader's bits, also after an error. */
static int read_part(struct reader *reader, u64 gfn, unsigned int count, unsigned int *done)
{
	unsigned int now;
	int ret = 0;

	bitmap_zero(reader->bits, round_up(count, BITS_PER_LONG));
	for (*done = 0; *done < count && !ret; *done += now)
		ret = read_call(reader, gfn, *done, min(count - *done, HV_MAX_REPS), &now);
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
		if (copy_to_user(bitmap + *done / 8, reader->bits, DIV_ROUND_UP(now, 8)))
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
	reader->bits = kmalloc(round_up(PART_PAGES, BITS_PER_LONG) / 8, GFP_KERNEL_ACCOUNT);
	return reader->states && reader->bits ? 0 : -ENOMEM;
}

static void free_reader(struct reader *reader)
{
	kfree(reader->bits);
	kfree(reader->states);
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
	return fault_in_safe_writeable(bitmap, DIV_ROUND_UP(args->page_count, 8)) ? -EFAULT : 0;
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
	struct reader reader = {
		.partition = partition,
		.flags = change_flags(args->access_type, args->access_op),
		.mask = wanted_bit(args->access_type),
	};
	u64 done = 0;
	long ret = check(args);

	if (ret)
		return ret;
	ret = alloc_reader(&reader);
	if (!ret)
		ret = read_all(&reader, args, &done);
	free_reader(&reader);
	return put_user(done, &out->page_count) ? -EFAULT : ret;
}
