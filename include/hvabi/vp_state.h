/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GET and SET_VP_STATE: the parts of a VP that are larger than a register.
 *
 * Types with HV_GET_SET_VP_STATE_TYPE_PFN travel in pages of the caller whose numbers are in
 * the input; the others in the hypercall's own pages.  Both calls have a variable header.
 */
#ifndef HVABI_VP_STATE_H
#define HVABI_VP_STATE_H

#include <hvabi/types.h>
#include <hvabi/synic.h>
#include <hvabi/vp.h>

#define HV_GET_SET_VP_STATE_TYPE_PFN	0x80000000U

enum hv_get_set_vp_state_type {
	HV_GET_SET_VP_STATE_LAPIC_STATE		= 0 | HV_GET_SET_VP_STATE_TYPE_PFN,
	HV_GET_SET_VP_STATE_XSAVE		= 1 | HV_GET_SET_VP_STATE_TYPE_PFN,
	HV_GET_SET_VP_STATE_SIM_PAGE		= 2 | HV_GET_SET_VP_STATE_TYPE_PFN,
	HV_GET_SET_VP_STATE_SIEF_PAGE		= 3 | HV_GET_SET_VP_STATE_TYPE_PFN,
	HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS	= 4,
};

/* Which components an XSAVE state has; compacted form. */
struct hv_vp_state_data_xsave {
	__u64 flags;
	union hv_x64_xsave_xfem_register states;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_vp_state_data_xsave, 16);

struct hv_vp_state_data {
	__u32 type;		/* enum hv_get_set_vp_state_type */
	__u32 rsvd;
	struct hv_vp_state_data_xsave xsave;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_vp_state_data, 24);

struct hv_stimer_state {
	struct {
		__u32 undelivered_msg_pending : 1;
		__u32 reserved : 31;
	} __hv_packed flags;
	__u32 resvd;
	__u64 config;
	__u64 count;
	__u64 adjustment;
	__u64 undelivered_exp_time;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_stimer_state, 40);

struct hv_synthetic_timers_state {
	struct hv_stimer_state timers[HV_SYNIC_STIMER_COUNT];
	__u64 reserved[5];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_synthetic_timers_state, 200);

/* LAPIC_STATE; at the start of the page, the rest of which is zero. */
struct hv_local_interrupt_controller_state {
	__u32 apic_id;
	__u32 apic_version;
	__u32 apic_ldr;
	__u32 apic_dfr;
	__u32 apic_spurious;
	__u32 apic_isr[8];
	__u32 apic_tmr[8];
	__u32 apic_irr[8];
	__u32 apic_esr;
	__u32 apic_icr_high;
	__u32 apic_icr_low;
	__u32 apic_lvt_timer;
	__u32 apic_lvt_thermal;
	__u32 apic_lvt_perfmon;
	__u32 apic_lvt_lint0;
	__u32 apic_lvt_lint1;
	__u32 apic_lvt_error;
	__u32 apic_lvt_cmci;
	__u32 apic_error_status;
	__u32 apic_initial_count;
	__u32 apic_counter_value;
	__u32 apic_divide_configuration;
	__u32 apic_remote_read;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_local_interrupt_controller_state, 176);

struct hv_input_get_vp_state {
	__u64 partition_id;
	__u32 vp_index;
	__u8 input_vtl;
	__u8 rsvd0;
	__u16 rsvd1;
	struct hv_vp_state_data state_data;
	__u64 output_data_pfns[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_get_vp_state, 40);

union hv_output_get_vp_state {
	struct hv_synthetic_timers_state synthetic_timers_state;
} __hv_packed;

union hv_input_set_vp_state_data {
	__u64 pfns;
	__u8 bytes;
} __hv_packed;

struct hv_input_set_vp_state {
	__u64 partition_id;
	__u32 vp_index;
	__u8 input_vtl;
	__u8 rsvd0;
	__u16 rsvd1;
	struct hv_vp_state_data state_data;
	union hv_input_set_vp_state_data data[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_set_vp_state, 40);

#endif /* HVABI_VP_STATE_H */
