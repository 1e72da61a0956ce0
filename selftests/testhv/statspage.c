// SPDX-License-Identifier: GPL-2.0
/*
 * MAP and UNMAP_STATS_PAGE: pages of counters about the hypervisor, logical
 * processors, partitions and VPs, shared with the root.
 *
 * A page comes from the pool of the partition that it is about, those of the
 * machine from the root's; it must have been deposited before.  Of the several
 * hundred counters of the real hypervisor a few are kept, and the others are
 * zero.  Those of a VP move as they are counted; those of anything else are
 * brought up to date whenever the page is mapped.
 *
 * Locking: hv_lock.
 */
#include "statspage.h"
#include "clock.h"
#include "cpu.h"
#include "cpuid.h"
#include "hypercall.h"
#include "owner.h"
#include "partition.h"
#include "stats.h"
#include "string.h"
#include "svm.h"
#include "vp.h"
#include "x86.h"

#define MAX_STATS_PAGES		1024

static struct stats_mapping {
	u64 spa;		/* 0: free */
	u32 type;
	u32 count;
	u64 partition;		/* whose pool it is from */
	union hv_stats_object_identity identity;
} mappings[MAX_STATS_PAGES];

static struct stats_mapping *find(u32 type, const union hv_stats_object_identity *identity)
{
	for (u32 i = 0; i < MAX_STATS_PAGES; i++)
		if (mappings[i].spa && mappings[i].type == type &&
		    !memcmp(&mappings[i].identity, identity, sizeof(*identity)))
			return &mappings[i];
	return NULL;
}

static struct stats_mapping *find_free(void)
{
	for (u32 i = 0; i < MAX_STATS_PAGES; i++)
		if (!mappings[i].spa)
			return &mappings[i];
	return NULL;
}

/* The partition that the object belongs to, if the object exists. */
static u64 find_owner(struct hypercall *hc, u32 type, const union hv_stats_object_identity *id,
		      struct partition **p)
{
	*p = hc->vp->partition;
	switch (type) {
	case HV_STATS_OBJECT_HYPERVISOR:
		return root_is_l1vh ? HV_STATUS_ACCESS_DENIED : HV_STATUS_SUCCESS;
	case HV_STATS_OBJECT_LOGICAL_PROCESSOR:
		if (root_is_l1vh)
			return HV_STATUS_ACCESS_DENIED;
		return id->lp.lp_index < nr_root_cpus ? HV_STATUS_SUCCESS :
			HV_STATUS_INVALID_LP_INDEX;
	case HV_STATS_OBJECT_PARTITION:
	case HV_STATS_OBJECT_VP:
		*p = partition_target(hc->vp->partition, id->partition.partition_id);
		if (!*p)
			return HV_STATUS_INVALID_PARTITION_ID;
		if ((*p)->state == PARTITION_FINALIZED)
			return HV_STATUS_INVALID_PARTITION_STATE;
		if (type == HV_STATS_OBJECT_VP && !partition_vp(*p, id->vp.vp_index))
			return HV_STATUS_INVALID_VP_INDEX;
		return HV_STATUS_SUCCESS;
	}
	return HV_STATUS_INVALID_PARAMETER;
}

static void refresh_machine(u64 *page)
{
	u64 id = 0;

	page[HV_COUNTER_HvLogicalProcessors] = nr_root_cpus;
	page[HV_COUNTER_HvPartitions] = 0;
	page[HV_COUNTER_HvVirtualProcessors] = 0;
	while ((id = counters_next(id))) {
		const struct partition *p = partition_find(id);

		if (!p)
			continue;
		page[HV_COUNTER_HvPartitions]++;
		page[HV_COUNTER_HvVirtualProcessors] += p->nr_vps;
	}
}

