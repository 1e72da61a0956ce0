/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event rings: which doorbell ports rang, in order, without a message for each.
 *
 * A ring is 63 slots shared with the root, 0 being empty.  testhv writes at its
 * own head; a slot that is still full there means that the ring is.  What does
 * not fit is kept as a bit for each port, and goes in when the root says that
 * the ring is empty.
 *
 * Locking: hv_lock; the slots themselves are shared with the root without any.
 */
#ifndef TESTHV_RING_H
#define TESTHV_RING_H

#include "types.h"
#include <hvabi/synic.h>

#define MAX_OVERFLOWED	256	/* ports; as many as there can be doorbells of one root VP */

struct event_rings {
	u8 head[HV_SYNIC_SINT_COUNT];
	struct {
		u32 sint, port_id;
	} overflowed[MAX_OVERFLOWED];
	u32 nr_overflowed;
};

/* True: the root has to be told (the ring was not being read).  `ring` may be NULL: not enabled. */
bool ring_put(struct event_rings *rings, struct hv_synic_event_ring *ring, u32 sint, u32 port_id);
void ring_refill(struct event_rings *rings, struct hv_synic_event_ring *ring, u32 sint);

#endif
