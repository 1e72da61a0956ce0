/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory: what a partition deposits for the hypervisor's own use, and what a parent maps into
 * a child's guest physical address space.
 *
 * Page numbers count 4 KiB pages.  All these are rep calls; the list is the reps.
 */
#ifndef HVABI_MEMORY_H
#define HVABI_MEMORY_H

#include <hvabi/types.h>

/* The hypervisor never asks for more physically contiguous pages than this. */
#define HV_MAX_CONTIGUOUS_ALLOCATION_PAGES	8

struct hv_deposit_memory {
	__u64 partition_id;
	__u64 gpa_page_list[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_deposit_memory, 8);

/* Returns as many pages as it can and then HV_STATUS_NO_RESOURCES. */
struct hv_input_withdraw_memory {
	__u64 partition_id;
	struct hv_proximity_domain_info proximity_domain_info;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_withdraw_memory, 16);

struct hv_output_withdraw_memory {
	struct { } empty;	/* C wants a member besides the array */
	__u64 gpa_page_list[];
} __hv_packed;

/* map_flags.  A page is given access, or NO_ACCESS, which makes every touch an intercept. */
#define HV_MAP_GPA_PERMISSIONS_NONE	0x0
#define HV_MAP_GPA_READABLE		0x1
#define HV_MAP_GPA_WRITABLE		0x2
#define HV_MAP_GPA_KERNEL_EXECUTABLE	0x4
#define HV_MAP_GPA_USER_EXECUTABLE	0x8
#define HV_MAP_GPA_EXECUTABLE		0xc
#define HV_MAP_GPA_PERMISSIONS_MASK	0xf
#define HV_MAP_GPA_ADJUSTABLE		0x8000
#define HV_MAP_GPA_NO_ACCESS		0x10000
#define HV_MAP_GPA_NOT_CACHED		0x200000
#define HV_MAP_GPA_LARGE_PAGE		0x80000000	/* one rep is 2 MiB */

struct hv_input_map_gpa_pages {
	__u64 target_partition_id;
	__u64 target_gpa_base;		/* page number */
	__u32 map_flags;
	__u32 padding;
	__u64 source_gpa_page_list[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_map_gpa_pages, 24);

/* unmap_flags: one rep is 2 MiB. */
#define HV_UNMAP_GPA_LARGE_PAGE		0x2

/* A rep call without a list: the reps are consecutive pages. */
struct hv_input_unmap_gpa_pages {
	__u64 target_partition_id;
	__u64 target_gpa_base;		/* page number */
	__u32 unmap_flags;
	__u32 padding;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_unmap_gpa_pages, 24);

/* Accessed and dirty bits: read, and on request cleared or set in the same step. */
union hv_gpa_page_access_state_flags {
	struct {
		__u64 clear_accessed : 1;
		__u64 set_accessed : 1;
		__u64 clear_dirty : 1;
		__u64 set_dirty : 1;
		__u64 reserved : 60;
	} __hv_packed;
	__u64 as_uint64;
};

struct hv_input_get_gpa_pages_access_state {
	__u64 partition_id;
	union hv_gpa_page_access_state_flags flags;
	__u64 hv_gpa_page_number;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_get_gpa_pages_access_state, 24);

/* One byte of output a rep. */
union hv_gpa_page_access_state {
	struct {
		__u8 accessed : 1;
		__u8 dirty : 1;
		__u8 reserved : 6;
	};
	__u8 as_uint8;
} __hv_packed;
HVABI_ASSERT_SIZE(union hv_gpa_page_access_state, 1);

/* ACQUIRE and RELEASE_SPARSE_SPA_PAGE_HOST_ACCESS, flags. */
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_MAKE_EXCLUSIVE	0x1
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_MAKE_SHARED	0x2
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_LARGE_PAGE	0x4
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_HUGE_PAGE	0x8

struct hv_input_modify_sparse_spa_page_host_access {
	__u32 host_access : 2;
	__u32 reserved : 30;
	__u32 flags;
	__u64 partition_id;
	__u64 spa_page_list[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_modify_sparse_spa_page_host_access, 16);

/* MODIFY_SPARSE_GPA_PAGE_HOST_VISIBILITY: what an isolated guest shows its host. */
#define HV_MAX_MODIFY_GPA_REP_COUNT	((HV_HYP_PAGE_SIZE / sizeof(__u64)) - 2)

enum hv_mem_host_visibility {
	VMBUS_PAGE_NOT_VISIBLE		= 0,
	VMBUS_PAGE_VISIBLE_READ_ONLY	= 1,
	VMBUS_PAGE_VISIBLE_READ_WRITE	= 3,
};

struct hv_gpa_range_for_visibility {
	__u64 partition_id;
	__u32 host_visibility : 2;
	__u32 reserved0 : 30;
	__u32 reserved1;
	__u64 gpa_page_list[HV_MAX_MODIFY_GPA_REP_COUNT];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_gpa_range_for_visibility, 4096);

/* A run of pages: 4 KiB ones, or 2 MiB or 1 GiB ones if page.largepage. */
#define HV_MAX_FLUSH_PAGES		2048
#define HV_GPA_PAGE_RANGE_PAGE_SIZE_2MB	0
#define HV_GPA_PAGE_RANGE_PAGE_SIZE_1GB	1

union hv_gpa_page_range {
	__u64 address_space;
	struct {
		__u64 additional_pages : 11;
		__u64 largepage : 1;
		__u64 basepfn : 52;
	} page;
	struct {
		__u64 reserved : 12;
		__u64 page_size : 1;
		__u64 reserved1 : 8;
		__u64 base_large_pfn : 43;
	};
};
HVABI_ASSERT_SIZE(union hv_gpa_page_range, 8);

/* Extended call MEMORY_HEAT_HINT: pages a guest does without. */
#define HV_EXT_MEMORY_HEAT_HINT_TYPE_COLD_DISCARD	2

struct hv_memory_hint {
	__u64 heat_type : 2;
	__u64 reserved : 62;
	union hv_gpa_page_range ranges[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_memory_hint, 8);

#define HV_MEMORY_HINT_MAX_GPA_PAGE_RANGES \
	((HV_HYP_PAGE_SIZE - sizeof(struct hv_memory_hint)) / sizeof(union hv_gpa_page_range))

#endif /* HVABI_MEMORY_H */
