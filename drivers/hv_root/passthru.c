// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_ROOT_HVCALL: hypercalls that user space composes itself.
 *
 * Only calls on the list are let through.  All of them begin with the id of the partition that
 * they are about, and that is written here, so a file descriptor is good for its own
 * partition and for no other.  /dev/mshv itself stands for the parent, of which only
 * properties can be read.
 *
 * What the hypervisor did not write does not reach the user, and what the user did not write
 * the hypervisor reads as zero.
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
	u16 in;			/* bytes of input at most, for a rep call before the list */
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

/* How much of the input the hypervisor reads. */
static size_t read_size(const struct passthru *call, const struct mshv_root_hvcall *args)
{
	return call->in + (size_t)args->reps * call->in_rep;
}

/* How much of the output it may write. */
static size_t written_size(const struct passthru *call, const struct mshv_root_hvcall *args)
{
	return call->flags & REP ? (size_t)args->reps * call->out : call->out;
}

static bool sizes_valid(const struct passthru *call, const struct mshv_root_hvcall *args)
{
	if (!args->in_ptr || args->in_sz < sizeof(u64) || args->in_sz > HV_HYP_PAGE_SIZE)
		return false;
	if (args->out_ptr && (!args->out_sz || args->out_sz > HV_HYP_PAGE_SIZE))
		return false;
	if (args->reps > (call->flags & REP ? HV_MAX_REPS : 0))
		return false;
	return read_size(call, args) <= HV_HYP_PAGE_SIZE &&
	       written_size(call, args) <= HV_HYP_PAGE_SIZE;
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

/* Interrupt context.  A completion that nobody waits for is ignored. */
void passthru_complete(struct mshv_partition *partition, u16 status)
{
	if (!READ_ONCE(partition->async.pending))
		return;
	WRITE_ONCE(partition->async.status, status);
	complete(&partition->async.done);
}

/* The hypervisor has put the call off; @result becomes what it says in the end. */
static int wait_completed(struct mshv_partition *partition, u64 *result)
{
	if (hv_result(*result) != HV_STATUS_CALL_PENDING)
		return 0;
	if (wait_for_completion_killable(&partition->async.done))
		return -EINTR;
	*result = READ_ONCE(partition->async.status);
	return 0;
}

/*
 * Issues the call until the hypervisor has memory enough, of which it may also complain only
 * when it completes; reps that are done stay done.  @waiter is NULL if the call cannot be put
 * off.
 */
static int issue(struct hv_ledger *ledger, struct mshv_partition *waiter,
		 const struct mshv_root_hvcall *args, const struct pages *pages, u64 *result)
{
	struct hv_feed feed = { .ledger = ledger, .code = args->code };
	unsigned int done = 0;
	int ret = 0;

	do {
		if (waiter)
			reinit_completion(&waiter->async.done);
		*result = hv_call_pages(args->code, done, args->reps, pages->in, pages->out);
		done = hv_repcomp(*result);
		if (waiter)
			ret = wait_completed(waiter, result);
	} while (!ret && hv_feed(&feed, *result));
	if (!ret && hv_success(*result))
		hv_feed_done(&feed);
	return ret;
}

/*
 * Whoever is killed while waiting leaves the call pending, and until it completes there can be
 * no other.
 */
static int issue_async(struct mshv_partition *partition, const struct mshv_root_hvcall *args,
		       const struct pages *pages, u64 *result)
{
	int ret = -EBUSY;

	if (mutex_lock_killable(&partition->async.lock))
		return -EINTR;
	if (!partition->async.pending || try_wait_for_completion(&partition->async.done)) {
		WRITE_ONCE(partition->async.pending, true);
		ret = issue(&partition->ledger, partition, args, pages, result);
		if (!ret)
			WRITE_ONCE(partition->async.pending, false);
	}
	mutex_unlock(&partition->async.lock);
	return ret;
}

static int load_input(const struct passthru *call, const struct mshv_root_hvcall *args,
		      const struct pages *pages, u64 id)
{
	size_t size = read_size(call, args);

	memset(pages->out, 0, written_size(call, args));
	if (args->in_sz < size)
		memset(pages->in + args->in_sz, 0, size - args->in_sz);
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
	if (copy_to_user(u64_to_user_ptr(args->out_ptr), pages->out,
			 min_t(size_t, args->out_sz, written_size(call, args))))
		return -EFAULT;
	return 0;
}

/* Interrupts are left for a VP by the number of its APIC. */
static void note_apic_id(struct mshv_partition *partition,
			 const struct hv_input_set_vp_registers *in, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (in->elements[i].name == HV_X64_REGISTER_APIC_ID ||
		    in->elements[i].name == HV_X64_REGISTER_INITIAL_APIC_ID)
			inject_close(partition, in->vp_index);
}

/* What the call was about: of a VP's file that VP, whatever else the input may name. */
static int do_hvcall(const struct passthru *call, struct hv_target *target,
		     struct mshv_partition *partition, u32 vp_index,
		     struct mshv_root_hvcall *args, const struct pages *pages)
{
	/* A call that has output has a place for it, whether or not the user wants to see it. */
	struct pages used = { .in = pages->in, .out = call->out ? pages->out : NULL };
	u64 result = HV_STATUS_SUCCESS;
	int ret;

	if (call->flags & ASYNC)
		ret = issue_async(partition, args, &used, &result);
	else
		ret = issue(target->ledger, NULL, args, &used, &result);
	if (ret)
		return ret;
	if (args->code == HVCALL_SET_VP_REGISTERS)
		note_apic_id(partition, pages->in, args->reps);
	args->status = hv_result(result);
	if (call->flags & REP)
		args->reps = hv_repcomp(result);
	return hv_record(target, vp_index, args->code, result);
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
	ret = load_input(call, args, &pages, target->id);
	if (!ret) {
		ret = do_hvcall(call, target, partition, vp ? vp->index : HV_ANY_VP, args,
				&pages);
		err = store_output(call, args, &pages, user_args);
		if (err)
			ret = err;
	}
	put_pages(&pages, vp);
	return ret;
}
