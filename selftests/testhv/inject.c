// SPDX-License-Identifier: GPL-2.0
/*
 * Events on their way into a child's VP.
 *
 * What can go in at once goes by EVENTINJ.  An interrupt that IF or TPR holds back
 * is offered by V_IRQ, so the CPU takes it when they allow, without an exit for
 * the window; the next exit shows whether it did.
 *
 * What QEMU's CPU does otherwise than the manual says, and is met here:
 * - VMRUN with V_IRQ set changes the CPU's pending requests without a lock, so an
 *   NMI or interrupt that arrives at that moment can be lost: another reason to
 *   offer only what cannot be injected.  The APIC is asked again at the exit
 *   (svm.c), and kicks are repeated (kick.c);
 * - it takes a virtual interrupt whose priority equals V_TPR, so the priority
 *   given is one less;
 * - an exit in the middle of a virtual interrupt's delivery leaves V_IRQ set
 *   and calls the event an exception; it is dropped, V_IRQ offers it again;
 * - VMRUN ignores INTERRUPT_SHADOW, so nothing is offered until the one
 *   instruction has run, or that instruction, if it is HLT, is carried out;
 * - EVENTINJ of an NMI does not mask further ones; the mask is kept here, and
 *   ends when the guest has left the IRET that it was seen to execute.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "clock.h"
#include "guest.h"
#include "lapic.h"
#include "notify.h"
#include "partition.h"
#include "platform.h"
#include "reftime.h"

#define SHADOW		BIT(0)	/* vmcb control.interrupt_shadow */
#define SOON_US		30
#define SHADOW_EXITS	3	/* exits at the same RIP after which it cannot be the same shadow */
#define NMI_EVENT	(EVENT_VALID | EVENT_TYPE_NMI | VECTOR_NMI)

static struct child_events *events(const struct vp *vp)
{
	return &vp->child->events;
}

u32 vp_vtpr(const struct vp *vp)
{
	return vp->vmcb->control.v_tpr & 0xf;
}

void vp_set_vtpr(struct vp *vp, u32 tpr)
{
	vp->vmcb->control.v_tpr = (u8)tpr;
}

void vp_signal_nmi(struct vp *vp)
{
	events(vp)->nmi_pending = true;
	vp_kick(vp);
}

/*
 * Of what is offered nobody knows until the next exit whether the guest has taken it already: then
 * this is one more, and not the same.  If it came before, the guest gets two for two requests
 * where an APIC might have merged them.
 */
void vp_requested(struct vp *vp, u8 vector)
{
	if (events(vp)->offered == vector && !events(vp)->offered_extint)
		events(vp)->offered_again = true;
}

/* INIT wins over a SIPI that came before it. */
void vp_signal_init(struct vp *vp)
{
	events(vp)->init_pending = true;
	events(vp)->sipi_pending = false;
	vp_kick(vp);
}

void vp_signal_sipi(struct vp *vp, u8 vector)
{
	events(vp)->sipi_pending = true;
	events(vp)->sipi_vector = vector;
	vp_kick(vp);
}

static void take_init_and_sipi(struct vp *vp)
{
	struct child_events *ev = events(vp);

	if (ev->init_pending) {
		ev->init_pending = false;
		child_vp_reset(vp);
	}
	if (ev->sipi_pending) {
		ev->sipi_pending = false;
		if (vp->activity == VP_WAIT_SIPI)
			child_vp_start(vp, ev->sipi_vector);
	}
}

static bool interruptible(const struct vp *vp)
{
	return vp->vmcb->save.rflags & RFLAGS_IF || events(vp)->idle;
}

bool child_has_event(struct vp *vp)
{
	const struct child_events *ev = events(vp);

	if (ev->init_pending || (ev->sipi_pending && vp->activity == VP_WAIT_SIPI))
		return true;
	if (vp->activity == VP_WAIT_SIPI)
		return false;
	if (ev->inject || (ev->nmi_pending && !ev->nmi_masked))
		return true;
	return vp->lapic && interruptible(vp) &&
	       (vp->lapic->extint_pending || lapic_deliverable(vp->lapic));
}

bool child_ready(struct vp *vp)
{
	take_init_and_sipi(vp);
	if (vp->activity == VP_HALTED && child_has_event(vp)) {
		vp->activity = VP_ACTIVE;
		events(vp)->idle = false;
	}
	return vp->activity == VP_ACTIVE;
}

static u64 exception_event(u8 vector, bool has_error, u32 error)
{
	u64 event = EVENT_VALID | EVENT_TYPE_EXCEPTION | vector;

	return has_error ? event | EVENT_HAS_ERROR | (u64)error << EVENT_ERROR_SHIFT : event;
}

