// SPDX-License-Identifier: GPL-2.0
/*
 * Whom an interrupt is for: the interrupt command register, and interrupts
 * that the parent asserts.
 *
 * Locking: hv_lock.
 */
#include "lapic.h"
#include "child.h"
#include "partition.h"

#define ICR_DELIVERY_MODE(icr)	((u8)((icr) >> 8 & 7))
#define ICR_BUSY		BIT(12)		/* never: what is sent has arrived */
#define ICR_SHORTHAND(icr)	((u8)((icr) >> 18 & 3))

static bool matches_logical(const struct lapic *lapic, u32 dest)
{
	u32 ldr = lapic_ldr(lapic);

	if (lapic_x2apic(lapic))
		return dest >> 16 == ldr >> 16 && (dest & ldr & 0xffff);
	if (lapic->dfr == DFR_FLAT)
		return dest & (ldr >> 24);
	return dest >> 4 == ldr >> 28 && (dest & (ldr >> 24) & 0xf);
}

static bool matches(const struct lapic *lapic, const struct lapic_message *msg)
{
	bool broadcast = msg->dest == 0xffffffff || (!msg->wide && msg->dest == 0xff);

	if (broadcast)
		return true;
	return msg->logical ? matches_logical(lapic, msg->dest) : msg->dest == lapic->id;
}

static bool is_target(const struct lapic *lapic, const struct lapic *from,
		      const struct lapic_message *msg)
{
	switch (msg->shorthand) {
	case TO_SELF:
		return lapic == from;
	case TO_ALL:
		return true;
	case TO_OTHERS:
		return lapic != from;
	}
	return matches(lapic, msg);
}

static void deliver_one(struct lapic *lapic, const struct lapic_message *msg)
{
	switch (msg->mode) {
	case MODE_FIXED:
	case MODE_LOWEST:
		lapic_request(lapic, msg->vector, msg->level);
		break;
	case MODE_NMI:
		vp_signal_nmi(lapic->vp);
		break;
	case MODE_INIT:
		vp_signal_init(lapic->vp);
		break;
	case MODE_SIPI:
		vp_signal_sipi(lapic->vp, msg->vector);
		break;
	case MODE_EXTINT:
		lapic->extint_vector = msg->vector;
		lapic->extint_pending = true;
		vp_kick(lapic->vp);
		break;
	}
}

static bool runs(const struct lapic *lapic)
{
	return lapic->svr & SVR_ENABLE;
}

/* Among those addressed, the one that does the least important work; the first of equals. */
static struct lapic *lowest_priority(struct partition *p, struct lapic *from,
				     const struct lapic_message *msg)
{
	struct lapic *best = NULL;

	for (u32 i = 0; i < MAX_VPS; i++) {
		struct lapic *lapic = p->vps[i] ? p->vps[i]->lapic : NULL;

		if (!lapic || !runs(lapic) || !is_target(lapic, from, msg))
			continue;
		if (!best || lapic_read(lapic, LAPIC_PPR) < lapic_read(best, LAPIC_PPR))
			best = lapic;
	}
	return best;
}

/* Returns how many VPs it was for. */
u32 lapic_deliver(struct partition *p, struct lapic *from, const struct lapic_message *msg)
{
	struct lapic *lapic;
	u32 nr = 0;

	if (msg->mode == MODE_LOWEST) {
		lapic = lowest_priority(p, from, msg);
		if (lapic)
			deliver_one(lapic, msg);
		return lapic ? 1 : 0;
	}
	for (u32 i = 0; i < MAX_VPS; i++) {
		lapic = p->vps[i] ? p->vps[i]->lapic : NULL;
		if (!lapic || !is_target(lapic, from, msg))
			continue;
		deliver_one(lapic, msg);
		nr++;
	}
	return nr;
}

/* INIT with level 0 only sets arbitration IDs, which nothing here has. */
static bool is_init_deassert(u64 icr)
{
	return ICR_DELIVERY_MODE(icr) == MODE_INIT && icr & ICR_LEVEL && !(icr & ICR_ASSERT);
}

void lapic_write_icr(struct lapic *lapic, u64 icr)
{
	bool wide = lapic_x2apic(lapic);
	struct lapic_message msg = {
		.mode = ICR_DELIVERY_MODE(icr),
		.vector = (u8)icr,
		.logical = icr & ICR_LOGICAL,
		.shorthand = ICR_SHORTHAND(icr),
		.wide = wide,
		.dest = (u32)(wide ? icr >> 32 : icr >> 56),
	};

	lapic->icr = icr & ~ICR_BUSY;
	if (is_init_deassert(icr))
		return;
	if ((msg.mode == MODE_FIXED || msg.mode == MODE_LOWEST) && msg.vector < FIRST_VECTOR) {
		lapic_error(lapic, ESR_SEND_ILLEGAL_VECTOR);
		return;
	}
	lapic_deliver(lapic->vp->partition, lapic, &msg);
}

void lapic_self_ipi(struct lapic *lapic, u8 vector)
{
	if (vector < FIRST_VECTOR)
		lapic_error(lapic, ESR_SEND_ILLEGAL_VECTOR);
	else
		lapic_request(lapic, vector, false);
}

static u64 assert_local(struct partition *p, enum lapic_lvt lvt, u32 dest)
{
	struct vp *vp = partition_vp_by_apic_id(p, dest);

	if (!vp)
		return HV_STATUS_INVALID_PARAMETER;
	lapic_local(vp->lapic, lvt);
	return HV_STATUS_SUCCESS;
}

/* A destination that no VP has is no error, as on a bus: guests program such while they boot. */
u64 child_assert_interrupt(struct partition *p, u64 control, u64 dest, u32 vector)
{
	union hv_interrupt_control c = { .as_uint64 = control };
	struct lapic_message msg = {
		.mode = (u8)c.interrupt_type,
		.vector = (u8)vector,
		.level = c.level_triggered,
		.logical = c.logical_dest_mode,
		.dest = (u32)dest,
	};

	if (!(p->creation_flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED))
		return HV_STATUS_OPERATION_DENIED;
	if (c.rsvd || dest >> 32 || vector > 0xff)
		return HV_STATUS_INVALID_PARAMETER;

	switch (c.interrupt_type) {
	case HV_X64_INTERRUPT_TYPE_FIXED:
	case HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY:
		if (vector < FIRST_VECTOR)
			return HV_STATUS_INVALID_PARAMETER;
		break;
	case HV_X64_INTERRUPT_TYPE_NMI:
	case HV_X64_INTERRUPT_TYPE_INIT:
	case HV_X64_INTERRUPT_TYPE_SIPI:
	case HV_X64_INTERRUPT_TYPE_EXTINT:
		break;
	case HV_X64_INTERRUPT_TYPE_LOCALINT0:
		return assert_local(p, LVT_LINT0, (u32)dest);
	case HV_X64_INTERRUPT_TYPE_LOCALINT1:
		return assert_local(p, LVT_LINT1, (u32)dest);
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
	lapic_deliver(p, NULL, &msg);
	return HV_STATUS_SUCCESS;
}
