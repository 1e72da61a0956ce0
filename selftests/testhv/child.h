/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a child VP consists of besides its VMCB: the platform that testhv
 * emulates for children (local APIC, SynIC, timers, MSRs, CPUID, time), as
 * seen by the files that create and run VPs.
 *
 * Locking: hv_lock everywhere.
 */
#ifndef TESTHV_CHILD_H
#define TESTHV_CHILD_H

#include "types.h"
#include "vp.h"

/* Life of a VP's platform.  Memory comes from the partition's pool. */
u64 child_vp_create(struct vp *vp);		/* HV_STATUS_*; undoes itself on failure */
void child_vp_destroy(struct vp *vp);
void child_vp_reset(struct vp *vp);		/* architectural state after reset (also INIT) */
void child_vp_start(struct vp *vp, u8 sipi_vector); /* leaves wait-for-SIPI */

/* Extended state that VMRUN does not switch: call on the CPU that runs or ran the VP. */
void xstate_load(struct vp *vp);		/* saves what is in the CPU for its owner first */
void xstate_save(struct vp *vp);

/*
 * Around each VMRUN of a child: child_ready() and child_inject() before, child_exited() as the
 * first thing after.  child_ready() lets INIT, SIPI and wake-ups take effect; false: halted or
 * waiting for SIPI.
 */
bool child_ready(struct vp *vp);
void child_exited(struct vp *vp);	/* what the CPU took, and what the exit cut off */

/*
 * Choose and inject the next event (NMI, exception, interrupt) before VMRUN; fix up what the
 * last exit cut off.
 */
void child_inject(struct vp *vp);
void child_queue_exception(struct vp *vp, u8 vector, bool has_error, u32 error);
void child_queue_software_interrupt(struct vp *vp, u8 vector);
bool child_has_event(struct vp *vp);		/* would an event wake it from HLT? */

/* Exits that the platform may absorb. */
enum child_exit {
	CHILD_DONE,		/* handled, run on (RIP advanced where due) */
	CHILD_INTERCEPT,	/* not ours: report it to the parent */
};

enum child_exit child_cpuid(struct vp *vp);
enum child_exit child_msr(struct vp *vp, bool write);	/* ECX names it; injects #GP itself */
enum child_exit child_mmio(struct vp *vp, u64 gpa, bool write);	/* LAPIC page */
enum child_exit child_hlt(struct vp *vp);
enum child_exit child_other(struct vp *vp);	/* XSETBV, IRET, cache and SVM instructions, ... */

/* Interrupts from outside. */
/* HV_STATUS_* */
u64 child_assert_interrupt(struct partition *p, u64 control, u64 dest, u32 vector);
/* false: slot busy */
bool vsynic_post_message(struct vp *vp, u32 sint, const struct hv_message *msg);
bool vsynic_signal_event(struct vp *vp, u32 sint, u32 flag); /* true: the flag was not set */

/* The registers that belong to the platform; false: not one of these. */
bool child_get_register(struct vp *vp, u32 name, union hv_register_value *value, u64 *status);
bool child_set_register(struct vp *vp, u32 name, const union hv_register_value *value, u64 *status);

/* Supplied by intercept.c: a level-triggered vector was EOIed and the parent asked to know. */
void intercept_apic_eoi(struct vp *vp, u32 vector);

#endif
