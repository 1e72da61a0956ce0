/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Base types of the hypervisor's ABI, and the rules all of include/hvabi/ keeps.
 *
 * These headers are read by kernel modules, by user space and by a bare-metal hypervisor, so
 * they need nothing but a C11 compiler with GNU extensions.  Types and constants are named as
 * Linux's own <hyperv/...> headers name them, because those are the names people know; where
 * Linux has none, the name is that of the Top Level Functional Specification (TLFS) or of
 * rust-vmm's mshv-bindings.  selftests/layout compares every one of them with both.
 *
 * A structure is packed wherever the hypervisor's is, also when its members happen to be
 * aligned: the attribute decides how it sits inside another structure.
 *
 * Define HVABI_FREESTANDING where there is no <linux/types.h>.
 */
#ifndef HVABI_TYPES_H
#define HVABI_TYPES_H

/*
 * The kernel's own headers define the same names, some of them with other layouts.  A file
 * that sees both would not compile, or worse, would compile.  Only kernel_hv.c may read the
 * kernel's, and it must not read ours.
 */
#if defined(_HV_HVGDK_MINI_H) || defined(_ASM_X86_HYPERV_TLFS_H) || \
	defined(_ASM_GENERIC_HYPERV_TLFS_H)
#error "the kernel's Hyper-V headers were read before <hvabi/...>: this belongs behind kernel_hv.c"
#endif

/* What a build tests to know that it got these headers and not the kernel's. */
#define HVABI_READ	1

#ifdef HVABI_FREESTANDING
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
#else
#include <linux/types.h>
#endif

#define __hv_packed		__attribute__((__packed__))

#define HVABI_BIT(n)		(1ULL << (n))
#define HVABI_MASK(hi, lo)	((~0ULL >> (63 - (hi))) & (~0ULL << (lo)))

#define HVABI_ASSERT_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), #type " has not " #bytes " bytes")
#define HVABI_ASSERT_OFFSET(type, member, bytes) \
	_Static_assert(__builtin_offsetof(type, member) == (bytes), \
		       #type "." #member " is not at " #bytes)

/* The hypervisor counts in 4 KiB pages, whatever the page size of its callers. */
#define HV_HYP_PAGE_SHIFT	12
#define HV_HYP_PAGE_SIZE	HVABI_BIT(HV_HYP_PAGE_SHIFT)
#define HV_HYP_PAGE_MASK	(~(HV_HYP_PAGE_SIZE - 1))
#define HV_HYP_LARGE_PAGE_SHIFT	21

#define HV_PARTITION_ID_INVALID	((__u64)0)
#define HV_PARTITION_ID_SELF	((__u64)-1)

#define HV_MAXIMUM_PROCESSORS	2048
#define HV_MAX_VP_INDEX		(HV_MAXIMUM_PROCESSORS - 1)
#define HV_VP_INDEX_SELF	((__u32)-2)
#define HV_ANY_VP		((__u32)-1)

/* The reference time counter ticks every 100 ns. */
#define HV_CLOCK_HZ		10000000

struct hv_u128 {
	__u64 low_part;
	__u64 high_part;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_u128, 16);

/* Which virtual trust level a call is about; all zeroes is the caller's own. */
#define HV_NORMAL_VTL	0
#define HV_VTL_MASK	HVABI_MASK(3, 0)

union hv_input_vtl {
	__u8 as_uint8;
	struct {
		__u8 target_vtl : 4;
		__u8 use_target_vtl : 1;
		__u8 reserved_z : 3;
	};
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_input_vtl, 1);

/* Which NUMA node the hypervisor should prefer; only obeyed when proximity_info_valid. */
struct hv_proximity_domain_flags {
	__u32 proximity_preferred : 1;
	__u32 reserved : 30;
	__u32 proximity_info_valid : 1;
} __hv_packed;

struct hv_proximity_domain_info {
	__u32 domain_id;
	struct hv_proximity_domain_flags flags;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_proximity_domain_info, 8);

/*
 * A set of virtual processors: one bit of valid_bank_mask for each bank present, then only
 * the banks present, lowest first, 64 VPs a bank.
 */
#define HV_GENERIC_SET_SHIFT		6
#define HV_GENERIC_SET_MASK		63
#define HV_MAX_SPARSE_VCPU_BANKS	64
#define HV_VCPUS_PER_SPARSE_BANK	64

enum hv_generic_set_format {
	HV_GENERIC_SET_SPARSE_4K,
	HV_GENERIC_SET_ALL,
};

struct hv_vpset {
	__u64 format;		/* enum hv_generic_set_format */
	__u64 valid_bank_mask;
	__u64 bank_contents[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_vpset, 16);

/* Qwords of a set that can name VPs 0..max-1: format, mask and the banks. */
#define HV_GENERIC_SET_QWORD_COUNT(max)	(((((max) - 1) >> HV_GENERIC_SET_SHIFT) + 1) + 2)

#endif /* HVABI_TYPES_H */
