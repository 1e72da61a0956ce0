/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual processors, of the root and of children.
 *
 * The guest's state is in the VMCB (svm.h), in gpr[] for the registers that
 * the VMCB does not hold, and in the extended state area.  It is authoritative
 * whenever the VP is not inside VMRUN.
 *
 * Locking: hv_lock, except `kick_pending`, which any CPU may set.
 */
#ifndef TESTHV_VP_H
#define TESTHV_VP_H

#include "types.h"
#include "svm.h"
#include <hvabi/hvabi.h>

/* Index in gpr[]: the encoding of x86 instructions.  RAX and RSP live in the VMCB. */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NR_GPRS };

enum vp_activity {
	VP_ACTIVE,
	VP_HALTED,		/* HLT, absorbed: an interrupt wakes it */
	VP_WAIT_SIPI,		/* after INIT */
};

/* Why a VP does not run although it is active: bits of vp->suspend. */
#define VP_SUSPEND_EXPLICIT	BIT(0)	/* HvRegisterExplicitSuspend */
#define VP_SUSPEND_INTERCEPT	BIT(1)	/* HvRegisterInterceptSuspend: message pending for the parent */
#define VP_SUSPEND_DISPATCH	BIT(2)	/* HvRegisterDispatchSuspend */

struct cpu;
struct partition;
struct lapic;
struct vsynic;

struct vp {
	struct partition *partition;
	u32 index;
	u32 apic_id;
	struct vmcb *vmcb;
	u64 gpr[NR_GPRS];
	void *xstate;		/* XSAVE area, one page */
	u64 xcr0, xss, tsc_aux, dr[4];
	u64 cr8;		/* children: the virtual TPR's upper nibble */

	enum vp_activity activity;
	u64 suspend;		/* VP_SUSPEND_* */
	struct cpu *on_cpu;	/* inside child_run() or the root loop on this CPU, else NULL */
	struct cpu *last_cpu;	/* where it ran last: gets the messages about it */
	u32 kick_pending;	/* somebody wants it out of VMRUN */
	u64 npt_generation;	/* of the partition's table at the last VMRUN */
	u64 hypercall_continued; /* control word with which a rep call was given back, hypercall.c */

	/* Children only. */
	struct lapic *lapic;
	struct vsynic *synic;
	struct hv_message *intercept_page;	/* shared with the root when it maps it */
	struct hv_vp_register_page *reg_page;
	struct vp_counters *counters;		/* stats.h */
	struct vp *run_next;			/* schedule.c's queue */
	bool queued;
	bool signaled;				/* root scheduler: woken since the last dispatch */
};

/* A child VP must leave VMRUN soon, or be made runnable: interrupt, timer, suspend. */
void vp_kick(struct vp *vp);

#endif
