/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages: 256 bytes that say why a VP of a child stopped, or what else its parent must know.
 *
 * They arrive in a slot of the SynIC's message page, or in the intercept message page of the
 * VP, of which HVMSG_OPAQUE_INTERCEPT then gives notice.  A slot whose type is not HVMSG_NONE
 * is full; who empties it while msg_pending is set must write EOM.
 */
#ifndef HVABI_MESSAGE_H
#define HVABI_MESSAGE_H

#include <hvabi/types.h>
#include <hvabi/memory.h>
#include <hvabi/synic.h>
#include <hvabi/vp.h>

#define HV_MESSAGE_SIZE			256
#define HV_MESSAGE_PAYLOAD_BYTE_COUNT	240
#define HV_MESSAGE_PAYLOAD_QWORD_COUNT	30

enum hv_message_type {
	HVMSG_NONE				= 0x00000000,

	/* Memory. */
	HVMSG_UNMAPPED_GPA			= 0x80000000,
	HVMSG_GPA_INTERCEPT			= 0x80000001,
	HVMSG_UNACCEPTED_GPA			= 0x80000003,
	HVMSG_GPA_ATTRIBUTE_INTERCEPT		= 0x80000004,

	HVMSG_TIMER_EXPIRED			= 0x80000010,

	/* The VP cannot go on. */
	HVMSG_INVALID_VP_REGISTER_VALUE		= 0x80000020,
	HVMSG_UNRECOVERABLE_EXCEPTION		= 0x80000021,
	HVMSG_UNSUPPORTED_FEATURE		= 0x80000022,

	HVMSG_OPAQUE_INTERCEPT			= 0x8000003f,
	HVMSG_EVENTLOG_BUFFERCOMPLETE		= 0x80000040,
	HVMSG_HYPERCALL_INTERCEPT		= 0x80000050,

	/* SynIC. */
	HVMSG_SYNIC_EVENT_INTERCEPT		= 0x80000060,
	HVMSG_SYNIC_SINT_INTERCEPT		= 0x80000061,
	HVMSG_SYNIC_SINT_DELIVERABLE		= 0x80000062,

	HVMSG_ASYNC_CALL_COMPLETION		= 0x80000070,

	/* Root scheduler: VPs that want to be dispatched. */
	HVMSG_SCHEDULER_VP_SIGNAL_BITSET	= 0x80000100,
	HVMSG_SCHEDULER_VP_SIGNAL_PAIR		= 0x80000101,

	/* x86-64. */
	HVMSG_X64_IO_PORT_INTERCEPT		= 0x80010000,
	HVMSG_X64_MSR_INTERCEPT			= 0x80010001,
	HVMSG_X64_CPUID_INTERCEPT		= 0x80010002,
	HVMSG_X64_EXCEPTION_INTERCEPT		= 0x80010003,
	HVMSG_X64_APIC_EOI			= 0x80010004,
	HVMSG_X64_LEGACY_FP_ERROR		= 0x80010005,
	HVMSG_X64_IOMMU_PRQ			= 0x80010006,
	HVMSG_X64_HALT				= 0x80010007,
	HVMSG_X64_INTERRUPTION_DELIVERABLE	= 0x80010008,
	HVMSG_X64_SIPI_INTERCEPT		= 0x80010009,
	HVMSG_X64_SEV_VMGEXIT_INTERCEPT		= 0x80010013,
};

union hv_message_flags {
	__u8 asu8;
	struct {
		__u8 msg_pending : 1;
		__u8 reserved : 7;
	} __hv_packed;
};

