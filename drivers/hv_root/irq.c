// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of a child by number (GSI): which message each one is, and sending it.
 *
 * The table is replaced as a whole.  Whoever raises an interrupt does so in whatever context an
 * eventfd is signaled in, so reading takes no lock and raising does not sleep; if the hypervisor
 * first wants memory, the caller tries again where it may.  When a new table is in force, no
 * interrupt is on its way any more by the old one: the VP's local APIC has it, or its next entry
 * brings it there (inject.c).
 *
 * Locking: mshv_partition.irq.lock over writing.  Readers are under SRCU while they raise, which
 * is what a writer waits for, or under RCU, after which an old table is freed.
 */
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "hv_root.h"

struct irq_routes {
	struct rcu_head rcu;
	u32 nr;
	struct hv_interrupt by_gsi[];
};

/* One for all partitions: nobody sleeps under it. */
DEFINE_STATIC_SRCU(raising);

/* NULL if the interrupt has no route. */
static const struct hv_interrupt *find_route(struct mshv_partition *partition, u32 gsi)
{
	struct irq_routes *routes = rcu_dereference_check(partition->irq.routes,
							  srcu_read_lock_held(&raising));

	if (!routes || gsi >= routes->nr || !routes->by_gsi[gsi].valid)
		return NULL;
	return &routes->by_gsi[gsi];
}

/* What the local APIC would make of a write of this data to this address. */
static struct hv_interrupt decode_msi(const struct mshv_user_irq_entry *entry)
{
	union hv_msi_address_register address = { .as_uint32 = entry->address_lo };
	union hv_msi_data_register data = { .as_uint32 = entry->data };

	return (struct hv_interrupt) {
		.control = {
			.interrupt_type = data.delivery_mode,
			.level_triggered = data.trigger_mode,
			.logical_dest_mode = address.destination_mode,
		},
		.dest = address.destination_id,
		.vector = data.vector,
		.valid = true,
	};
}

/* The highest GSI and one, 0 if an entry cannot be. */
static u32 table_size(const struct mshv_user_irq_entry *entries, u32 nr)
{
	u32 size = 0, i;

	for (i = 0; i < nr; i++) {
		if (entries[i].gsi >= MSHV_MAX_GSIS || entries[i].address_hi)
			return 0;
		size = max(size, entries[i].gsi + 1);
	}
	return size;
}

static struct irq_routes *build_routes(const struct mshv_user_irq_entry *entries, u32 nr)
{
	u32 size = table_size(entries, nr), i;
	struct irq_routes *routes;

	if (!size)
		return ERR_PTR(-EINVAL);
	routes = kvzalloc(struct_size(routes, by_gsi, size), GFP_KERNEL_ACCOUNT);
	if (!routes)
		return ERR_PTR(-ENOMEM);
	routes->nr = size;
	for (i = 0; i < nr; i++) {
		struct hv_interrupt *route = &routes->by_gsi[entries[i].gsi];

		if (route->valid) {
			kvfree(routes);
			return ERR_PTR(-EINVAL);
		}
		*route = decode_msi(&entries[i]);
	}
	return routes;
}

static struct irq_routes *read_routes(const struct mshv_user_irq_entry __user *user, u32 nr)
{
	struct mshv_user_irq_entry *entries;
	struct irq_routes *routes;

	if (!nr)
		return NULL;
	entries = vmemdup_user(user, nr * sizeof(*entries));
	if (IS_ERR(entries))
		return ERR_CAST(entries);
	routes = build_routes(entries, nr);
	kvfree(entries);
	return routes;
}

/**
 * irq_set_routes() - replace all routes of a partition
 * @partition: whose
 * @nr: entries, 0 for none
 * @entries: the user's
 *
 * Return: 0; -EINVAL if there are too many, or one is out of range or doubled; -EFAULT; -ENOMEM;
 * -EINTR if killed while waiting for another writer.
 */
