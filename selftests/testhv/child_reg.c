// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a child's VP that belong to the platform, by the names of
 * GET and SET_VP_REGISTERS.
 *
 * Most are MSRs under another name, and obey the same rules; a parent that
 * restores a saved VP may besides do what no guest can, such as set EFER.LMA.
 *
 * Locking: hv_lock; the VP is not inside VMRUN.
 */
#include "child.h"
#include "partition.h"
#include "platform.h"

#define EFER_PARENT	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | BIT(14))

/* Runs of names that stand for runs of MSRs; step: distance of the MSRs. */
static const struct {
	u32 name, msr;
	u8 count, step;
} names[] = {
	{ HV_X64_REGISTER_TSC, 0x10, 1, 1 },
	{ HV_X64_REGISTER_EFER, MSR_EFER, 1, 1 },
	{ HV_X64_REGISTER_KERNEL_GS_BASE, 0xc0000102, 1, 1 },
	{ HV_X64_REGISTER_APIC_BASE, MSR_APIC_BASE, 1, 1 },
	{ HV_X64_REGISTER_PAT, MSR_PAT, 1, 1 },
	{ HV_X64_REGISTER_SYSENTER_CS, 0x174, 1, 1 },
	{ HV_X64_REGISTER_SYSENTER_EIP, 0x176, 1, 1 },
	{ HV_X64_REGISTER_SYSENTER_ESP, 0x175, 1, 1 },
	{ HV_X64_REGISTER_STAR, 0xc0000081, 4, 1 },	/* STAR, LSTAR, CSTAR, SFMASK */
	{ HV_X64_REGISTER_MSR_MTRR_CAP, 0xfe, 1, 1 },
	{ HV_X64_REGISTER_MSR_MTRR_DEF_TYPE, 0x2ff, 1, 1 },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_BASE0, 0x200, NR_MTRRS, 2 },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_MASK0, 0x201, NR_MTRRS, 2 },
	{ HV_X64_REGISTER_MSR_MTRR_FIX64K00000, 0x250, 1, 1 },
	{ HV_X64_REGISTER_MSR_MTRR_FIX16K80000, 0x258, 2, 1 },
	{ HV_X64_REGISTER_MSR_MTRR_FIX4KC0000, 0x268, 8, 1 },
	{ HV_X64_REGISTER_TSC_AUX, 0xc0000103, 1, 1 },
	{ HV_X64_REGISTER_DEBUG_CTL, 0x1d9, 1, 1 },
	{ HV_X64_REGISTER_MSR_IA32_MISC_ENABLE, 0x1a0, 1, 1 },
	{ HV_REGISTER_GUEST_CRASH_P0, HV_X64_MSR_CRASH_P0, 6, 1 },
	{ HV_REGISTER_PROCESSOR_CLOCK_FREQUENCY, HV_X64_MSR_TSC_FREQUENCY, 2, 1 },
	{ HV_REGISTER_GUEST_IDLE, HV_X64_MSR_GUEST_IDLE, 1, 1 },
	{ HV_X64_REGISTER_HYPERCALL, HV_X64_MSR_HYPERCALL, 1, 1 },
	{ HV_REGISTER_GUEST_OS_ID, HV_X64_MSR_GUEST_OS_ID, 1, 1 },
	{ HV_REGISTER_VP_INDEX, HV_X64_MSR_VP_INDEX, 1, 1 },
	{ HV_REGISTER_TIME_REF_COUNT, HV_X64_MSR_TIME_REF_COUNT, 1, 1 },
	{ HV_X64_REGISTER_SYNTHETIC_EOI, HV_X64_MSR_EOI, 3, 1 },	/* EOI, ICR, TPR */
	{ HV_REGISTER_VP_ASSIST_PAGE, HV_X64_MSR_VP_ASSIST_PAGE, 1, 1 },
	{ HV_REGISTER_REFERENCE_TSC, HV_X64_MSR_REFERENCE_TSC, 1, 1 },
	{ HV_REGISTER_SINT0, HV_X64_MSR_SINT0, HV_SYNIC_SINT_COUNT, 1 },
	{ HV_REGISTER_SCONTROL, HV_X64_MSR_SCONTROL, 5, 1 },	/* ..., SIEFP, SIMP, EOM */
	{ HV_REGISTER_STIMER0_CONFIG, HV_X64_MSR_STIMER0_CONFIG, 2 * HV_SYNIC_STIMER_COUNT, 1 },
};

static bool msr_of(u32 name, u32 *msr)
{
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		u32 n = name - names[i].name;

		if (n < names[i].count) {
			*msr = names[i].msr + n * names[i].step;
			return true;
		}
	}
	return false;
}

