// SPDX-License-Identifier: GPL-2.0
/*
 * How the guest reaches its local APIC: the page at APIC_BASE, by whatever
 * instruction it likes, and MSRs 0x800 to 0x83f.
 *
 * The page is never mapped, so that each access is a nested page fault; the
 * CPU tells the address only, the instruction has to be read and decoded.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "guest.h"
#include "lapic.h"
#include "string.h"
#include "fetch.h"

#define MSR_X2APIC_FIRST	0x800
#define X2APIC_ICR_RESERVED	0xfff32000UL

/* The bytes at RIP, as many as are mapped. */
u32 child_fetch(struct vp *vp, u8 *bytes, u32 max)
{
	struct gva_access access = { .exec = true, .user = vp_cpl(vp) == 3 };
	u64 rip = vp->vmcb->save.rip;
	u64 base = vp_long_code(vp) ? 0 : vp->vmcb->save.cs.base;
	u32 done = 0;

	while (done < max) {
		u64 gva = base + rip + done, gpa;
		u32 chunk = (u32)MIN(max - done, PAGE_SIZE - (gva & ~PAGE_MASK));

		if (gva_translate(vp, gva, access, &gpa) != GVA_OK ||
		    !gpa_read(vp->partition, gpa, bytes + done, chunk))
			break;
		done += chunk;
	}
	return done;
}

static void get_gprs(struct vp *vp, u64 *gprs)
{
	for (u32 i = 0; i < NR_GPRS; i++)
		gprs[i] = *vp_gpr(vp, (enum gpr)i);
}

static void set_gprs(struct vp *vp, const u64 *gprs)
{
	for (u32 i = 0; i < NR_GPRS; i++)
		*vp_gpr(vp, (enum gpr)i) = gprs[i];
}

static bool in_page(const struct lapic *lapic, u64 gpa)
{
	return lapic && lapic->base & APIC_BASE_ENABLE && !lapic_x2apic(lapic) &&
	       (gpa & PAGE_MASK) == (lapic->base & PAGE_MASK);
}

/* Registers are 32 bits wide, one each 16 bytes; what lies between reads as zero. */
static u64 page_read(struct lapic *lapic, u64 gpa)
{
	return gpa & 0xc ? 0 : lapic_read(lapic, (u32)(gpa & 0xfff) >> 4) >> (gpa & 3) * 8;
}

enum child_exit child_mmio(struct vp *vp, u64 gpa, bool write)
{
	u64 gprs[NR_GPRS], mem = 0, result;
	struct insn insn;
	u8 bytes[INSN_MAX_LEN];
	u32 count;

	if (!in_page(vp->lapic, gpa))
		return CHILD_INTERCEPT;
	count = child_fetch(vp, bytes, sizeof(bytes));
	if (insn_decode(&insn, vp_insn_mode(vp), bytes, count) != INSN_OK ||
	    write != insn_writes_memory(&insn))
		return CHILD_INTERCEPT;

	get_gprs(vp, gprs);
	if (insn_reads_memory(&insn))
		mem = page_read(vp->lapic, gpa);
	result = insn_apply(&insn, mem, gprs, &vp->vmcb->save.rflags);
	set_gprs(vp, gprs);
	if (insn_writes_memory(&insn) && !(gpa & 0xf) && insn.size == 4)
		lapic_write(vp->lapic, (u32)(gpa & 0xfff) >> 4, (u32)result);
	vp_advance(vp, insn.len);
	return CHILD_DONE;
}

static bool readable(u32 reg)
{
	return reg == LAPIC_ID || reg == LAPIC_VERSION || reg == LAPIC_TPR || reg == LAPIC_PPR ||
	       reg == LAPIC_LDR || reg == LAPIC_SVR ||
	       (reg >= LAPIC_ISR && reg <= LAPIC_ESR) || reg == LAPIC_ICR ||
	       (reg >= LAPIC_LVT && reg <= LAPIC_TIMER_CURRENT) || reg == LAPIC_TIMER_DIVIDE;
}

static bool writable(u32 reg, u64 value)
{
	if (reg == LAPIC_ICR)
		return !(value & X2APIC_ICR_RESERVED);
	if (value >> 32)
		return false;
	if (reg == LAPIC_EOI || reg == LAPIC_ESR)
		return !value;
	if (reg == LAPIC_TPR)
		return value <= 0xff;
	return reg == LAPIC_SVR || (reg >= LAPIC_LVT && reg <= LAPIC_TIMER_INITIAL) ||
	       reg == LAPIC_TIMER_DIVIDE || (reg == LAPIC_SELF_IPI && value <= 0xff);
}

bool lapic_msr_read(struct vp *vp, u32 msr, u64 *value)
{
	u32 reg = msr - MSR_X2APIC_FIRST;

	if (!vp->lapic || !lapic_x2apic(vp->lapic) || !readable(reg))
		return false;
	*value = reg == LAPIC_ICR ? vp->lapic->icr : lapic_read(vp->lapic, reg);
	return true;
}

bool lapic_msr_write(struct vp *vp, u32 msr, u64 value)
{
	u32 reg = msr - MSR_X2APIC_FIRST;

	if (!vp->lapic || !lapic_x2apic(vp->lapic) || !writable(reg, value))
		return false;
	switch (reg) {
	case LAPIC_ICR:
		lapic_write_icr(vp->lapic, value);
		break;
	case LAPIC_SELF_IPI:
		lapic_self_ipi(vp->lapic, (u8)value);
		break;
	default:
		lapic_write(vp->lapic, reg, (u32)value);
	}
	return true;
}
