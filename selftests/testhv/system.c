// SPDX-License-Identifier: GPL-2.0
/*
 * The machine as a whole: system properties, power off, events of the root.
 *
 * Locking: hv_lock.
 */
#include "acpi.h"
#include "clock.h"
#include "hypercall.h"
#include "log.h"
#include "partition.h"
#include "schedule.h"
#include "vp.h"
#include "x86.h"

/* What the hypervisor's own scheduler calls itself when the root's is not in use. */
#define OWN_SCHEDULER_TYPE	HV_SCHEDULER_TYPE_CORE_SMT

/* ACPI PM1 control register. */
#define PM1_SLP_EN		BIT(13)
#define PM1_SLP_TYP_SHIFT	10
#define PM1_SLP_TYP_MASK	7

static bool s5_known;
static u8 s5_slp_typ;

static u64 get_system_property(struct hypercall *hc)
{
	const struct hv_input_get_system_property *in = hc->in;
	struct hv_output_get_system_property *out = hc->out;

	if (in->property_id != HV_SYSTEM_PROPERTY_SCHEDULER_TYPE)
		return HV_STATUS_UNKNOWN_PROPERTY;
	out->scheduler_type = root_scheduler ? HV_SCHEDULER_TYPE_ROOT : OWN_SCHEDULER_TYPE;
	return HV_STATUS_SUCCESS;
}

static u64 set_system_property(struct hypercall *hc)
{
	const struct hv_input_set_system_property *in = hc->in;

	if (in->property_id != HV_SYSTEM_PROPERTY_SLEEP_STATE)
		return HV_STATUS_UNKNOWN_PROPERTY;
	if (in->set_sleep_state_info.sleep_state != HV_SLEEP_STATE_S5)
		return HV_STATUS_INVALID_PARAMETER;
	s5_known = true;
	s5_slp_typ = in->set_sleep_state_info.pm1a_slp_typ & PM1_SLP_TYP_MASK;
	return HV_STATUS_SUCCESS;
}

static u64 enter_sleep_state(struct hypercall *hc)
{
	const struct hv_input_enter_sleep_state *in = hc->in;

	if (in->sleep_state != HV_SLEEP_STATE_S5)
		return HV_STATUS_INVALID_PARAMETER;
	if (!s5_known)
		return HV_STATUS_OPERATION_DENIED;
	clock_report();
	log_info("root powers off");
	log_flush();
	outw(acpi_pm1_control, s5_slp_typ << PM1_SLP_TYP_SHIFT | PM1_SLP_EN);
	/* QEMU takes its time, and no root expects to come back from this. */
	for (;;)
		cpu_relax();
}

/* The only thing testhv does with an event is to accept it. */
static u64 notify_partition_event(struct hypercall *hc)
{
	const struct hv_input_notify_partition_event *in = hc->in;

	switch (in->event) {
	case HV_PARTITION_ALL_LOGICAL_PROCESSORS_STARTED:
	case HV_PARTITION_EVENT_ROOT_CRASHDUMP:
		log_debug("root: event %u", in->event);
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_GET_SYSTEM_PROPERTY, .name = "get_system_property",
		.in = sizeof(struct hv_input_get_system_property),
		.out = sizeof(struct hv_output_get_system_property),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = get_system_property,
	}, {
		.code = HVCALL_SET_SYSTEM_PROPERTY, .name = "set_system_property",
		.in = sizeof(struct hv_input_set_system_property),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = set_system_property,
	}, {
		.code = HVCALL_ENTER_SLEEP_STATE, .name = "enter_sleep_state",
		.fast_ok = true, .in = sizeof(struct hv_input_enter_sleep_state),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = enter_sleep_state,
	}, {
		.code = HVCALL_NOTIFY_PARTITION_EVENT, .name = "notify_partition_event",
		.fast_ok = true, .in = sizeof(struct hv_input_notify_partition_event),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = notify_partition_event,
	},
};

const struct hypercall_group system_hypercalls = { descs, ARRAY_SIZE(descs) };
