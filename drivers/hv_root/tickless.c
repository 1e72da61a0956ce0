// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPs on CPUs without a tick (nohz_full=).
 *
 * Whoever sends a signal to a thread that runs interrupts its CPU, and an interrupt ends
 * DISPATCH_VP.  But if it comes between the last look for signals and the hypercall, it is over
 * before there is anything to end.  Interrupts cannot be off from the one to the other: whether
 * the hypervisor ends the call for an interrupt that its caller could not take, nobody promises.
 * On other CPUs the next tick does; here a timer takes its place, as long as the VP is being
 * dispatched.
 *
 * It is not stopped at each exit but left to expire, once in vain, because a program for the
 * hardware costs more than most exits.
 *
 * Locking: preemption is off, so that the timer's handler, which has its CPU's interrupts off,
 * comes before or after what is done here; if the thread moves, the other CPU's is waited for.
 */
#include <linux/hrtimer.h>
#include <linux/smp.h>
#include <linux/tick.h>

#include "hv_root.h"

/* A signal that missed its moment waits no longer. */
#define PERIOD_NS	(10 * NSEC_PER_MSEC)

/*
 * Either the VP is dispatched next, and this came too early; or it was, and this has ended it.
 * Where the VP is no more, another timer is in its place, or none is needed.
 */
static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct mshv_vp *vp = container_of(timer, struct mshv_vp, tickless.timer);

	if (!READ_ONCE(vp->cancel.dispatching) ||
	    READ_ONCE(vp->tickless.cpu) != smp_processor_id())
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

void tickless_init(struct mshv_vp *vp)
{
	hrtimer_setup(&vp->tickless.timer, expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
}

/* Nobody dispatches it any more. */
void tickless_exit(struct mshv_vp *vp)
{
	hrtimer_cancel(&vp->tickless.timer);
}

/* Before DISPATCH_VP on this CPU; mshv_vp.cancel.dispatching is set. */
void tickless_enter(struct mshv_vp *vp)
{
	unsigned int cpu = smp_processor_id();
	bool moved = vp->tickless.cpu != cpu;

	WRITE_ONCE(vp->tickless.cpu, cpu);
	if (!tick_nohz_full_cpu(cpu) || (!moved && hrtimer_active(&vp->tickless.timer)))
		return;
	/* A timer whose handler runs, on the CPU where the VP was, would be started there. */
	if (moved)
		hrtimer_cancel(&vp->tickless.timer);
	hrtimer_start(&vp->tickless.timer, ns_to_ktime(PERIOD_NS), HRTIMER_MODE_REL_PINNED_HARD);
}