void child_queue_exception(struct vp *vp, u8 vector, bool has_error, u32 error)
{
	events(vp)->inject = exception_event(vector, has_error, error);
}

/* INT n, intercepted although nobody wants to see it; RIP is behind it already. */
void child_queue_software_interrupt(struct vp *vp, u8 vector)
{
	events(vp)->inject = EVENT_VALID | EVENT_TYPE_SOFT | vector;
}

/* The root's VPs have no queue: what they get, they get at the next VMRUN. */
void vp_inject_exception(struct vp *vp, u8 vector, bool has_error, u32 error)
{
	if (vp->partition->root)
		vp->vmcb->control.event_inj = exception_event(vector, has_error, error);
	else
		child_queue_exception(vp, vector, has_error, error);
}

static void taken(struct vp *vp, u8 vector, bool extint)
{
	if (extint)
		vp->lapic->extint_pending = false;
	else
		lapic_accept(vp->lapic, vector);
}

/* The CPU has left VMRUN: had it taken what was offered? */
static void settle_offer(struct vp *vp)
{
	struct child_events *ev = events(vp);

	if (ev->offered < 0 || vp->vmcb->control.v_irq & V_IRQ_PENDING)
		return;
	if (ev->offered_again)
		lapic_accept_first(vp->lapic, (u8)ev->offered);
	else
		taken(vp, (u8)ev->offered, ev->offered_extint);
}

/* An event whose delivery the exit cut off is delivered again. */
static void settle_cut_off(struct vp *vp)
{
	u64 info = vp->vmcb->control.exit_int_info;
	bool still_offered = vp->vmcb->control.v_irq & V_IRQ_PENDING;
	u8 vector = (u8)info;

	/* A shutdown is the end of whatever led to it. */
	if (!(info & EVENT_VALID) || svm_exit_code(vp->vmcb) == EXIT_SHUTDOWN)
		return;
	switch (info & EVENT_TYPE_MASK) {
	case EVENT_TYPE_SOFT:
		return;		/* RIP is still at the INT instruction */
	case EVENT_TYPE_EXCEPTION:
		if (vector == VECTOR_NMI)
			info = NMI_EVENT;
		else if (vector >= 32 && still_offered)
			return;
		else if (vector >= 32)
			info = EVENT_VALID | EVENT_TYPE_INTR | vector;
		break;
	}
	events(vp)->inject = info;
}

static void settle_nmi_mask(struct vp *vp)
{
	struct child_events *ev = events(vp);

	if (!ev->iret_seen || vp->vmcb->save.rip == ev->iret_rip)
		return;
	ev->iret_seen = false;
	ev->nmi_masked = false;
}

static void settle_shadow(struct vp *vp)
{
	struct child_events *ev = events(vp);

	if (vp->vmcb->control.interrupt_shadow & SHADOW) {
		ev->shadow = true;
		ev->shadow_rip = vp->vmcb->save.rip;
		ev->shadow_exits = 0;
	} else if (++ev->shadow_exits >= SHADOW_EXITS) {
		ev->shadow = false;
	}
}

void child_exited(struct vp *vp)
{
	settle_offer(vp);
	settle_cut_off(vp);
	settle_nmi_mask(vp);
	settle_shadow(vp);
	events(vp)->offered = -1;
	events(vp)->offered_extint = false;
	events(vp)->offered_again = false;
}

/* Before the guest's IRET; the intercept has done its work, the mask lasts until IRET is over. */
void events_iret(struct vp *vp)
{
	events(vp)->iret_seen = true;
	events(vp)->iret_rip = vp->vmcb->save.rip;
	vp->vmcb->control.intercept_misc1 &= ~(u32)INTERCEPT_IRET;
}

void events_exit_soon(struct vp *vp)
{
	timer_arm(&events(vp)->soon, time_now() + mul_div(SOON_US, tsc_khz, 1000));
}

static void soon_expired(struct timer *timer)
{
	struct child_events *ev = container_of(timer, struct child_events, soon);

	vp_kick(container_of(ev, struct child_state, events)->lapic.vp);
}

/* Still before the instruction that STI or MOV SS shields? */
static bool in_shadow(struct vp *vp)
{
	struct child_events *ev = events(vp);
	u8 opcode;

	if (!ev->shadow || vp->vmcb->save.rip != ev->shadow_rip) {
		ev->shadow = false;
		return false;
	}
	if (child_fetch(vp, &opcode, 1) == 1 && opcode == OPCODE_HLT &&
	    vp->vmcb->save.rflags & RFLAGS_IF) {
		/* An event is waiting, so HLT would end at once. */
		vp_advance(vp, HLT_LENGTH);
		ev->shadow = false;
	}
	return ev->shadow;
}

