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
struct vp;

struct timer {
	u64 deadline;			/* TSC; 0: not armed */
	void (*expired)(struct timer *timer); /* on the service CPU, disarmed */
	struct timer *next;
};

extern u64 tsc_khz;			/* measured at boot */
extern const u64 apic_khz;		/* of the APIC timers, the root's and ours */

/* Reference time is (tsc * clock_tsc_scale >> 64) + clock_tsc_offset. */
extern u64 clock_tsc_scale, clock_tsc_offset;

void clock_calibrate(void);

/*
 * A guest's periodic timer expires no oftener than this, whatever the guest asked for: one that
 * expires faster than it can be served leaves no time to other children.  Under an emulator an
 * expiry and what follows take some 100 us; a tick of 1 ms has to stay possible.
 */
#define TIMER_MIN_PERIOD_US	500

void timer_arm(struct timer *timer, u64 tsc_deadline); /* re-arming moves it */
void timer_cancel(struct timer *timer);

/* Force `cpu` out of guest mode; returns at once.  Not in guest mode, it will leave soon after. */
void clock_kick(struct cpu *cpu);

/*
 * NMIs, kick.c.  clock_nmi_exit() belongs to every exit for an NMI, of the root or of a
 * child: it takes the NMI that is still latched and finds out whose it was.  One that is
 * the root's is injected at the root's next entry; true: one waits, so a child should stop.
 */
bool clock_nmi_exit(struct cpu *cpu);
void clock_note_exit(struct cpu *cpu);	/* each exit of the root, first of all */
void clock_iret_exit(struct vp *vp);	/* the root is about to leave its NMI handler */
void clock_inject_nmi(struct cpu *cpu);	/* before each entry of the root */
void clock_drop_nmi(struct cpu *cpu);	/* the root's VP waits for SIPI: NMIs mean nothing */
void clock_root_nmi(struct cpu *cpu);	/* the root sends its CPU an NMI */
void clock_report(void);		/* a line for each CPU in the log */

/* Reference time of the hypervisor itself, in 100 ns units since boot. */
u64 clock_reference(void);

/*
 * The service CPU's loop: expired timers, then schedule_service() (schedule.h,
 * children under the hypervisor's scheduler), then halts until the next
 * deadline or kick.  Never returns.
 */
__attribute__((noreturn)) void clock_service_loop(void);

#endif
