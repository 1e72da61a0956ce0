/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual processors, of the root and of children.
 *
 * The guest's state is in the VMCB (svm.h), in gpr[] for the registers that
 * the VMCB does not hold, and in the extended state area.  It is authoritative
 * whenever the VP is not inside VMRUN.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_VP_H
#define TESTHV_VP_H

#include "types.h"
#include "clock.h"
#include "statspage.h"
#include "svm.h"
#include <hvabi/hvabi.h>

/* Index in gpr[]: the encoding of x86 instructions.  RAX and RSP live in the VMCB. */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NR_GPRS };

/* Whether the root takes an NMI now (clock.c). */
enum nmi_state {
	NMI_OPEN,
	NMI_IN_HANDLER,		/* from the injection until its IRET */
	NMI_AT_IRET,		/* IRET was seen, but may not have been executed yet */
};

enum vp_activity {
	VP_ACTIVE,
	VP_HALTED,		/* HLT, absorbed: an interrupt wakes it */
	VP_WAIT_SIPI,		/* after INIT */
};

/* Why a VP does not run although it is active: bits of vp->suspend. */
#define VP_SUSPEND_EXPLICIT	BIT(0)	/* HvRegisterExplicitSuspend */
#define VP_SUSPEND_INTERCEPT	BIT(1)	/* HvRegisterInterceptSuspend: the parent has a message */
#define VP_SUSPEND_DISPATCH	BIT(2)	/* HvRegisterDispatchSuspend */

struct cpu;
struct partition;
struct child_state;
struct lapic;
struct vsynic;

struct vp {
	struct partition *partition;
	u32 index;
	u32 apic_id;
	struct vmcb *vmcb;
	u64 gpr[NR_GPRS];
	void *xstate;		/* XSAVE area, one page */
	u64 xcr0, tsc_aux, dr[4];

	enum vp_activity activity;
	u64 suspend;		/* VP_SUSPEND_* */
	struct cpu *on_cpu;	/* inside child_run() or the root loop on this CPU, else NULL */
	struct cpu *last_cpu;	/* where it ran last: gets the messages about it */
	u64 kicked;		/* TSC when somebody wanted it out of VMRUN; 0: nobody since */
	u64 npt_generation;	/* of the partition's table at the last VMRUN */
	u64 hypercall_continued; /* control word of a rep call that was given back */

	/* The root only. */
	enum nmi_state nmi_state;
	u64 iret_rip;		/* NMI_AT_IRET: where that IRET is */

	/* Children only. */
	struct child_state *child;		/* platform.h: all that the two next are part of */
	struct lapic *lapic;			/* NULL: partition without local APICs */
	struct vsynic *synic;
	struct hv_message *intercept_page;	/* shared with the root when it maps it */
	struct hv_vp_register_page *reg_page;
	struct cpuid_results *cpuid_results;
	u32 shared_pages;			/* bit n: HV_VP_STATE_PAGE_* n is shared */
	struct vp *run_next;			/* schedule.c's queue */
	bool queued;
	bool signaled;				/* root scheduler: woken since the last dispatch */
	bool blocked;				/* root scheduler: the root knows that it waits */
	u64 stats[NR_VP_STATS];			/* statspage.c; by the counter's number */
	u64 run_tsc;				/* TSC cycles that it has run */
	u64 *stats_page;			/* NULL: not mapped */
	u64 root_signal_count;			/* scheduler messages posted about it */
	struct timer slice;			/* the end of its turn */
	bool slice_over;
};

/* A child VP must leave VMRUN soon, or be made runnable: interrupt, timer, suspend. */
void vp_kick(struct vp *vp);

#endif
