// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic MSRs of children, other than those of the SynIC.
 *
 * Which of them a guest may touch follows from its partition's synthetic
 * features; its parent may read and write all of them as registers.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "guest.h"
#include "hypercall.h"
#include "log.h"
#include "partition.h"
#include "platform.h"
#include "reftime.h"
#include "stimer.h"
#include "string.h"

#define PAGE_ENABLE	BIT(0)
#define ALWAYS		0UL
#define NEVER		(~0UL)

u64 synthetic_privilege(u32 msr)
{
	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
	case HV_X64_MSR_HYPERCALL:
		return HV_MSR_HYPERCALL_AVAILABLE;
	case HV_X64_MSR_VP_INDEX:
		return HV_MSR_VP_INDEX_AVAILABLE;
	case HV_X64_MSR_TIME_REF_COUNT:
		return HV_MSR_TIME_REF_COUNT_AVAILABLE;
	case HV_X64_MSR_REFERENCE_TSC:
		return HV_MSR_REFERENCE_TSC_AVAILABLE;
	case HV_X64_MSR_TSC_FREQUENCY:
	case HV_X64_MSR_APIC_FREQUENCY:
		return HV_ACCESS_FREQUENCY_MSRS;
	case HV_X64_MSR_EOI ... HV_X64_MSR_VP_ASSIST_PAGE:
		return HV_MSR_APIC_ACCESS_AVAILABLE;
	case HV_X64_MSR_SCONTROL ... HV_X64_MSR_EOM:
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		return HV_MSR_SYNIC_AVAILABLE;
	case HV_X64_MSR_STIMER0_CONFIG ... HV_X64_MSR_STIMER3_COUNT:
		return HV_MSR_SYNTIMER_AVAILABLE;
	case HV_X64_MSR_GUEST_IDLE:
		return HV_MSR_GUEST_IDLE_AVAILABLE;
	case HV_X64_MSR_TSC_INVARIANT_CONTROL:
		return HV_ACCESS_TSC_INVARIANT;
	case HV_X64_MSR_CRASH_P0 ... HV_X64_MSR_CRASH_CTL:
		return ALWAYS;
	}
	return NEVER;
}

/* A guest that has no name has no hypercalls. */
static bool write_hypercall(struct partition *p, u64 value)
{
	struct child_platform *pf = p->platform;

	if (!pf->guest_os_id)
		value &= ~PAGE_ENABLE;
	if (!(value & PAGE_ENABLE)) {
		overlay_disable(p, &pf->hypercall_page);
	} else {
		hypercall_fill_page(spa_ptr(pf->hypercall_page.page));
		if (!overlay_enable(p, &pf->hypercall_page, value & PAGE_MASK))
			return false;
	}
	pf->hypercall = value;
	return true;
}

static bool write_guest_os_id(struct partition *p, u64 value)
{
	p->platform->guest_os_id = value;
	return value || write_hypercall(p, p->platform->hypercall);
}

static bool write_reference_tsc(struct partition *p, u64 value)
{
	struct child_platform *pf = p->platform;

	if (!(value & PAGE_ENABLE))
		overlay_disable(p, &pf->tsc_page);
	else if (!overlay_enable(p, &pf->tsc_page, value & PAGE_MASK))
		return false;
	pf->reference_tsc = value;
	reftime_update_page(p);
	return true;
}

static bool write_vp_assist(struct vp *vp, u64 value)
{
	struct overlay *o = &vp->child->assist_page;

	if (!(value & PAGE_ENABLE))
		overlay_disable(vp->partition, o);
	else if (!overlay_enable(vp->partition, o, value & PAGE_MASK))
		return false;
	vp->child->msrs.vp_assist = value;
	return true;
}

/*
 * P3 and P4 locate a text, which Linux fills with the end of its log.  It must not look like
 * ours.
 */
