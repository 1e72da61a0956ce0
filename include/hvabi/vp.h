/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual processors: creation, registers, pages shared with the hypervisor, dispatch.
 */
#ifndef HVABI_VP_H
#define HVABI_VP_H

#include <hvabi/types.h>
#include <hvabi/registers.h>

/* NUMA subnode to prefer for a VP's memory. */
enum hv_subnode_type {
	HV_SUBNODE_ANY		= 0,
	HV_SUBNODE_SOCKET,
	HV_SUBNODE_CLUSTER,
	HV_SUBNODE_L3,
	HV_SUBNODE_COUNT,
	HV_SUBNODE_INVALID	= -1,
};

struct hv_create_vp {
	__u64 partition_id;
	__u32 vp_index;
	__u8 padding[3];
	__u8 subnode_type;
	__u64 subnode_id;
	struct hv_proximity_domain_info proximity_domain_info;
	__u64 flags;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_create_vp, 40);

union hv_input_delete_vp {
	__u64 as_uint64[2];
	struct {
		__u64 partition_id;
		__u32 vp_index;
		__u8 reserved[4];
	} __hv_packed;
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_input_delete_vp, 16);

struct hv_get_vp_from_apic_id_in {
	__u64 partition_id;
	union hv_input_vtl target_vtl;
	__u8 res[7];
	__u32 apic_ids[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_get_vp_from_apic_id_in, 16);

/* Register values. */

struct hv_x64_segment_register {
	__u64 base;
	__u32 limit;
	__u16 selector;
	union {
		struct {
			__u16 segment_type : 4;
			__u16 non_system_segment : 1;
			__u16 descriptor_privilege_level : 2;
			__u16 present : 1;
			__u16 reserved : 4;
			__u16 available : 1;
			__u16 _long : 1;
			__u16 _default : 1;
			__u16 granularity : 1;
		} __hv_packed;
		__u16 attributes;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_segment_register, 16);

struct hv_x64_table_register {
	__u16 pad[3];
	__u16 limit;
	__u64 base;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_table_register, 16);

/* The VP does not run while any of the three suspend registers says so. */
union hv_explicit_suspend_register {
	__u64 as_uint64;
	struct {
		__u64 suspended : 1;
		__u64 reserved : 63;
	} __hv_packed;
};

union hv_intercept_suspend_register {
	__u64 as_uint64;
	struct {
		__u64 suspended : 1;
		__u64 reserved : 63;
	} __hv_packed;
};

union hv_dispatch_suspend_register {
	__u64 as_uint64;
	struct {
		__u64 suspended : 1;
		__u64 reserved : 63;
	} __hv_packed;
};

union hv_internal_activity_register {
	__u64 as_uint64;
	struct {
		__u64 startup_suspend : 1;	/* waits for SIPI */
		__u64 halt_suspend : 1;
		__u64 idle_suspend : 1;
		__u64 rsvd_z : 61;
	} __hv_packed;
};

union hv_x64_interrupt_state_register {
	__u64 as_uint64;
	struct {
		__u64 interrupt_shadow : 1;
		__u64 nmi_masked : 1;
		__u64 reserved : 62;
	} __hv_packed;
};

/* interruption_type of the next. */
#define HV_X64_PENDING_INTERRUPT	0
#define HV_X64_PENDING_NMI		2
#define HV_X64_PENDING_EXCEPTION	3

union hv_x64_pending_interruption_register {
	__u64 as_uint64;
	struct {
		__u32 interruption_pending : 1;
		__u32 interruption_type : 3;
		__u32 deliver_error_code : 1;
		__u32 instruction_length : 4;
		__u32 nested_event : 1;
		__u32 reserved : 6;
		__u32 interruption_vector : 16;
		__u32 error_code;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_x64_pending_interruption_register, 8);

/*
 * HV_REGISTER_DELIVERABILITY_NOTIFICATIONS: what the parent wants to be told when it can be
 * delivered; each bit is good for one message.  TLFS, "Deliverability Notifications".
 */
union hv_deliverability_notifications_register {
	__u64 as_uint64;
	struct {
		__u64 nmi_notification : 1;
		__u64 interrupt_notification : 1;
		__u64 interrupt_priority : 4;	/* above which CR8 must not be; 0: whatever it is */
		__u64 reserved : 42;
		__u64 sints : 16;	/* bit n: the message slot of SINTn is free */
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_deliverability_notifications_register, 8);

/* HV_REGISTER_PENDING_EVENT0, by event_type: an exception (0) or a virtualization fault. */
union hv_x64_pending_exception_event {
	__u64 as_uint64[2];
	struct {
		__u32 event_pending : 1;
		__u32 event_type : 3;
		__u32 reserved0 : 4;
		__u32 deliver_error_code : 1;
		__u32 reserved1 : 7;
		__u32 vector : 16;
		__u32 error_code;
		__u64 exception_parameter;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_x64_pending_exception_event, 16);

union hv_x64_pending_virtualization_fault_event {
	__u64 as_uint64[2];
	struct {
		__u32 event_pending : 1;
		__u32 event_type : 3;
		__u32 reserved0 : 4;
		__u32 reserved1 : 8;
		__u32 parameter0 : 16;
		__u32 code;
		__u64 parameter1;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_x64_pending_virtualization_fault_event, 16);

union hv_x64_fp_register {
	struct hv_u128 as_uint128;
	struct {
		__u64 mantissa;
		__u64 biased_exponent : 15;
		__u64 sign : 1;
		__u64 reserved : 48;
	} __hv_packed;
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_x64_fp_register, 16);

union hv_x64_fp_control_status_register {
	struct hv_u128 as_uint128;
	struct {
		__u16 fp_control;
		__u16 fp_status;
		__u8 fp_tag;
		__u8 reserved;
		__u16 last_fp_op;
		union {
			__u64 last_fp_rip;	/* 64-bit mode */
			struct {
				__u32 last_fp_eip;
				__u16 last_fp_cs;
				__u16 padding;
			} __hv_packed;
		};
	} __hv_packed;
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_x64_fp_control_status_register, 16);

union hv_x64_xmm_control_status_register {
	struct hv_u128 as_uint128;
	struct {
		union {
			__u64 last_fp_rdp;	/* 64-bit mode */
			struct {
				__u32 last_fp_dp;
				__u16 last_fp_ds;
				__u16 padding;
			} __hv_packed;
		};
		__u32 xmm_status_control;
		__u32 xmm_status_control_mask;
	} __hv_packed;
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_x64_xmm_control_status_register, 16);

union hv_x64_xsave_xfem_register {
	__u64 as_uint64;
	struct {
		__u32 low_uint32;
		__u32 high_uint32;
	} __hv_packed;
	struct {
		__u64 legacy_x87 : 1;
		__u64 legacy_sse : 1;
		__u64 avx : 1;
		__u64 mpx_bndreg : 1;
		__u64 mpx_bndcsr : 1;
		__u64 avx_512_op_mask : 1;
		__u64 avx_512_zmmhi : 1;
		__u64 avx_512_zmm16_31 : 1;
		__u64 rsvd8_9 : 2;
		__u64 pasid : 1;
		__u64 cet_u : 1;
		__u64 cet_s : 1;
		__u64 rsvd13_16 : 4;
		__u64 xtile_cfg : 1;
		__u64 xtile_data : 1;
		__u64 rsvd19_63 : 45;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_x64_xsave_xfem_register, 8);

/* Sixteen bytes, whatever the register; the bytes beyond a smaller one are zero. */
union hv_register_value {
	struct hv_u128 reg128;
	__u64 reg64;
	__u32 reg32;
	__u16 reg16;
	__u8 reg8;
	union hv_x64_fp_register fp;
	union hv_x64_fp_control_status_register fp_control_status;
	union hv_x64_xmm_control_status_register xmm_control_status;
	struct hv_x64_segment_register segment;
	struct hv_x64_table_register table;
	union hv_explicit_suspend_register explicit_suspend;
	union hv_intercept_suspend_register intercept_suspend;
	union hv_dispatch_suspend_register dispatch_suspend;
	union hv_internal_activity_register internal_activity;
	union hv_x64_interrupt_state_register interrupt_state;
	union hv_x64_pending_interruption_register pending_interruption;
	union hv_x64_pending_exception_event pending_exception_event;
	union hv_x64_pending_virtualization_fault_event pending_virtualization_fault_event;
};
HVABI_ASSERT_SIZE(union hv_register_value, 16);

struct hv_register_assoc {
	__u32 name;		/* enum hv_register_name */
	__u32 reserved1;
	__u64 reserved2;
	union hv_register_value value;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_register_assoc, 32);

/* Both are rep calls, one register a rep; the output of the first is the values alone. */
struct hv_input_get_vp_registers {
	__u64 partition_id;
	__u32 vp_index;
	union hv_input_vtl input_vtl;
	__u8 rsvd_z8;
	__u16 rsvd_z16;
	__u32 names[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_get_vp_registers, 16);

struct hv_output_get_vp_registers {
	struct { } empty;	/* C wants a member besides the array */
	union hv_register_value values[];
};

struct hv_input_set_vp_registers {
	__u64 partition_id;
	__u32 vp_index;
	union hv_input_vtl input_vtl;
	__u8 rsvd_z8;
	__u16 rsvd_z16;
	struct hv_register_assoc elements[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_set_vp_registers, 16);

/* START_VP and ENABLE_VP_VTL: the state a VP begins in. */
struct hv_init_vp_context {
	__u64 rip;
	__u64 rsp;
	__u64 rflags;
	struct hv_x64_segment_register cs;
	struct hv_x64_segment_register ds;
	struct hv_x64_segment_register es;
	struct hv_x64_segment_register fs;
	struct hv_x64_segment_register gs;
	struct hv_x64_segment_register ss;
	struct hv_x64_segment_register tr;
	struct hv_x64_segment_register ldtr;
	struct hv_x64_table_register idtr;
	struct hv_x64_table_register gdtr;
	__u64 efer;
	__u64 cr0;
	__u64 cr3;
	__u64 cr4;
	__u64 msr_cr_pat;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_init_vp_context, 224);

struct hv_enable_vp_vtl {
	__u64 partition_id;
	__u32 vp_index;
	union hv_input_vtl target_vtl;
	__u8 mbz0;
	__u16 mbz1;
	struct hv_init_vp_context vp_context;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_enable_vp_vtl, 240);

/*
 * The register page: the registers that an exit needs most, readable without a hypercall and,
 * up to the control registers, writable.  A class whose bit is set in dirty is taken over at
 * the next dispatch.
 */
#define HV_X64_REGISTER_CLASS_GENERAL		0
#define HV_X64_REGISTER_CLASS_IP		1
#define HV_X64_REGISTER_CLASS_XMM		2
#define HV_X64_REGISTER_CLASS_SEGMENT		3
#define HV_X64_REGISTER_CLASS_FLAGS		4

#define HV_VP_REGISTER_PAGE_VERSION_1		1u
#define HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT	7

/* Edge-triggered fixed interrupts that the next dispatch injects. */
union hv_vp_register_page_interrupt_vectors {
	__u64 as_uint64;
	struct {
		__u8 vector_count;
		__u8 vector[HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT];
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_vp_register_page_interrupt_vectors, 8);

struct hv_vp_register_page {
	__u16 version;
	__u8 isvalid;
	__u8 rsvdz;
	__u32 dirty;		/* 1 << HV_X64_REGISTER_CLASS_* */

