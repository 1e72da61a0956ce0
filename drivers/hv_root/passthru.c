// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_ROOT_HVCALL: hypercalls that user space composes itself.
 *
 * Only calls on the list are let through.  All of them begin with the id of the partition that
 * they are about, and that is written here, so a file descriptor is good for its own
 * partition and for no other.  /dev/mshv itself stands for the parent, of which only
 * properties can be read.
 *
 * What the hypervisor did not write does not reach the user.
 *
 * Locking: a VP's own pages are used under its lock, else pages are allocated.  One
 * asynchronous call a partition, under async.lock; its completion comes by interrupt.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/uaccess.h>

#include "hv_root.h"

#define FOR_SELF	BIT(0)	/* also for the parent partition */
#define REP		BIT(1)
#define ASYNC		BIT(2)	/* may complete later; from a partition's fd only */

struct passthru {
	u16 code;
	u16 flags;
	u16 in;			/* bytes of input, for a rep call before the list */
	u16 in_rep;		/* bytes of input a rep */
	u16 out;		/* bytes of output at most, for a rep call a rep */
};

static const struct passthru allowed[] = {
	{ HVCALL_GET_PARTITION_PROPERTY, FOR_SELF, 16, 0, 8 },
	{ HVCALL_SET_PARTITION_PROPERTY, ASYNC, 24, 0, 0 },
	{ HVCALL_INSTALL_INTERCEPT, 0, 24, 0, 0 },
	{ HVCALL_GET_VP_REGISTERS, REP, 16, 4, 16 },
	{ HVCALL_SET_VP_REGISTERS, REP, 16, 32, 0 },
	{ HVCALL_TRANSLATE_VIRTUAL_ADDRESS, 0, 32, 0, 16 },
	{ HVCALL_CLEAR_VIRTUAL_INTERRUPT, 0, 8, 0, 0 },
	{ HVCALL_REGISTER_INTERCEPT_RESULT, 0, 60, 0, 0 },
	{ HVCALL_ASSERT_VIRTUAL_INTERRUPT, 0, 32, 0, 0 },
	{ HVCALL_SIGNAL_EVENT_DIRECT, 0, 16, 0, 8 },
	{ HVCALL_POST_MESSAGE_DIRECT, 0, 280, 0, 0 },
	{ HVCALL_GET_GPA_PAGES_ACCESS_STATES, REP, 24, 0, 1 },
	{ HVCALL_GET_VP_CPUID_VALUES, REP, 24, 24, 16 },
	{ HVCALL_GET_PARTITION_PROPERTY_EX, FOR_SELF, 24, 0,
	  HV_PARTITION_PROPERTY_EX_MAX_VAR_SIZE },
};

struct pages {
	void *in;
	void *out;
};

static const struct passthru *find_allowed(u16 code, bool self)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allowed); i++)
		if (allowed[i].code == code)
			return !self || allowed[i].flags & FOR_SELF ? &allowed[i] : NULL;
	return NULL;
}

static bool sizes_valid(const struct passthru *call, const struct mshv_root_hvcall *args)
{
	unsigned int reps = args->reps;

	if (args->in_sz > HV_HYP_PAGE_SIZE || args->out_sz > HV_HYP_PAGE_SIZE)
		return false;
	if (!args->in_ptr || !args->out_ptr != !args->out_sz)
		return false;
	if (reps && !(call->flags & REP))
		return false;
	return args->in_sz >= call->in + reps * call->in_rep &&
	       reps * call->out <= HV_HYP_PAGE_SIZE;
}

/* How much of the output is the hypervisor's. */
static size_t written(const struct passthru *call, const struct mshv_root_hvcall *args)
{
	size_t size = call->flags & REP ? (size_t)args->reps * call->out : call->out;

	return min_t(size_t, size, args->out_sz);
}

static int get_pages(struct pages *pages, struct mshv_vp *vp)
{
	if (vp) {
		pages->in = vp->scratch[0];
		pages->out = vp->scratch[1];
		return 0;
	}
	pages->in = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	pages->out = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (pages->in && pages->out)
		return 0;
	free_page((unsigned long)pages->in);
	free_page((unsigned long)pages->out);
	return -ENOMEM;
}

static void put_pages(struct pages *pages, struct mshv_vp *vp)
{
	if (vp)
		return;
	free_page((unsigned long)pages->in);
	free_page((unsigned long)pages->out);
}