static void inject_nmi(struct vp *vp)
{
	struct child_events *ev = events(vp);

	ev->nmi_masked = true;
	ev->iret_seen = false;
	vp->vmcb->control.intercept_misc1 |= INTERCEPT_IRET;
	vp->vmcb->control.event_inj = NMI_EVENT;
}

static void inject_event(struct vp *vp)
{
	struct child_events *ev = events(vp);

	if (ev->inject) {
		/* One whose delivery was cut off; another may be pending besides. */
		if ((ev->inject & EVENT_TYPE_MASK) == EVENT_TYPE_NMI)
			inject_nmi(vp);
		else
			vp->vmcb->control.event_inj = ev->inject;
		ev->inject = 0;
	} else if (ev->nmi_pending && !ev->nmi_masked && !in_shadow(vp)) {
		ev->nmi_pending = false;
		inject_nmi(vp);
	}
	if (ev->nmi_pending && (ev->iret_seen || ev->shadow))
		events_exit_soon(vp);
}

/*
 * A guest that writes CR8 while V_IRQ is set makes QEMU 10.0 end with "assertion failed:
 * (bql_locked())", so that write is done for it.
 */
static void offer(struct vp *vp, u8 vector, u8 priority)
{
	vp->vmcb->control.intercept_cr |= INTERCEPT_CR8_WRITE;
	vp->vmcb->control.v_irq = V_IRQ_PENDING;
	vp->vmcb->control.v_intr_vector = vector;
	vp->vmcb->control.v_intr_prio = priority;
	events(vp)->offered = vector;
}

/* Nothing stands in the way of this interrupt, and no other event goes in by EVENTINJ. */
static bool takes_now(struct vp *vp)
{
	return !(vp->vmcb->control.event_inj & EVENT_VALID) &&
	       vp->vmcb->save.rflags & RFLAGS_IF &&
	       (vp->lapic->extint_pending || lapic_deliverable(vp->lapic));
}

static void offer_interrupt(struct vp *vp)
{
	int vector;

	vp->vmcb->control.v_irq = 0;
	vp->vmcb->control.intercept_cr &= ~(u32)INTERCEPT_CR8_WRITE;
	if (!vp->lapic)
		return;
	vector = vp->lapic->extint_pending ? vp->lapic->extint_vector : lapic_pending(vp->lapic);
	if (vector < 0)
		return;
	if (in_shadow(vp)) {
		events_exit_soon(vp);
		return;
	}
	if (takes_now(vp)) {
		vp->vmcb->control.event_inj = EVENT_VALID | EVENT_TYPE_INTR | (u8)vector;
		taken(vp, (u8)vector, vp->lapic->extint_pending);
		return;
	}
	events(vp)->offered_extint = vp->lapic->extint_pending;
	if (vp->lapic->extint_pending)
		offer(vp, (u8)vector, V_IGN_TPR);
	else
		offer(vp, (u8)vector, (u8)((vector >> 4) - 1));
}

void child_inject(struct vp *vp)
{
	inject_event(vp);
	offer_interrupt(vp);
	notify_arm(vp);
}

void events_reset(struct vp *vp)
{
	struct child_events *ev = events(vp);

	ev->inject = 0;
	ev->offered = -1;
	ev->offered_extint = ev->offered_again = false;
	ev->nmi_pending = ev->nmi_masked = ev->iret_seen = false;
	ev->shadow = ev->idle = false;
	vp->vmcb->control.event_inj = 0;
	vp->vmcb->control.v_irq = 0;
	vp->vmcb->control.interrupt_shadow = 0;
	vp->vmcb->control.intercept_misc1 &= ~(u32)INTERCEPT_IRET;
}

void events_init(struct vp *vp)
{
	events(vp)->soon.expired = soon_expired;
	events_reset(vp);
}

void events_stop(struct vp *vp)
{
	timer_cancel(&events(vp)->soon);
}

/* The numbers of the types are EVENTINJ's own. */
static u64 get_interruption(const struct vp *vp)
{
	u64 event = events(vp)->inject;
	union hv_x64_pending_interruption_register r = { 0 };

	if (!event)
		return 0;
	r.interruption_pending = 1;
	r.interruption_type = event >> 8 & 7;
	r.deliver_error_code = !!(event & EVENT_HAS_ERROR);
	r.interruption_vector = event & 0xff;
	r.error_code = (u32)(event >> EVENT_ERROR_SHIFT);
	return r.as_uint64;
}

