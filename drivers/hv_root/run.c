// SPDX-License-Identifier: GPL-2.0-only
/*
 * RUN_VP: runs a VP until it needs its VMM.
 *
 * The hypervisor has one of two kinds of scheduler, and the loop depends on it.  With the root
 * scheduler a VP runs only while a thread of ours dispatches it by hypercall.  If the answer is
 * that it is blocked, in HLT say, it is not dispatched again before the hypervisor has sent a
 * message that it wants to go on; that may be in another call of RUN_VP, when a signal ended
 * the first.  So messages are counted, and what nobody has acted on yet stays due.  The other
 * reason to dispatch it is an interrupt that was left for that (inject.c).  With the
 * others the hypervisor runs VPs by itself, and a message tells that one was intercepted.
 * Either way the intercept's own message is in the VP's page by then.
 *
 * Another thread may ask to have RUN_VP end.  That is noted first, so that the loop, which looks
 * before each entry and while it waits, cannot miss it.  With the root scheduler the VP may be on
 * a processor at that moment; then the request suspends it as well, which also holds if it is not
 * quite there yet.  Whoever takes the request lifts that, under the same lock, so that no
 * suspension comes after the request is gone.
 *
 * An access to memory that the guest has not got yet is no business of the VMM's (fault.c).  Else
 * nothing is allocated here, and in steady state an exit costs one hypercall.
 *
 * Locking: mshv_vp.lock is held throughout, but for vp_cancel().  The interrupt handler counts
 * and wakes.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/swait.h>
#include <linux/tick.h>
#include <linux/uaccess.h>

#include "hv_root.h"

/* What an entry has to wait for, in the thread's flags. */
#define RESCHEDULE	(_TIF_NEED_RESCHED | _TIF_NEED_RESCHED_LAZY)
#define ENTRY_WORK	(_TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL | _TIF_NOTIFY_RESUME | RESCHEDULE)

/* What the loops end with if there is a message for the VMM; no hypercall's errno. */
#define INTERCEPTED	(-EFAULT)

/* Interrupt context, under RCU. */
void vp_kick(struct mshv_vp *vp, bool by_scheduler)
{
	if (by_scheduler)
		atomic64_inc(&vp->signals);
	else
		WRITE_ONCE(vp->kicked, true);
	swake_up_one(&vp->wait);
}

/*
 * What every entry to a guest must let happen first.  Some work can be done only on the return
 * to user space: then the system call is left as if for a signal, and restarted without the
 * program noticing, unless there is a signal that has a handler.
 *
 * On Linux 6.1 and 6.12 a thread with restartable sequences, and newer C libraries register all
 * of them, has such work after each switch of context: there every wake-up from HLT costs a
 * restart as well.
 */
static long do_pending_work(void)
{
	if (!(read_thread_flags() & ENTRY_WORK))
		return 0;
	if (signal_pending(current))
		return -EINTR;
	if (test_thread_flag(TIF_NOTIFY_RESUME)) {
		set_thread_flag(TIF_SIGPENDING);
		return -ERESTARTNOHAND;
	}
	/* Not cond_resched(), which a lazily preempted kernel has none of. */
	schedule();
	return 0;
}

static int set_register(struct mshv_vp *vp, u32 name, u64 value)
{
	struct hv_register_assoc reg = { .name = name, .value.reg64 = value };

	return hv_set_vp_registers(&vp->hv, vp->index, &reg, 1);
}

/*
 * The VP does not go on by itself.  A new one, and one that the VMM suspended, is waiting for
 * RUN_VP to lift that.  What else may hold it, the dispatch suspension say, is the VMM's.
 */
static long lift_suspension(struct mshv_vp *vp)
{
	return set_register(vp, HV_REGISTER_EXPLICIT_SUSPEND, 0);
}

static bool cancel_requested(const struct mshv_vp *vp)
{
	return READ_ONCE(vp->cancel.requested);
}

