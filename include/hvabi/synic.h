/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synthetic interrupt controller: message slots, event flags, event rings, timers; the ports
 * that feed them and the connections through which others reach a port.
 */
#ifndef HVABI_SYNIC_H
#define HVABI_SYNIC_H

#include <hvabi/types.h>

#define HV_SYNIC_SINT_COUNT		16
#define HV_SYNIC_STIMER_COUNT		4

#define HV_SYNIC_VERSION_1		0x1
#define HV_SYNIC_FIRST_VALID_VECTOR	16

#define HV_SYNIC_CONTROL_ENABLE		(1ULL << 0)
#define HV_SYNIC_SIMP_ENABLE		(1ULL << 0)
#define HV_SYNIC_SIEFP_ENABLE		(1ULL << 0)
#define HV_SYNIC_SINT_MASKED		(1ULL << 16)
#define HV_SYNIC_SINT_AUTO_EOI		(1ULL << 17)
#define HV_SYNIC_SINT_VECTOR_MASK	0xff

/* Sources with a fixed meaning; the doorbell's is Linux's choice among the free ones. */
#define HV_SYNIC_INTERCEPTION_SINT_INDEX	0
#define HV_SYNIC_IOMMU_FAULT_SINT_INDEX		1
#define HV_SYNIC_VMBUS_SINT_INDEX		2
#define HV_SYNIC_FIRST_UNUSED_SINT_INDEX	5
#define HV_SYNIC_DOORBELL_SINT_INDEX		HV_SYNIC_FIRST_UNUSED_SINT_INDEX