static void log_crash_message(struct partition *p)
{
	char text[160];
	u64 size = MIN(p->platform->crash[4], sizeof(text) - 1);

	if (!gpa_read(p, p->platform->crash[3], text, size))
		return;
	for (u64 i = 0; i < size; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = ' ';
	text[size] = 0;
	log_warn("partition %lu: %s", (unsigned long)p->id, text);
}

static void write_crash_ctl(struct vp *vp, u64 value)
{
	const u64 *c = vp->partition->platform->crash;

	if (!(value & HV_CRASH_CTL_CRASH_NOTIFY))
		return;
	log_warn("partition %lu: VP %u crashed: %lx %lx %lx %lx %lx",
		 (unsigned long)vp->partition->id, vp->index, (unsigned long)c[0],
		 (unsigned long)c[1], (unsigned long)c[2], (unsigned long)c[3],
		 (unsigned long)c[4]);
	if (value & HV_CRASH_CTL_CRASH_NOTIFY_MSG)
		log_crash_message(vp->partition);
}

static bool stimer_read(struct vp *vp, u32 msr, u64 *value)
{
	u32 n = msr - HV_X64_MSR_STIMER0_CONFIG;
	const struct stimer *t = &vp->synic->timers[n / 2];

	*value = n & 1 ? t->count : t->config;
	return true;
}

static bool stimer_write(struct vp *vp, u32 msr, u64 value)
{
	u32 n = msr - HV_X64_MSR_STIMER0_CONFIG;

	if (n & 1)
		stimer_write_count(vp, n / 2, value);
	else
		stimer_write_config(vp, n / 2, value);
	return true;
}

static bool apic_read(struct vp *vp, u32 msr, u64 *value)
{
	if (!vp->lapic)
		return false;
	if (msr == HV_X64_MSR_ICR)
		*value = vp->lapic->icr;
	else if (msr == HV_X64_MSR_TPR)
		*value = lapic_tpr(vp->lapic);
	else
		*value = 0;	/* EOI is for writing; a parent that saves all MSRs reads it */
	return true;
}

static bool apic_write(struct vp *vp, u32 msr, u64 value)
{
	if (!vp->lapic)
		return false;
	if (msr == HV_X64_MSR_ICR)
		lapic_write_icr(vp->lapic, value);
	else if (msr == HV_X64_MSR_TPR)
		lapic_set_tpr(vp->lapic, (u32)value);
	else
		lapic_eoi(vp->lapic);
	return true;
}

bool synthetic_msr_read(struct vp *vp, u32 msr, u64 *value)
{
	struct child_platform *pf = vp->partition->platform;

	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
		*value = pf->guest_os_id;
		return true;
	case HV_X64_MSR_HYPERCALL:
		*value = pf->hypercall;
		return true;
	case HV_X64_MSR_VP_INDEX:
		*value = vp->index;
		return true;
	case HV_X64_MSR_TIME_REF_COUNT:
		*value = reftime_now(vp->partition);
		return true;
	case HV_X64_MSR_REFERENCE_TSC:
		*value = pf->reference_tsc;
		return true;
	case HV_X64_MSR_TSC_FREQUENCY:
		*value = tsc_khz * 1000;
		return true;
	case HV_X64_MSR_APIC_FREQUENCY:
		*value = LAPIC_KHZ * 1000;
		return true;
	case HV_X64_MSR_EOI ... HV_X64_MSR_TPR:
		return apic_read(vp, msr, value);
	case HV_X64_MSR_VP_ASSIST_PAGE:
		*value = vp->child->msrs.vp_assist;
		return true;
	case HV_X64_MSR_STIMER0_CONFIG ... HV_X64_MSR_STIMER3_COUNT:
		return stimer_read(vp, msr, value);
	case HV_X64_MSR_GUEST_IDLE:
		*value = 0;
		return true;
	case HV_X64_MSR_CRASH_P0 ... HV_X64_MSR_CRASH_P4:
		*value = pf->crash[msr - HV_X64_MSR_CRASH_P0];
		return true;
	case HV_X64_MSR_CRASH_CTL:
		*value = HV_CRASH_CTL_CRASH_NOTIFY | HV_CRASH_CTL_CRASH_NOTIFY_MSG;
		return true;
	case HV_X64_MSR_TSC_INVARIANT_CONTROL:
		*value = pf->tsc_invariant;
		return true;
	}
	return vsynic_msr_read(vp, msr, value);
}

bool synthetic_msr_write(struct vp *vp, u32 msr, u64 value)
{
	struct child_platform *pf = vp->partition->platform;

	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
		return write_guest_os_id(vp->partition, value);
	case HV_X64_MSR_HYPERCALL:
		return write_hypercall(vp->partition, value);
	case HV_X64_MSR_REFERENCE_TSC:
		return write_reference_tsc(vp->partition, value);
	case HV_X64_MSR_EOI ... HV_X64_MSR_TPR:
		return apic_write(vp, msr, value);
	case HV_X64_MSR_VP_ASSIST_PAGE:
		return write_vp_assist(vp, value);
	case HV_X64_MSR_STIMER0_CONFIG ... HV_X64_MSR_STIMER3_COUNT:
		return stimer_write(vp, msr, value);
	case HV_X64_MSR_CRASH_P0 ... HV_X64_MSR_CRASH_P4:
		pf->crash[msr - HV_X64_MSR_CRASH_P0] = value;
		return true;
	case HV_X64_MSR_CRASH_CTL:
		write_crash_ctl(vp, value);
		return true;
	case HV_X64_MSR_TSC_INVARIANT_CONTROL:
		if (value & ~HV_EXPOSE_INVARIANT_TSC)
			return false;
		pf->tsc_invariant = value;
		return true;
	}
	return vsynic_msr_write(vp, msr, value);
}