/* The VP does not run, and -ECANCELED is what its VMM has asked for. */
static long take_cancel(struct mshv_vp *vp)
{
	long ret = 0;

	mutex_lock(&vp->cancel.lock);
	if (vp->cancel.suspended)
		ret = lift_suspension(vp);
	/* Else the next RUN_VP takes it. */
	if (!ret) {
		vp->cancel.suspended = false;
		WRITE_ONCE(vp->cancel.requested, false);
	}
	mutex_unlock(&vp->cancel.lock);
	return ret ?: -ECANCELED;
}

/* Before each entry, and after each wait. */
static long check_before_entry(struct mshv_vp *vp)
{
	long ret = do_pending_work();

	if (!ret && cancel_requested(vp))
		ret = take_cancel(vp);
	return ret;
}

/* The scheduler's messages that no dispatch has followed yet. */
static bool announced(struct mshv_vp *vp)
{
	if (atomic64_read(&vp->signals) == vp->signals_seen)
		return false;
	/* One that came too late for the dispatch before does not count. */
	smp_rmb();
	return !inject_blocked(vp);
}

/* Without an announcement it stays blocked, and is dispatched only if there are interrupts. */
static long wait_due(struct mshv_vp *vp)
{
	if (swait_event_interruptible_exclusive(vp->wait, announced(vp) || inject_due(vp) ||
						cancel_requested(vp)))
		return -EINTR;
	if (!announced(vp))
		return 0;
	vp->signals_seen = atomic64_read(&vp->signals);
	vp->blocked = false;
	return 0;
}

static long dispatch(struct mshv_vp *vp, u32 flags, struct hv_output_dispatch_vp *out, u64 *again)
{
	long ret;

	if (vp->intercepted)
		flags |= HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND;
	vp->blocked = false;
	preempt_disable();
	if (tick_nohz_full_enabled())
		tickless_enter(vp);
	ret = hv_try_dispatch_vp(&vp->hv, vp->index, flags, vp->scratch, out, again);
	preempt_enable();
	return ret;
}

/* The interrupt for which a blocked VP was to be entered may have gone by hypercall since. */
static long dispatch_if_due(struct mshv_vp *vp, struct hv_output_dispatch_vp *out, u64 *again)
{
	u32 flags = vp->inject.offered ? inject_take(vp) : 0;

	if (!vp->blocked || flags)
		return dispatch(vp, flags, out, again);
	*out = (struct hv_output_dispatch_vp) {
		.dispatch_state = HV_VP_DISPATCH_STATE_BLOCKED,
	};
	return 0;
}

/*
 * Either this sees a request that comes now, or the request sees that it must suspend the VP:
 * both write before they read.
 */
static long enter(struct mshv_vp *vp, struct hv_output_dispatch_vp *out, u64 *again)
{
	long ret;

	WRITE_ONCE(vp->cancel.dispatching, true);
	smp_mb();	/* pairs with those of vp_cancel() and leave_for() */
	if (cancel_requested(vp))
		ret = take_cancel(vp);
	else
		ret = dispatch_if_due(vp, out, again);
	WRITE_ONCE(vp->cancel.dispatching, false);
	return ret;
}

/* That takes time, in which there may be a signal: the VP is not entered before another look. */
static long feed_dispatch(struct mshv_vp *vp, struct hv_feed *feed, u64 result)
{
	if (hv_feed(feed, result))
		return 0;
	return hv_finish(&vp->hv, vp->index, feed->code, result);
}

static long dispatch_once(struct mshv_vp *vp, struct hv_feed *feed)
{
	struct hv_output_dispatch_vp out;
	u64 again;
	long ret = enter(vp, &out, &again);

	if (ret == -EAGAIN)
		return feed_dispatch(vp, feed, again);
	if (ret)
		return ret;
	hv_feed_progress(feed);
	vp->intercepted = false;
	if (out.dispatch_state != HV_VP_DISPATCH_STATE_BLOCKED) {
		vp->intercepted = out.dispatch_event == HV_VP_DISPATCH_EVENT_INTERCEPT;
		return 0;
	}
	vp->blocked = true;
	return out.dispatch_event == HV_VP_DISPATCH_EVENT_SUSPEND ? lift_suspension(vp) : 0;
}

