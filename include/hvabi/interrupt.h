/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts: into a child's local APIC, between VPs, and from the root's devices, whose
 * interrupts the hypervisor remaps.
 */
#ifndef HVABI_INTERRUPT_H
#define HVABI_INTERRUPT_H

#include <hvabi/types.h>

#define HV_IPI_LOW_VECTOR		0x10
#define HV_IPI_HIGH_VECTOR		0xff
#define HV_INTERRUPT_VECTOR_NONE	0xffffffff

enum hv_interrupt_type {
	HV_X64_INTERRUPT_TYPE_FIXED		= 0x0,
	HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY	= 0x1,
	HV_X64_INTERRUPT_TYPE_SMI		= 0x2,
	HV_X64_INTERRUPT_TYPE_REMOTEREAD	= 0x3,
	HV_X64_INTERRUPT_TYPE_NMI		= 0x4,
	HV_X64_INTERRUPT_TYPE_INIT		= 0x5,
	HV_X64_INTERRUPT_TYPE_SIPI		= 0x6,
	HV_X64_INTERRUPT_TYPE_EXTINT		= 0x7,
	HV_X64_INTERRUPT_TYPE_LOCALINT0		= 0x8,
	HV_X64_INTERRUPT_TYPE_LOCALINT1		= 0x9,
	HV_X64_INTERRUPT_TYPE_MAXIMUM		= 0xa,
};

enum hv_interrupt_trigger_mode {
	HV_INTERRUPT_TRIGGER_MODE_EDGE	= 0,
	HV_INTERRUPT_TRIGGER_MODE_LEVEL	= 1,
};

