// SPDX-License-Identifier: GPL-2.0-only
/*
 * GET and SET_VP_STATE: the parts of a VP's state that are too large for a register.
 *
 * Most of them the hypervisor reads from or writes to pages of the caller, which are pinned for
 * the duration of the hypercall; the timers travel in the hypercall's own pages.
 *
 * Locking: mshv_vp.lock is held.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "hv_root.h"

/* The largest is XSAVE with all of AMX, of less than three pages. */
#define MAX_PAGES	16

static const u32 types[MSHV_VP_STATE_COUNT] = {
	[MSHV_VP_STATE_LAPIC] = HV_GET_SET_VP_STATE_LAPIC_STATE,
	[MSHV_VP_STATE_XSAVE] = HV_GET_SET_VP_STATE_XSAVE,
	[MSHV_VP_STATE_SIMP] = HV_GET_SET_VP_STATE_SIM_PAGE,
	[MSHV_VP_STATE_SIEFP] = HV_GET_SET_VP_STATE_SIEF_PAGE,
	[MSHV_VP_STATE_SYNTHETIC_TIMERS] = HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS,
};

/* Which components the partition's XSAVE state has, and how large that makes it. */
static int xsave_layout(struct mshv_vp *vp, struct hv_vp_state_data *data, u64 *size)
{
	int ret = hv_get_partition_property(&vp->hv, HV_PARTITION_PROPERTY_XSAVE_STATES,
					    &data->xsave.states.as_uint64);

	if (ret)
		return ret;
	data->xsave.states.legacy_x87 = 1;
	data->xsave.states.legacy_sse = 1;
	return hv_get_partition_property(&vp->hv, HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE,
					 size);
}

static int state_layout(struct mshv_vp *vp, unsigned int type, struct hv_vp_state_data *data,
			u64 *size)
{
	memset(data, 0, sizeof(*data));
	data->type = types[type];
	*size = HV_HYP_PAGE_SIZE;
	if (type == MSHV_VP_STATE_XSAVE)
		return xsave_layout(vp, data, size);
	if (type == MSHV_VP_STATE_SYNTHETIC_TIMERS)
		*size = sizeof(struct hv_synthetic_timers_state);
	return 0;
}

static int move(struct mshv_vp *vp, struct hv_vp_state *state, bool set)
{
	return set ? hv_set_vp_state(&vp->hv, vp->index, state) :
		     hv_get_vp_state(&vp->hv, vp->index, state);
}

static int move_by_pages(struct mshv_vp *vp, const struct hv_vp_state_data *data, u64 uaddr,
			 unsigned int count, bool set)
{
	struct page *pages[MAX_PAGES];
	u64 pfns[MAX_PAGES];
	struct hv_vp_state state = { .data = *data, .pfns = pfns, .nr_pfns = count };
	int got, i, ret;

	got = pin_user_pages_fast(uaddr, count, set ? 0 : FOLL_WRITE, pages);
	if (got < 0)
		return got;
	for (i = 0; i < got; i++)
		pfns[i] = page_to_pfn(pages[i]);
	ret = got == count ? move(vp, &state, set) : -EFAULT;
	unpin_user_pages_dirty_lock(pages, got, !set);
	return ret;
}

static int move_inline(struct mshv_vp *vp, const struct hv_vp_state_data *data,
		       void __user *buffer, bool set)
{
	struct hv_synthetic_timers_state timers;
	struct hv_vp_state state = {
		.data = *data,
		.bytes = &timers,
		.size = sizeof(timers),
	};
	int ret;

	if (set && copy_from_user(&timers, buffer, sizeof(timers)))
		return -EFAULT;
	ret = move(vp, &state, set);
	if (!ret && !set && copy_to_user(buffer, &timers, sizeof(timers)))
		return -EFAULT;
	return ret;
}

/**
 * vp_move_state() - MSHV_GET_VP_STATE and MSHV_SET_VP_STATE
 * @vp: its lock is held
 * @args: which state, and the user's buffer
 * @user_args: where @args came from; the size of the state is written there
 * @set: which of the two
 *
 * Return: 0; -EINVAL if the type is unknown, the buffer not aligned or too small; -EOVERFLOW
 * if it wraps; -EFAULT; the errno of a hypercall that failed.
 */
long vp_move_state(struct mshv_vp *vp, struct mshv_get_set_vp_state *args,
		   void __user *user_args, bool set)
{
	struct mshv_get_set_vp_state __user *user = user_args;
	struct hv_vp_state_data data;
	u64 end, size;
	long ret;

	if (args->type >= MSHV_VP_STATE_COUNT || !args->buf_sz || !PAGE_ALIGNED(args->buf_sz) ||
	    !PAGE_ALIGNED(args->buf_ptr))
		return -EINVAL;
	if (check_add_overflow(args->buf_ptr, (u64)args->buf_sz, &end))
		return -EOVERFLOW;
	if (!access_ok(u64_to_user_ptr(args->buf_ptr), args->buf_sz))
		return -EFAULT;
	ret = state_layout(vp, args->type, &data, &size);
	if (ret)
		return ret;
	if (put_user((u32)size, &user->buf_sz))
		return -EFAULT;
	if (size > args->buf_sz || size > MAX_PAGES * HV_HYP_PAGE_SIZE)
		return -EINVAL;
	if (data.type & HV_GET_SET_VP_STATE_TYPE_PFN)
		return move_by_pages(vp, &data, args->buf_ptr, PFN_UP(size), set);
	return move_inline(vp, &data, u64_to_user_ptr(args->buf_ptr), set);
}