struct hv_message_header {
	__u32 message_type;	/* enum hv_message_type; written last, cleared first */
	__u8 payload_size;	/* bytes */
	union hv_message_flags message_flags;
	__u8 reserved[2];
	union {
		__u64 sender;	/* partition id */
		union hv_port_id port;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_message_header, 16);

struct hv_message {
	struct hv_message_header header;
	union {
		__u64 payload[HV_MESSAGE_PAYLOAD_QWORD_COUNT];
	} u;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_message, HV_MESSAGE_SIZE);

struct hv_message_page {
	struct hv_message sint_message[HV_SYNIC_SINT_COUNT];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_message_page, 4096);

/* Payloads.  First what all intercepts of x86-64 begin with. */

enum hv_intercept_access_type {
	HV_INTERCEPT_ACCESS_READ	= 0,
	HV_INTERCEPT_ACCESS_WRITE	= 1,
	HV_INTERCEPT_ACCESS_EXECUTE	= 2,
};

union hv_x64_vp_execution_state {
	__u16 as_uint16;
	struct {
		__u16 cpl : 2;
		__u16 cr0_pe : 1;
		__u16 cr0_am : 1;
		__u16 efer_lma : 1;
		__u16 debug_active : 1;
		__u16 interruption_pending : 1;
		__u16 vtl : 4;
		__u16 enclave_mode : 1;
		__u16 interrupt_shadow : 1;
		__u16 virtualization_fault_active : 1;
		__u16 reserved : 2;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_x64_vp_execution_state, 2);

/* rip is that of the instruction itself: skipping it is for the reader of the message. */
struct hv_x64_intercept_message_header {
	__u32 vp_index;
	__u8 instruction_length : 4;
	__u8 cr8 : 4;		/* only for exo partitions */
	__u8 intercept_access_type;
	union hv_x64_vp_execution_state execution_state;
	struct hv_x64_segment_register cs_segment;
	__u64 rip;
	__u64 rflags;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_intercept_message_header, 40);

union hv_x64_memory_access_info {
	__u8 as_uint8;
	struct {
		__u8 gva_valid : 1;
		__u8 gva_gpa_valid : 1;
		__u8 hypercall_output_pending : 1;
		__u8 tlb_locked_no_overlay : 1;
		__u8 reserved : 4;
	} __hv_packed;
};

/* UNMAPPED_GPA, GPA_INTERCEPT, UNACCEPTED_GPA */
struct hv_x64_memory_intercept_message {
	struct hv_x64_intercept_message_header header;
	__u32 cache_type;
	__u8 instruction_byte_count;
	union hv_x64_memory_access_info memory_access_info;
	__u8 tpr_priority;
	__u8 reserved1;
	__u64 guest_virtual_address;
	__u64 guest_physical_address;
	__u8 instruction_bytes[16];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_memory_intercept_message, 80);

struct hv_x64_gpa_attribute_intercept_message {
	__u32 vp_index;
	struct {
		__u32 range_count : 5;
		__u32 adjust : 1;
		__u32 host_visibility : 2;
		__u32 memory_type : 6;
		__u32 reserved : 18;
	} __hv_packed;
	union hv_gpa_page_range ranges[29];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_gpa_attribute_intercept_message, 240);

union hv_x64_io_port_access_info {
	__u8 as_uint8;
	struct {
		__u8 access_size : 3;	/* bytes */
		__u8 string_op : 1;
		__u8 rep_prefix : 1;
		__u8 reserved : 3;
	} __hv_packed;
};

struct hv_x64_io_port_intercept_message {
	struct hv_x64_intercept_message_header header;
	__u16 port_number;
	union hv_x64_io_port_access_info access_info;
	__u8 instruction_byte_count;
	__u32 reserved;
	__u64 rax;
	__u8 instruction_bytes[16];
	struct hv_x64_segment_register ds_segment;
	struct hv_x64_segment_register es_segment;
	__u64 rcx;
	__u64 rsi;
	__u64 rdi;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_io_port_intercept_message, 128);

struct hv_x64_msr_intercept_message {
	struct hv_x64_intercept_message_header header;
	__u32 msr_number;
	__u32 reserved;
	__u64 rdx;
	__u64 rax;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_msr_intercept_message, 64);

struct hv_x64_cpuid_intercept_message {
	struct hv_x64_intercept_message_header header;
	__u64 rax;
	__u64 rcx;
	__u64 rdx;
	__u64 rbx;
	__u64 default_result_rax;
	__u64 default_result_rcx;
	__u64 default_result_rdx;
	__u64 default_result_rbx;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_cpuid_intercept_message, 104);

union hv_x64_exception_info {
	__u8 as_uint8;
	struct {
		__u8 error_code_valid : 1;
		__u8 software_exception : 1;
		__u8 reserved : 6;
	} __hv_packed;
};

struct hv_x64_exception_intercept_message {
	struct hv_x64_intercept_message_header header;
	__u16 exception_vector;
	union hv_x64_exception_info exception_info;
	__u8 instruction_byte_count;
	__u32 error_code;
	__u64 exception_parameter;	/* CR2 of a page fault */
	__u64 reserved;
	__u8 instruction_bytes[16];
	struct hv_x64_segment_register ds_segment;
	struct hv_x64_segment_register ss_segment;
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
HVABI_ASSERT_SIZE(struct hv_x64_exception_intercept_message, 240);

/* The last member follows 16-byte registers and leaves the end unaligned. */
struct hv_x64_hypercall_intercept_message {
	struct hv_x64_intercept_message_header header;
	__u64 rax;
	__u64 rbx;
	__u64 rcx;
	__u64 rdx;
	__u64 r8;
	__u64 rsi;
	__u64 rdi;
	struct hv_u128 xmmregisters[6];
	struct {
		__u32 isolated : 1;
		__u32 reserved : 31;
	} __hv_packed;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_hypercall_intercept_message, 196);

union hv_x64_register_access_info {
	union hv_register_value source_value;
	__u32 destination_register;
	__u64 source_address;
	__u64 destination_address;
};

struct hv_x64_register_intercept_message {
	struct hv_x64_intercept_message_header header;
	struct {
		__u8 is_memory_op : 1;
		__u8 reserved : 7;
	} __hv_packed;
	__u8 reserved8;
	__u16 reserved16;
	__u32 register_name;
	union hv_x64_register_access_info access_info;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_register_intercept_message, 64);

struct hv_x64_halt_message {
	struct hv_x64_intercept_message_header header;
} __hv_packed;

struct hv_x64_unrecoverable_exception_message {
	struct hv_x64_intercept_message_header header;
} __hv_packed;

struct hv_x64_interruption_deliverable_message {
	struct hv_x64_intercept_message_header header;
	__u32 deliverable_type;	/* HV_X64_PENDING_* */
	__u32 rsvd;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_interruption_deliverable_message, 48);

struct hv_x64_sint_deliverable_message {
	struct hv_x64_intercept_message_header header;
	__u16 deliverable_sints;	/* bit n is SINTn */
	__u16 rsvd1;
	__u32 rsvd2;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_sint_deliverable_message, 48);

struct hv_x64_sipi_intercept_message {
	struct hv_x64_intercept_message_header header;
	__u32 target_vp_index;
	__u32 interrupt_vector;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_sipi_intercept_message, 48);

/* Those without the common header. */

struct hv_x64_apic_eoi_message {
	__u32 vp_index;
	__u32 interrupt_vector;	/* a vector, not a GSI */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_apic_eoi_message, 8);

struct hv_x64_invalid_vp_register_message {
	__u32 vp_index;
	__u32 reserved;
} __hv_packed;

#define HV_UNSUPPORTED_FEATURE_INTERCEPT	1
#define HV_UNSUPPORTED_FEATURE_TASK_SWITCH_TSS	2

struct hv_x64_unsupported_feature_message {
	__u32 vp_index;
	__u32 feature_code;
	__u64 feature_parameter;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_x64_unsupported_feature_message, 16);

struct hv_opaque_intercept_message {
	__u32 vp_index;
} __hv_packed;

/* SYNIC_SINT_INTERCEPT: a SINT with as_intercept set has something. */
struct hv_notification_message_payload {
	__u32 sint_index;
} __hv_packed;

struct hv_timer_message_payload {
	__u32 timer_index;
	__u32 reserved;
	__u64 expiration_time;	/* in 100 ns, as the next */
	__u64 delivery_time;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_timer_message_payload, 24);

struct hv_async_completion_message_payload {
	__u64 partition_id;
	__u32 status;
	__u32 completion_count;
	__u64 sub_status;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_async_completion_message_payload, 24);

#define HV_ROOT_SCHEDULER_MAX_VPS_PER_CHILD_PARTITION	1024

struct hv_vp_signal_bitset_scheduler_message {
	__u64 partition_id;
	__u32 overflow_count;
	__u16 vp_count;
	__u16 reserved;
	union {
		struct hv_vpset bitset;
		__u64 bitset_buffer[
			HV_GENERIC_SET_QWORD_COUNT(HV_ROOT_SCHEDULER_MAX_VPS_PER_CHILD_PARTITION)];
	} vp_bitset;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_vp_signal_bitset_scheduler_message, 160);

/* As many pairs as fit behind the count; the last four bytes are left over. */
#define HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT \
	((HV_MESSAGE_PAYLOAD_BYTE_COUNT / (sizeof(__u64) + sizeof(__u32))) - 1)

struct hv_vp_signal_pair_scheduler_message {
	__u32 overflow_count;
	__u8 vp_count;
	__u8 reserved1[3];
	__u64 partition_ids[HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT];
	__u32 vp_indexes[HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT];
	__u8 reserved2[4];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_vp_signal_pair_scheduler_message, HV_MESSAGE_PAYLOAD_BYTE_COUNT);

#endif /* HVABI_MESSAGE_H */