static u64 set_interruption(struct vp *vp, u64 value)
{
	union hv_x64_pending_interruption_register r = { .as_uint64 = value };
	u64 event = EVENT_VALID | (u64)r.interruption_type << 8 | r.interruption_vector;

	if (!r.interruption_pending) {
		events(vp)->inject = 0;
		return HV_STATUS_SUCCESS;
	}
	if (r.interruption_type == 1 || r.interruption_type > 4 || r.interruption_vector > 0xff ||
	    (r.interruption_type == HV_X64_PENDING_EXCEPTION && r.interruption_vector > 30))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if (r.deliver_error_code)
		event |= EVENT_HAS_ERROR | (u64)r.error_code << EVENT_ERROR_SHIFT;
	events(vp)->inject = event;
	return HV_STATUS_SUCCESS;
}

static u64 set_pending_event(struct vp *vp, const union hv_register_value *value)
{
	union hv_x64_pending_exception_event e = value->pending_exception_event;

	if (!e.event_pending)
		return HV_STATUS_SUCCESS;
	if (e.event_type || e.vector > 30 || e.vector == VECTOR_NMI)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if (e.vector == VECTOR_PF)
		vp->vmcb->save.cr2 = e.exception_parameter;
	child_queue_exception(vp, (u8)e.vector, e.deliver_error_code, e.error_code);
	return HV_STATUS_SUCCESS;
}

static u64 get_activity(const struct vp *vp)
{
	union hv_internal_activity_register r = {
		.startup_suspend = vp->activity == VP_WAIT_SIPI,
		.halt_suspend = vp->activity == VP_HALTED && !events(vp)->idle,
		.idle_suspend = vp->activity == VP_HALTED && events(vp)->idle,
	};

	return r.as_uint64;
}

static u64 set_activity(struct vp *vp, u64 value)
{
	union hv_internal_activity_register r = { .as_uint64 = value };

	if (r.rsvd_z || (value & (value - 1)))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	events(vp)->idle = r.idle_suspend;
	vp->activity = r.startup_suspend ? VP_WAIT_SIPI : value ? VP_HALTED : VP_ACTIVE;
	return HV_STATUS_SUCCESS;
}

static u64 set_interrupt_state(struct vp *vp, u64 value)
{
	union hv_x64_interrupt_state_register r = { .as_uint64 = value };
	struct child_events *ev = events(vp);

	if (r.reserved)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	ev->shadow = r.interrupt_shadow;
	ev->shadow_rip = vp->vmcb->save.rip;
	ev->shadow_exits = 0;
	ev->nmi_masked = r.nmi_masked;
	ev->iret_seen = false;
	if (r.nmi_masked)
		vp->vmcb->control.intercept_misc1 |= INTERCEPT_IRET;
	return HV_STATUS_SUCCESS;
}

bool events_get_register(struct vp *vp, u32 name, union hv_register_value *value)
{
	switch (name) {
	case HV_REGISTER_PENDING_INTERRUPTION:
		value->reg64 = get_interruption(vp);
		return true;
	case HV_REGISTER_INTERRUPT_STATE:
		value->interrupt_state.interrupt_shadow = events(vp)->shadow;
		value->interrupt_state.nmi_masked = events(vp)->nmi_masked;
		return true;
	case HV_REGISTER_INTERNAL_ACTIVITY_STATE:
		value->reg64 = get_activity(vp);
		return true;
	case HV_REGISTER_DELIVERABILITY_NOTIFICATIONS:
		value->reg64 = notify_get(vp);
		return true;
	case HV_REGISTER_PENDING_EVENT0:
	case HV_REGISTER_PENDING_EVENT1:
		return true;	/* what is set here turns into a pending interruption at once */
	}
	return false;
}

bool events_set_register(struct vp *vp, u32 name, const union hv_register_value *value, u64 *status)
{
	switch (name) {
	case HV_REGISTER_PENDING_INTERRUPTION:
		*status = set_interruption(vp, value->reg64);
		return true;
	case HV_REGISTER_INTERRUPT_STATE:
		*status = set_interrupt_state(vp, value->reg64);
		return true;
	case HV_REGISTER_INTERNAL_ACTIVITY_STATE:
		*status = set_activity(vp, value->reg64);
		return true;
	case HV_REGISTER_PENDING_EVENT0:
	case HV_REGISTER_PENDING_EVENT1:
		*status = set_pending_event(vp, value);
		return true;
	case HV_REGISTER_DELIVERABILITY_NOTIFICATIONS:
		*status = notify_set(vp, value->reg64);
		return true;
	}
	return false;
}
