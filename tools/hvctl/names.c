// SPDX-License-Identifier: GPL-2.0
/*
 * Names of numbers. The lists of codes come from the ABI headers, so that a code which is added
 * there is known here; only the explanations are this file's own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <hvabi/hypercall.h>
#include <hvabi/status.h>

#include "names.h"

/* X(status, errno, meaning); tests/names_test.c sees to it that no status is left out. */
#define MEANINGS(X) \
	X(SUCCESS, 0, "The call did what it was asked to do.") \
	X(INVALID_HYPERCALL_CODE, EINVAL, \
	  "The hypervisor has no such hypercall, or not for this partition.") \
	X(INVALID_HYPERCALL_INPUT, EINVAL, \
	  "The control word of the call is malformed: reserved bits, rep count or " \
	  "header size.") \
	X(INVALID_ALIGNMENT, EIO, \
	  "The input or output is not aligned to eight bytes, or crosses a page.") \
	X(INVALID_PARAMETER, EINVAL, \
	  "A parameter has a value that the call does not accept.") \
	X(ACCESS_DENIED, EACCES, \
	  "The caller lacks the privilege, or has no rights on the partition it named.") \
	X(INVALID_PARTITION_STATE, EIO, \
	  "The partition is not in the state the call needs: many properties can be " \
	  "set only before it is initialized, and nothing runs after it is finalized.") \
	X(OPERATION_DENIED, EACCES, \
	  "The operation is not allowed in the present state.") \
	X(UNKNOWN_PROPERTY, EINVAL, \
	  "The hypervisor does not know a property of that number.") \
	X(PROPERTY_VALUE_OUT_OF_RANGE, EINVAL, \
	  "The property exists, but not with that value.") \
	X(INSUFFICIENT_MEMORY, ENOMEM, \
	  "The partition's memory pool is empty. The driver deposits pages and repeats " \
	  "the call; seeing it means that the host ran out of memory.") \
	X(PARTITION_TOO_DEEP, EIO, \
	  "Partitions are nested more deeply than the hypervisor supports.") \
	X(INVALID_PARTITION_ID, EINVAL, \
	  "No partition has that number, or it was deleted.") \
	X(INVALID_VP_INDEX, EINVAL, \
	  "The partition has no virtual processor of that number.") \
	X(NOT_FOUND, EIO, \
	  "What the call names does not exist.") \
	X(INVALID_PORT_ID, EINVAL, \
	  "The port does not exist or its number is taken.") \
	X(INVALID_CONNECTION_ID, EINVAL, \
	  "The connection does not exist or its number is taken.") \
	X(INSUFFICIENT_BUFFERS, EIO, \
	  "No message buffer is free at the moment; the sender may try again.") \
	X(NOT_ACKNOWLEDGED, EIO, \
	  "The previous interrupt has not been acknowledged yet.") \
	X(INVALID_VP_STATE, EIO, \
	  "The virtual processor is not in the state the call needs, for example " \
	  "running where it has to be suspended.") \
	X(ACKNOWLEDGED, EIO, \
	  "The previous interrupt was acknowledged before the call took effect.") \
	X(INVALID_SAVE_RESTORE_STATE, EIO, \
	  "Saving or restoring the partition is not in the phase that the call belongs to.") \
	X(INVALID_SYNIC_STATE, EIO, \
	  "The synthetic interrupt controller of the target is not enabled as the call " \
	  "needs it.") \
	X(OBJECT_IN_USE, EIO, \
	  "Something else still uses the object.") \
	X(INVALID_PROXIMITY_DOMAIN_INFO, EIO, \
	  "The NUMA node named in the call does not exist.") \
	X(NO_DATA, EIO, \
	  "There is nothing to return.") \
	X(INACTIVE, EIO, \
	  "The object exists but is switched off.") \
	X(NO_RESOURCES, EIO, \
	  "Nothing of the kind is left. For withdrawing memory this is the normal end: " \
	  "the pool is empty.") \
	X(FEATURE_UNAVAILABLE, EIO, \
	  "The hypervisor or the hardware lacks the feature.") \
	X(PARTIAL_PACKET, EIO, \
	  "Only part of the data was transferred.") \
	X(PROCESSOR_FEATURE_NOT_SUPPORTED, EOPNOTSUPP, \
	  "A processor feature was asked for that this processor does not have.") \
	X(PROCESSOR_CACHE_LINE_FLUSH_SIZE_INCOMPATIBLE, EIO, \
	  "The cache line size asked for is not that of this processor.") \
	X(INSUFFICIENT_BUFFER, EIO, \
	  "The output does not fit into the space the caller gave.") \
	X(INCOMPATIBLE_PROCESSOR, EIO, \
	  "This processor does not match the others or the state to be restored.") \
	X(INSUFFICIENT_DEVICE_DOMAINS, EIO, \
	  "The IOMMU has no device domain left.") \
	X(CPUID_FEATURE_VALIDATION_ERROR, EIO, \
	  "The processor's CPUID features are not consistent with what was required.") \
	X(CPUID_XSAVE_FEATURE_VALIDATION_ERROR, EIO, \
	  "The processor's XSAVE features are not consistent with what was required.") \
	X(PROCESSOR_STARTUP_TIMEOUT, EIO, \
	  "A logical processor did not start in time.") \
	X(SMX_ENABLED, EIO, \
	  "Safer Mode Extensions are on, which the hypervisor does not allow here.") \
	X(INVALID_LP_INDEX, EINVAL, \
	  "The machine has no logical processor of that number.") \
	X(INVALID_REGISTER_VALUE, EINVAL, \
	  "A register cannot hold the value, or cannot be accessed that way.") \
	X(INVALID_VTL_STATE, EIO, \
	  "The virtual trust level is not in the state the call needs.") \
	X(NX_NOT_DETECTED, EIO, \
	  "The processor lacks or hides the no-execute feature that the hypervisor needs.") \
	X(INVALID_DEVICE_ID, EIO, \
	  "No device has that number.") \
	X(INVALID_DEVICE_STATE, EIO, \
	  "The device is not in the state the call needs.") \
	X(PENDING_PAGE_REQUESTS, EIO, \
	  "The device still has page requests to be answered.") \
	X(PAGE_REQUEST_INVALID, EIO, \
	  "The answered page request does not exist.") \
	X(KEY_ALREADY_EXISTS, EIO, \
	  "An entry with that key is there already.") \
	X(DEVICE_ALREADY_IN_DOMAIN, EIO, \
	  "The device belongs to a device domain already.") \
	X(INVALID_CPU_GROUP_ID, EIO, \
	  "No CPU group has that number.") \
	X(INVALID_CPU_GROUP_STATE, EIO, \
	  "The CPU group is not in the state the call needs.") \
	X(OPERATION_FAILED, EIO, \
	  "The hypervisor tried and failed, and says no more.") \
	X(NOT_ALLOWED_WITH_NESTED_VIRT_ACTIVE, EIO, \
	  "The call is refused while the target runs a hypervisor of its own.") \
	X(INSUFFICIENT_ROOT_MEMORY, ENOMEM, \
	  "The root partition's own memory pool is empty. The driver deposits there " \
	  "and repeats the call.") \
	X(EVENT_BUFFER_ALREADY_FREED, EIO, \
	  "The trace buffer was given back before.") \
	X(INSUFFICIENT_CONTIGUOUS_MEMORY, ENOMEM, \
	  "The partition's memory pool has no block of contiguous pages left.") \
	X(TIME_OUT, EIO, \
	  "The operation did not end in time.") \
	X(CALL_PENDING, EIO, \
	  "The call was accepted and completes later, announced by a message.") \
	X(INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY, ENOMEM, \
	  "The root partition's memory pool has no block of contiguous pages left.") \
	X(VTL_ALREADY_ENABLED, EIO, \
	  "The virtual trust level is enabled already.")

