// SPDX-License-Identifier: GPL-2.0
/*
 * Registers and priorities of a child's local APIC.
 *
 * An interrupt is requested (IRR), then taken by the CPU (ISR), then ended by
 * the guest (EOI).  The CPU takes it by itself through V_IRQ, so lapic_accept()
 * is called at the exit after that.  Interrupts of SynIC sources with AutoEOI
 * skip the ISR.
 *
 * Locking: hv_lock.
 */
#include "lapic.h"
#include "child.h"
#include "partition.h"
#include "vsynic.h"

#define VERSION		0x00050014U	/* six LVTs, integrated APIC */
#define SVR_MASK	0x1ffU

static const u32 lvt_mask[NR_LVTS] = {
	[LVT_TIMER] = 0x300ff,
	[LVT_THERMAL] = 0x107ff,
	[LVT_PERF] = 0x107ff,
	[LVT_LINT0] = 0x1a7ff,
	[LVT_LINT1] = 0x1a7ff,
	[LVT_ERROR] = 0x100ff,
};

static bool test_vector(const u32 *map, u8 vector)
{
	return map[vector / 32] >> (vector % 32) & 1;
}

static void set_vector(u32 *map, u8 vector)
{
	map[vector / 32] |= 1U << (vector % 32);
}

static void clear_vector(u32 *map, u8 vector)
{
	map[vector / 32] &= ~(1U << (vector % 32));
}

static int highest_vector(const u32 *map)
{
	for (int i = 7; i >= 0; i--) {
		if (map[i])
			return i * 32 + 31 - __builtin_clz(map[i]);
	}
	return -1;
}

/* The upper half of TPR is CR8, which the guest writes without an exit. */
u32 lapic_tpr(struct lapic *lapic)
{
	u32 cr8 = vp_vtpr(lapic->vp);

	if (lapic->tpr >> 4 != cr8)
		lapic->tpr = cr8 << 4;
	return lapic->tpr;
}

void lapic_set_tpr(struct lapic *lapic, u32 tpr)
{
	lapic->tpr = tpr & 0xff;
	vp_set_vtpr(lapic->vp, lapic->tpr >> 4);
}

static u32 ppr(struct lapic *lapic)
{
	u32 tpr = lapic_tpr(lapic);
	int isr = highest_vector(lapic->isr);
	u32 service = isr < 0 ? 0 : (u32)isr & 0xf0;

	return tpr >= service ? tpr : service;
}

int lapic_pending(const struct lapic *lapic)
{
	int irr = highest_vector(lapic->irr);
	int isr = highest_vector(lapic->isr);

	if (irr < 0 || (isr >= 0 && irr >> 4 <= isr >> 4))
		return -1;
	return irr;
}

bool lapic_deliverable(struct lapic *lapic)
{
	int vector = lapic_pending(lapic);

	return vector >= 0 && (u32)vector >> 4 > ppr(lapic) >> 4;
}

void lapic_accept(struct lapic *lapic, u8 vector)
{
	clear_vector(lapic->irr, vector);
	if (test_vector(lapic->auto_eoi, vector)) {
		clear_vector(lapic->auto_eoi, vector);
		vsynic_vector_ended(lapic->vp, vector);
	} else {
		set_vector(lapic->isr, vector);
	}
}

void lapic_accept_first(struct lapic *lapic, u8 vector)
{
	bool auto_eoi = test_vector(lapic->auto_eoi, vector);

	lapic_accept(lapic, vector);
	set_vector(lapic->irr, vector);
	if (auto_eoi)
		set_vector(lapic->auto_eoi, vector);
}

void lapic_eoi(struct lapic *lapic)
{
	int vector = highest_vector(lapic->isr);

	if (vector < 0)
		return;
	clear_vector(lapic->isr, (u8)vector);
	if (test_vector(lapic->tmr, (u8)vector))
		intercept_apic_eoi(lapic->vp, (u32)vector);
	vsynic_vector_ended(lapic->vp, (u8)vector);
}

