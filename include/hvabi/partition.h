/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Partitions: creation, life cycle and properties.
 *
 * create, set the early properties, initialize, create VPs, run; finalize frees what the
 * hypervisor holds for it, withdraw gets the deposited pages back, delete ends it.
 */
#ifndef HVABI_PARTITION_H
#define HVABI_PARTITION_H

#include <hvabi/types.h>

/* A set bit is a feature that the child gets; in creation properties, one it does not. */
#define HV_PARTITION_PROCESSOR_FEATURES_BANKS	2

union hv_partition_processor_features {
	__u64 as_uint64[HV_PARTITION_PROCESSOR_FEATURES_BANKS];
	struct {
		__u64 sse3_support : 1;
		__u64 lahf_sahf_support : 1;
		__u64 ssse3_support : 1;
		__u64 sse4_1_support : 1;
		__u64 sse4_2_support : 1;
		__u64 sse4a_support : 1;
		__u64 xop_support : 1;
		__u64 pop_cnt_support : 1;
		__u64 cmpxchg16b_support : 1;
		__u64 altmovcr8_support : 1;
		__u64 lzcnt_support : 1;
		__u64 mis_align_sse_support : 1;
		__u64 mmx_ext_support : 1;
		__u64 amd3dnow_support : 1;
		__u64 extended_amd3dnow_support : 1;
		__u64 page_1gb_support : 1;
		__u64 aes_support : 1;
		__u64 pclmulqdq_support : 1;
		__u64 pcid_support : 1;
		__u64 fma4_support : 1;
		__u64 f16c_support : 1;
		__u64 rd_rand_support : 1;
		__u64 rd_wr_fs_gs_support : 1;
		__u64 smep_support : 1;
		__u64 enhanced_fast_string_support : 1;
		__u64 bmi1_support : 1;
		__u64 bmi2_support : 1;
		__u64 hle_support_deprecated : 1;
		__u64 rtm_support_deprecated : 1;
		__u64 movbe_support : 1;
		__u64 npiep1_support : 1;
		__u64 dep_x87_fpu_save_support : 1;
		__u64 rd_seed_support : 1;
		__u64 adx_support : 1;
		__u64 intel_prefetch_support : 1;
		__u64 smap_support : 1;
		__u64 hle_support : 1;
		__u64 rtm_support : 1;
		__u64 rdtscp_support : 1;
		__u64 clflushopt_support : 1;
		__u64 clwb_support : 1;
		__u64 sha_support : 1;
		__u64 x87_pointers_saved_support : 1;
		__u64 invpcid_support : 1;
		__u64 ibrs_support : 1;
		__u64 stibp_support : 1;
		__u64 ibpb_support : 1;
		__u64 unrestricted_guest_support : 1;
		__u64 mdd_support : 1;
		__u64 fast_short_rep_mov_support : 1;
		__u64 l1dcache_flush_support : 1;
		__u64 rdcl_no_support : 1;
		__u64 ibrs_all_support : 1;
		__u64 skip_l1df_support : 1;
		__u64 ssb_no_support : 1;
		__u64 rsb_a_no_support : 1;
		__u64 virt_spec_ctrl_support : 1;
		__u64 rd_pid_support : 1;
		__u64 umip_support : 1;
		__u64 mbs_no_support : 1;
		__u64 mb_clear_support : 1;
		__u64 taa_no_support : 1;
		__u64 tsx_ctrl_support : 1;
		__u64 reserved_bank0 : 1;

