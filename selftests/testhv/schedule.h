/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who runs when.  Under the root scheduler a root CPU runs a child VP inside
 * the DISPATCH_VP hypercall; under the hypervisor's scheduler the service CPU
 * runs all runnable child VPs in turn, by time slices.
 */
#ifndef TESTHV_SCHEDULE_H
#define TESTHV_SCHEDULE_H

#include "types.h"
#include "vp.h"

enum run_exit {
	RUN_INTERCEPT,		/* message in the intercept page, VP_SUSPEND_INTERCEPT set */
	RUN_BLOCKED,		/* halted, waiting for SIPI, or suspended */
	RUN_PREEMPTED,		/* a physical interrupt or a kick ended it */
};

extern bool root_scheduler;	/* from testhv's command line: sched=root (default) | sched=hv */

void schedule_init(void);	/* reads it, before the root runs */

/*
 * Enter a child VP on this CPU until something ends it.  Called with hv_lock held; drops it
 * around VMRUN.
 */
enum run_exit child_run(struct vp *vp);

/* One round of the service CPU: run a runnable VP for a slice; false: nothing to run. */
bool schedule_service(void);

/* A VP may have become runnable: queue it, or tell the root. */
void schedule_wake(struct vp *vp);

/* The VP goes: nothing remembers it. */
void schedule_forget(struct vp *vp);

/*
 * One step of waiting until a VP has left its CPU: asks it to, and drops
 * hv_lock for a moment, after which the VP has to be looked up again.
 */
void vp_stop(struct vp *vp);

#endif
