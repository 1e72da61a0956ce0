// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver tells of itself and of the hypervisor: MSHV_QUERY_INFO, MSHV_GET_LAST_ERROR.
 *
 * Locking: none; counters are read one by one.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "hv_root.h"
#include "kernel_hv.h"

static void fill_hypervisor(struct mshv_query_info *info)
{
	union hv_hypervisor_version_info version;
	u32 leaf[4];

	kernel_hv_version(leaf);
	memcpy(&version, leaf, sizeof(version));
	info->parent_role = parent_role();
	info->scheduler_type = parent_scheduler();
	info->self_partition_id = kernel_hv_partition_id();
	info->hv_build = version.build_number;
	info->hv_major = version.major_version;
	info->hv_minor = version.minor_version;
	info->hv_service_pack = version.service_pack;
	info->hv_service = version.edx;
}

/* A partition's pages are lost only when it is gone, so it is the device that can tell. */
static void fill_ledger(struct mshv_query_info *info, const struct hv_ledger *ledger)
{
	info->deposited = READ_ONCE(ledger->deposited);
	info->withdrawn = READ_ONCE(ledger->withdrawn);
	if (ledger == &hv_root_ledger)
		info->quarantined = atomic64_read(&hv_quarantined_total);
}

/**
 * info_query() - MSHV_QUERY_INFO
 * @target: of the file
 * @vp_index: of the file, HV_ANY_VP if it is not a VP's
 * @user_args: a struct mshv_query_info
 *
 * Return: 0, -EINVAL if the structure is smaller than its first version, -EFAULT.
 */
long info_query(const struct hv_target *target, u32 vp_index, void __user *user_args)
{
	struct mshv_query_info info = {
		.abi_version = MSHV_ABI_VERSION,
		.caps = MSHV_CAP_QUERY_INFO | MSHV_CAP_LAST_ERROR | MSHV_CAP_EVENTFD |
			MSHV_CAP_ACCESS_BITMAP |
			MSHV_CAP_CANCEL_RUN_VP,
		.driver_version = HV_ROOT_VERSION,
		.vp_index = vp_index,
	};
	u32 size;

	if (get_user(size, (u32 __user *)user_args))
		return -EFAULT;
	if (size < MSHV_QUERY_INFO_SIZE_V1)
		return -EINVAL;
	info.size = min_t(u32, size, sizeof(info));
	fill_hypervisor(&info);
	if (target->id != HV_PARTITION_ID_SELF)
		info.partition_id = target->id;
	fill_ledger(&info, target->ledger);
	return copy_to_user(user_args, &info, info.size) ? -EFAULT : 0;
}

/* MSHV_GET_LAST_ERROR */
long info_last_error(struct hv_target *target, void __user *user_args)
{
	u64 error = atomic64_read(&target->last_error);
	struct mshv_last_error args = {
		.hypercall = error >> 48,
		.status = error >> 32,
		.vp_index = error,
		.partition_id = target->id,
		.count = atomic64_read(&target->errors),
	};

	if (target->id == HV_PARTITION_ID_SELF)
		args.partition_id = kernel_hv_partition_id();
	return copy_to_user(user_args, &args, sizeof(args)) ? -EFAULT : 0;
}