	union {
		struct {
			union {
				struct {
					__u64 rax;
					__u64 rcx;
					__u64 rdx;
					__u64 rbx;
					__u64 rsp;
					__u64 rbp;
					__u64 rsi;
					__u64 rdi;
					__u64 r8;
					__u64 r9;
					__u64 r10;
					__u64 r11;
					__u64 r12;
					__u64 r13;
					__u64 r14;
					__u64 r15;
				} __hv_packed;
				__u64 gp_registers[16];
			};
			__u64 rip;
			__u64 rflags;
		} __hv_packed;
		__u64 registers[18];
	};
	__u8 reserved[8];

	union {
		struct {
			struct hv_u128 xmm0;
			struct hv_u128 xmm1;
			struct hv_u128 xmm2;
			struct hv_u128 xmm3;
			struct hv_u128 xmm4;
			struct hv_u128 xmm5;
		} __hv_packed;
		struct hv_u128 xmm_registers[6];
	};

	union {
		struct {
			struct hv_x64_segment_register es;
			struct hv_x64_segment_register cs;
			struct hv_x64_segment_register ss;
			struct hv_x64_segment_register ds;
			struct hv_x64_segment_register fs;
			struct hv_x64_segment_register gs;
		} __hv_packed;
		struct hv_x64_segment_register segment_registers[6];
	};

