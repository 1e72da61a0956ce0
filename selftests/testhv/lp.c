// SPDX-License-Identifier: GPL-2.0
/*
 * Logical processors and the root's own VPs.
 *
 * testhv starts every CPU at its own boot and creates a root VP for each, which
 * waits for SIPI.  So the root's ADD_LOGICAL_PROCESSOR and CREATE_VP have
 * nothing left to do but to be checked: the CPU must exist, must be the root's,
 * and must not have been added before.
 *
 * Locking: hv_lock.
 */
#include "lp.h"
#include "clock.h"
#include "cpu.h"
#include "hypercall.h"
#include "partition.h"
#include "vp.h"

static struct {
	bool added;		/* the boot CPU is from the start */
	bool vp_created;
} lps[MAX_CPUS];

static bool lp_added(u32 lp_index)
{
	return lp_index < nr_root_cpus && (!lp_index || lps[lp_index].added);
}

/* Root's CPUs are numbered as its VPs; the caller names one by APIC id too, which must agree. */
static u64 add_logical_processor(struct hypercall *hc)
{
	const struct hv_input_add_logical_processor *in = hc->in;
	struct hv_output_add_logical_processor *out = hc->out;
	struct cpu *cpu = cpu_by_apic_id(in->apic_id);

	if (in->lp_index >= nr_root_cpus)
		return HV_STATUS_INVALID_LP_INDEX;
	if (!cpu || cpu->service || cpu->index != in->lp_index)
		return HV_STATUS_INVALID_PARAMETER;
	if (lp_added(in->lp_index))
		return HV_STATUS_INVALID_LP_INDEX;
	lps[in->lp_index].added = true;
	out->startup_status.hv_status = HV_STATUS_SUCCESS;
	return HV_STATUS_SUCCESS;
}

u64 lp_create_root_vp(u32 vp_index)
{
	if (!lp_added(vp_index))
		return HV_STATUS_INVALID_VP_INDEX;
	if (!vp_index || lps[vp_index].vp_created)
		return HV_STATUS_INVALID_VP_INDEX;
	lps[vp_index].vp_created = true;
	return HV_STATUS_SUCCESS;
}

static u64 get_run_time(struct hypercall *hc)
{
	const struct hv_input_get_logical_processor_run_time *in = hc->in;
	struct hv_output_get_logical_processor_run_time *out = hc->out;

	if (!lp_added(in->lp_index))
		return HV_STATUS_INVALID_LP_INDEX;
	out->global_time = clock_reference();
	out->local_run_time = out->global_time;
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_ADD_LOGICAL_PROCESSOR, .name = "add_logical_processor",
		.in = sizeof(struct hv_input_add_logical_processor),
		.out = sizeof(struct hv_output_add_logical_processor),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = add_logical_processor,
	}, {
		.code = HVCALL_GET_LOGICAL_PROCESSOR_RUN_TIME, .name = "get_lp_run_time",
		.in = sizeof(struct hv_input_get_logical_processor_run_time),
		.out = sizeof(struct hv_output_get_logical_processor_run_time),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = get_run_time,
	},
};

const struct hypercall_group lp_hypercalls = { descs, ARRAY_SIZE(descs) };
