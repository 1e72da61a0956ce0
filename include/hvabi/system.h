/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine as a whole, for the root: processors, system properties, sleep, crash.
 */
#ifndef HVABI_SYSTEM_H
#define HVABI_SYSTEM_H

#include <hvabi/types.h>

enum hv_scheduler_type {
	HV_SCHEDULER_TYPE_LP		= 1,	/* the hypervisor's, without SMT */
	HV_SCHEDULER_TYPE_LP_SMT	= 2,
	HV_SCHEDULER_TYPE_CORE_SMT	= 3,	/* never two partitions on one core */
	HV_SCHEDULER_TYPE_ROOT		= 4,	/* the root dispatches VPs itself */
	HV_SCHEDULER_TYPE_MAX
};

enum hv_system_property {
	HV_SYSTEM_PROPERTY_SLEEP_STATE		= 3,
	HV_SYSTEM_PROPERTY_SCHEDULER_TYPE	= 15,
	HV_DYNAMIC_PROCESSOR_FEATURE_PROPERTY	= 21,
	HV_SYSTEM_PROPERTY_CRASHDUMPAREA	= 47,
};

enum hv_dynamic_processor_feature_property {
	HV_X64_DYNAMIC_PROCESSOR_FEATURE_MAX_ENCRYPTED_PARTITIONS	= 13,
	HV_X64_DYNAMIC_PROCESSOR_FEATURE_SNP_STATUS			= 16,
};

enum hv_snp_status {
	HV_SNP_STATUS_NONE				= 0,
	HV_SNP_STATUS_AVAILABLE				= 1,
	HV_SNP_STATUS_INCOMPATIBLE			= 2,
	HV_SNP_STATUS_PSP_UNAVAILABLE			= 3,
	HV_SNP_STATUS_PSP_INIT_FAILED			= 4,
	HV_SNP_STATUS_PSP_BAD_FW_VERSION		= 5,
	HV_SNP_STATUS_BAD_CONFIGURATION			= 6,
	HV_SNP_STATUS_PSP_FW_UPDATE_IN_PROGRESS		= 7,
	HV_SNP_STATUS_PSP_RB_INIT_FAILED		= 8,
	HV_SNP_STATUS_PSP_PLATFORM_STATUS_FAILED	= 9,
	HV_SNP_STATUS_PSP_INIT_LATE_FAILED		= 10,
};

#define HV_PFN_RANGE_PGBITS	24

union hv_pfn_range {
	__u64 as_uint64;
	struct {
		__u64 base_pfn : 64 - HV_PFN_RANGE_PGBITS;
		__u64 add_pfns : HV_PFN_RANGE_PGBITS;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_pfn_range, 8);

struct hv_input_get_system_property {
	__u32 property_id;	/* enum hv_system_property */
	__u32 reserved;
	union {
		__u64 as_uint64;
		__u32 hv_processor_feature;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_get_system_property, 16);

struct hv_output_get_system_property {
	union {
		__u32 scheduler_type;	/* enum hv_scheduler_type */
		__u64 hv_processor_feature_value;
		union hv_pfn_range hv_cda_info;
		__u64 hv_tramp_pa;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_get_system_property, 8);

enum hv_sleep_state {
	HV_SLEEP_STATE_S1	= 1,
	HV_SLEEP_STATE_S2	= 2,
	HV_SLEEP_STATE_S3	= 3,
	HV_SLEEP_STATE_S4	= 4,
	HV_SLEEP_STATE_S5	= 5,
	HV_SLEEP_STATE_LOCK	= 6,	/* refuse every later registration */
};

struct hv_sleep_state_info {
	__u32 sleep_state;
	__u8 pm1a_slp_typ;
	__u8 pm1b_slp_typ;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_sleep_state_info, 6);

struct hv_input_set_system_property {
	__u32 property_id;
	__u32 reserved;
	union {
		struct hv_sleep_state_info set_sleep_state_info;
		__u64 reserved0[8];
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_set_system_property, 72);

struct hv_input_enter_sleep_state {
	__u32 sleep_state;
} __hv_packed;

/*
 * ADD_LOGICAL_PROCESSOR: the root's next CPU.  Linux 6.1 and 6.12 send eight more bytes of
 * flags behind this.
 */
struct hv_input_add_logical_processor {
	__u32 lp_index;
	__u32 apic_id;
	struct hv_proximity_domain_info proximity_domain_info;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_add_logical_processor, 16);

struct hv_lp_startup_status {
	__u64 hv_status;
	__u64 substatus1;
	__u64 substatus2;
	__u64 substatus3;
	__u64 substatus4;
	__u64 substatus5;
	__u64 substatus6;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_lp_startup_status, 56);

struct hv_output_add_logical_processor {
	struct hv_lp_startup_status startup_status;
} __hv_packed;

struct hv_input_get_logical_processor_run_time {
	__u32 lp_index;
} __hv_packed;

struct hv_output_get_logical_processor_run_time {
	__u64 global_time;	/* all in 100 ns */
	__u64 local_run_time;
	__u64 rsvdz0;
	__u64 hypervisor_time;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_get_logical_processor_run_time, 32);

/* NOTIFY_PARTITION_EVENT: what the root tells of itself. */
enum hv_partition_event {
	HV_PARTITION_EVENT_ROOT_CRASHDUMP		= 2,
	HV_PARTITION_ALL_LOGICAL_PROCESSORS_STARTED	= 4,
};

enum hv_crashdump_action {
	HV_CRASHDUMP_NONE			= 0,
	HV_CRASHDUMP_SUSPEND_ALL_VPS		= 1,
	HV_CRASHDUMP_PREPARE_FOR_STATE_SAVE	= 2,
	HV_CRASHDUMP_STATE_SAVED		= 3,
	HV_CRASHDUMP_ENTRY			= 4,
};

struct hv_partition_event_root_crashdump_input {
	__u32 crashdump_action;
} __hv_packed;

union hv_partition_event_input {
	struct hv_partition_event_root_crashdump_input crashdump_input;
};

struct hv_input_notify_partition_event {
	__u32 event;		/* enum hv_partition_event */
	union hv_partition_event_input input;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_notify_partition_event, 8);

struct hv_crashdump_area {
	__u32 version;
	union {
		__u32 flags_as_uint32;
		struct {
			__u32 cda_valid : 1;
			__u32 cda_unused : 31;
		} __hv_packed;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_crashdump_area, 8);

/* DISABLE_HYP_EX: give the processor back and continue at rip. */
struct hv_input_disable_hyp_ex {
	__u64 rip;
	__u64 arg;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_disable_hyp_ex, 16);

#endif /* HVABI_SYSTEM_H */