#define ENUM_MEANING(name, err, text) MEANING_##name,
enum { MEANINGS(ENUM_MEANING) };

#define ONE_MEANING(name, err, text) \
	[MEANING_##name] = { HV_STATUS_##name, "HV_STATUS_" #name, err, text },
const struct status_info status_table[] = {
	MEANINGS(ONE_MEANING)
};
const size_t status_count = sizeof(status_table) / sizeof(status_table[0]);

#define ONE_STATUS(name, value) { (value), "HV_STATUS_" #name },
#define ONE_CALL(name, value) { (value), "HVCALL_" #name },
struct name {
	uint16_t code;
	const char *name;
};
static const struct name status_names[] = { HV_STATUS_LIST(ONE_STATUS) };
static const struct name call_names[] = { HVCALL_LIST(ONE_CALL) };

static const char *lookup(const struct name *names, size_t count, uint16_t code,
			  const char *unknown)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (names[i].code == code)
			return names[i].name;
	return unknown;
}

const char *status_name(uint16_t code)
{
	return lookup(status_names, sizeof(status_names) / sizeof(status_names[0]), code,
		      "HV_STATUS_?");
}

const char *hypercall_name(uint16_t code)
{
	return lookup(call_names, sizeof(call_names) / sizeof(call_names[0]), code, "HVCALL_?");
}

const struct status_info *status_by_code(uint16_t code)
{
	size_t i;

	for (i = 0; i < status_count; i++)
		if (status_table[i].code == code)
			return &status_table[i];
	return NULL;
}

const struct status_info *status_by_name(const char *name)
{
	static const char prefix[] = "HV_STATUS_";
	size_t skip = strlen(prefix), i;

	if (strncasecmp(name, prefix, skip) == 0)
		name += skip;
	for (i = 0; i < status_count; i++)
		if (strcasecmp(status_table[i].name + skip, name) == 0)
			return &status_table[i];
	return NULL;
}

const char *errno_name(int err)
{
	static _Thread_local char unnamed[24];
	const char *name = strerrorname_np(err);

	if (name)
		return name;
	snprintf(unnamed, sizeof(unnamed), "errno %d", err);
	return unnamed;
}
