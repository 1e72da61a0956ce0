// SPDX-License-Identifier: GPL-2.0
/*
 * Events into a VP: what is offered, what the CPU took, what an exit cut off.
 */
#include "world.h"
#include "../child.h"

static struct vp *vp = &world_vps[0];
static struct vmcb_control *c;
static struct child_events *ev;

static void start(u32 nr_vps)
{
	world_start(nr_vps);
	c = &vp->vmcb->control;
	ev = &vp->child->events;
}

/* An exit as the CPU leaves it. */
static void exit_with(bool taken, u64 int_info)
{
	if (taken)
		c->v_irq = 0;
	c->exit_int_info = int_info;
	child_exited(vp);
	c->exit_int_info = 0;
}

static void direct(void)
{
	start(1);
	lapic_request(vp->lapic, 0x45, false);
	child_inject(vp);
	ktap_is(c->event_inj, EVENT_VALID | EVENT_TYPE_INTR | 0x45, "what can go in goes in");
	ktap_ok(!c->v_irq && world_requested(0, -1) &&
		lapic_read(vp->lapic, LAPIC_ISR + 2) == 1U << 5, "and is in service");
	c->event_inj = 0;
	exit_with(false, EVENT_VALID | EVENT_TYPE_INTR | 0x45);
	lapic_request(vp->lapic, 0x99, false);
	child_inject(vp);
	ktap_is(c->event_inj, EVENT_VALID | EVENT_TYPE_INTR | 0x45,
		"cut off, it goes again before any other");
	ktap_ok(c->v_irq && c->v_intr_vector == 0x99, "which is offered meanwhile");
	world_end();
}

static void interrupts(void)
{
	start(1);
	vp->vmcb->save.rflags = 0;
	lapic_request(vp->lapic, 0x45, false);
	child_inject(vp);
	ktap_ok(c->v_irq && c->v_intr_vector == 0x45, "an interrupt is offered");
	ktap_is(c->v_intr_prio, 3, "at one class less: this CPU takes equals");
	exit_with(false, 0);
	ktap_is(lapic_pending(vp->lapic), 0x45, "not taken, it stays requested");
	lapic_request(vp->lapic, 0x99, false);
	child_inject(vp);
	ktap_is(c->v_intr_vector, 0x99, "a higher one takes its place");
	exit_with(true, 0);
	ktap_ok(lapic_read(vp->lapic, LAPIC_ISR + 4) == 1U << 25 && world_requested(0, 0x45),
		"taken, it is in service");
	child_inject(vp);
	ktap_ok(!c->v_irq, "and holds the lower one back");
	lapic_eoi(vp->lapic);
	vp->lapic->extint_pending = true;
	vp->lapic->extint_vector = 8;
	child_inject(vp);
	ktap_ok(c->v_intr_vector == 8 && c->v_intr_prio & V_IGN_TPR, "ExtINT ignores TPR");
	exit_with(true, 0);
	ktap_ok(!vp->lapic->extint_pending && world_requested(0, 0x45),
		"and passes the registers by");
	world_end();
}

/* While a VP runs, nobody sees whether it took what it was offered. */
static void requested_again(void)
{
	start(1);
	vp->vmcb->save.rflags = 0;
	lapic_request(vp->lapic, 0x45, false);
	child_inject(vp);
	lapic_request(vp->lapic, 0x45, false);
	exit_with(true, 0);
	ktap_ok(lapic_read(vp->lapic, LAPIC_ISR + 2) == 1U << 5 && world_requested(0, 0x45),
		"requested again while offered: taken once, and still requested");
	lapic_eoi(vp->lapic);
	child_inject(vp);
	lapic_request(vp->lapic, 0x45, false);
	exit_with(false, 0);
	child_inject(vp);
	exit_with(true, 0);
	ktap_ok(world_requested(0, -1), "but two that wait are one");
	world_end();
}

static void cut_off(void)
{
	start(1);
	vp->vmcb->save.rflags = 0;
	lapic_request(vp->lapic, 0x41, false);
	child_inject(vp);
	exit_with(false, EVENT_VALID | EVENT_TYPE_EXCEPTION | 0x41);
	child_inject(vp);
	ktap_ok(!c->event_inj && c->v_irq, "a virtual interrupt that was cut off is offered again");
	exit_with(true, EVENT_VALID | EVENT_TYPE_EXCEPTION | 0x41);
	child_inject(vp);
	ktap_is(c->event_inj, EVENT_VALID | EVENT_TYPE_INTR | 0x41,
		"one that V_IRQ does not offer any more is injected, as an interrupt");
	c->event_inj = 0;
	exit_with(false, EVENT_VALID | EVENT_TYPE_EXCEPTION | EVENT_HAS_ERROR | 14 | 6UL << 32);
	child_inject(vp);
	ktap_is((long long)c->event_inj,
		EVENT_VALID | EVENT_TYPE_EXCEPTION | EVENT_HAS_ERROR | 14 | 6UL << 32,
		"an exception goes again with its error code");
	c->event_inj = 0;
	exit_with(false, EVENT_VALID | EVENT_TYPE_SOFT | 0x80);
	child_inject(vp);
	ktap_is(c->event_inj, 0, "a software interrupt is executed again");
	exit_with(false, 0x341);
	child_inject(vp);
	ktap_is(c->event_inj, 0, "what is not valid is left alone");
	world_end();
}

