// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks, and the sorting of NMIs.
 *
 * A kick is an NMI, because nothing else stops a guest that owns its
 * interrupts.  The root's own NMIs use the same line, so a sender sets a flag
 * and sends the NMI under the target's kick_lock, and the target takes the
 * latched NMI and the flags under it: an NMI without a flag came from outside.
 * That is exact because QEMU delivers an NMI before the write to the ICR ends;
 * on real hardware a late one could be taken for a foreign one.  One NMI is
 * latched at most, so one from outside may merge with a kick; the root's own
 * never do, they have a flag.
 *
 * The root takes NMIs by injection.  EVENTINJ does not set the CPU's NMI mask
 * under QEMU, so the handler's end is found by intercepting IRET.  That exit comes
 * before IRET, and an NMI injected there would overwrite the frame that it
 * returns to: the window is open only when RIP has left the IRET.  Nothing
 * else may exit soon, so the service CPU kicks once more.
 *
 * Locking: flags of struct cpu under its kick_lock; the rest under hv_lock.
 */
#include "clock.h"
#include "cpu.h"
#include "guest.h"
#include "host.h"
#include "log.h"
#include "npt.h"
#include "partition.h"
#include "series.h"
#include "vp.h"
#include "x86.h"

#define RETRY_US	50
#define RESEND_MS	20

static struct timer retry_timers[MAX_CPUS];

/*
 * The service CPU is woken by an interrupt instead: asleep it takes it, and in
 * a child, which has interrupts intercepted, it leaves it.
 *
 * A kick that was sent and not yet noticed is still latched, or about to be
 * noticed, so another would add nothing.  Unless it is old: QEMU can lose an
 * NMI that arrives while the CPU executes VMRUN with a virtual interrupt pending
 * (both change its requests, without a lock).
 */
void clock_kick(struct cpu *cpu)
{
	u64 now = rdtsc();

	if (cpu == service_cpu) {
		host_wake(cpu);
		return;
	}
	if (!READ_ONCE(cpu->started))
		return;			/* it has no interrupt table yet, and no guest */
	spin_lock(&cpu->kick_lock);
	if (!cpu->kick || now - cpu->kicks.sent_tsc > RESEND_MS * tsc_khz) {
		cpu->kicks.sent += !cpu->kick;
		cpu->kick = true;
		cpu->kicks.sent_tsc = now;
		host_send(cpu, ICR_NMI | ICR_ASSERT);
	}
	spin_unlock(&cpu->kick_lock);
}

void clock_root_nmi(struct cpu *cpu)
{
	spin_lock(&cpu->kick_lock);
	cpu->root_nmi = true;
	cpu->kicks.root_sent++;
	host_send(cpu, ICR_NMI | ICR_ASSERT);
	spin_unlock(&cpu->kick_lock);
}

bool hlt_at(struct vp *vp, u64 rip)
{
	struct gva_access access = { .exec = true };
	const u8 *byte;
	u64 gpa;

	if (gva_translate(vp, rip, access, &gpa) != GVA_OK)
		return false;
	byte = gpa_ptr(vp->partition, gpa, NPT_R);
	return byte && *byte == OPCODE_HLT;
}

/*
 * An NMI that arrives between STI and HLT exits with the interrupt shadow on,
 * and QEMU loses the shadow at VMRUN.  A pending interrupt would be taken
 * before the HLT, which then sleeps although there is work to do.  So the HLT
 * counts as executed, and as ended by this NMI; a HLT that a kick finds under
 * way ends too.  An idle loop looks again either way.
 */
static void leave_shadow(struct cpu *cpu, struct vp *vp)
{
	if (!(vp->vmcb->control.interrupt_shadow & 1))
		return;
	cpu->kicks.shadow++;
	/* Linux's idle loop halts in the shadow of its STI; any other place needs no help. */
	if (!hlt_at(vp, vp->vmcb->save.rip))
		return;
	cpu->kicks.shadow_hlt++;
	vp->vmcb->save.rip += HLT_LENGTH;
	vp->vmcb->control.interrupt_shadow = 0;
}