void lapic_error(struct lapic *lapic, u32 error)
{
	lapic->esr |= error;
	if (!(lapic->lvt[LVT_ERROR] & LVT_MASKED))
		lapic_local(lapic, LVT_ERROR);
}

bool lapic_request(struct lapic *lapic, u8 vector, bool level)
{
	if (!(lapic->base & APIC_BASE_ENABLE) || !(lapic->svr & SVR_ENABLE))
		return false;
	if (vector < FIRST_VECTOR) {
		lapic->esr |= ESR_RECEIVE_ILLEGAL_VECTOR;
		return false;
	}
	if (level)
		set_vector(lapic->tmr, vector);
	else
		clear_vector(lapic->tmr, vector);
	clear_vector(lapic->auto_eoi, vector);
	set_vector(lapic->irr, vector);
	vp_requested(lapic->vp, vector);
	vp_kick(lapic->vp);
	return true;
}

bool lapic_request_auto_eoi(struct lapic *lapic, u8 vector)
{
	if (!lapic_request(lapic, vector, false))
		return false;
	set_vector(lapic->auto_eoi, vector);
	return true;
}

void lapic_clear_request(struct lapic *lapic, u8 vector)
{
	clear_vector(lapic->irr, vector);
	clear_vector(lapic->auto_eoi, vector);
}

void lapic_local(struct lapic *lapic, enum lapic_lvt lvt)
{
	u32 entry = lapic->lvt[lvt];

	if (entry & LVT_MASKED)
		return;
	switch (lvt == LVT_TIMER || lvt == LVT_ERROR ? MODE_FIXED : entry >> 8 & 7) {
	case MODE_FIXED:
		lapic_request(lapic, (u8)entry, entry & LVT_LEVEL);
		break;
	case MODE_NMI:
		vp_signal_nmi(lapic->vp);
		break;
	case MODE_EXTINT:
		lapic->extint_pending = true;
		vp_kick(lapic->vp);
		break;
	}
}

/* An x2APIC's logical ID is not the guest's to choose. */
u32 lapic_ldr(const struct lapic *lapic)
{
	if (lapic_x2apic(lapic))
		return lapic->id >> 4 << 16 | 1U << (lapic->id & 15);
	return lapic->ldr;
}

static u32 read_map(const struct lapic *lapic, u32 reg)
{
	if (reg < LAPIC_TMR)
		return lapic->isr[reg - LAPIC_ISR];
	if (reg < LAPIC_IRR)
		return lapic->tmr[reg - LAPIC_TMR];
	return lapic->irr[reg - LAPIC_IRR];
}

u32 lapic_read(struct lapic *lapic, u32 reg)
{
	if (reg >= LAPIC_ISR && reg < LAPIC_ESR)
		return read_map(lapic, reg);
	if (reg >= LAPIC_LVT && reg < LAPIC_LVT + NR_LVTS)
		return lapic->lvt[reg - LAPIC_LVT];

	switch (reg) {
	case LAPIC_ID:
		return lapic_x2apic(lapic) ? lapic->id : lapic->id << 24;
	case LAPIC_VERSION:
		return VERSION;
	case LAPIC_TPR:
		return lapic_tpr(lapic);
	case LAPIC_PPR:
		return ppr(lapic);
	case LAPIC_LDR:
		return lapic_ldr(lapic);
	case LAPIC_DFR:
		return lapic->dfr;
	case LAPIC_SVR:
		return lapic->svr;
	case LAPIC_ESR:
		return lapic->esr_latched;
	case LAPIC_ICR:
		return (u32)lapic->icr;
	case LAPIC_ICR_HIGH:
		return (u32)(lapic->icr >> 32);
	case LAPIC_TIMER_INITIAL:
		return lapic->timer_initial;
	case LAPIC_TIMER_CURRENT:
		return lapic_timer_current(lapic);
	case LAPIC_TIMER_DIVIDE:
		return lapic->timer_divide;
	}
	return 0;
}