		/* Bank 1. */
		__u64 acount_mcount_support : 1;
		__u64 tsc_invariant_support : 1;
		__u64 cl_zero_support : 1;
		__u64 rdpru_support : 1;
		__u64 la57_support : 1;
		__u64 mbec_support : 1;
		__u64 nested_virt_support : 1;
		__u64 psfd_support : 1;
		__u64 cet_ss_support : 1;
		__u64 cet_ibt_support : 1;
		__u64 vmx_exception_inject_support : 1;
		__u64 enqcmd_support : 1;
		__u64 umwait_tpause_support : 1;
		__u64 movdiri_support : 1;
		__u64 movdir64b_support : 1;
		__u64 cldemote_support : 1;
		__u64 serialize_support : 1;
		__u64 tsc_deadline_tmr_support : 1;
		__u64 tsc_adjust_support : 1;
		__u64 fzlrep_movsb : 1;
		__u64 fsrep_stosb : 1;
		__u64 fsrep_cmpsb : 1;
		__u64 tsx_ld_trk_support : 1;
		__u64 vmx_ins_outs_exit_info_support : 1;
		__u64 hlat_support : 1;
		__u64 sbdr_ssdp_no_support : 1;
		__u64 fbsdp_no_support : 1;
		__u64 psdp_no_support : 1;
		__u64 fb_clear_support : 1;
		__u64 btc_no_support : 1;
		__u64 ibpb_rsb_flush_support : 1;
		__u64 stibp_always_on_support : 1;
		__u64 perf_global_ctrl_support : 1;
		__u64 npt_execute_only_support : 1;
		__u64 npt_ad_flags_support : 1;
		__u64 npt1_gb_page_support : 1;
		__u64 amd_processor_topology_node_id_support : 1;
		__u64 local_machine_check_support : 1;
		__u64 extended_topology_leaf_fp256_amd_support : 1;
		__u64 gds_no_support : 1;
		__u64 cmpccxadd_support : 1;
		__u64 tsc_aux_virtualization_support : 1;
		__u64 rmp_query_support : 1;
		__u64 bhi_no_support : 1;
		__u64 bhi_dis_support : 1;
		__u64 prefetch_i_support : 1;
		__u64 sha512_support : 1;
		__u64 mitigation_ctrl_support : 1;
		__u64 rfds_no_support : 1;
		__u64 rfds_clear_support : 1;
		__u64 sm3_support : 1;
		__u64 sm4_support : 1;
		__u64 secure_avic_support : 1;
		__u64 guest_intercept_ctrl_support : 1;
		__u64 sbpb_supported : 1;
		__u64 ibpb_br_type_supported : 1;
		__u64 srso_no_supported : 1;
		__u64 srso_user_kernel_no_supported : 1;
		__u64 vrew_clear_supported : 1;
		__u64 tsa_l1_no_supported : 1;
		__u64 tsa_sq_no_supported : 1;
		__u64 reserved0 : 1;
		__u64 reserved1 : 1;
		__u64 tsa_fill_no_supported : 1;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_partition_processor_features, 16);

union hv_partition_processor_xsave_features {
	struct {
		__u64 xsave_support : 1;
		__u64 xsaveopt_support : 1;
		__u64 avx_support : 1;
		__u64 avx2_support : 1;
		__u64 fma_support : 1;
		__u64 mpx_support : 1;
		__u64 avx512_support : 1;
		__u64 avx512_dq_support : 1;
		__u64 avx512_cd_support : 1;
		__u64 avx512_bw_support : 1;
		__u64 avx512_vl_support : 1;
		__u64 xsave_comp_support : 1;
		__u64 xsave_supervisor_support : 1;
		__u64 xcr1_support : 1;
		__u64 avx512_bitalg_support : 1;
		__u64 avx512_i_fma_support : 1;
		__u64 avx512_v_bmi_support : 1;
		__u64 avx512_v_bmi2_support : 1;
		__u64 avx512_vnni_support : 1;
		__u64 gfni_support : 1;
		__u64 vaes_support : 1;
		__u64 avx512_v_popcntdq_support : 1;
		__u64 vpclmulqdq_support : 1;
		__u64 avx512_bf16_support : 1;
		__u64 avx512_vp2_intersect_support : 1;
		__u64 avx512_fp16_support : 1;
		__u64 xfd_support : 1;
		__u64 amx_tile_support : 1;
		__u64 amx_bf16_support : 1;
		__u64 amx_int8_support : 1;
		__u64 avx_vnni_support : 1;
		__u64 avx_ifma_support : 1;
		__u64 avx_ne_convert_support : 1;
		__u64 avx_vnni_int8_support : 1;
		__u64 avx_vnni_int16_support : 1;
		__u64 avx10_1_256_support : 1;
		__u64 avx10_1_512_support : 1;
		__u64 amx_fp16_support : 1;
		__u64 apx_support : 1;
		__u64 apx_nci_ndd_nf_support : 1;
		__u64 reserved : 24;
	} __hv_packed;
	__u64 as_uint64;
};
HVABI_ASSERT_SIZE(union hv_partition_processor_xsave_features, 8);

struct hv_partition_creation_properties {
	union hv_partition_processor_features disabled_processor_features;
	union hv_partition_processor_xsave_features disabled_processor_xsave_features;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_partition_creation_properties, 24);

/* Property SYNTHETIC_PROC_FEATURES: what of the hypervisor the child sees. */
#define HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES_BANKS	1

union hv_partition_synthetic_processor_features {
	__u64 as_uint64[HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES_BANKS];
	struct {
		__u64 hypervisor_present : 1;
		__u64 hv1 : 1;
		__u64 access_vp_run_time_reg : 1;
		__u64 access_partition_reference_counter : 1;
		__u64 access_synic_regs : 1;
		__u64 access_synthetic_timer_regs : 1;
		__u64 access_intr_ctrl_regs : 1;
		__u64 access_hypercall_regs : 1;
		__u64 access_vp_index : 1;
		__u64 access_partition_reference_tsc : 1;
		__u64 access_guest_idle_reg : 1;
		__u64 access_frequency_regs : 1;
		__u64 reserved_z12 : 1;
		__u64 reserved_z13 : 1;
		__u64 reserved_z14 : 1;
		__u64 enable_extended_gva_ranges_for_flush_virtual_address_list : 1;
		__u64 access_vsm : 1;
		__u64 reserved_z17 : 1;
		__u64 fast_hypercall_output : 1;
		__u64 reserved_z19 : 1;
		__u64 start_virtual_processor : 1;
		__u64 reserved_z21 : 1;
		__u64 direct_synthetic_timers : 1;
		__u64 reserved_z23 : 1;
		__u64 extended_processor_masks : 1;
		__u64 tb_flush_hypercalls : 1;
		__u64 synthetic_cluster_ipi : 1;
		__u64 notify_long_spin_wait : 1;
		__u64 query_numa_distance : 1;
		__u64 signal_events : 1;
		__u64 retarget_device_interrupt : 1;
		__u64 restore_time : 1;
		__u64 enlightened_vmcs : 1;
		__u64 nested_debug_ctl : 1;
		__u64 synthetic_time_unhalted_timer : 1;
		__u64 idle_spec_ctrl : 1;
		__u64 reserved_z36 : 1;
		__u64 wake_vps : 1;
		__u64 access_vp_regs : 1;
		__u64 reserved_z39 : 1;
		__u64 management_vtl_synic_support : 1;
		__u64 proxy_interrupt_doorbell_support : 1;
		__u64 reserved_z42 : 1;
		__u64 mmio_hypercalls : 1;
		__u64 reserved_z44 : 1;
		__u64 map_partition_event_log_buffer : 1;
		__u64 lower_vtl_guest_request_support : 1;
		__u64 proxy_interrupt_redirect_support : 1;
		__u64 install_intercept : 1;
		__u64 reserved_z49 : 1;
		__u64 pin_gpa_page_range_support : 1;
		__u64 heat_hint_beneficial_support : 1;
		__u64 ring_buffer_message_port_support : 1;
		__u64 flush_guest_physical_address_space : 1;
		__u64 reserved : 10;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_partition_synthetic_processor_features, 8);

#define HV_PARTITION_ISOLATION_TYPE_NONE		0
#define HV_PARTITION_ISOLATION_TYPE_SNP			2
#define HV_PARTITION_ISOLATION_TYPE_TDX			3

#define HV_PARTITION_ISOLATION_HOST_TYPE_NONE		0x0
#define HV_PARTITION_ISOLATION_HOST_TYPE_HARDWARE	0x1
#define HV_PARTITION_ISOLATION_HOST_TYPE_RESERVED	0x2

union hv_partition_isolation_properties {
	__u64 as_uint64;
	struct {
		__u64 isolation_type : 5;
		__u64 isolation_host_type : 2;
		__u64 rsvd_z : 5;
		__u64 shared_gpa_boundary_page_number : 52;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_partition_isolation_properties, 8);

#define HV_MAKE_COMPATIBILITY_VERSION(major_, minor_)	((__u32)((major_) << 8 | (minor_)))
#define HV_COMPATIBILITY_21_H2		HV_MAKE_COMPATIBILITY_VERSION(0x6, 0x9)

/* flags of CREATE_PARTITION.  An exo partition's devices are all its parent's business. */
#define HV_PARTITION_CREATION_FLAG_SMT_ENABLED_GUEST			HVABI_BIT(0)
#define HV_PARTITION_CREATION_FLAG_NESTED_VIRTUALIZATION_CAPABLE	HVABI_BIT(1)
#define HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED		HVABI_BIT(4)
#define HV_PARTITION_CREATION_FLAG_EXO_PARTITION			HVABI_BIT(8)
#define HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED			HVABI_BIT(13)
#define HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED	HVABI_BIT(19)
#define HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE			HVABI_BIT(22)

struct hv_input_create_partition {
	__u64 flags;
	struct hv_proximity_domain_info proximity_domain_info;
	__u32 compatibility_version;
	__u32 padding;
	struct hv_partition_creation_properties partition_creation_properties;
	union hv_partition_isolation_properties isolation_properties;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_create_partition, 56);

struct hv_output_create_partition {
	__u64 partition_id;
} __hv_packed;

struct hv_input_initialize_partition {
	__u64 partition_id;
} __hv_packed;

struct hv_input_finalize_partition {
	__u64 partition_id;
} __hv_packed;

struct hv_input_delete_partition {
	__u64 partition_id;
} __hv_packed;

struct hv_output_get_partition_id {
	__u64 partition_id;
} __hv_packed;

enum hv_partition_property_code {
	/* Privileges; only before the partition is initialized. */
	HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS				= 0x00010000,
	HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES			= 0x00010001,

