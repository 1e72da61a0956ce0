/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synthetic model-specific registers of x86-64 and what is in them.
 *
 * Those that locate a page share one form: enable in bit 0, page frame number from bit 12.
 */
#ifndef HVABI_MSR_H
#define HVABI_MSR_H

#include <hvabi/types.h>

#define HV_X64_MSR_GUEST_OS_ID		0x40000000
#define HV_X64_MSR_HYPERCALL		0x40000001
#define HV_X64_MSR_VP_INDEX		0x40000002
#define HV_X64_MSR_RESET		0x40000003
#define HV_X64_MSR_VP_RUNTIME		0x40000010
#define HV_X64_MSR_TIME_REF_COUNT	0x40000020
#define HV_X64_MSR_REFERENCE_TSC	0x40000021
#define HV_X64_MSR_TSC_FREQUENCY	0x40000022
#define HV_X64_MSR_APIC_FREQUENCY	0x40000023

/* Local APIC shortcuts and the VP assist page. */
#define HV_X64_MSR_EOI			0x40000070
#define HV_X64_MSR_ICR			0x40000071
#define HV_X64_MSR_TPR			0x40000072
#define HV_X64_MSR_VP_ASSIST_PAGE	0x40000073

/* Synthetic interrupt controller. */
#define HV_X64_MSR_SCONTROL		0x40000080
#define HV_X64_MSR_SVERSION		0x40000081
#define HV_X64_MSR_SIEFP		0x40000082
#define HV_X64_MSR_SIMP			0x40000083
#define HV_X64_MSR_EOM			0x40000084
#define HV_X64_MSR_SIRBP		0x40000085
#define HV_X64_MSR_SINT0		0x40000090
#define HV_X64_MSR_SINT1		0x40000091
#define HV_X64_MSR_SINT2		0x40000092
#define HV_X64_MSR_SINT3		0x40000093
#define HV_X64_MSR_SINT4		0x40000094
#define HV_X64_MSR_SINT5		0x40000095
#define HV_X64_MSR_SINT6		0x40000096
#define HV_X64_MSR_SINT7		0x40000097
#define HV_X64_MSR_SINT8		0x40000098
#define HV_X64_MSR_SINT9		0x40000099
#define HV_X64_MSR_SINT10		0x4000009a
#define HV_X64_MSR_SINT11		0x4000009b
#define HV_X64_MSR_SINT12		0x4000009c
#define HV_X64_MSR_SINT13		0x4000009d
#define HV_X64_MSR_SINT14		0x4000009e
#define HV_X64_MSR_SINT15		0x4000009f

/* The same of the hypervisor below, for a parent that is itself nested. */
#define HV_X64_MSR_NESTED_SCONTROL	0x40001080
#define HV_X64_MSR_NESTED_SVERSION	0x40001081
#define HV_X64_MSR_NESTED_SIEFP		0x40001082
#define HV_X64_MSR_NESTED_SIMP		0x40001083
#define HV_X64_MSR_NESTED_EOM		0x40001084
#define HV_X64_MSR_NESTED_SINT0		0x40001090

/* Synthetic timers. */
#define HV_X64_MSR_STIMER0_CONFIG	0x400000b0
#define HV_X64_MSR_STIMER0_COUNT	0x400000b1
#define HV_X64_MSR_STIMER1_CONFIG	0x400000b2
#define HV_X64_MSR_STIMER1_COUNT	0x400000b3
#define HV_X64_MSR_STIMER2_CONFIG	0x400000b4
#define HV_X64_MSR_STIMER2_COUNT	0x400000b5
#define HV_X64_MSR_STIMER3_CONFIG	0x400000b6
#define HV_X64_MSR_STIMER3_COUNT	0x400000b7

/* Reading it idles the VP until the next interrupt, even a masked one. */
#define HV_X64_MSR_GUEST_IDLE		0x400000f0

/* Crash report of a guest, and live migration. */
#define HV_X64_MSR_CRASH_P0		0x40000100
#define HV_X64_MSR_CRASH_P1		0x40000101
#define HV_X64_MSR_CRASH_P2		0x40000102
#define HV_X64_MSR_CRASH_P3		0x40000103
#define HV_X64_MSR_CRASH_P4		0x40000104
#define HV_X64_MSR_CRASH_CTL		0x40000105
#define HV_X64_MSR_CRASH_PARAMS		(1 + (HV_X64_MSR_CRASH_P4 - HV_X64_MSR_CRASH_P0))
#define HV_CRASH_CTL_CRASH_NOTIFY_MSG	HVABI_BIT(62)
#define HV_CRASH_CTL_CRASH_NOTIFY	HVABI_BIT(63)
#define HV_X64_MSR_REENLIGHTENMENT_CONTROL	0x40000106
#define HV_X64_MSR_TSC_EMULATION_CONTROL	0x40000107
#define HV_X64_MSR_TSC_EMULATION_STATUS		0x40000108
#define HV_X64_MSR_TSC_INVARIANT_CONTROL	0x40000118
#define HV_EXPOSE_INVARIANT_TSC			HVABI_BIT(0)