union hv_synic_sint {
	__u64 as_uint64;
	struct {
		__u64 vector : 8;
		__u64 reserved1 : 8;
		__u64 masked : 1;
		__u64 auto_eoi : 1;
		__u64 polling : 1;
		__u64 as_intercept : 1;
		__u64 proxy : 1;
		__u64 reserved2 : 43;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_synic_sint, 8);

union hv_synic_scontrol {
	__u64 as_uint64;
	struct {
		__u64 enable : 1;
		__u64 reserved : 63;
	} __hv_packed;
};

/* Locations of the message page, the event flags page and the event ring page. */
union hv_synic_simp {
	__u64 as_uint64;
	struct {
		__u64 simp_enabled : 1;
		__u64 preserved : 11;
		__u64 base_simp_gpa : 52;	/* page number, as in the next two */
	} __hv_packed;
};

union hv_synic_siefp {
	__u64 as_uint64;
	struct {
		__u64 siefp_enabled : 1;
		__u64 preserved : 11;
		__u64 base_siefp_gpa : 52;
	} __hv_packed;
};

union hv_synic_sirbp {
	__u64 as_uint64;
	struct {
		__u64 sirbp_enabled : 1;
		__u64 preserved : 11;
		__u64 base_sirbp_gpa : 52;
	} __hv_packed;
};

#define HV_EVENT_FLAGS_COUNT		(256 * 8)
#define HV_EVENT_FLAGS_BYTE_COUNT	256
#define HV_EVENT_FLAGS32_COUNT		(256 / sizeof(__u32))
#define HV_EVENT_FLAGS_UL_COUNT		(256 / sizeof(unsigned long))

union hv_synic_event_flags {
	unsigned char flags8[HV_EVENT_FLAGS_BYTE_COUNT];
	__u32 flags32[HV_EVENT_FLAGS32_COUNT];
	unsigned long flags[HV_EVENT_FLAGS_UL_COUNT];	/* for bit operations */
};
HVABI_ASSERT_SIZE(union hv_synic_event_flags, 256);

struct hv_synic_event_flags_page {
	volatile union hv_synic_event_flags event_flags[HV_SYNIC_SINT_COUNT];
};
HVABI_ASSERT_SIZE(struct hv_synic_event_flags_page, 4096);

/*
 * The ids of the doorbell ports that rang.  Zero is an empty slot.  Who finds it empty clears
 * signal_masked and looks again; ring_full means that some must be asked for by
 * NOTIFY_PORT_RING_EMPTY.
 */
#define HV_SYNIC_EVENT_RING_MESSAGE_COUNT	63

struct hv_synic_event_ring {
	__u8 signal_masked;
	__u8 ring_full;
	__u16 reserved_z;
	__u32 data[HV_SYNIC_EVENT_RING_MESSAGE_COUNT];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_synic_event_ring, 256);

struct hv_synic_event_ring_page {
	struct hv_synic_event_ring sint_event_ring[HV_SYNIC_SINT_COUNT];
};
HVABI_ASSERT_SIZE(struct hv_synic_event_ring_page, 4096);

union hv_stimer_config {
	__u64 as_uint64;
	struct {
		__u64 enable : 1;
		__u64 periodic : 1;
		__u64 lazy : 1;
		__u64 auto_enable : 1;
		__u64 apic_vector : 8;
		__u64 direct_mode : 1;
		__u64 reserved_z0 : 3;
		__u64 sintx : 4;
		__u64 reserved_z1 : 44;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_stimer_config, 8);

/* Identifiers are 24 bits wide. */
union hv_port_id {
	__u32 asu32;
	struct {
		__u32 id : 24;
		__u32 reserved : 8;
	} __hv_packed u;
};
HVABI_ASSERT_SIZE(union hv_port_id, 4);

union hv_connection_id {
	__u32 asu32;
	struct {
		__u32 id : 24;
		__u32 reserved : 8;
	} __hv_packed u;
};
HVABI_ASSERT_SIZE(union hv_connection_id, 4);

enum hv_port_type {
	HV_PORT_TYPE_MESSAGE	= 1,
	HV_PORT_TYPE_EVENT	= 2,
	HV_PORT_TYPE_MONITOR	= 3,
	HV_PORT_TYPE_DOORBELL	= 4,	/* a parent's only: a child's write to a GPA rings it */
};

struct hv_port_info {
	__u32 port_type;	/* enum hv_port_type */
	__u32 padding;
	union {
		struct {
			__u32 target_sint;
			__u32 target_vp;
			__u64 rsvdz;
		} message_port_info;
		struct {
			__u32 target_sint;
			__u32 target_vp;
			__u16 base_flag_number;
			__u16 flag_count;
			__u32 rsvdz;
		} event_port_info;
		struct {
			__u64 monitor_address;
			__u64 rsvdz;
		} monitor_port_info;
		struct {
			__u32 target_sint;
			__u32 target_vp;
			__u64 rsvdz;
		} doorbell_port_info;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_port_info, 24);

/* doorbell_connection_info.flags */
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_MASK	0x00000007
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_ANY	0x00000000
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_BYTE	0x00000001
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_WORD	0x00000002
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_DWORD	0x00000003
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_QWORD	0x00000004
#define HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE	0x80000000

struct hv_connection_info {
	__u32 port_type;	/* enum hv_port_type */
	__u32 padding;
	union {
		struct {
			__u64 rsvdz;
		} message_connection_info;
		struct {
			__u64 rsvdz;
		} event_connection_info;
		struct {
			__u64 monitor_address;
		} monitor_connection_info;
		struct {
			__u64 gpa;
			__u64 trigger_value;
			__u64 flags;
		} doorbell_connection_info;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_connection_info, 32);

struct hv_input_create_port {
	__u64 port_partition_id;
	union hv_port_id port_id;
	__u8 port_vtl;
	__u8 min_connection_vtl;
	__u16 padding;
	__u64 connection_partition_id;
	struct hv_port_info port_info;
	struct hv_proximity_domain_info proximity_domain_info;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_create_port, 56);

union hv_input_delete_port {
	__u64 as_uint64[2];
	struct {
		__u64 port_partition_id;
		union hv_port_id port_id;
		__u32 reserved;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_input_delete_port, 16);

struct hv_input_connect_port {
	__u64 connection_partition_id;
	union hv_connection_id connection_id;
	__u8 connection_vtl;
	__u8 rsvdz0;
	__u16 rsvdz1;
	__u64 port_partition_id;
	union hv_port_id port_id;
	__u32 reserved2;
	struct hv_connection_info connection_info;
	struct hv_proximity_domain_info proximity_domain_info;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_connect_port, 72);

union hv_input_disconnect_port {
	__u64 as_uint64[2];
	struct {
		__u64 connection_partition_id;
		union hv_connection_id connection_id;
		__u32 is_doorbell : 1;
		__u32 reserved : 31;
	} __hv_packed;
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_input_disconnect_port, 16);

union hv_input_notify_port_ring_empty {
	__u64 as_uint64;
	struct {
		__u32 sint_index;
		__u32 reserved;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_input_notify_port_ring_empty, 8);

/* POST_MESSAGE and, fast, SIGNAL_EVENT: through a connection. */
struct hv_input_post_message {
	union hv_connection_id connectionid;
	__u32 reserved;
	__u32 message_type;
	__u32 payload_size;	/* bytes */
	__u64 payload[30];
};
HVABI_ASSERT_SIZE(struct hv_input_post_message, 256);

struct hv_input_signal_event {
	union hv_connection_id connectionid;
	__u16 flag_number;
	__u16 rsvdz;
};
HVABI_ASSERT_SIZE(struct hv_input_signal_event, 8);

/* The two calls by which a parent reaches a child's SynIC without a connection. */
struct hv_input_signal_event_direct {
	__u64 target_partition;
	__u32 target_vp;
	__u8 target_vtl;
	__u8 target_sint;
	__u16 flag_number;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_signal_event_direct, 16);

struct hv_output_signal_event_direct {
	__u8 newly_signaled;
	__u8 reserved[7];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_signal_event_direct, 8);

struct hv_input_post_message_direct {
	__u64 partition_id;
	__u32 vp_index;
	__u8 vtl;
	__u8 padding[3];
	__u32 sint_index;
	__u8 message[256];	/* struct hv_message, not aligned as one */
	__u32 padding2;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_post_message_direct, 280);

#endif /* HVABI_SYNIC_H */