long irq_set_routes(struct mshv_partition *partition, u32 nr,
		    const struct mshv_user_irq_entry __user *entries)
{
	struct irq_routes *routes, *old;

	if (nr > MSHV_MAX_GSIS)
		return -EINVAL;
	routes = read_routes(entries, nr);
	if (IS_ERR(routes))
		return PTR_ERR(routes);
	if (mutex_lock_killable(&partition->irq.lock)) {
		kvfree(routes);
		return -EINTR;
	}
	old = rcu_replace_pointer(partition->irq.routes, routes,
				  lockdep_is_held(&partition->irq.lock));
	synchronize_srcu_expedited(&raising);
	mutex_unlock(&partition->irq.lock);
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

/* Whether the interrupt has a route, and that is level-triggered. */
bool irq_is_level(struct mshv_partition *partition, u32 gsi)
{
	const struct hv_interrupt *route;
	bool level;

	rcu_read_lock();
	route = find_route(partition, gsi);
	level = route && route->control.level_triggered;
	rcu_read_unlock();
	return level;
}

/* The same, with this vector.  Under RCU. */
bool irq_has_vector(struct mshv_partition *partition, u32 gsi, u32 vector)
{
	const struct hv_interrupt *route = find_route(partition, gsi);

	return route && route->control.level_triggered && route->vector == vector;
}

/*
 * The result word of the hypercall; an interrupt without a route is lost, which is no error.  The
 * EOI may come before the hypercall returns, so the vector is noted first.
 */
static __always_inline u64 raise(struct mshv_partition *partition, u32 gsi, u32 *vector)
{
	u64 result = HV_STATUS_SUCCESS;
	const struct hv_interrupt *route;
	int idx = srcu_read_lock(&raising);

	route = find_route(partition, gsi);
	if (route) {
		WRITE_ONCE(*vector, route->vector);
		if (!parent_injects || !inject(partition, route))
			result = hv_assert_virtual_interrupt(&partition->hv, route);
	}
	srcu_read_unlock(&raising, idx);
	return result;
}

/**
 * irq_raise() - raise an interrupt, in any context
 * @partition: whose
 * @gsi: its number
 * @vector: of the message that was sent; unchanged if there is no route
 *
 * Return: false if the hypervisor must be given memory first, by irq_raise_fed().
 */
bool irq_raise(struct mshv_partition *partition, u32 gsi, u32 *vector)
{
	u64 result = raise(partition, gsi, vector);

	if (hv_success(result))
		return true;
	if (hv_status_needs_memory(hv_result(result)))
		return false;
	hv_finish(&partition->hv, HV_ANY_VP, HVCALL_ASSERT_VIRTUAL_INTERRUPT, result);
	return true;
}

/* The same, where one may sleep. */
void irq_raise_fed(struct mshv_partition *partition, u32 gsi, u32 *vector)
{
	struct hv_feed feed = {
		.ledger = &partition->ledger,
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
	};
	u64 result;

	do {
		result = raise(partition, gsi, vector);
	} while (hv_feed(&feed, result));
	if (hv_success(result))
		hv_feed_done(&feed);
	hv_finish(&partition->hv, HV_ANY_VP, feed.code, result);
}

/* An interrupt that needs no route any more, where one may sleep. */
void irq_assert_fed(struct mshv_partition *partition, const struct hv_interrupt *irq)
{
	struct hv_feed feed = {
		.ledger = &partition->ledger,
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
	};
	u64 result;

	do {
		result = hv_assert_virtual_interrupt(&partition->hv, irq);
	} while (hv_feed(&feed, result));
	if (hv_success(result))
		hv_feed_done(&feed);
	hv_finish(&partition->hv, irq->dest, feed.code, result);
}

void irq_init(struct mshv_partition *partition)
{
	mutex_init(&partition->irq.lock);
}

/* Nobody raises any more; interrupt handlers may still look. */
void irq_free(struct mshv_partition *partition)
{
	struct irq_routes *routes = rcu_dereference_protected(partition->irq.routes, true);

	if (routes)
		kvfree_rcu(routes, rcu);
}
