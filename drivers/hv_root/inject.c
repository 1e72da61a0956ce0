// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that wait for their VP's next entry, instead of a hypercall each.
 *
 * A root scheduler that offers it takes interrupts out of the VP's register page when it is told
 * so at a dispatch: as many as the page has room for, fixed and edge-triggered.  So one that is
 * raised while its VP does not run is a bit here, the same as it would be in the VP's local APIC,
 * and the next entry takes it along.  The guest executes nothing in between.
 *
 * Who raises an interrupt sets its bit and then looks whether the VP is being entered; who enters
 * the VP says so and then takes the bits.  Each writes before it reads, so one of them at least
 * sees the other.  If both do, whoever clears the bit answers for the interrupt, and it is the
 * hypercall after all if that is not the entry: a VP that runs would see the page too late.
 *
 * User space has the register page mapped as well.  It is written once, for the entry that
 * follows, if it was empty; where it was not, the hypercall does.  What user space leaves there
 * is its own guest's: it is a reason to enter the VP, and asserted when state is read.
 *
 * A VP that is blocked is entered for these without having been announced.  The message that
 * announces it may be on its way at that moment, and would later be mistaken for the next one;
 * so the hypervisor's own word whether the VP is blocked is asked, which is a counter.
 *
 * A route names a local APIC and not a VP.  Mostly the numbers are the same, and where they are
 * not, hypercalls do it; the hypervisor is asked before the VP first runs, and again when
 * user space has changed one.
 *
 * Locking: none for raising, in any context.  mshv_vp.lock for the rest, but inject_close().
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/swait.h>

#include "hv_root.h"

enum {
	INJECT_UNKNOWN,
	INJECT_ASKING,
	INJECT_CLOSED,
	INJECT_OPEN,
};

static union hv_stats_object_identity counters_of(const struct mshv_vp *vp, u16 area)
{
	return (union hv_stats_object_identity) {
		.vp.partition_id = vp->hv.id,
		.vp.vp_index = vp->index,
		.vp.stats_area_type = area,
	};
}

static void map_counters(struct mshv_vp *vp, u16 area)
{
	union hv_stats_object_identity identity = counters_of(vp, area);
	u64 pfn;

	if (hv_map_stats_page(vp->hv.ledger, HV_STATS_OBJECT_VP, &identity, &pfn))
		return;
	if (pfn_valid(pfn) && page_is_ram(pfn))
		vp->inject.counters[area] = page_address(pfn_to_page(pfn));
	else
		hv_unmap_stats_page(HV_STATS_OBJECT_VP, &identity);
}

static void unmap_counters(struct mshv_vp *vp, u16 area)
{
	union hv_stats_object_identity identity = counters_of(vp, area);

	if (!vp->inject.counters[area])
		return;
	hv_unmap_stats_page(HV_STATS_OBJECT_VP, &identity);
	vp->inject.counters[area] = NULL;
}

/* The hypervisor knows the VP.  It need not show the parent's area. */
void inject_create(struct mshv_vp *vp)
{
	if (!parent_injects || !vp->partition->has_apics)
		return;
	map_counters(vp, HV_STATS_AREA_SELF);
	if (!vp->inject.counters[HV_STATS_AREA_SELF])
		return;
	map_counters(vp, HV_STATS_AREA_PARENT);
	vp->inject.offered = true;
}

void inject_destroy(struct mshv_vp *vp)
{
	unmap_counters(vp, HV_STATS_AREA_PARENT);
	unmap_counters(vp, HV_STATS_AREA_SELF);
}

/* Whether this APIC is the one by whose number interrupts are left; an error is nobody's. */
static bool addressed_by_index(struct mshv_vp *vp)
{
	struct hv_target target;
	u64 id;

	hv_target_init(&target, vp->hv.id, vp->hv.ledger);
	return !hv_get_vp_register(&target, vp->index, HV_X64_REGISTER_APIC_ID, &id) &&
	       id == vp->index;
}

/* Before the VP runs.  If it is closed meanwhile, it stays so until the next time. */
void inject_open(struct mshv_vp *vp)
{
	atomic_t *state = &vp->inject.state;

	if (atomic_read(state) != INJECT_UNKNOWN)
		return;
	atomic_set(state, INJECT_ASKING);
	atomic_cmpxchg(state, INJECT_ASKING,
		       addressed_by_index(vp) ? INJECT_OPEN : INJECT_CLOSED);
}

/**
 * inject_close() - the APIC of a VP gets, or has got, another number
 * @partition: whose
 * @index: of the VP
 */
void inject_close(struct mshv_partition *partition, u32 index)
{
	struct mshv_vp *vp;

	rcu_read_lock();
	vp = vp_find(partition, index);
	if (vp)
		atomic_set(&vp->inject.state, INJECT_UNKNOWN);
	rcu_read_unlock();
}

