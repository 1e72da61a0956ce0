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
 * A guest can ring as fast as we listen.  So that it does not keep a CPU in its interrupt handler,
 * that does no more than a budget and leaves the rest to a work item of the same CPU.
 *
 * Locking: the table of ports has its own lock, and is read under RCU by the interrupt handler,
 * which alone touches the ring of its CPU; the work item does so with interrupts off.
 */
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "hv_root.h"

#define MAX_PORT_ID	0xffffff

/* Events, and requests for more, that are dealt with before others may have the CPU. */
#define BUDGET		(2 * HV_SYNIC_EVENT_RING_MESSAGE_COUNT)

/* As often when the ring is closed: a bound because the hypervisor is not trusted with a loop. */
#define MAX_BUDGETS	64

static DEFINE_XARRAY_ALLOC1(doorbells);
static u32 next_id;

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
	int ret;

	ret = xa_alloc_cyclic(&doorbells, &doorbell->id, doorbell, XA_LIMIT(1, MAX_PORT_ID),
			      &next_id, GFP_KERNEL_ACCOUNT);
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

static void take_one(struct event_ring *ring)
{
	u32 *slot = &ring->shared->data[ring->tail];
	u32 id = READ_ONCE(*slot);

	WRITE_ONCE(*slot, 0);
	ring->tail = (ring->tail + 1) % HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
	rang(id);
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

/* Interrupts are off.  False: the budget is used up; no interrupt tells of what is left. */
static bool drain(struct event_ring *ring)
{
	unsigned int left;
	bool done = false;

	rcu_read_lock();
	for (left = BUDGET; left && !done; left--) {
		if (find_next(ring))
			take_one(ring);
		else
			done = !refill(ring) && !unmask(ring);
	}
	rcu_read_unlock();
	return done;
}

/* On the CPU whose ring it is, interrupts off. */
void event_ring_drain(struct event_ring *ring)
{
	if (!drain(ring) && !ring->closed)
		schedule_work_on(smp_processor_id(), &ring->rest);
}

static void drain_rest(struct work_struct *work)
{
	event_ring_look(container_of(work, struct event_ring, rest));
}

/* The same, where interrupts are on: for what no interrupt tells of. */
void event_ring_look(struct event_ring *ring)
{
	unsigned long flags;

	local_irq_save(flags);
	event_ring_drain(ring);
	local_irq_restore(flags);
}

/* Before its first interrupt. */
void event_ring_open(struct event_ring *ring, struct hv_synic_event_ring *shared)
{
	ring->shared = shared;
	ring->closed = false;
	INIT_WORK(&ring->rest, drain_rest);
}

/* On its CPU, where one may sleep: from here on nothing is left to the work item. */
void event_ring_close(struct event_ring *ring)
{
	WRITE_ONCE(ring->closed, true);
	cancel_work_sync(&ring->rest);
}

/* A closed ring, interrupts off: all that is in it. */
void event_ring_finish(struct event_ring *ring)
{
	unsigned int left = MAX_BUDGETS;

	while (left && !drain(ring))
		left--;
}