/* Issues the call until the hypervisor has memory enough; reps that are done stay done. */
static u64 issue(struct hv_ledger *ledger, const struct mshv_root_hvcall *args,
		 const struct pages *pages)
{
	struct hv_feed feed = { .ledger = ledger, .code = args->code };
	unsigned int done = 0;
	u64 result;

	do {
		result = hv_call_pages(args->code, done, args->reps, pages->in,
				       args->out_ptr ? pages->out : NULL);
		done = hv_repcomp(result);
	} while (hv_feed(&feed, result));
	if (hv_success(result))
		hv_feed_done(&feed);
	return result;
}

/* Interrupt context.  A completion that nobody waits for is ignored. */
void passthru_complete(struct mshv_partition *partition, u16 status)
{
	if (!READ_ONCE(partition->async.pending))
		return;
	WRITE_ONCE(partition->async.status, status);
	complete(&partition->async.done);
}

/*
 * Whoever is killed while waiting leaves the call pending, and until it completes there can be
 * no other.
 */
static int issue_async(struct mshv_partition *partition, const struct mshv_root_hvcall *args,
		       const struct pages *pages, u64 *result)
{
	int ret = 0;

	if (mutex_lock_killable(&partition->async.lock))
		return -EINTR;
	if (partition->async.pending && !try_wait_for_completion(&partition->async.done)) {
		ret = -EBUSY;
		goto unlock;
	}
	reinit_completion(&partition->async.done);
	WRITE_ONCE(partition->async.pending, true);
	*result = issue(&partition->ledger, args, pages);
	if (hv_result(*result) == HV_STATUS_CALL_PENDING) {
		ret = wait_for_completion_killable(&partition->async.done);
		if (ret) {
			ret = -EINTR;
			goto unlock;
		}
		*result = READ_ONCE(partition->async.status);
	}
	WRITE_ONCE(partition->async.pending, false);
unlock:
	mutex_unlock(&partition->async.lock);
	return ret;
}

static int load_input(const struct mshv_root_hvcall *args, const struct pages *pages, u64 id)
{
	memset(pages->in, 0, HV_HYP_PAGE_SIZE);
	memset(pages->out, 0, HV_HYP_PAGE_SIZE);
	if (copy_from_user(pages->in, u64_to_user_ptr(args->in_ptr), args->in_sz))
		return -EFAULT;
	*(u64 *)pages->in = id;
	return 0;
}

/* The status goes back whatever it is, the output only of a call that succeeded. */
static int store_output(const struct passthru *call, const struct mshv_root_hvcall *args,
			const struct pages *pages, void __user *user_args)
{
	if (copy_to_user(user_args, args, sizeof(*args)))
		return -EFAULT;
	if (args->status != HV_STATUS_SUCCESS || !args->out_ptr)
		return 0;
	if (copy_to_user(u64_to_user_ptr(args->out_ptr), pages->out, written(call, args)))
		return -EFAULT;
	return 0;
}

static int do_hvcall(const struct passthru *call, struct hv_target *target,
		     struct mshv_partition *partition, struct mshv_root_hvcall *args,
		     const struct pages *pages)
{
	u64 result = HV_STATUS_SUCCESS;
	int ret = 0;

	if (call->flags & ASYNC)
		ret = issue_async(partition, args, pages, &result);
	else
		result = issue(target->ledger, args, pages);
	if (ret)
		return ret;
	args->status = hv_result(result);
	if (call->flags & REP)
		args->reps = hv_repcomp(result);
	return hv_record(target, HV_ANY_VP, args->code, result);
}

/**
 * passthru_hvcall() - issue a hypercall for the user
 * @target: the partition that the file descriptor stands for
 * @partition: the same; NULL for /dev/mshv
 * @vp: the VP whose file descriptor and lock it is, else NULL
 * @args: the user's request; status, rsvd known to be 0
 * @user_args: where it came from
 *
 * Return: 0 or the errno that the hypervisor's status stands for; -EINVAL if the request is
 * not allowed or malformed, -EFAULT, -ENOMEM, -EINTR if killed, -EBUSY if an asynchronous
 * call of somebody killed is not complete.
 */
long passthru_hvcall(struct hv_target *target, struct mshv_partition *partition,
		     struct mshv_vp *vp, struct mshv_root_hvcall *args,
		     void __user *user_args)
{
	const struct passthru *call = find_allowed(args->code, !partition);
	struct pages pages;
	int ret, err;

	if (!call || !sizes_valid(call, args))
		return -EINVAL;
	if ((call->flags & ASYNC) && vp)
		return -EINVAL;
	ret = get_pages(&pages, vp);
	if (ret)
		return ret;
	ret = load_input(args, &pages, target->id);
	if (!ret) {
		ret = do_hvcall(call, target, partition, args, &pages);
		err = store_output(call, args, &pages, user_args);
		if (err)
			ret = err;
	}
	put_pages(&pages, vp);
	return ret;
}
