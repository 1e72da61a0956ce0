// SPDX-License-Identifier: GPL-2.0
/*
 * Partition properties, of a child or of the caller itself.
 *
 * Locking: hv_lock.
 */
#include "clock.h"
#include "cpuid.h"
#include "guest.h"
#include "hypercall.h"
#include "platform.h"
#include "reftime.h"
#include "schedule.h"
#include "string.h"

#define VENDOR_AMD		0
#define CHILD_PRIVILEGES	(ROOT_PRIVILEGES_LOW | \
				 PRIVILEGE(HV_ACCESS_PARTITION_ID | HV_POST_MESSAGES | \
					   HV_SIGNAL_EVENTS | HV_CONNECT_PORT))

static u64 host_xsave_features(void)
{
	union hv_partition_processor_xsave_features f = { 0 };

	f.xsave_support = 1;
	f.xsaveopt_support = cpuid(0xd, 1).eax & 1;
	f.avx_support = !!(xstate_host_mask() & BIT(2));
	f.avx2_support = f.avx_support && cpuid(7, 0).ebx & BIT(5);
	f.fma_support = f.avx_support && cpuid(1, 0).ecx & BIT(12);
	return f.as_uint64;
}

static u64 get_property(const struct partition *p, u32 code, u64 *value)
{
	switch (code) {
	case HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS:
		*value = p->privileges;
		break;
	case HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES:
		*value = p->synthetic_features;
		break;
	case HV_PARTITION_PROPERTY_TIME_FREEZE:
		*value = p->time_frozen;
		break;
	case HV_PARTITION_PROPERTY_REFERENCE_TIME:
		*value = p->root ? clock_reference() : reftime_now(p);
		break;
	case HV_PARTITION_PROPERTY_PROCESSORS_PER_SOCKET:
		*value = p->processors_per_socket;
		break;
	case HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING:
		*value = p->access_tracking;
		break;
	case HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION:
		*value = p->unimplemented_msr_action;
		break;
	case HV_PARTITION_PROPERTY_PROCESSOR_VENDOR:
		*value = VENDOR_AMD;
		break;
	case HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES:
		*value = host_xsave_features() & ~p->xsave_features;
		break;
	case HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH:
		*value = cpuid(0x80000008, 0).eax & 0xff;
		break;
	case HV_PARTITION_PROPERTY_XSAVE_STATES:
		*value = xstate_child_mask(p);
		break;
	case HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE:
		*value = child_xsave_size(xstate_child_mask(p));
		break;
	case HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY:
		*value = tsc_khz * 1000;
		break;
	case HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0:
	case HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1:
		code -= HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0;
		*value = child_host_features(code) & ~p->processor_features[code];
		break;
	case HV_PARTITION_PROPERTY_INTEGRATED_SCHEDULER_ENABLED:
		if (!p->root || !root_is_l1vh)
			return HV_STATUS_UNKNOWN_PROPERTY;
		*value = root_scheduler;
		break;
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
	return HV_STATUS_SUCCESS;
}

/* Those that shape the partition, while it has none yet. */
static u64 set_early(struct partition *p, u32 code, u64 value)
{
	if (p->state != PARTITION_CREATED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (code == HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS) {
		if (value & ~CHILD_PRIVILEGES)
			return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
		p->privileges = value;
		return HV_STATUS_SUCCESS;
	}
	p->synthetic_features = value;
	p->privileges = child_privileges(p);
	return HV_STATUS_SUCCESS;
}

static u64 set_flag(bool *flag, u64 value)
{
	if (value > 1)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	*flag = value;
	return HV_STATUS_SUCCESS;
}

static u64 set_time(struct partition *p, u32 code, u64 value)
{
	if (code == HV_PARTITION_PROPERTY_TIME_FREEZE) {
		if (value > 1)
			return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
		reftime_freeze(p, value);
		return HV_STATUS_SUCCESS;
	}
	if (!p->time_frozen)
		return HV_STATUS_INVALID_PARTITION_STATE;
	reftime_set(p, value);
	return HV_STATUS_SUCCESS;
}

static u64 set_property(struct partition *p, u32 code, u64 value)
{
	switch (code) {
	case HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS:
	case HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES:
		return set_early(p, code, value);
	case HV_PARTITION_PROPERTY_TIME_FREEZE:
	case HV_PARTITION_PROPERTY_REFERENCE_TIME:
		return set_time(p, code, value);
	case HV_PARTITION_PROPERTY_PROCESSORS_PER_SOCKET:
		if (!value || value > MAX_VPS)
			return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
		p->processors_per_socket = value;
		return HV_STATUS_SUCCESS;
	case HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING:
		return set_flag(&p->access_tracking, value);
	case HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION:
		if (value >= HV_UNIMPLEMENTED_MSR_ACTION_COUNT)
			return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
		p->unimplemented_msr_action = value;
		return HV_STATUS_SUCCESS;
	}
	return HV_STATUS_UNKNOWN_PROPERTY;
}

static u64 get_partition_property(struct hypercall *hc)
{
	const struct hv_input_get_partition_property *in = hc->in;
	struct hv_output_get_partition_property *out = hc->out;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);
	u64 value = 0, status;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (in->padding)
		return HV_STATUS_INVALID_PARAMETER;
	status = get_property(p, in->property_code, &value);
	out->property_value = value;
	return status;
}

static u64 set_partition_property(struct hypercall *hc)
{
	const struct hv_input_set_partition_property *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->root)
		return HV_STATUS_ACCESS_DENIED;
	if (in->padding)
		return HV_STATUS_INVALID_PARAMETER;
	if (p->state == PARTITION_FINALIZED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	return set_property(p, in->property_code, in->property_value);
}

/* Both large properties there are begin with a count of banks and have one. */
static u64 get_partition_property_ex(struct hypercall *hc)
{
	const struct hv_input_get_partition_property_ex *in = hc->in;
	struct hv_partition_property_vmm_capabilities *out = hc->out;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);
	u64 value = 0, status;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	switch (in->property_code) {
	case HV_PARTITION_PROPERTY_VMM_CAPABILITIES:
		out->bank_count = 1;
		out->assignable_synthetic_proc_features = 1;
		out->vmm_enable_integrated_scheduler = root_is_l1vh;
		return HV_STATUS_SUCCESS;
	case HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES:
		out->bank_count = 1;
		out->as_uint64[0] = CHILD_SYNTHETIC_FEATURES;
		return HV_STATUS_SUCCESS;
	}
	status = get_property(p, in->property_code, &value);
	memcpy(hc->out, &value, sizeof(value));
	return status;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_GET_PARTITION_PROPERTY, .name = "get_partition_property",
		.in = sizeof(struct hv_input_get_partition_property),
		.out = sizeof(struct hv_output_get_partition_property),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = get_partition_property,
	}, {
		.code = HVCALL_SET_PARTITION_PROPERTY, .name = "set_partition_property",
		.in = sizeof(struct hv_input_set_partition_property),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = set_partition_property,
	}, {
		.code = HVCALL_GET_PARTITION_PROPERTY_EX, .name = "get_partition_property_ex",
		.in = sizeof(struct hv_input_get_partition_property_ex),
		.out = sizeof(struct hv_output_get_partition_property_ex),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = get_partition_property_ex,
	},
};

const struct hypercall_group property_hypercalls = { descs, ARRAY_SIZE(descs) };
