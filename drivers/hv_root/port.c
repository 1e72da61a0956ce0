// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells: a child's write to a guest physical address that lets the child go on at once and
 * tells us.  It takes a port, where we listen, and a connection to it, which the child has.
 *
 * What a port tells is its id, in the event ring of a CPU: 63 slots, 0 being empty.  The id is
 * 24 bits wide and ours to choose.  Ids are not used again before all others were, because one of
 * a port that is gone may still be in a ring.
 *
 * The hypervisor signals a ring only if signal_masked is clear, which says that we found it empty;
 * what finds it full waits in the hypervisor, which sets ring_full, until we ask for it.
 *
 * Locking: the table of ports has its own lock, and is read under RCU by the interrupt handler,
 * which alone touches the ring of its CPU.
 */
#include <linux/xarray.h>

#include "hv_root.h"

#define MAX_PORT_ID	0xffffff

static DEFINE_XARRAY_ALLOC1(doorbells);

/* In the place of a port that the hypervisor did not delete: its id cannot be used again. */
static struct doorbell lost;

/**
 * doorbell_create() - have an address of the guest ring
 * @partition: whose address
 * @doorbell: its ring() may be called from here on, also if this fails, for a grace period
 * @info: address, value and width of the write
 *
 * Return: 0, -EBUSY if all ids are taken, or another errno.
 */
int doorbell_create(struct mshv_partition *partition, struct doorbell *doorbell,
		    const struct hv_connection_info *info)
{
	static u32 next;
	int ret;

	ret = xa_alloc_cyclic(&doorbells, &doorbell->id, doorbell, XA_LIMIT(1, MAX_PORT_ID),
			      &next, GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		return ret;
	ret = hv_create_doorbell_port(&partition->hv, doorbell->id);
	if (ret)
		goto err_id;
	ret = hv_connect_doorbell_port(&partition->hv, doorbell->id, info);
	if (ret)
		goto err_port;
	return 0;

err_port:
	if (hv_delete_port(&partition->hv, doorbell->id)) {
		xa_store(&doorbells, doorbell->id, &lost, GFP_KERNEL);
		return ret;
	}
err_id:
	xa_erase(&doorbells, doorbell->id);
	return ret;
}

/* Afterwards it may still ring for a grace period. */
void doorbell_delete(struct mshv_partition *partition, struct doorbell *doorbell)
{
	hv_disconnect_doorbell_port(&partition->hv, doorbell->id);
	if (hv_delete_port(&partition->hv, doorbell->id))
		xa_store(&doorbells, doorbell->id, &lost, GFP_KERNEL);
	else
		xa_erase(&doorbells, doorbell->id);
}

/* Interrupt context, under RCU.  The port may be gone. */
static void rang(u32 id)
{
	struct doorbell *doorbell = xa_load(&doorbells, id);

	if (doorbell && doorbell != &lost)
		doorbell->ring(doorbell);
}

/*
 * The hypervisor goes on where it stopped, also when this module was loaded again since and
 * does not know where that was: what is due next is looked for in all of the ring.
 */
static bool find_next(struct event_ring *ring)
{
	unsigned int i;

	for (i = 0; i < HV_SYNIC_EVENT_RING_MESSAGE_COUNT; i++) {
		if (READ_ONCE(ring->shared->data[ring->tail]))
			return true;
		ring->tail = (ring->tail + 1) % HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
	}
	return false;
}

static void take_all(struct event_ring *ring)
{
	u32 *slot, id;

	while (find_next(ring)) {
		slot = &ring->shared->data[ring->tail];
		id = READ_ONCE(*slot);
		WRITE_ONCE(*slot, 0);
		ring->tail = (ring->tail + 1) % HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
		rang(id);
	}
}

/* The ring is empty: asks for what did not fit, if there is such. */
static bool refill(struct event_ring *ring)
{
	if (!READ_ONCE(ring->shared->ring_full))
		return false;
	WRITE_ONCE(ring->shared->ring_full, 0);
	hv_notify_port_ring_empty(HV_SYNIC_DOORBELL_SINT_INDEX);
	return true;
}

/* Lets the hypervisor signal the next one, unless that came meanwhile. */
static bool unmask(struct event_ring *ring)
{
	WRITE_ONCE(ring->shared->signal_masked, 0);
	/* Clear first, then look: who fills the ring does it in the other order. */
	smp_mb();
	if (!find_next(ring) && !READ_ONCE(ring->shared->ring_full))
		return false;
	WRITE_ONCE(ring->shared->signal_masked, 1);
	return true;
}

/* Interrupt context, under RCU, on the CPU whose ring it is. */
void event_ring_drain(struct event_ring *ring)
{
	do {
		take_all(ring);
	} while (refill(ring) || unmask(ring));
}