	/* Scheduling. */
	HV_PARTITION_PROPERTY_SUSPEND					= 0x00020000,
	HV_PARTITION_PROPERTY_CPU_RESERVE				= 0x00020001,
	HV_PARTITION_PROPERTY_CPU_CAP					= 0x00020002,
	HV_PARTITION_PROPERTY_CPU_WEIGHT				= 0x00020003,
	HV_PARTITION_PROPERTY_CPU_GROUP_ID				= 0x00020004,
	HV_PARTITION_PROPERTY_INTEGRATED_SCHEDULER_ENABLED		= 0x00020005,

	/* Time. */
	HV_PARTITION_PROPERTY_TIME_FREEZE				= 0x00030003,
	HV_PARTITION_PROPERTY_REFERENCE_TIME				= 0x00030005,

	/* Debugging. */
	HV_PARTITION_PROPERTY_DEBUG_CHANNEL_ID				= 0x00040000,

	/* Resources and policy. */
	HV_PARTITION_PROPERTY_VIRTUAL_TLB_PAGE_COUNT			= 0x00050000,
	HV_PARTITION_PROPERTY_VSM_CONFIG				= 0x00050001,
	HV_PARTITION_PROPERTY_ZERO_MEMORY_ON_RESET			= 0x00050002,
	HV_PARTITION_PROPERTY_PROCESSORS_PER_SOCKET			= 0x00050003,
	HV_PARTITION_PROPERTY_NESTED_TLB_SIZE				= 0x00050004,
	HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING			= 0x00050005,
	HV_PARTITION_PROPERTY_VSM_PERMISSIONS_DIRTY_SINCE_LAST_QUERY	= 0x00050006,
	HV_PARTITION_PROPERTY_ISOLATION_STATE				= 0x0005000c,
	HV_PARTITION_PROPERTY_ISOLATION_CONTROL				= 0x0005000d,
	HV_PARTITION_PROPERTY_ALLOCATION_ID				= 0x0005000e,
	HV_PARTITION_PROPERTY_MONITORING_ID				= 0x0005000f,
	HV_PARTITION_PROPERTY_IMPLEMENTED_PHYSICAL_ADDRESS_BITS		= 0x00050010,
	HV_PARTITION_PROPERTY_NON_ARCHITECTURAL_CORE_SHARING		= 0x00050011,
	HV_PARTITION_PROPERTY_HYPERCALL_DOORBELL_PAGE			= 0x00050012,
	HV_PARTITION_PROPERTY_ISOLATION_POLICY				= 0x00050014,
	HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION			= 0x00050017,

