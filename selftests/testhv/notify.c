// SPDX-License-Identifier: GPL-2.0
/*
 * Deliverability notifications: a parent that could not give its child an
 * interrupt, an NMI or a message asks to be told when it can.
 *
 * What is asked for is looked at before each entry of the VP, and becomes an
 * intercept as soon as it holds.  Until then the guest is made to exit where
 * that may change: at the end of a message by what marks its slot, when interrupts
 * are allowed by a virtual interrupt that is never delivered, after an IRET by a
 * timer.
 *
 * Whose local APICs the hypervisor emulates needs no news of interrupts.
 *
 * Locking: hv_lock.
 */
#include "notify.h"
#include "guest.h"
#include "partition.h"
#include "platform.h"

static union hv_deliverability_notifications_register *wanted(const struct vp *vp)
{
	return &vp->child->events.wanted;
}

u64 notify_get(const struct vp *vp)
{
	return wanted(vp)->as_uint64;
}

u64 notify_set(struct vp *vp, u64 value)
{
	union hv_deliverability_notifications_register r = { .as_uint64 = value };

	if (r.reserved || (vp->lapic && (r.nmi_notification || r.interrupt_notification)))
		return HV_STATUS_INVALID_PARAMETER;
	*wanted(vp) = r;
	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		if (r.sints & BIT(i))
			vsynic_mark_slot(vp, i);
	return HV_STATUS_SUCCESS;
}

bool notify_wants_sint(const struct vp *vp, u32 sint)
{
	return wanted(vp)->sints & BIT(sint);
}

static u16 free_sints(const struct vp *vp)
{
	u16 sints = 0;

	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		if (notify_wants_sint(vp, i) && vsynic_slot_free(vp, i))
			sints |= BIT(i);
	return sints;
}

static bool in_shadow(const struct vp *vp)
{
	const struct child_events *ev = &vp->child->events;

	return ev->shadow && ev->shadow_rip == vp->vmcb->save.rip;
}

static bool nmi_fits(const struct vp *vp)
{
	const struct child_events *ev = &vp->child->events;

	return wanted(vp)->nmi_notification && !ev->nmi_masked && !ev->inject && !in_shadow(vp);
}

/* Priority 0 asks for no more than that interrupts are allowed at all. */
static bool interrupt_fits(const struct vp *vp)
{
	u32 priority = wanted(vp)->interrupt_priority;

	return wanted(vp)->interrupt_notification && !vp->child->events.inject &&
	       vp->vmcb->save.rflags & RFLAGS_IF && !in_shadow(vp) &&
	       (!priority || priority > vp_vtpr(vp));
}

bool notify_due(const struct vp *vp)
{
	return notify_get(vp) && (free_sints(vp) || interrupt_fits(vp) || nmi_fits(vp));
}

enum notice notify_take(struct vp *vp, u16 *sints)
{
	*sints = free_sints(vp);
	if (*sints) {
		wanted(vp)->sints &= ~*sints;
		return NOTICE_SINTS;
	}
	if (nmi_fits(vp)) {
		wanted(vp)->nmi_notification = 0;
		return NOTICE_NMI;
	}
	if (!interrupt_fits(vp))
		return NOTICE_NONE;
	wanted(vp)->interrupt_notification = 0;
	wanted(vp)->interrupt_priority = 0;
	return NOTICE_INTERRUPT;
}

/* A virtual interrupt whose delivery is intercepted; its priority as inject.c has it. */
static void open_window(struct vp *vp)
{
	struct vmcb_control *c = &vp->vmcb->control;
	u32 priority = wanted(vp)->interrupt_priority;

	c->intercept_misc1 |= INTERCEPT_VINTR;
	c->intercept_cr |= INTERCEPT_CR8_WRITE;
	c->v_irq = V_IRQ_PENDING;
	c->v_intr_vector = 0;
	c->v_intr_prio = priority ? (u8)(priority - 1) : V_IGN_TPR;
}

void notify_arm(struct vp *vp)
{
	vp->vmcb->control.intercept_misc1 &= ~(u32)INTERCEPT_VINTR;
	if (!wanted(vp)->nmi_notification && !wanted(vp)->interrupt_notification)
		return;
	if (in_shadow(vp) || (wanted(vp)->nmi_notification && vp->child->events.iret_seen))
		events_exit_soon(vp);
	else if (wanted(vp)->interrupt_notification)
		open_window(vp);
}
