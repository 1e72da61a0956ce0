// SPDX-License-Identifier: GPL-2.0
/*
 * The root's x2APIC ICR.  The rest of its local APIC is its own; the ICR is
 * not, because an INIT is not held back by GIF, so the root would take its
 * CPUs away from testhv, and because a broadcast would reach the service CPU.
 *
 * Whatever the destination, it becomes a list of the root's CPUs, and each
 * gets an interrupt of its own.
 *
 * Locking: hv_lock.
 */
#include "apic.h"
#include "clock.h"
#include "cpu.h"
#include "host.h"
#include "log.h"
#include "vp.h"
#include "x86.h"

#define ICR_RESERVED		(0xfff32000UL)		/* x2APIC has no delivery status */
#define ICR_VECTOR_MASK		0xff
#define BROADCAST		0xffffffff

static bool logical_match(u32 apic_id, u32 dest)
{
	return dest >> 16 == apic_id >> 4 && (dest & BIT(apic_id & 15));
}

static bool is_target(const struct cpu *from, const struct cpu *cpu, u64 icr)
{
	u32 dest = icr >> ICR_DEST_SHIFT;

	switch (icr & ICR_SHORTHAND_MASK) {
	case ICR_SELF:
		return cpu == from;
	case ICR_ALL:
		return true;
	case ICR_OTHERS:
		return cpu != from;
	}
	if (dest == BROADCAST)
		return true;
	return icr & ICR_LOGICAL ? logical_match(cpu->apic_id, dest) : cpu->apic_id == dest;
}

/* INIT stops the target at its next exit, which the kick brings about. */
static void send_init(struct cpu *to, u64 icr)
{
	if ((icr & ICR_LEVEL) && !(icr & ICR_ASSERT))
		return;			/* de-assert: of no meaning since the first APICs */
	to->init_asked = true;
	to->sipi_asked = false;
	clock_kick(to);
}

/*
 * A VP that waits is asleep in the host.  One that has not taken its INIT yet may be in its
 * guest, where the vector of a wake would be the root's: the INIT's kick brings it here.
 */
static void send_startup(struct cpu *to, u64 icr)
{
	bool waits = to->root_vp->activity == VP_WAIT_SIPI;

	if (!to->init_asked && !waits)
		return;
	to->sipi_vector = icr & ICR_VECTOR_MASK;
	to->sipi_asked = true;
	if (waits)
		host_wake(to);
}

static void send_to(struct cpu *to, u64 icr)
{
	switch (icr & ICR_MODE_MASK) {
	case ICR_INIT:
		send_init(to, icr);
		break;
	case ICR_STARTUP:
		send_startup(to, icr);
		break;
	case ICR_NMI:
		clock_root_nmi(to);
		break;
	default:
		host_send(to, icr & (ICR_VECTOR_MASK | ICR_MODE_MASK | ICR_ASSERT));
		break;
	}
}

bool apic_write_icr(struct vp *vp, u64 icr)
{
	struct cpu *from = vp->on_cpu;

	if (icr & ICR_RESERVED)
		return false;
	for (u32 i = 0; i < nr_root_cpus; i++)
		if (is_target(from, &cpus[i], icr))
			send_to(&cpus[i], icr);
	return true;
}

void apic_reset(void)
{
	for (u32 lvt = MSR_X2APIC_LVT_TIMER; lvt <= MSR_X2APIC_LVT_ERROR; lvt++)
		wrmsr(lvt, X2APIC_LVT_MASKED);
	wrmsr(MSR_X2APIC_TIMER_INIT, 0);
	wrmsr(MSR_X2APIC_TPR, 0);
	wrmsr(MSR_X2APIC_SVR, X2APIC_SVR_ENABLE | X2APIC_SPURIOUS);
}

void apic_disable(void)
{
	wrmsr(MSR_X2APIC_SVR, X2APIC_SPURIOUS);
}

void apic_send_ipi(struct cpu *cpu, u8 vector)
{
	host_send(cpu, ICR_FIXED | vector);
}