union hv_interrupt_control {
	__u64 as_uint64;
	struct {
		__u32 interrupt_type;	/* enum hv_interrupt_type */
		__u32 level_triggered : 1;
		__u32 logical_dest_mode : 1;
		__u32 rsvd : 30;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_interrupt_control, 8);

struct hv_input_assert_virtual_interrupt {
	__u64 partition_id;
	union hv_interrupt_control control;
	__u64 dest_addr;	/* APIC id, physical or logical */
	__u32 vector;
	__u8 target_vtl;
	__u8 rsvd_z0;
	__u16 rsvd_z1;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_assert_virtual_interrupt, 32);

struct hv_send_ipi {
	__u32 vector;
	__u32 reserved;
	__u64 cpu_mask;		/* VPs 0..63 */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_send_ipi, 16);

struct hv_send_ipi_ex {
	__u32 vector;
	__u32 reserved;
	struct hv_vpset vp_set;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_send_ipi_ex, 24);

/* Device interrupts.  The hypervisor answers a mapping with the entry to program. */

union hv_msi_address_register {
	__u32 as_uint32;
	struct {
		__u32 reserved1 : 2;
		__u32 destination_mode : 1;
		__u32 redirection_hint : 1;
		__u32 reserved2 : 8;
		__u32 destination_id : 8;
		__u32 msi_base : 12;
	};
} __hv_packed;

union hv_msi_data_register {
	__u32 as_uint32;
	struct {
		__u32 vector : 8;
		__u32 delivery_mode : 3;
		__u32 reserved1 : 3;
		__u32 level_assert : 1;
		__u32 trigger_mode : 1;
		__u32 reserved2 : 16;
	};
} __hv_packed;

union hv_msi_entry {
	__u64 as_uint64;
	struct {
		union hv_msi_address_register address;
		union hv_msi_data_register data;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_msi_entry, 8);

union hv_ioapic_rte {
	__u64 as_uint64;
	struct {
		__u32 vector : 8;
		__u32 delivery_mode : 3;
		__u32 destination_mode : 1;
		__u32 delivery_status : 1;
		__u32 interrupt_polarity : 1;
		__u32 remote_irr : 1;
		__u32 trigger_mode : 1;
		__u32 interrupt_mask : 1;
		__u32 reserved1 : 15;
		__u32 reserved2 : 24;
		__u32 destination_id : 8;
	};
	struct {
		__u32 low_uint32;
		__u32 high_uint32;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_ioapic_rte, 8);

enum hv_interrupt_source {
	HV_INTERRUPT_SOURCE_MSI		= 1,	/* and MSI-X */
	HV_INTERRUPT_SOURCE_IOAPIC	= 2,
};

struct hv_interrupt_entry {
	__u32 source;		/* enum hv_interrupt_source */
	__u32 reserved1;
	union {
		union hv_msi_entry msi_entry;
		union hv_ioapic_rte ioapic_rte;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_interrupt_entry, 16);

/* flags of a target */
#define HV_DEVICE_INTERRUPT_TARGET_MULTICAST		1
#define HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET	2

struct hv_device_interrupt_target {
	__u32 vector;
	__u32 flags;
	union {
		__u64 vp_mask;
		struct hv_vpset vp_set;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_device_interrupt_target, 24);

struct hv_device_interrupt_descriptor {
	__u32 interrupt_type;	/* enum hv_interrupt_type */
	__u32 trigger_mode;	/* enum hv_interrupt_trigger_mode */
	__u32 vector_count;
	__u32 reserved;
	struct hv_device_interrupt_target target;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_device_interrupt_descriptor, 40);

/* The set's banks, and its mask, are the variable header. */
struct hv_input_map_device_interrupt {
	__u64 partition_id;
	__u64 device_id;	/* union hv_device_id */
	__u32 flags;
	__u32 base_irt_idx;
	struct hv_interrupt_entry logical_interrupt_entry;
	struct hv_device_interrupt_descriptor interrupt_descriptor;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_map_device_interrupt, 80);

struct hv_output_map_device_interrupt {
	struct hv_interrupt_entry interrupt_entry;
	__u64 ext_status_deprecated[5];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_map_device_interrupt, 56);

struct hv_input_unmap_device_interrupt {
	__u64 partition_id;
	__u64 device_id;
	struct hv_interrupt_entry interrupt_entry;
	__u32 flags;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_unmap_device_interrupt, 36);

struct hv_retarget_device_interrupt {
	__u64 partition_id;	/* HV_PARTITION_ID_SELF */
	__u64 device_id;
	struct hv_interrupt_entry int_entry;
	__u64 reserved2;
	struct hv_device_interrupt_target int_target;
} __attribute__((__packed__, __aligned__(8)));
HVABI_ASSERT_SIZE(struct hv_retarget_device_interrupt, 64);

/* How the root names a device to the hypervisor. */

typedef __u16 hv_pci_rid;
typedef __u16 hv_pci_segment;
typedef __u64 hv_logical_device_id;

union hv_pci_bdf {
	__u16 as_uint16;
	struct {
		__u8 function : 3;
		__u8 device : 5;
		__u8 bus;
	};
} __hv_packed;

union hv_pci_bus_range {
	__u16 as_uint16;
	struct {
		__u8 subordinate_bus;
		__u8 secondary_bus;
	};
} __hv_packed;

enum hv_device_type {
	HV_DEVICE_TYPE_LOGICAL	= 0,
	HV_DEVICE_TYPE_PCI	= 1,
	HV_DEVICE_TYPE_IOAPIC	= 2,
	HV_DEVICE_TYPE_ACPI	= 3,
};

/* source_shadow of a PCI device behind a bridge that takes over its requester id */
#define HV_SOURCE_SHADOW_NONE			0x0
#define HV_SOURCE_SHADOW_BRIDGE_BUS_RANGE	0x1

union hv_device_id {
	__u64 as_uint64;
	struct {
		__u64 reserved0 : 62;
		__u64 device_type : 2;
	};
	struct {
		__u64 id : 62;
		__u64 device_type : 2;
	} logical;
	struct {
		union {
			hv_pci_rid rid;
			union hv_pci_bdf bdf;
		};
		hv_pci_segment segment;
		union hv_pci_bus_range shadow_bus_range;
		__u16 phantom_function_bits : 2;
		__u16 source_shadow : 1;
		__u16 rsvdz0 : 11;
		__u16 device_type : 2;
	} pci;
	struct {
		__u8 ioapic_id;
		__u8 rsvdz0;
		__u16 rsvdz1;
		__u16 rsvdz2;
		__u16 rsvdz3 : 14;
		__u16 device_type : 2;
	} ioapic;
	struct {
		__u32 input_mapping_base;
		__u32 input_mapping_count : 30;
		__u32 device_type : 2;
	} acpi;
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_device_id, 8);

#endif /* HVABI_INTERRUPT_H */