#define HV_X64_MSR_HYPERCALL_ENABLE		0x00000001
#define HV_X64_MSR_HYPERCALL_PAGE_ADDRESS_SHIFT	12
#define HV_X64_MSR_HYPERCALL_PAGE_ADDRESS_MASK	\
	(~((1ull << HV_X64_MSR_HYPERCALL_PAGE_ADDRESS_SHIFT) - 1))

#define HV_X64_MSR_VP_ASSIST_PAGE_ENABLE	0x00000001
#define HV_X64_MSR_VP_ASSIST_PAGE_ADDRESS_SHIFT	12
#define HV_X64_MSR_VP_ASSIST_PAGE_ADDRESS_MASK	\
	(~((1ull << HV_X64_MSR_VP_ASSIST_PAGE_ADDRESS_SHIFT) - 1))

#define HV_X64_MSR_TSC_REFERENCE_ENABLE		0x00000001
#define HV_X64_MSR_TSC_REFERENCE_ADDRESS_SHIFT	12

/* High half of what Linux writes to GUEST_OS_ID: open source, Linux. */
#define HV_LINUX_VENDOR_ID			0x8100

union hv_x64_msr_hypercall_contents {
	__u64 as_uint64;
	struct {
		__u64 enable : 1;
		__u64 reserved : 11;
		__u64 guest_physical_address : 52;	/* a page frame number, despite its name */
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_x64_msr_hypercall_contents, 8);

union hv_vp_assist_msr_contents {
	__u64 as_uint64;
	struct {
		__u64 enable : 1;
		__u64 reserved : 11;
		__u64 pfn : 52;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_vp_assist_msr_contents, 8);

union hv_reference_tsc_msr {
	__u64 as_uint64;
	struct {
		__u64 enable : 1;
		__u64 reserved : 11;
		__u64 pfn : 52;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_reference_tsc_msr, 8);

/*
 * Page behind REFERENCE_TSC: time = (tsc * tsc_scale >> 64) + tsc_offset, in 100 ns.  Valid
 * when tsc_sequence is not 0 and is the same before and after.
 */
struct ms_hyperv_tsc_page {
	volatile __u32 tsc_sequence;
	__u32 reserved1;
	volatile __u64 tsc_scale;
	volatile __s64 tsc_offset;
} __hv_packed;
HVABI_ASSERT_SIZE(struct ms_hyperv_tsc_page, 24);

struct hv_reenlightenment_control {
	__u64 vector : 8;
	__u64 reserved1 : 8;
	__u64 enabled : 1;
	__u64 reserved2 : 15;
	__u64 target_vp : 32;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_reenlightenment_control, 8);

struct hv_tsc_emulation_status {
	__u64 inprogress : 1;
	__u64 reserved : 63;
} __hv_packed;

struct hv_tsc_emulation_control {
	__u64 enabled : 1;
	__u64 reserved : 63;
} __hv_packed;

struct hv_nested_enlightenments_control {
	struct {
		__u32 directhypercall : 1;
		__u32 reserved : 31;
	} __hv_packed features;
	struct {
		__u32 inter_partition_comm : 1;
		__u32 reserved : 31;
	} __hv_packed hypercall_controls;
} __hv_packed;

/* Page behind VP_ASSIST_PAGE, one a VP. */
struct hv_vp_assist_page {
	__u32 apic_assist;	/* bit 0: the next EOI need not be written */
	__u32 reserved1;
	__u32 vtl_entry_reason;
	__u32 vtl_reserved;
	__u64 vtl_ret_x64rax;
	__u64 vtl_ret_x64rcx;
	struct hv_nested_enlightenments_control nested_control;
	__u8 enlighten_vmentry;
	__u8 reserved2[7];
	__u64 current_nested_vmcs;
	__u8 synthetic_time_unhalted_timer_expired;
	__u8 reserved3[7];
	__u8 virtualization_fault_information[40];
	__u8 reserved4[8];
	__u8 intercept_message[256];
	__u8 vtl_ret_actions[256];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_vp_assist_page, 624);

#endif /* HVABI_MSR_H */