/* What the register page can carry, to a single VP that has an APIC by this number. */
static bool fits_page(const struct hv_interrupt *irq)
{
	return irq->control.interrupt_type == HV_X64_INTERRUPT_TYPE_FIXED &&
	       !irq->control.level_triggered && !irq->control.logical_dest_mode &&
	       irq->dest < APIC_BROADCAST && irq->vector >= APIC_FIRST_VECTOR;
}

static bool leave_for(struct mshv_vp *vp, u8 vector)
{
	if (atomic_read(&vp->inject.state) != INJECT_OPEN || READ_ONCE(vp->cancel.dispatching))
		return false;
	set_bit(vector, vp->inject.vectors);
	smp_mb__after_atomic();	/* pairs with that of enter() */
	if (READ_ONCE(vp->cancel.dispatching) && test_and_clear_bit(vector, vp->inject.vectors))
		return false;
	swake_up_one(&vp->wait);
	return true;
}

/**
 * inject() - leave an interrupt for its VP's next entry, in any context
 * @partition: whose
 * @irq: the interrupt
 *
 * Return: whether that was possible; if not, the hypervisor must be told.
 */
bool inject(struct mshv_partition *partition, const struct hv_interrupt *irq)
{
	struct mshv_vp *vp;
	bool left;

	if (!fits_page(irq))
		return false;
	rcu_read_lock();
	vp = vp_find(partition, irq->dest);
	left = vp && leave_for(vp, irq->vector);
	rcu_read_unlock();
	return left;
}

static u64 *list_in_page(const struct mshv_vp *vp)
{
	return page_address(vp->pages[MSHV_VP_MMAP_OFFSET_REGISTERS]) +
	       offsetof(struct hv_vp_register_page, interrupt_vectors);
}

/*
 * Something is there for the next entry: also in the page, where user space may have left it, or
 * an entry that came to nothing.
 */
bool inject_due(const struct mshv_vp *vp)
{
	union hv_vp_register_page_interrupt_vectors list;

	if (!vp->inject.offered)
		return false;
	list.as_uint64 = READ_ONCE(*list_in_page(vp));
	return list.vector_count || !bitmap_empty(vp->inject.vectors, APIC_VECTORS);
}

/* The hypervisor's word, where it gives one, that this VP must not be dispatched yet. */
bool inject_blocked(const struct mshv_vp *vp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vp->inject.counters); i++)
		if (vp->inject.counters[i] &&
		    READ_ONCE(vp->inject.counters[i][HV_COUNTER_VP_BLOCKED]))
			return true;
	return false;
}

static void assert_vector(struct mshv_vp *vp, u8 vector)
{
	const struct hv_interrupt irq = {
		.control.interrupt_type = HV_X64_INTERRUPT_TYPE_FIXED,
		.dest = vp->index,
		.vector = vector,
	};

	irq_assert_fed(vp->partition, &irq);
}

/* Those for which there is no more room are the hypervisor's at once. */
static union hv_vp_register_page_interrupt_vectors take_vectors(struct mshv_vp *vp)
{
	union hv_vp_register_page_interrupt_vectors list = {};
	unsigned int vector;

	for_each_set_bit(vector, vp->inject.vectors, APIC_VECTORS) {
		if (!test_and_clear_bit(vector, vp->inject.vectors))
			continue;
		if (list.vector_count < HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT)
			list.vector[list.vector_count++] = vector;
		else
			assert_vector(vp, vector);
	}
	return list;
}

/**
 * inject_take() - the VP is being entered: give it what was left for it
 * @vp: known to those who raise interrupts as being entered; it is offered
 *
 * Return: the flag of DISPATCH_VP, if the page has interrupts; else 0.
 */
u32 inject_take(struct mshv_vp *vp)
{
	union hv_vp_register_page_interrupt_vectors list;
	unsigned int i;

	list = take_vectors(vp);
	if (list.vector_count && cmpxchg(list_in_page(vp), 0, list.as_uint64))
		for (i = 0; i < list.vector_count; i++)
			assert_vector(vp, list.vector[i]);
	/* User space may leave some there, too. */
	return READ_ONCE(*list_in_page(vp)) ? HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION : 0;
}

/* What an entry that came to nothing has left there, or user space. */
static void flush_page(struct mshv_vp *vp)
{
	union hv_vp_register_page_interrupt_vectors list;
	unsigned int i;

	list.as_uint64 = xchg(list_in_page(vp), 0);
	for (i = 0; i < min_t(unsigned int, list.vector_count, ARRAY_SIZE(list.vector)); i++)
		if (list.vector[i] >= APIC_FIRST_VECTOR)
			assert_vector(vp, list.vector[i]);
}

/* The VP is not run, and somebody wants to see what state it is in. */
void inject_flush(struct mshv_vp *vp)
{
	unsigned int vector;

	if (!vp->inject.offered)
		return;
	for_each_set_bit(vector, vp->inject.vectors, APIC_VECTORS)
		if (test_and_clear_bit(vector, vp->inject.vectors))
			assert_vector(vp, vector);
	flush_page(vp);
}