/*
 * After an exit for an NMI the NMI is still latched, and would be the reason of
 * the next exit as well.  It is taken here, with interrupts off: those are the root's.
 */
static void nmi_window(void)
{
	__asm__ volatile("cli; stgi; nop; clgi; sti" : : : "memory");
}

bool clock_nmi_exit(struct cpu *cpu)
{
	bool kick, root_nmi;
	u64 sent;

	spin_lock(&cpu->kick_lock);
	nmi_window();
	kick = cpu->kick;
	sent = cpu->kicks.sent_tsc;
	root_nmi = cpu->root_nmi;
	cpu->kick = cpu->root_nmi = false;
	cpu->kicks.noticed += kick;
	cpu->kicks.foreign += !kick && !root_nmi;
	spin_unlock(&cpu->kick_lock);
	cpu->nmi_pending |= root_nmi || !kick;
	if (kick)
		series_noticed(cpu, sent);
	if (cpu->vp == cpu->root_vp && cpu->root_vp)
		leave_shadow(cpu, cpu->root_vp);
	return cpu->nmi_pending;
}

void clock_drop_nmi(struct cpu *cpu)
{
	bool kick;
	u64 sent;

	spin_lock(&cpu->kick_lock);
	nmi_window();
	kick = cpu->kick;
	sent = cpu->kicks.sent_tsc;
	cpu->kicks.noticed += kick;
	cpu->kick = cpu->root_nmi = cpu->nmi_pending = false;
	spin_unlock(&cpu->kick_lock);
	if (kick)
		series_noticed(cpu, sent);
}

void clock_iret_exit(struct vp *vp)
{
	vp->vmcb->control.intercept_misc1 &= ~(u32)INTERCEPT_IRET;
	vp->nmi_state = NMI_AT_IRET;
	vp->iret_rip = vp->vmcb->save.rip;
}

/* At each exit of the root, before it is served: has it left the IRET? */
void clock_note_exit(struct cpu *cpu)
{
	struct vp *vp = cpu->root_vp;

	if (vp->nmi_state == NMI_AT_IRET && vp->vmcb->save.rip != vp->iret_rip)
		vp->nmi_state = NMI_OPEN;
}

static void retry(struct timer *timer)
{
	clock_kick(&cpus[timer - retry_timers]);
}

static void retry_soon(struct cpu *cpu)
{
	struct timer *timer = &retry_timers[cpu->index];

	if (timer->deadline)
		return;
	timer->expired = retry;
	timer_arm(timer, rdtsc() + RETRY_US * tsc_khz / 1000);
}

void clock_inject_nmi(struct cpu *cpu)
{
	struct vp *vp = cpu->root_vp;
	struct vmcb_control *c = &vp->vmcb->control;

	if (!cpu->nmi_pending || vp->nmi_state == NMI_IN_HANDLER)
		return;			/* the IRET will exit */
	if (vp->nmi_state == NMI_AT_IRET || (c->event_inj & EVENT_VALID)) {
		retry_soon(cpu);
		return;
	}
	cpu->nmi_pending = false;
	cpu->kicks.injected++;
	c->event_inj = EVENT_VALID | EVENT_TYPE_NMI | VECTOR_NMI;
	c->intercept_misc1 |= INTERCEPT_IRET;
	vp->nmi_state = NMI_IN_HANDLER;
}

void clock_report(void)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		const struct cpu *cpu = &cpus[i];

		log_info("cpu%u: %lu exits, %lu kicks sent, %lu noticed, %lu strays", i,
			 cpu->nr_exits, cpu->kicks.sent, cpu->kicks.noticed, cpu->strays);
		log_info("cpu%u: NMIs %lu the root's, %lu foreign, %lu injected, %lu shadows, %lu at hlt",
			 i, cpu->kicks.root_sent, cpu->kicks.foreign, cpu->kicks.injected,
			 cpu->kicks.shadow, cpu->kicks.shadow_hlt);
	}
}
