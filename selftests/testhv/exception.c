// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions that testhv gives to a guest as the outcome of an exit.
 *
 * A child's go through the queue that also knows what its last exit cut off;
 * the root has none, since it takes its own interrupts.
 */
#include "child.h"
#include "guest.h"

void vp_inject_exception(struct vp *vp, u8 vector, bool has_error, u32 error)
{
	u64 event = EVENT_VALID | EVENT_TYPE_EXCEPTION | vector;

	if (!vp->partition->root) {
		child_queue_exception(vp, vector, has_error, error);
		return;
	}
	if (has_error)
		event |= EVENT_HAS_ERROR | (u64)error << EVENT_ERROR_SHIFT;
	vp->vmcb->control.event_inj = event;
}
