// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor's status codes mean to user space: an errno and a name.
 *
 * The errnos are those of upstream's driver, because programs know them; a code that is not in
 * the table is EIO.  Codes that a user's bad request can cause are told from those that mean
 * that the hypervisor or this module failed: only the latter are logged.
 *
 * Locking: none, all is constant.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "hv_root.h"

struct status_info {
	u16 status;
	s16 error;
	bool callers_fault;
};

static const struct status_info infos[] = {
	{ HV_STATUS_SUCCESS, 0, false },
	{ HV_STATUS_INVALID_HYPERCALL_CODE, -EINVAL, false },
	{ HV_STATUS_INVALID_HYPERCALL_INPUT, -EINVAL, true },
	{ HV_STATUS_INVALID_ALIGNMENT, -EIO, false },
	{ HV_STATUS_INVALID_PARAMETER, -EINVAL, true },
	{ HV_STATUS_ACCESS_DENIED, -EACCES, true },
	{ HV_STATUS_INVALID_PARTITION_STATE, -EIO, true },
	{ HV_STATUS_OPERATION_DENIED, -EACCES, true },
	{ HV_STATUS_UNKNOWN_PROPERTY, -EINVAL, true },
	{ HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE, -EINVAL, true },
	{ HV_STATUS_INSUFFICIENT_MEMORY, -ENOMEM, false },
	{ HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY, -ENOMEM, false },
	{ HV_STATUS_INSUFFICIENT_ROOT_MEMORY, -ENOMEM, false },
	{ HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY, -ENOMEM, false },
	{ HV_STATUS_INVALID_PARTITION_ID, -EINVAL, false },
	{ HV_STATUS_INVALID_VP_INDEX, -EINVAL, true },
	{ HV_STATUS_NOT_FOUND, -EIO, false },
	{ HV_STATUS_INVALID_PORT_ID, -EINVAL, false },
	{ HV_STATUS_INVALID_CONNECTION_ID, -EINVAL, false },
	{ HV_STATUS_INSUFFICIENT_BUFFERS, -EIO, false },
	{ HV_STATUS_NOT_ACKNOWLEDGED, -EIO, false },
	{ HV_STATUS_INVALID_VP_STATE, -EIO, true },
	{ HV_STATUS_NO_RESOURCES, -EIO, false },
	{ HV_STATUS_PROCESSOR_FEATURE_NOT_SUPPORTED, -EOPNOTSUPP, true },
	{ HV_STATUS_INVALID_LP_INDEX, -EINVAL, false },
	{ HV_STATUS_INVALID_REGISTER_VALUE, -EINVAL, true },
	{ HV_STATUS_OPERATION_FAILED, -EIO, false },
	{ HV_STATUS_TIME_OUT, -EIO, false },
	{ HV_STATUS_CALL_PENDING, -EIO, false },
	{ HV_STATUS_VTL_ALREADY_ENABLED, -EIO, false },
};

static const struct status_info *find_info(u16 status)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(infos); i++)
		if (infos[i].status == status)
			return &infos[i];
	return NULL;
}

int hv_status_errno(u16 status)
{
	const struct status_info *info = find_info(status);

	return info ? info->error : -EIO;
}

/* Whether a request of the user's can be all that is wrong. */
bool hv_status_is_callers_fault(u16 status)
{
	const struct status_info *info = find_info(status);

	return info && info->callers_fault;
}

bool hv_status_needs_memory(u16 status)
{
	return status == HV_STATUS_INSUFFICIENT_MEMORY ||
	       status == HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY ||
	       status == HV_STATUS_INSUFFICIENT_ROOT_MEMORY ||
	       status == HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY;
}

#define NAMED(name, value) \
	[value] = #name,

static const char * const status_names[] = { HV_STATUS_LIST(NAMED) };
static const char * const code_names[] = { HVCALL_LIST(NAMED) };

const char *hv_status_name(u16 status)
{
	if (status < ARRAY_SIZE(status_names) && status_names[status])
		return status_names[status];
	return "unknown status";
}

const char *hv_code_name(u16 code)
{
	if (code < ARRAY_SIZE(code_names) && code_names[code])
		return code_names[code];
	return "unknown hypercall";
}