static void nmis(void)
{
	const u64 nmi = EVENT_VALID | EVENT_TYPE_NMI | 2;

	start(1);
	vp_signal_nmi(vp);
	child_inject(vp);
	ktap_is(c->event_inj, nmi, "an NMI is injected");
	ktap_ok(c->intercept_misc1 & INTERCEPT_IRET, "and its end watched for");
	c->event_inj = 0;
	exit_with(false, 0);
	vp_signal_nmi(vp);
	child_inject(vp);
	ktap_is(c->event_inj, 0, "the next one waits");
	vp->vmcb->save.rip = 0x1000;
	events_iret(vp);
	child_inject(vp);
	ktap_ok(!c->event_inj && !(c->intercept_misc1 & INTERCEPT_IRET),
		"also while IRET has yet to run");
	ktap_is(world_armed(), 1, "an exit is asked for");
	vp->vmcb->save.rip = 0x2000;
	exit_with(false, 0);
	child_inject(vp);
	ktap_is(c->event_inj, nmi, "after it, it goes in");
	c->event_inj = 0;
	vp_signal_nmi(vp);
	exit_with(false, EVENT_VALID | EVENT_TYPE_EXCEPTION | 2);
	child_inject(vp);
	ktap_is(c->event_inj, nmi, "cut off, it goes again, as an NMI");
	ktap_ok(vp->child->events.nmi_pending, "and takes no other one with it");
	world_end();
}

static void shadow(void)
{
	u8 *code;

	start(1);
	code = spa_ptr(pool_alloc(NULL));
	memset(code, 0x90, PAGE_SIZE);
	npt_map(NULL, 0, ptr_spa(code), PAGE_SIZE, NPT_RWX);
	vp->vmcb->save.rip = 0x10;
	c->interrupt_shadow = 1;
	lapic_request(vp->lapic, 0x45, false);
	exit_with(false, 0);
	c->interrupt_shadow = 0;
	child_inject(vp);
	ktap_ok(!c->v_irq && world_armed() == 1, "nothing is offered behind STI, but soon");
	vp->vmcb->save.rip = 0x11;
	exit_with(false, 0);
	child_inject(vp);
	ktap_ok(c->event_inj & EVENT_VALID, "one instruction on it goes in");
	c->event_inj = 0;
	c->interrupt_shadow = 1;
	code[0x11] = 0xf4;
	exit_with(false, 0);
	c->interrupt_shadow = 0;
	lapic_request(vp->lapic, 0x46, false);
	vp->lapic->isr[2] = 0;
	child_inject(vp);
	ktap_ok(c->event_inj & EVENT_VALID && vp->vmcb->save.rip == 0x12,
		"HLT behind STI is over at once");
	pool_free(NULL, ptr_spa(code));
	world_end();
}

static void waking(void)
{
	struct vp *ap = &world_vps[1];

	start(2);
	vp->activity = VP_HALTED;
	ktap_ok(!child_ready(vp), "a halted VP stays so");
	vp->vmcb->save.rflags = 0;
	lapic_request(vp->lapic, 0x45, false);
	ktap_ok(!child_ready(vp), "also with an interrupt, if it takes none");
	vp->vmcb->save.rflags = RFLAGS_IF;
	lapic_set_tpr(vp->lapic, 0xf0);
	ktap_ok(!child_ready(vp), "or not this one");
	lapic_set_tpr(vp->lapic, 0);
	ktap_ok(child_ready(vp), "else it wakes");
	lapic_write_icr(vp->lapic, 1UL << 56 | ICR_INIT | ICR_ASSERT);
	ktap_ok(child_has_event(ap) && !child_ready(ap) && ap->activity == VP_WAIT_SIPI,
		"INIT makes an AP wait");
	lapic_request(ap->lapic, 0x45, false);
	vp_signal_nmi(ap);
	ktap_ok(!child_ready(ap), "for nothing else");
	lapic_write_icr(vp->lapic, 1UL << 56 | ICR_STARTUP | 0x9a);
	ktap_ok(child_ready(ap) && ap->gpr[RDX] == 0x9a, "than SIPI");
	lapic_write_icr(vp->lapic, 1UL << 56 | ICR_STARTUP | 0x9b);
	child_ready(ap);
	ktap_is(ap->gpr[RDX], 0x9a, "a second SIPI is ignored");
	world_end();
}

static void registers(void)
{
	union hv_register_value v = { 0 };
	u64 status = 0;

	start(1);
	v.pending_interruption.interruption_pending = 1;
	v.pending_interruption.interruption_type = HV_X64_PENDING_EXCEPTION;
	v.pending_interruption.interruption_vector = 13;
	v.pending_interruption.deliver_error_code = 1;
	v.pending_interruption.error_code = 0x18;
	events_set_register(vp, HV_REGISTER_PENDING_INTERRUPTION, &v, &status);
	ktap_ok(!status && ev->inject == (EVENT_VALID | EVENT_TYPE_EXCEPTION | EVENT_HAS_ERROR |
					  13 | 0x18UL << 32), "pending interruption goes in");
	v.reg64 = 0;
	events_get_register(vp, HV_REGISTER_PENDING_INTERRUPTION, &v);
	ktap_ok(v.pending_interruption.interruption_vector == 13 &&
		v.pending_interruption.error_code == 0x18, "and reads back");
	v.pending_interruption.interruption_type = 1;
	events_set_register(vp, HV_REGISTER_PENDING_INTERRUPTION, &v, &status);
	ktap_is(status, HV_STATUS_INVALID_REGISTER_VALUE, "reserved types are refused");
	v.reg64 = 1;
	events_set_register(vp, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS, &v, &status);
	ktap_is(status, HV_STATUS_INVALID_PARAMETER, "no notification of NMIs with a local APIC");
	world_end();
}

int main(void)
{
	ktap_plan(4 + 8 + 2 + 5 + 8 + 3 + 8 + 4);
	direct();
	interrupts();
	requested_again();
	cut_off();
	nmis();
	shadow();
	waking();
	registers();
	return ktap_end();
}
