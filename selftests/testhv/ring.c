// SPDX-License-Identifier: GPL-2.0
/* Event rings: ring.h says what they are. */
#include "ring.h"
#include "log.h"
#include "string.h"

static bool put(struct event_rings *rings, struct hv_synic_event_ring *ring, u32 sint, u32 port_id)
{
	u8 *head = &rings->head[sint];

	if (READ_ONCE(ring->data[*head]))
		return false;
	WRITE_ONCE(ring->data[*head], port_id);
	*head = (*head + 1) % HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
	return true;
}

/* A port that waits already need not wait twice: the root counts no rings. */
static void keep(struct event_rings *rings, u32 sint, u32 port_id)
{
	for (u32 i = 0; i < rings->nr_overflowed; i++)
		if (rings->overflowed[i].sint == sint && rings->overflowed[i].port_id == port_id)
			return;
	if (rings->nr_overflowed == MAX_OVERFLOWED) {
		log_error("doorbell port %u lost: too many wait", port_id);
		return;
	}
	rings->overflowed[rings->nr_overflowed].sint = sint;
	rings->overflowed[rings->nr_overflowed++].port_id = port_id;
}

bool ring_put(struct event_rings *rings, struct hv_synic_event_ring *ring, u32 sint, u32 port_id)
{
	if (!ring) {
		keep(rings, sint, port_id);
		return false;
	}
	if (!put(rings, ring, sint, port_id)) {
		keep(rings, sint, port_id);
		WRITE_ONCE(ring->ring_full, 1);
		/* Emptied between the two?  Then nobody will look at ring_full. */
		ring_refill(rings, ring, sint);
	}
	/* The root clears signal_masked when it finds nothing, and then looks once more. */
	return !__atomic_exchange_n(&ring->signal_masked, 1, __ATOMIC_SEQ_CST);
}

void ring_refill(struct event_rings *rings, struct hv_synic_event_ring *ring, u32 sint)
{
	u32 kept = 0;

	if (!ring)
		return;
	for (u32 i = 0; i < rings->nr_overflowed; i++) {
		if (rings->overflowed[i].sint == sint &&
		    put(rings, ring, sint, rings->overflowed[i].port_id))
			continue;
		/* There is still no room for all: the root has to ask once more. */
		if (rings->overflowed[i].sint == sint)
			WRITE_ONCE(ring->ring_full, 1);
		rings->overflowed[kept++] = rings->overflowed[i];
	}
	rings->nr_overflowed = kept;
}
