/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes that one VP asks for on others.  The list forms are rep calls; in gva_list the
 * low 12 bits of an address count further pages.
 */
#ifndef HVABI_FLUSH_H
#define HVABI_FLUSH_H

#include <hvabi/types.h>
#include <hvabi/memory.h>

#define HV_FLUSH_ALL_PROCESSORS			HVABI_BIT(0)
#define HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES	HVABI_BIT(1)
#define HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY	HVABI_BIT(2)
#define HV_FLUSH_USE_EXTENDED_RANGE_FORMAT	HVABI_BIT(3)

struct hv_tlb_flush {
	__u64 address_space;	/* CR3 */
	__u64 flags;
	__u64 processor_mask;
	__u64 gva_list[];
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_tlb_flush, 24);

/* The addresses follow the set's banks, so gva_list is right only for a set without banks. */
struct hv_tlb_flush_ex {
	__u64 address_space;
	__u64 flags;
	union {
		struct hv_vpset hv_vp_set;
		struct {
			__u64 vp_set_header[2];
			__u64 gva_list[];
		} __hv_packed;
	};
} __hv_packed;
HVABI_ASSERT_OFFSET(struct hv_tlb_flush_ex, gva_list, 32);

/* Of a nested guest's physical address space. */
struct hv_guest_mapping_flush {
	__u64 address_space;
	__u64 flags;
} __hv_packed;
HVABI_ASSERT_SIZE(struct hv_guest_mapping_flush, 16);

#define HV_MAX_FLUSH_REP_COUNT \
	((HV_HYP_PAGE_SIZE - 2 * sizeof(__u64)) / sizeof(union hv_gpa_page_range))

struct hv_guest_mapping_flush_list {
	__u64 address_space;
	__u64 flags;
	union hv_gpa_page_range gpa_list[HV_MAX_FLUSH_REP_COUNT];
};
HVABI_ASSERT_SIZE(struct hv_guest_mapping_flush_list, 4096);

#endif /* HVABI_FLUSH_H */
