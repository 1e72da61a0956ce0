// SPDX-License-Identifier: GPL-2.0
/*
 * The root's CPUID.
 *
 * Options: "norefcount" hides the reference counter, which is an exit at each
 * reading and the stock 6.1 root's only clock source while it is offered;
 * "dispatchinject" offers to take interrupts from the register page at a
 * dispatch; "l1vh" makes the root an L1VH parent, which may not manage CPUs and
 * brings the pages that a root finds; "nested" says that testhv is itself a guest;
 * "noid" keeps the root's partition id from it.
 */
#include "boot.h"
#include "cpu.h"
#include "cpuid.h"
#include "partition.h"
#include "platform.h"
#include <hvabi/hvabi.h>

#define HV_MAX_LEAF		HYPERV_CPUID_ISOLATION_CONFIG
#define HV_LEAVES		0x40000000
#define HV_LEAVES_END		0x40010000
#define NO_SPIN_NOTIFICATION	0xfff		/* leaf 4 EBX: never report a long spin */
#define BUILD_NUMBER		27744
#define VERSION_10_0		(10 << 16)

#define LEAF_1_TSC_DEADLINE	BIT(24)
#define LEAF_7_EBX_MPX		BIT(14)
#define LEAF_7_ECX_PKU		BIT(3)
#define LEAF_7_ECX_OSPKE	BIT(4)
#define LEAF_80000001_SVM	BIT(2)
#define LEAF_80000001_SKINIT	BIT(12)

static u32 features_ecx, hints;

bool root_is_l1vh, dispatch_injects;

void cpuid_init(void)
{
	if (option_value("norefcount"))
		root_partition.privileges &= ~(u64)HV_MSR_TIME_REF_COUNT_AVAILABLE;
	root_is_l1vh = option_value("l1vh");
	if (root_is_l1vh)
		root_partition.privileges &= ~((u64)HV_CPU_MANAGEMENT << 32);
	if (option_value("noid"))
		root_partition.privileges &= ~((u64)HV_ACCESS_PARTITION_ID << 32);
	hints = HV_X64_RELAXED_TIMING_RECOMMENDED | HV_DEPRECATING_AEOI_RECOMMENDED;
	if (option_value("nested"))
		hints |= HV_X64_HYPERV_NESTED;
	dispatch_injects = option_value("dispatchinject");
	if (dispatch_injects)
		features_ecx = HV_VP_DISPATCH_INTERRUPT_INJECTION_AVAILABLE;
}

bool root_has_privilege(u64 mask)
{
	return (root_partition.privileges & mask) == mask;
}

static struct cpuid_regs hypervisor_leaf(u32 leaf)
{
	switch (leaf) {
	case HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS:
		return (struct cpuid_regs){ HV_MAX_LEAF, HYPERV_CPUID_VENDOR_EBX,
					    HYPERV_CPUID_VENDOR_ECX, HYPERV_CPUID_VENDOR_EDX };
	case HYPERV_CPUID_INTERFACE:
		return (struct cpuid_regs){ .eax = HYPERV_CPUID_INTERFACE_EAX_SIGNATURE };
	case HYPERV_CPUID_VERSION:
		return (struct cpuid_regs){ .eax = BUILD_NUMBER, .ebx = VERSION_10_0 };
	case HYPERV_CPUID_FEATURES:
		return (struct cpuid_regs){ (u32)root_partition.privileges,
					    root_partition.privileges >> 32, features_ecx,
					    HV_FEATURE_FREQUENCY_MSRS_AVAILABLE |
					    HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE };
	case HYPERV_CPUID_ENLIGHTMENT_INFO:
		return (struct cpuid_regs){ .eax = hints, .ebx = NO_SPIN_NOTIFICATION };
	case HYPERV_CPUID_IMPLEMENT_LIMITS:
		return (struct cpuid_regs){ nr_root_cpus, nr_root_cpus, 0, 0 };
	default:
		return (struct cpuid_regs){ 0 };
	}
}

/*
 * Processor state that no child can have is not there for the root either: a VMM
 * derives from its own CPUID which components a child's XSAVE state has.
 */
static void hide_states(u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	if (leaf == 7 && subleaf == 0) {
		r->ebx &= ~LEAF_7_EBX_MPX;
		r->ecx &= ~(LEAF_7_ECX_PKU | LEAF_7_ECX_OSPKE);
	} else if (leaf == 0xd && subleaf == 0) {
		r->eax &= XCR0_VIRTUAL;
		r->ecx = child_xsave_size(r->eax);
		r->edx = 0;
	} else if (leaf == 0xd && subleaf > 1 && !(subleaf < 63 && XCR0_VIRTUAL >> subleaf & 1)) {
		*r = (struct cpuid_regs){ 0 };
	}
}

struct cpuid_regs root_cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	if (leaf >= HV_LEAVES && leaf < HV_LEAVES_END)
		return hypervisor_leaf(leaf);
	r = cpuid(leaf, subleaf);
	if (leaf == 1)
		r.ecx = (r.ecx & ~LEAF_1_TSC_DEADLINE) | HYPERV_HYPERVISOR_PRESENT_BIT;
	else if (leaf == 0x80000001)
		r.ecx &= ~(LEAF_80000001_SVM | LEAF_80000001_SKINIT);
	else if (leaf == 0x8000000a)
		r = (struct cpuid_regs){ 0 };
	hide_states(leaf, subleaf, &r);
	return r;
}