static void refresh_partition(const struct partition *p, u64 *page)
{
	const struct partition_counters *c = p->counters;

	page[HV_COUNTER_PtVirtualProcessors] = p->nr_vps;
	page[HV_COUNTER_PtDepositedPages] = c->pages_deposited - c->pages_withdrawn;
	page[HV_COUNTER_PtGpaPages] = c->gpa_pages_mapped - c->gpa_pages_unmapped;
}

static void refresh_vp(const struct vp *vp, u64 *page)
{
	memcpy(page, vp->stats, sizeof(vp->stats));
	page[HV_COUNTER_VpRootDispatchThreadBlocked] = vp->blocked && !vp->signaled;
}

static void refresh(struct partition *p, const struct stats_mapping *m)
{
	u64 *page = spa_ptr(m->spa);

	switch (m->type) {
	case HV_STATS_OBJECT_HYPERVISOR:
		refresh_machine(page);
		break;
	case HV_STATS_OBJECT_LOGICAL_PROCESSOR:
		page[HV_COUNTER_LpRootVpIndex] = m->identity.lp.lp_index;
		break;
	case HV_STATS_OBJECT_PARTITION:
		refresh_partition(p, page);
		break;
	case HV_STATS_OBJECT_VP:
		refresh_vp(p->vps[m->identity.vp.vp_index], page);
	}
}

/* Where the counters that change with every dispatch are, without a search. */
static void set_vp_page(struct partition *p, const struct stats_mapping *m, u64 *page)
{
	if (m->type == HV_STATS_OBJECT_VP &&
	    m->identity.vp.stats_area_type == HV_STATS_AREA_SELF)
		p->vps[m->identity.vp.vp_index]->stats_page = page;
}

static u64 new_mapping(struct partition *p, u32 type, const union hv_stats_object_identity *id,
		       struct stats_mapping **res)
{
	struct stats_mapping *m = find_free();
	u64 spa;

	if (!m)
		return HV_STATUS_NO_RESOURCES;
	spa = pool_alloc(&p->pool);
	if (!spa)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	if (owner_share(spa, p->id)) {
		pool_free(&p->pool, spa);
		return HV_STATUS_INSUFFICIENT_ROOT_MEMORY;
	}
	*m = (struct stats_mapping){ .spa = spa, .type = type, .partition = p->id,
				     .identity = *id };
	set_vp_page(p, m, spa_ptr(spa));
	*res = m;
	return HV_STATUS_SUCCESS;
}

static u64 map_stats_page(struct hypercall *hc)
{
	const struct hv_input_map_stats_page *in = hc->in;
	struct hv_output_map_stats_page *out = hc->out;
	struct stats_mapping *m = find(in->type, &in->identity);
	struct partition *p;
	u64 status;

	if (in->padding || in->identity.vp.stats_area_type >= HV_STATS_AREA_COUNT)
		return HV_STATUS_INVALID_PARAMETER;
	status = find_owner(hc, in->type, &in->identity, &p);
	if (status == HV_STATUS_SUCCESS && !m)
		status = new_mapping(p, in->type, &in->identity, &m);
	if (status != HV_STATUS_SUCCESS)
		return status;
	m->count++;
	refresh(p, m);
	out->map_location = m->spa >> PAGE_SHIFT;
	return HV_STATUS_SUCCESS;
}

static void release(struct stats_mapping *m)
{
	struct partition *p = partition_find(m->partition);

	set_vp_page(p, m, NULL);
	owner_unshare(m->spa, m->partition);
	pool_free(&p->pool, m->spa);
	m->spa = 0;
}

static u64 unmap_stats_page(struct hypercall *hc)
{
	const struct hv_input_unmap_stats_page *in = hc->in;
	struct stats_mapping *m = find(in->type, &in->identity);

	if (in->padding)
		return HV_STATUS_INVALID_PARAMETER;
	if (!m)
		return HV_STATUS_NOT_FOUND;
	if (!--m->count)
		release(m);
	return HV_STATUS_SUCCESS;
}

