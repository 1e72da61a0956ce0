/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a parent asks of a child from outside: intercepts to install, CPUID results to give it,
 * its memory to be read through its own page tables.
 */
#ifndef HVABI_INTERCEPT_H
#define HVABI_INTERCEPT_H

#include <hvabi/types.h>

enum hv_intercept_type {
	HV_INTERCEPT_TYPE_X64_IO_PORT			= 0x00,
	HV_INTERCEPT_TYPE_X64_MSR			= 0x01,
	HV_INTERCEPT_TYPE_X64_CPUID			= 0x02,
	HV_INTERCEPT_TYPE_EXCEPTION			= 0x03,
	HV_INTERCEPT_TYPE_RESERVED0			= 0x04,
	HV_INTERCEPT_TYPE_MMIO				= 0x05,
	HV_INTERCEPT_TYPE_X64_GLOBAL_CPUID		= 0x06,
	HV_INTERCEPT_TYPE_X64_APIC_SMI			= 0x07,
	HV_INTERCEPT_TYPE_HYPERCALL			= 0x08,
	HV_INTERCEPT_TYPE_X64_APIC_INIT_SIPI		= 0x09,
	HV_INTERCEPT_MC_UPDATE_PATCH_LEVEL_MSR_READ	= 0x0a,
	HV_INTERCEPT_TYPE_X64_APIC_WRITE		= 0x0b,
	HV_INTERCEPT_TYPE_X64_MSR_INDEX			= 0x0c,
	/* Used by OpenVMM; the others end at 0x0c. */
	HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION	= 0x0d,
	HV_INTERCEPT_TYPE_RETARGET_INTERRUPT_WITH_UNKNOWN_DEVICE_ID = 0x0f,
	HV_INTERCEPT_TYPE_INVALID			= 0xffffffff,
};

/* access_type; none uninstalls. */
#define HV_INTERCEPT_ACCESS_MASK_NONE		0
#define HV_INTERCEPT_ACCESS_MASK_READ		1
#define HV_INTERCEPT_ACCESS_MASK_WRITE		2
#define HV_INTERCEPT_ACCESS_MASK_EXECUTE	4

/* Eight bytes, also for the types that have no parameter. */
union hv_intercept_parameters {
	__u64 as_uint64;
	__u16 io_port;
	__u32 cpuid_index;
	__u32 apic_write_mask;
	__u16 exception_vector;
	__u32 msr_index;
};
HVABI_ASSERT_SIZE(union hv_intercept_parameters, 8);

struct hv_input_install_intercept {
	__u64 partition_id;
	__u32 access_type;
	__u32 intercept_type;	/* enum hv_intercept_type */
	union hv_intercept_parameters intercept_parameter;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_install_intercept, 24);

/* REGISTER_INTERCEPT_RESULT: bits of a leaf that the hypervisor answers by itself. */
struct hv_register_x64_cpuid_result_parameters {
	struct {
		__u32 eax;
		__u32 ecx;
		__u8 subleaf_specific;
		__u8 always_override;
		__u16 padding;
	} __hv_packed input;
	struct {
		__u32 eax;
		__u32 eax_mask;
		__u32 ebx;
		__u32 ebx_mask;
		__u32 ecx;
		__u32 ecx_mask;
		__u32 edx;
		__u32 edx_mask;
	} __hv_packed result;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_register_x64_cpuid_result_parameters, 44);

struct hv_register_x64_msr_result_parameters {
	__u32 msr_index;
	__u32 access_type;
	__u32 action;		/* enum hv_unimplemented_msr_action */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_register_x64_msr_result_parameters, 12);

union hv_register_intercept_result_parameters {
	struct hv_register_x64_cpuid_result_parameters cpuid;
	struct hv_register_x64_msr_result_parameters msr;
} __hv_packed;

struct hv_input_register_intercept_result {
	__u64 partition_id;
	__u32 vp_index;		/* or HV_ANY_VP */
	__u32 intercept_type;
	union hv_register_intercept_result_parameters parameters;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_register_intercept_result, 60);

/* GET_VP_CPUID_VALUES: what the VP would see; one leaf a rep. */
struct hv_cpuid_leaf_info {
	__u32 eax;
	__u32 ecx;
	__u64 xfem;
	__u64 xss;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_cpuid_leaf_info, 24);

union hv_get_vp_cpuid_values_flags {
	__u32 as_uint32;
	struct {
		__u32 use_vp_xfem_xss : 1;
		__u32 apply_registered_values : 1;
		__u32 reserved : 30;
	} __hv_packed;
} __hv_packed;

