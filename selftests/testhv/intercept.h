/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exits of a child: what the platform does not absorb is told to the parent.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_INTERCEPT_H
#define TESTHV_INTERCEPT_H

#include "types.h"
#include "vp.h"

/* Handle the exit in vp->vmcb.  False: an intercept, whose message is in the message page. */
bool exit_handle(struct vp *vp);

/* Message in the intercept page, VP_SUSPEND_INTERCEPT set. */
void intercept_raise(struct vp *vp, u32 type, const void *payload, u32 size);

/* After the VP's whole state is saved: the register page, and the notice where one is due. */
void intercept_publish(struct vp *vp);

/* The part that all messages share. */
struct hv_x64_intercept_message_header intercept_header(struct vp *vp, u32 access, u32 length);

/* One for each kind of message; they take what they need from the VMCB. */
void intercept_io_port(struct vp *vp);
void intercept_msr(struct vp *vp);
void intercept_cpuid(struct vp *vp);
void intercept_hypercall(struct vp *vp);
void intercept_exception(struct vp *vp, u8 vector);
void intercept_memory(struct vp *vp, u64 gpa, u64 fault, bool mapped);
bool intercept_deliverable(struct vp *vp);	/* false: nothing is due (notify.h) */
void intercept_plain(struct vp *vp, u32 type, u32 length);	/* nothing but the header */

#endif
