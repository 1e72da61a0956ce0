// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interface to user space as it is and stays: numbers of the ioctls, sizes of their
 * structures, where each field lies and how long it is.  There is no code here; a header that
 * says otherwise does not compile with it.
 *
 * The lines are added when the interface grows, and never changed:
 * "selftests/layout/run.sh --golden" prints what the header has.  The suite "layout" demands a line
 * for everything in the header, and compares the header with mainline's.
 *
 * Locking: none.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>

#include "hv_root.h"

#define GOLDEN_IOCTL(name, number) \
	static_assert((name) == (number))

#define GOLDEN_SIZE(type, size) \
	static_assert(sizeof(struct type) == (size))

#define GOLDEN_FIELD(type, field, offset, size)				\
	static_assert(offsetof(struct type, field) == (offset) &&	\
		      sizeof_field(struct type, field) == (size))

/* An array without a length, at the end. */
#define GOLDEN_TAIL(type, field, offset) \
	static_assert(offsetof(struct type, field) == (offset))

GOLDEN_IOCTL(MSHV_CREATE_PARTITION, 0x4010b800);
GOLDEN_IOCTL(MSHV_INITIALIZE_PARTITION, 0x0000b800);
GOLDEN_IOCTL(MSHV_RUN_VP, 0x8100b800);
GOLDEN_IOCTL(MSHV_CREATE_VP, 0x4004b801);
GOLDEN_IOCTL(MSHV_GET_VP_STATE, 0xc010b801);
GOLDEN_IOCTL(MSHV_SET_GUEST_MEMORY, 0x4020b802);
GOLDEN_IOCTL(MSHV_SET_VP_STATE, 0xc010b802);
GOLDEN_IOCTL(MSHV_IRQFD, 0x4010b803);
GOLDEN_IOCTL(MSHV_IOEVENTFD, 0x4020b804);
GOLDEN_IOCTL(MSHV_SET_MSI_ROUTING, 0x4008b805);
GOLDEN_IOCTL(MSHV_GET_GPAP_ACCESS_BITMAP, 0xc020b806);
GOLDEN_IOCTL(MSHV_ROOT_HVCALL, 0xc020b807);
GOLDEN_IOCTL(MSHV_QUERY_INFO, 0xc078b880);
GOLDEN_IOCTL(MSHV_GET_LAST_ERROR, 0x8018b881);
GOLDEN_IOCTL(MSHV_CANCEL_RUN_VP, 0x0000b882);
GOLDEN_SIZE(mshv_create_partition, 16);
GOLDEN_FIELD(mshv_create_partition, pt_flags, 0, 8);
GOLDEN_FIELD(mshv_create_partition, pt_isolation, 8, 8);
GOLDEN_SIZE(mshv_create_partition_v2, 64);
GOLDEN_FIELD(mshv_create_partition_v2, pt_flags, 0, 8);
GOLDEN_FIELD(mshv_create_partition_v2, pt_isolation, 8, 8);
GOLDEN_FIELD(mshv_create_partition_v2, pt_num_cpu_fbanks, 16, 2);
GOLDEN_FIELD(mshv_create_partition_v2, pt_rsvd, 18, 6);
GOLDEN_FIELD(mshv_create_partition_v2, pt_cpu_fbanks, 24, 16);
GOLDEN_FIELD(mshv_create_partition_v2, pt_rsvd1, 40, 16);
GOLDEN_FIELD(mshv_create_partition_v2, pt_disabled_xsave, 56, 8);
GOLDEN_SIZE(mshv_create_vp, 4);
GOLDEN_FIELD(mshv_create_vp, vp_index, 0, 4);
GOLDEN_SIZE(mshv_get_set_vp_state, 16);
GOLDEN_FIELD(mshv_get_set_vp_state, type, 0, 1);
GOLDEN_FIELD(mshv_get_set_vp_state, rsvd, 1, 3);
GOLDEN_FIELD(mshv_get_set_vp_state, buf_sz, 4, 4);
GOLDEN_FIELD(mshv_get_set_vp_state, buf_ptr, 8, 8);
GOLDEN_SIZE(mshv_gpap_access_bitmap, 32);
GOLDEN_FIELD(mshv_gpap_access_bitmap, access_type, 0, 1);
GOLDEN_FIELD(mshv_gpap_access_bitmap, access_op, 1, 1);
GOLDEN_FIELD(mshv_gpap_access_bitmap, rsvd, 2, 6);
GOLDEN_FIELD(mshv_gpap_access_bitmap, page_count, 8, 8);
GOLDEN_FIELD(mshv_gpap_access_bitmap, gpap_base, 16, 8);
GOLDEN_FIELD(mshv_gpap_access_bitmap, bitmap_ptr, 24, 8);
GOLDEN_SIZE(mshv_last_error, 24);
GOLDEN_FIELD(mshv_last_error, hypercall, 0, 2);
GOLDEN_FIELD(mshv_last_error, status, 2, 2);
GOLDEN_FIELD(mshv_last_error, vp_index, 4, 4);
GOLDEN_FIELD(mshv_last_error, partition_id, 8, 8);
GOLDEN_FIELD(mshv_last_error, count, 16, 8);
GOLDEN_SIZE(mshv_query_info, 120);
GOLDEN_FIELD(mshv_query_info, size, 0, 4);
GOLDEN_FIELD(mshv_query_info, abi_version, 4, 4);
GOLDEN_FIELD(mshv_query_info, caps, 8, 8);
GOLDEN_FIELD(mshv_query_info, parent_role, 16, 4);
GOLDEN_FIELD(mshv_query_info, scheduler_type, 20, 4);
GOLDEN_FIELD(mshv_query_info, self_partition_id, 24, 8);
GOLDEN_FIELD(mshv_query_info, hv_build, 32, 4);
GOLDEN_FIELD(mshv_query_info, hv_major, 36, 2);
GOLDEN_FIELD(mshv_query_info, hv_minor, 38, 2);
GOLDEN_FIELD(mshv_query_info, hv_service_pack, 40, 4);
GOLDEN_FIELD(mshv_query_info, hv_service, 44, 4);
GOLDEN_FIELD(mshv_query_info, driver_version, 48, 32);
GOLDEN_FIELD(mshv_query_info, partition_id, 80, 8);
GOLDEN_FIELD(mshv_query_info, deposited, 88, 8);
GOLDEN_FIELD(mshv_query_info, withdrawn, 96, 8);
GOLDEN_FIELD(mshv_query_info, quarantined, 104, 8);
GOLDEN_FIELD(mshv_query_info, vp_index, 112, 4);
GOLDEN_FIELD(mshv_query_info, rsvd, 116, 4);
GOLDEN_SIZE(mshv_root_hvcall, 32);
GOLDEN_FIELD(mshv_root_hvcall, code, 0, 2);
GOLDEN_FIELD(mshv_root_hvcall, reps, 2, 2);
GOLDEN_FIELD(mshv_root_hvcall, in_sz, 4, 2);
GOLDEN_FIELD(mshv_root_hvcall, out_sz, 6, 2);
GOLDEN_FIELD(mshv_root_hvcall, status, 8, 2);
GOLDEN_FIELD(mshv_root_hvcall, rsvd, 10, 6);
GOLDEN_FIELD(mshv_root_hvcall, in_ptr, 16, 8);
GOLDEN_FIELD(mshv_root_hvcall, out_ptr, 24, 8);
GOLDEN_SIZE(mshv_run_vp, 256);
GOLDEN_FIELD(mshv_run_vp, msg_buf, 0, 256);
GOLDEN_SIZE(mshv_user_ioeventfd, 32);
GOLDEN_FIELD(mshv_user_ioeventfd, datamatch, 0, 8);
GOLDEN_FIELD(mshv_user_ioeventfd, addr, 8, 8);
GOLDEN_FIELD(mshv_user_ioeventfd, len, 16, 4);
GOLDEN_FIELD(mshv_user_ioeventfd, fd, 20, 4);
GOLDEN_FIELD(mshv_user_ioeventfd, flags, 24, 4);
GOLDEN_FIELD(mshv_user_ioeventfd, rsvd, 28, 4);
GOLDEN_SIZE(mshv_user_irq_entry, 16);
GOLDEN_FIELD(mshv_user_irq_entry, gsi, 0, 4);
GOLDEN_FIELD(mshv_user_irq_entry, address_lo, 4, 4);
GOLDEN_FIELD(mshv_user_irq_entry, address_hi, 8, 4);
GOLDEN_FIELD(mshv_user_irq_entry, data, 12, 4);
GOLDEN_SIZE(mshv_user_irq_table, 8);
GOLDEN_FIELD(mshv_user_irq_table, nr, 0, 4);
GOLDEN_FIELD(mshv_user_irq_table, rsvd, 4, 4);
GOLDEN_TAIL(mshv_user_irq_table, entries, 8);
GOLDEN_SIZE(mshv_user_irqfd, 16);
GOLDEN_FIELD(mshv_user_irqfd, fd, 0, 4);
GOLDEN_FIELD(mshv_user_irqfd, resamplefd, 4, 4);
GOLDEN_FIELD(mshv_user_irqfd, gsi, 8, 4);
GOLDEN_FIELD(mshv_user_irqfd, flags, 12, 4);
GOLDEN_SIZE(mshv_user_mem_region, 32);
GOLDEN_FIELD(mshv_user_mem_region, size, 0, 8);
GOLDEN_FIELD(mshv_user_mem_region, guest_pfn, 8, 8);
GOLDEN_FIELD(mshv_user_mem_region, userspace_addr, 16, 8);
GOLDEN_FIELD(mshv_user_mem_region, flags, 24, 1);
GOLDEN_FIELD(mshv_user_mem_region, rsvd, 25, 7);
