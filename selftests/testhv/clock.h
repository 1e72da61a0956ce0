/* SPDX-License-Identifier: GPL-2.0 */
/*
 * testhv's own clock: deadlines, kept by the service CPU that the root does
 * not see, and kicks, by which a CPU is forced out of its guest.
 *
 * Locking: the queue is protected by hv_lock; callbacks run on the service CPU
 * with hv_lock held.  clock_kick() may be called with or without it.
 */
#ifndef TESTHV_CLOCK_H
#define TESTHV_CLOCK_H

#include "types.h"

struct cpu;

struct timer {
	u64 deadline;			/* TSC; 0: not armed */
	void (*expired)(struct timer *timer);
	struct timer *next;
};

extern u64 tsc_khz;			/* measured at boot */

void timer_arm(struct timer *timer, u64 tsc_deadline); /* re-arming moves it */
void timer_cancel(struct timer *timer);

/* Force `cpu` out of guest mode (NMI); returns at once, nothing is lost if it is not in guest mode. */
void clock_kick(struct cpu *cpu);

/* Reference time of the hypervisor itself, in 100 ns units since boot. */
u64 clock_reference(void);

/*
 * The service CPU's loop: expired timers, then schedule_service() (schedule.h,
 * children under the hypervisor's scheduler), then halts until the next
 * deadline or kick.  Never returns.
 */
void clock_service_loop(void) __attribute__((noreturn));

#endif