void stats_pages_release(struct partition *p, u32 vp_index)
{
	for (u32 i = 0; i < MAX_STATS_PAGES; i++)
		if (mappings[i].spa && mappings[i].partition == p->id &&
		    mappings[i].type == HV_STATS_OBJECT_VP &&
		    mappings[i].identity.vp.vp_index == vp_index)
			release(&mappings[i]);
}

void stats_pages_release_all(struct partition *p)
{
	for (u32 i = 0; i < MAX_STATS_PAGES; i++)
		if (mappings[i].spa && mappings[i].partition == p->id)
			release(&mappings[i]);
}

static void set_counter(struct vp *vp, u32 counter, u64 value)
{
	vp->stats[counter] = value;
	if (vp->stats_page)
		vp->stats_page[counter] = value;
}

static void count(struct vp *vp, u32 counter)
{
	set_counter(vp, counter, vp->stats[counter] + 1);
}

static u32 exit_counter(u64 exit_code)
{
	switch (exit_code) {
	case EXIT_IOIO:
		return HV_COUNTER_VpIoInstructionsCount;
	case EXIT_HLT:
		return HV_COUNTER_VpHltInstructionsCount;
	case EXIT_CPUID:
		return HV_COUNTER_VpCpuidInstructionsCount;
	case EXIT_MSR:
		return HV_COUNTER_VpMsrAccessesCount;
	case EXIT_VMMCALL:
		return HV_COUNTER_VpHypercallsCount;
	case EXIT_NPF:
		return HV_COUNTER_VpNestedPageFaultInterceptsCount;
	case EXIT_INTR:
	case EXIT_NMI:
		return HV_COUNTER_VpExternalInterruptsCount;
	case EXIT_VINTR:
		return HV_COUNTER_VpPendingInterruptsCount;
	}
	if (exit_code <= EXIT_CR0_READ + 0x1f)
		return HV_COUNTER_VpControlRegisterAccessesCount;
	if (exit_code >= EXIT_DR0_READ && exit_code <= EXIT_DR7_WRITE)
		return HV_COUNTER_VpDebugRegisterAccessesCount;
	return HV_COUNTER_VpOtherInterceptsCount;
}

void stats_vp_exit(struct vp *vp, u64 exit_code, u64 cycles)
{
	count(vp, HV_COUNTER_VpLogicalProcessorDispatches);
	count(vp, exit_counter(exit_code));
	vp->run_tsc += cycles;
	set_counter(vp, HV_COUNTER_VpTotalRunTime, mul_div(vp->run_tsc, 10000, tsc_khz));
}

void stats_vp_message(struct vp *vp, u32 type)
{
	switch (type) {
	case HVMSG_X64_IO_PORT_INTERCEPT:
		count(vp, HV_COUNTER_VpIoInterceptMessages);
		break;
	case HVMSG_UNMAPPED_GPA:
	case HVMSG_GPA_INTERCEPT:
		count(vp, HV_COUNTER_VpMemoryInterceptMessages);
		break;
	default:
		count(vp, HV_COUNTER_VpOtherMessages);
	}
}

void stats_vp_blocked(struct vp *vp, bool blocked)
{
	if (vp->stats_page)
		vp->stats_page[HV_COUNTER_VpRootDispatchThreadBlocked] = blocked;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_MAP_STATS_PAGE, .name = "map_stats_page",
		.in = sizeof(struct hv_input_map_stats_page),
		.out = sizeof(struct hv_output_map_stats_page),
		.privilege = PRIVILEGE(HV_ACCESS_STATS), .fn = map_stats_page,
	}, {
		.code = HVCALL_UNMAP_STATS_PAGE, .name = "unmap_stats_page",
		.in = sizeof(struct hv_input_unmap_stats_page),
		.privilege = PRIVILEGE(HV_ACCESS_STATS), .fn = unmap_stats_page,
	},
};

const struct hypercall_group stats_hypercalls = { descs, ARRAY_SIZE(descs) };
