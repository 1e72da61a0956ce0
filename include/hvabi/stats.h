/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics: pages of 64-bit counters that the hypervisor keeps for itself, for each logical
 * processor, partition and VP, and shows to the root.
 */
#ifndef HVABI_STATS_H
#define HVABI_STATS_H

#include <hvabi/types.h>

enum hv_stats_area_type {
	HV_STATS_AREA_SELF	= 0,
	HV_STATS_AREA_PARENT	= 1,
	HV_STATS_AREA_INTERNAL	= 2,
	HV_STATS_AREA_COUNT
};

enum hv_stats_object_type {
	HV_STATS_OBJECT_HYPERVISOR		= 0x00000001,
	HV_STATS_OBJECT_LOGICAL_PROCESSOR	= 0x00000002,
	HV_STATS_OBJECT_PARTITION		= 0x00010001,
	HV_STATS_OBJECT_VP			= 0x00010002,
};

union hv_stats_object_identity {
	struct {
		__u8 reserved[15];
		__u8 stats_area_type;
	} __hv_packed hv;
	struct {
		__u32 lp_index;
		__u8 reserved[11];
		__u8 stats_area_type;
	} __hv_packed lp;
	struct {
		__u64 partition_id;
		__u8 reserved[7];
		__u8 stats_area_type;
	} __hv_packed partition;
	struct {
		__u64 partition_id;
		__u32 vp_index;
		__u16 flags;
		__u8 reserved;
		__u8 stats_area_type;
	} __hv_packed vp;
};
HVABI_ASSERT_SIZE(union hv_stats_object_identity, 16);

/* MAP_STATS_PAGE: the hypervisor chooses the page. */
struct hv_input_map_stats_page {
	__u32 type;		/* enum hv_stats_object_type */
	__u32 padding;
	union hv_stats_object_identity identity;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_map_stats_page, 24);

/* MAP_STATS_PAGE2: the caller may name a page of its own; an L1VH parent must. */
struct hv_input_map_stats_page2 {
	__u32 type;
	__u32 padding;
	union hv_stats_object_identity identity;
	__u64 map_location;	/* page number */
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_map_stats_page2, 32);

struct hv_output_map_stats_page {
	__u64 map_location;	/* page number */
} __hv_packed;

struct hv_input_unmap_stats_page {
	__u32 type;
	__u32 padding;
	union hv_stats_object_identity identity;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_input_unmap_stats_page, 24);

struct hv_stats_page {
	__u64 data[HV_HYP_PAGE_SIZE / sizeof(__u64)];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_stats_page, 4096);

#endif /* HVABI_STATS_H */