static long take_turn(struct mshv_vp *vp, struct hv_feed *feed)
{
	long ret = vp->blocked ? wait_due(vp) : 0;

	if (!ret)
		ret = check_before_entry(vp);
	return ret ?: dispatch_once(vp, feed);
}

/* The hypervisor writes it, and the VMM may: what must not change meanwhile is copied first. */
static struct hv_message *intercept_message(const struct mshv_vp *vp)
{
	return page_address(vp->pages[MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE]);
}

/* Did the guest end an interrupt of which somebody wants to know? */
static bool take_eoi(struct mshv_vp *vp, const struct hv_message *message)
{
	const struct hv_x64_apic_eoi_message *eoi = (void *)message->u.payload;
	bool taken;

	rcu_read_lock();
	taken = irqfd_acked(vp->partition, READ_ONCE(eoi->interrupt_vector));
	rcu_read_unlock();
	return taken;
}

/* 0 if the VP can go on without its VMM; INTERCEPTED if not; or what went wrong. */
static long resolve(struct mshv_vp *vp)
{
	const struct hv_message *message = intercept_message(vp);

	switch (READ_ONCE(message->header.message_type)) {
	case HVMSG_X64_IO_PORT_INTERCEPT:
		if (list_empty(&vp->partition->ioeventfds.ports))
			return INTERCEPTED;
		return ioeventfd_port_write(vp, message) ? 0 : INTERCEPTED;
	case HVMSG_X64_APIC_EOI:
		return take_eoi(vp, message) ? 0 : INTERCEPTED;
	default:
		return vp_fault(vp, message);
	}
}

static long run_root_scheduler(struct mshv_vp *vp)
{
	struct hv_feed feed = { .ledger = vp->hv.ledger, .code = HVCALL_DISPATCH_VP };
	/* Since the call that left it blocked, the VMM may have suspended it as well. */
	long ret = vp->blocked ? lift_suspension(vp) : 0;

	if (vp->inject.offered)
		inject_open(vp);
	while (!ret) {
		ret = take_turn(vp, &feed);
		if (!ret && vp->intercepted)
			ret = resolve(vp);
	}
	return ret;
}

/*
 * A signal or a request to cancel came while the VP ran: stop it.  It may have been intercepted
 * just before; then its message is on its way, and must be taken now, lest it be mistaken for
 * that of the next run.
 *
 * If the hypervisor refuses to stop the VP, it goes on running, and the error is all that can be
 * done about it.  If the message does not come, one that comes later still ends a later run too
 * early, with the old message: of a hypervisor that breaks its promise nothing better is known.
 */
static long stop_vp(struct mshv_vp *vp)
{
	u64 intercepted;
	long ret;

	ret = set_register(vp, HV_REGISTER_EXPLICIT_SUSPEND, 1);
	if (ret)
		return ret;
	ret = hv_get_vp_register(&vp->hv, vp->index, HV_REGISTER_INTERCEPT_SUSPEND, &intercepted);
	if (ret)
		return ret;
	if (!(intercepted & 1))
		return cancel_requested(vp) ? take_cancel(vp) : -EINTR;
	if (swait_event_idle_timeout_exclusive(vp->wait, READ_ONCE(vp->kicked), VP_MESSAGE_TIMEOUT))
		return 0;
	pr_err_ratelimited("partition %llu VP %u: intercepted, but no message came\n",
			   vp->hv.id, vp->index);
	return -EIO;
}