struct hv_input_get_vp_cpuid_values {
	__u64 partition_id;
	__u32 vp_index;
	union hv_get_vp_cpuid_values_flags flags;
	__u32 reserved;
	__u32 padding;
	struct hv_cpuid_leaf_info cpuid_leaf_info[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_get_vp_cpuid_values, 24);

union hv_output_get_vp_cpuid_values {
	__u32 as_uint32[4];
	struct {
		__u32 eax;
		__u32 ebx;
		__u32 ecx;
		__u32 edx;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_output_get_vp_cpuid_values, 16);

/* TRANSLATE_VIRTUAL_ADDRESS, control_flags. */
#define HV_TRANSLATE_GVA_VALIDATE_READ		0x0001
#define HV_TRANSLATE_GVA_VALIDATE_WRITE		0x0002
#define HV_TRANSLATE_GVA_VALIDATE_EXECUTE	0x0004
#define HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT	0x0008
#define HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS	0x0010
#define HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT	0x0020
#define HV_TRANSLATE_GVA_SUPERVISOR_ACCESS	0x0040
#define HV_TRANSLATE_GVA_USER_ACCESS		0x0080
#define HV_TRANSLATE_GVA_ENFORCE_SMAP		0x0100
#define HV_TRANSLATE_GVA_OVERRIDE_SMAP		0x0200
#define HV_TRANSLATE_GVA_SHADOW_STACK		0x0400

/* The odd spelling is the name by which it is known. */
enum hv_translate_gva_result_code {
	HV_TRANSLATE_GVA_SUCCESS			= 0,
	HV_TRANSLATE_GVA_PAGE_NOT_PRESENT		= 1,
	HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION		= 2,
	HV_TRANSLATE_GVA_INVALIDE_PAGE_TABLE_FLAGS	= 3,
	HV_TRANSLATE_GVA_GPA_UNMAPPED			= 4,
	HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS		= 5,
	HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS		= 6,
	HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS	= 7,
	HV_TRANSLATE_GVA_INTERCEPT			= 8,
	HV_TRANSLATE_GVA_GPA_UNACCEPTED			= 9,
};

union hv_translate_gva_result {
	__u64 as_uint64;
	struct {
		__u32 result_code;
		__u32 cache_type : 8;
		__u32 overlay_page : 1;
		__u32 reserved : 23;
	} __hv_packed;
};
HVABI_ASSERT_SIZE(union hv_translate_gva_result, 8);

struct hv_input_translate_virtual_address {
	__u64 partition_id;
	__u32 vp_index;
	__u32 padding;
	__u64 control_flags;
	__u64 gva_page;		/* page number */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_translate_virtual_address, 32);

struct hv_output_translate_virtual_address {
	union hv_translate_gva_result translation_result;
	__u64 gpa_page;		/* page number */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_translate_virtual_address, 16);

/* READ_GPA and WRITE_GPA */
#define HV_READ_WRITE_GPA_MAX_SIZE	16

enum hv_access_gpa_result_code {
	HV_ACCESS_GPA_SUCCESS			= 0,
	HV_ACCESS_GPA_UNMAPPED			= 1,
	HV_ACCESS_GPA_READ_INTERCEPT		= 2,
	HV_ACCESS_GPA_WRITE_INTERCEPT		= 3,
	HV_ACCESS_GPA_ILLEGAL_OVERLAY_ACCESS	= 4,
};

union hv_access_gpa_result {
	__u64 as_uint64;
	struct {
		__u32 result_code;
		__u32 reserved;
	} __hv_packed;
};

union hv_access_gpa_control_flags {
	__u64 as_uint64;
	struct {
		__u64 cache_type : 8;
		__u64 reserved : 56;
	} __hv_packed;
};

struct hv_input_read_gpa {
	__u64 partition_id;
	__u32 vp_index;
	__u32 byte_count;
	__u64 base_gpa;
	union hv_access_gpa_control_flags control_flags;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_read_gpa, 32);

struct hv_output_read_gpa {
	union hv_access_gpa_result access_result;
	__u8 data[HV_READ_WRITE_GPA_MAX_SIZE];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_output_read_gpa, 24);

struct hv_input_write_gpa {
	__u64 partition_id;
	__u32 vp_index;
	__u32 byte_count;
	__u64 base_gpa;
	union hv_access_gpa_control_flags control_flags;
	__u8 data[HV_READ_WRITE_GPA_MAX_SIZE];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_write_gpa, 48);

struct hv_output_write_gpa {
	union hv_access_gpa_result access_result;
} __hv_packed;

/* MMIO_READ and MMIO_WRITE: a guest without an emulator in its host. */
#define HV_HYPERCALL_MMIO_MAX_DATA_LENGTH	64

struct hv_mmio_read_input {
	__u64 gpa;
	__u32 size;
	__u32 reserved;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_mmio_read_input, 16);

struct hv_mmio_read_output {
	__u8 data[HV_HYPERCALL_MMIO_MAX_DATA_LENGTH];
} __hv_packed;

struct hv_mmio_write_input {
	__u64 gpa;
	__u32 size;
	__u32 reserved;
	__u8 data[HV_HYPERCALL_MMIO_MAX_DATA_LENGTH];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_mmio_write_input, 80);

#endif /* HVABI_INTERCEPT_H */