/* While the APIC is disabled by software its LVTs are masked, whatever the guest writes. */
static void write_svr(struct lapic *lapic, u32 value)
{
	lapic->svr = value & SVR_MASK;
	if (lapic->svr & SVR_ENABLE)
		return;
	for (u32 i = 0; i < NR_LVTS; i++)
		lapic->lvt[i] |= LVT_MASKED;
}

static void write_lvt(struct lapic *lapic, u32 lvt, u32 value)
{
	value &= lvt_mask[lvt];
	if (!(lapic->svr & SVR_ENABLE))
		value |= LVT_MASKED;
	lapic->lvt[lvt] = value;
}

void lapic_write(struct lapic *lapic, u32 reg, u32 value)
{
	if (reg >= LAPIC_LVT && reg < LAPIC_LVT + NR_LVTS) {
		write_lvt(lapic, reg - LAPIC_LVT, value);
		return;
	}
	switch (reg) {
	case LAPIC_TPR:
		lapic_set_tpr(lapic, value);
		break;
	case LAPIC_EOI:
		lapic_eoi(lapic);
		break;
	case LAPIC_LDR:
		lapic->ldr = value & 0xff000000;
		break;
	case LAPIC_DFR:
		lapic->dfr = value | 0x0fffffff;
		break;
	case LAPIC_SVR:
		write_svr(lapic, value);
		break;
	case LAPIC_ESR:
		lapic->esr_latched = lapic->esr;
		lapic->esr = 0;
		break;
	case LAPIC_ICR:
		lapic_write_icr(lapic, (lapic->icr & ~0xffffffffUL) | value);
		break;
	case LAPIC_ICR_HIGH:
		lapic->icr = (u32)lapic->icr | (u64)value << 32;
		break;
	case LAPIC_TIMER_INITIAL:
		lapic_timer_start(lapic, value);
		break;
	case LAPIC_TIMER_DIVIDE:
		lapic_timer_divide(lapic, value);
		break;
	default:
		lapic_error(lapic, ESR_ILLEGAL_REGISTER);
	}
}

/*
 * The legal ways: off, xAPIC, x2APIC, off.  The page stays where it is, because
 * the nested table has its hole there.
 */
bool lapic_set_base(struct lapic *lapic, u64 base)
{
	u64 old = lapic->base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	u64 new = base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	bool x2apic = lapic->vp->partition->creation_flags &
		      HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE;

	if ((base & ~(LAPIC_PAGE | APIC_BASE_BSP)) != new || (base & PAGE_MASK) != LAPIC_PAGE)
		return false;
	if (new == APIC_BASE_X2APIC || (new & APIC_BASE_X2APIC && !x2apic))
		return false;
	if (old & APIC_BASE_X2APIC && new == APIC_BASE_ENABLE)
		return false;
	if (!old && new & APIC_BASE_X2APIC)
		return false;
	if (!new)
		lapic_reset(lapic);
	lapic->base = base;
	return true;
}

void lapic_reset(struct lapic *lapic)
{
	lapic_timer_stop(lapic);
	for (u32 i = 0; i < 8; i++)
		lapic->isr[i] = lapic->irr[i] = lapic->tmr[i] = lapic->auto_eoi[i] = 0;
	for (u32 i = 0; i < NR_LVTS; i++)
		lapic->lvt[i] = LVT_MASKED;
	lapic->svr = 0xff;
	lapic->dfr = DFR_FLAT;
	lapic->ldr = 0;
	lapic->icr = 0;
	lapic->esr = lapic->esr_latched = 0;
	lapic->timer_initial = lapic->timer_divide = 0;
	lapic->extint_pending = false;
	lapic_set_tpr(lapic, 0);
}

void lapic_init(struct lapic *lapic, struct vp *vp)
{
	lapic->vp = vp;
	lapic->id = vp->apic_id;
	lapic->timer.expired = lapic_timer_expired;
	lapic->base = LAPIC_PAGE | APIC_BASE_ENABLE | (vp->index ? 0 : APIC_BASE_BSP);
	lapic_reset(lapic);
}