	/* Read-only from here to xfem. */
	__u64 cr0;
	__u64 cr3;
	__u64 cr4;
	__u64 cr8;
	__u64 efer;
	__u64 dr7;
	union hv_x64_pending_interruption_register pending_interruption;
	union hv_x64_interrupt_state_register interrupt_state;
	__u64 instruction_emulation_hints;
	__u64 xfem;
	__u8 reserved1[0x100];

	union hv_vp_register_page_interrupt_vectors interrupt_vectors;
} __hv_packed;
HVABI_ASSERT_OFFSET(struct hv_vp_register_page, rip, 136);
HVABI_ASSERT_OFFSET(struct hv_vp_register_page, segment_registers, 256);
HVABI_ASSERT_OFFSET(struct hv_vp_register_page, interrupt_vectors, 688);
HVABI_ASSERT_SIZE(struct hv_vp_register_page, 696);

/*
 * Pages of a VP that the hypervisor shows to the root.  The root takes the page the
 * hypervisor chooses; an L1VH parent names one of its own.
 */
enum hv_vp_state_page_type {
	HV_VP_STATE_PAGE_REGISTERS		= 0,
	HV_VP_STATE_PAGE_INTERCEPT_MESSAGE	= 1,
	HV_VP_STATE_PAGE_GHCB			= 2,
	HV_VP_STATE_PAGE_COUNT
};

struct hv_input_map_vp_state_page {
	__u64 partition_id;
	__u32 vp_index;
	__u16 type;		/* enum hv_vp_state_page_type */
	union hv_input_vtl input_vtl;
	union {
		__u8 as_uint8;
		struct {
			__u8 map_location_provided : 1;
			__u8 reserved : 7;
		};
	} flags;
	__u64 requested_map_location;	/* page number */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_map_vp_state_page, 24);

struct hv_output_map_vp_state_page {
	__u64 map_location;	/* page number */
} __hv_packed;

struct hv_input_unmap_vp_state_page {
	__u64 partition_id;
	__u32 vp_index;
	__u16 type;
	union hv_input_vtl input_vtl;
	__u8 reserved0;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_unmap_vp_state_page, 16);

/* DISPATCH_VP, with the root scheduler: run this VP on this CPU until it stops. */
enum hv_vp_dispatch_state {
	HV_VP_DISPATCH_STATE_INVALID	= 0,
	HV_VP_DISPATCH_STATE_BLOCKED	= 1,
	HV_VP_DISPATCH_STATE_READY	= 2,
};

enum hv_vp_dispatch_event {
	HV_VP_DISPATCH_EVENT_INVALID	= 0,
	HV_VP_DISPATCH_EVENT_SUSPEND	= 1,
	HV_VP_DISPATCH_EVENT_INTERCEPT	= 2,
};

#define HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND	0x1
#define HV_DISPATCH_VP_FLAG_ENABLE_CALLER_INTERRUPTS	0x2
#define HV_DISPATCH_VP_FLAG_SET_CALLER_SPEC_CTRL	0x4
#define HV_DISPATCH_VP_FLAG_SKIP_VP_SPEC_FLUSH		0x8
#define HV_DISPATCH_VP_FLAG_SKIP_CALLER_SPEC_FLUSH	0x10
#define HV_DISPATCH_VP_FLAG_SKIP_CALLER_USER_SPEC_FLUSH	0x20
#define HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION	0x40

struct hv_input_dispatch_vp {
	__u64 partition_id;
	__u32 vp_index;
	__u32 flags;
	__u64 time_slice;	/* in 100 ns; 0 is the hypervisor's choice */
	__u64 spec_ctrl;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_dispatch_vp, 32);

struct hv_output_dispatch_vp {
	__u32 dispatch_state;	/* enum hv_vp_dispatch_state */
	__u32 dispatch_event;	/* enum hv_vp_dispatch_event */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_dispatch_vp, 8);

#endif /* HVABI_VP_H */
