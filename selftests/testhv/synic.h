/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The root's synthetic interrupt controllers: how testhv speaks to the root.
 *
 * One a root VP.  Its interrupts are the real local APIC's: a vector is sent to
 * the VP's CPU as an IPI, and the root ends it natively.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_SYNIC_H
#define TESTHV_SYNIC_H

#include "types.h"
#include <hvabi/hvabi.h>

struct vp;

/*
 * Before the root VP runs.  The three pages (messages, event flags, event
 * rings) follow each other; the root can see them and finds their numbers in
 * the MSRs, because a root may not choose where they are.  An L1VH parent must:
 * its MSRs are 0 until it writes them.
 */
void root_synic_init(struct vp *vp, u64 pages);

/* MSRs 0x40000080 to 0x4000009f; false: no such register, or a value it refuses. */
bool root_synic_read(struct vp *vp, u32 msr, u64 *value);
bool root_synic_write(struct vp *vp, u32 msr, u64 value);

/* INIT resets the registers, not the messages that wait. */
void root_synic_reset(struct vp *vp);

/*
 * The root VP that hears about a child's VP: that on whose CPU it ran last, so that the root
 * finds its thread near, or another if that one's CPU has gone offline.
 */
struct vp *root_listener(const struct vp *child);

/*
 * Put a message into a slot, or into the queue behind it if the slot is full or
 * the source is not ready.  A queue that overflows loses the message, and says so.
 */
void root_post_message(struct vp *vp, u32 sint, const struct hv_message *msg);

/* Set a flag of the event flags page; true if it was not set. */
bool root_signal_event(struct vp *vp, u32 sint, u32 flag);

/* Put a port id into the ring of a source and tell the root if it wants to be told. */
void root_ring_event(struct vp *vp, u32 sint, u32 port_id);

/* While held the root is not told of any ring; then of all that rang. */
void root_rings_hold(bool hold);

/* The root has emptied the ring: fill in what did not fit. */
void root_ring_empty(struct vp *vp, u32 sint);

/* Nothing of a partition that is going away stays in any queue. */
void root_synic_forget(u64 partition_id);

#endif