	/* Compatibility with the processor. */
	HV_PARTITION_PROPERTY_PROCESSOR_VENDOR				= 0x00060000,
	HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES			= 0x00060002,
	HV_PARTITION_PROPERTY_PROCESSOR_CL_FLUSH_SIZE			= 0x00060003,
	HV_PARTITION_PROPERTY_ENLIGHTENMENT_MODIFICATIONS		= 0x00060004,
	HV_PARTITION_PROPERTY_COMPATIBILITY_VERSION			= 0x00060005,
	HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH			= 0x00060006,
	HV_PARTITION_PROPERTY_XSAVE_STATES				= 0x00060007,
	HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE			= 0x00060008,
	HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY			= 0x00060009,
	HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0			= 0x0006000a,
	HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1			= 0x0006000b,

	/* Guest. */
	HV_PARTITION_PROPERTY_GUEST_OS_ID				= 0x00070000,

	/* Nested. */
	HV_PARTITION_PROPERTY_PROCESSOR_VIRTUALIZATION_FEATURES		= 0x00080000,

	/* Larger than 64 bits: GET_PARTITION_PROPERTY_EX only. */
	HV_PARTITION_PROPERTY_VMM_CAPABILITIES				= 0x00090007,
	HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES	= 0x00090009,
};

/* Values of UNIMPLEMENTED_MSR_ACTION. */
enum hv_unimplemented_msr_action {
	HV_UNIMPLEMENTED_MSR_ACTION_FAULT			= 0,
	HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO	= 1,
	HV_UNIMPLEMENTED_MSR_ACTION_COUNT			= 2,
};

/* Values of ISOLATION_STATE. */
enum hv_partition_isolation_state {
	HV_PARTITION_ISOLATION_INVALID			= 0,
	HV_PARTITION_ISOLATION_INSECURE_CLEAN		= 1,
	HV_PARTITION_ISOLATION_INSECURE_DIRTY		= 2,
	HV_PARTITION_ISOLATION_SECURE			= 3,
	HV_PARTITION_ISOLATION_SECURE_DIRTY		= 4,
	HV_PARTITION_ISOLATION_SECURE_TERMINATING	= 5,
};

struct hv_input_get_partition_property {
	__u64 partition_id;
	__u32 property_code;	/* enum hv_partition_property_code */
	__u32 padding;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_get_partition_property, 16);

struct hv_output_get_partition_property {
	__u64 property_value;
} __hv_packed;

/* May answer HV_STATUS_CALL_PENDING and complete by HVMSG_ASYNC_CALL_COMPLETION. */
struct hv_input_set_partition_property {
	__u64 partition_id;
	__u32 property_code;
	__u32 padding;
	__u64 property_value;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_set_partition_property, 24);

union hv_partition_property_arg {
	__u64 as_uint64;
	struct {
		union {
			__u32 arg;
			__u32 vp_index;
		};
		__u16 reserved0;
		__u8 reserved1;
		__u8 object_type;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_partition_property_arg, 8);

struct hv_input_get_partition_property_ex {
	__u64 partition_id;
	__u32 property_code;
	__u32 padding;
	union {
		union hv_partition_property_arg arg_data;
		__u64 arg;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_get_partition_property_ex, 24);

#define HV_PARTITION_VMM_CAPABILITIES_BANK_COUNT		1
#define HV_PARTITION_VMM_CAPABILITIES_RESERVED_BITFIELD_COUNT	57

struct hv_partition_property_vmm_capabilities {
	__u16 bank_count;
	__u16 reserved[3];
	union {
		__u64 as_uint64[HV_PARTITION_VMM_CAPABILITIES_BANK_COUNT];
		struct {
			__u64 map_gpa_preserve_adjustable : 1;
			__u64 vmm_can_provide_overlay_gpfn : 1;
			__u64 vp_affinity_property : 1;
			__u64 reservedbit3 : 1;
			__u64 assignable_synthetic_proc_features : 1;
			__u64 reservedbit5 : 1;
			__u64 vmm_enable_integrated_scheduler : 1;
			__u64 reserved0 : HV_PARTITION_VMM_CAPABILITIES_RESERVED_BITFIELD_COUNT;
		} __hv_packed;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_partition_property_vmm_capabilities, 16);

/* The setter's input has the getter's header, so what is left of a page is as much. */
#define HV_PARTITION_PROPERTY_EX_MAX_VAR_SIZE \
	(HV_HYP_PAGE_SIZE - sizeof(struct hv_input_get_partition_property_ex))

union hv_partition_property_ex {
	__u8 buffer[HV_PARTITION_PROPERTY_EX_MAX_VAR_SIZE];
	struct hv_partition_property_vmm_capabilities vmm_capabilities;
};

struct hv_output_get_partition_property_ex {
	union hv_partition_property_ex property_value;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_get_partition_property_ex, 4072);

#endif /* HVABI_PARTITION_H */