/* Leaves 0x40000002 to 0x4000000b; from 3 on the names are in sequence. */
static bool get_cpuid_register(struct vp *vp, u32 name, union hv_register_value *value)
{
	struct cpuid_regs r;

	if (name == HV_REGISTER_HYPERVISOR_VERSION)
		r = child_cpuid_leaf(vp, HYPERV_CPUID_VERSION, 0);
	else if (name >= HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO &&
		 name <= HV_REGISTER_IPT_FEATURES_INFO)
		r = child_cpuid_leaf(vp, HYPERV_CPUID_FEATURES + name -
				     HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO, 0);
	else
		return false;
	value->reg128.low_part = (u64)r.ebx << 32 | r.eax;
	value->reg128.high_part = (u64)r.edx << 32 | r.ecx;
	return true;
}

/* Registers that are no MSR. */
static bool get_other(struct vp *vp, u32 name, u64 *value)
{
	switch (name) {
	case HV_X64_REGISTER_XFEM:
		*value = vp->xcr0;
		return true;
	case HV_X64_REGISTER_CR8:
	case HV_X64_REGISTER_INTERMEDIATE_CR8:
		*value = vp_vtpr(vp);
		return true;
	case HV_X64_REGISTER_INITIAL_APIC_ID:
	case HV_X64_REGISTER_APIC_ID:
		*value = vp->apic_id;
		return true;
	case HV_X64_REGISTER_APIC_VERSION:
		*value = vp->lapic ? lapic_read(vp->lapic, LAPIC_VERSION) : 0;
		return true;
	}
	return false;
}

bool child_get_register(struct vp *vp, u32 name, union hv_register_value *value, u64 *status)
{
	u64 reg64;
	u32 msr;

	*status = HV_STATUS_SUCCESS;
	if (events_get_register(vp, name, value) || get_cpuid_register(vp, name, value))
		return true;
	if (get_other(vp, name, &reg64)) {
		value->reg64 = reg64;
		return true;
	}
	if (!msr_of(name, &msr))
		return false;
	if (msr_read(vp, msr, &reg64))
		value->reg64 = reg64;
	else
		*status = HV_STATUS_INVALID_PARAMETER;
	return true;
}

static bool set_efer(struct vp *vp, u64 value)
{
	if (value & ~EFER_PARENT)
		return false;
	vp->vmcb->save.efer = value | EFER_SVME;
	return true;
}

/* A restored VP takes on x2APIC mode in one step. */
static bool set_apic_base(struct vp *vp, u64 value)
{
	if (!vp->lapic)
		return false;
	if (value & APIC_BASE_X2APIC && !lapic_x2apic(vp->lapic) &&
	    !lapic_set_base(vp->lapic, value & ~APIC_BASE_X2APIC))
		return false;
	return lapic_set_base(vp->lapic, value);
}

/* An ID can be given as long as no other VP has it. */
static bool set_apic_id(struct vp *vp, u64 value)
{
	struct vp *other = value >> 32 ? vp : partition_vp_by_apic_id(vp->partition, (u32)value);

	if (value >> 32 || (other && other != vp))
		return false;
	vp->apic_id = (u32)value;
	if (vp->lapic)
		vp->lapic->id = (u32)value;
	return true;
}

static bool set_cr8(struct vp *vp, u64 value)
{
	if (value > 0xf)
		return false;
	vp_set_vtpr(vp, (u32)value);
	return true;
}

/* -1: not one of these; else whether the value is good. */
static int set_other(struct vp *vp, u32 name, u64 value)
{
	switch (name) {
	case HV_X64_REGISTER_EFER:
		return set_efer(vp, value);
	case HV_X64_REGISTER_APIC_BASE:
		return set_apic_base(vp, value);
	case HV_X64_REGISTER_XFEM:
		return xstate_set_xcr0(vp, value);
	case HV_X64_REGISTER_CR8:
	case HV_X64_REGISTER_INTERMEDIATE_CR8:
		return set_cr8(vp, value);
	case HV_X64_REGISTER_INITIAL_APIC_ID:
	case HV_X64_REGISTER_APIC_ID:
		return set_apic_id(vp, value);
	}
	return -1;
}

bool child_set_register(struct vp *vp, u32 name, const union hv_register_value *value, u64 *status)
{
	u32 msr;
	int good;

	*status = HV_STATUS_SUCCESS;
	if (events_set_register(vp, name, value, status))
		return true;
	vp->partition->platform->short_of_pages = false;
	good = set_other(vp, name, value->reg64);
	if (good < 0) {
		if (!msr_of(name, &msr))
			return false;
		good = msr_write(vp, msr, value->reg64);
	}
	if (!good)
		*status = vp->partition->platform->short_of_pages ?
			  HV_STATUS_INSUFFICIENT_MEMORY : HV_STATUS_INVALID_REGISTER_VALUE;
	return true;
}