static long resume_and_wait(struct mshv_vp *vp)
{
	/* In this order: once it is not suspended explicitly, it may be intercepted again. */
	static const struct hv_register_assoc resume[] = {
		{ .name = HV_REGISTER_INTERCEPT_SUSPEND },
		{ .name = HV_REGISTER_EXPLICIT_SUSPEND },
	};
	long ret = check_before_entry(vp);

	if (ret)
		return ret;
	WRITE_ONCE(vp->kicked, false);
	ret = hv_set_vp_registers(&vp->hv, vp->index, resume, ARRAY_SIZE(resume));
	if (ret)
		return ret;
	swait_event_interruptible_exclusive(vp->wait,
					    READ_ONCE(vp->kicked) || cancel_requested(vp));
	return READ_ONCE(vp->kicked) ? 0 : stop_vp(vp);
}

static long run_hypervisor_scheduler(struct mshv_vp *vp)
{
	long ret = 0;

	while (!ret) {
		ret = resume_and_wait(vp);
		if (!ret)
			ret = resolve(vp);
	}
	return ret;
}

/* By words, which are few: this is most of what an exit costs here. */
static long give_message(const struct mshv_vp *vp, void __user *user)
{
	const void *message = intercept_message(vp);

	if (!user_write_access_begin(user, HV_MESSAGE_SIZE))
		return -EFAULT;
	unsafe_copy_to_user(user, message, HV_MESSAGE_SIZE, fault);
	user_write_access_end();
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

/**
 * vp_run() - run a VP until it is intercepted
 * @vp: its lock is held
 * @message: where the intercept message goes
 *
 * Return: 0 with a message; -EINTR or -ECANCELED if a signal or a request to cancel came first,
 * and the VP has stopped; -EFAULT; the errno of a hypercall that failed.
 */
long vp_run(struct mshv_vp *vp, void __user *message)
{
	long ret;

	if (parent_scheduler() == HV_SCHEDULER_TYPE_ROOT)
		ret = run_root_scheduler(vp);
	else
		ret = run_hypervisor_scheduler(vp);
	return ret == INTERCEPTED ? give_message(vp, message) : ret;
}

/**
 * vp_cancel() - make vp_run() return, the one under way or else the next
 * @vp: its lock need not be held
 *
 * Return: 0, or the errno of the hypercall that was to suspend the VP.
 */
long vp_cancel(struct mshv_vp *vp)
{
	long ret = 0;

	mutex_lock(&vp->cancel.lock);
	WRITE_ONCE(vp->cancel.requested, true);
	swake_up_one(&vp->wait);
	smp_mb();	/* pairs with that of enter() */
	if (READ_ONCE(vp->cancel.dispatching) && !vp->cancel.suspended) {
		ret = set_register(vp, HV_REGISTER_EXPLICIT_SUSPEND, 1);
		vp->cancel.suspended = !ret;
	}
	mutex_unlock(&vp->cancel.lock);
	return ret;
}

/*
 * The VP will not run again.  With the root scheduler, messages about it may be on their way:
 * the hypervisor says how many it sent, and sends no more.
 */
void vp_suspend(struct mshv_vp *vp)
{
	u64 sent;

	if (parent_scheduler() != HV_SCHEDULER_TYPE_ROOT)
		return;
	if (!set_register(vp, HV_REGISTER_DISPATCH_SUSPEND, 1) &&
	    !hv_get_vp_register(&vp->hv, vp->index, HV_REGISTER_VP_ROOT_SIGNAL_COUNT, &sent))
		vp->signals_due = sent;
}

/*
 * Waits until the messages of a suspended VP have come, at most until @deadline, in jiffies.
 * Not for them to be handled, which is safe without, but so that none is left for a partition
 * that does not exist any more.
 */
void vp_quiesce(struct mshv_vp *vp, unsigned long deadline)
{
	long left = max_t(long, deadline - jiffies, 1);

	if (swait_event_idle_timeout_exclusive(vp->wait,
					       atomic64_read(&vp->signals) >= vp->signals_due,
					       left))
		return;
	pr_err_ratelimited("partition %llu VP %u: %llu signals sent, %lld came\n",
			   vp->hv.id, vp->index, vp->signals_due, atomic64_read(&vp->signals));
}
