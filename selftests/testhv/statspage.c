// SPDX-License-Identifier: GPL-2.0
/*
 * MAP and UNMAP_STATS_PAGE: pages of counters about the hypervisor, logical
 * processors, partitions and VPs, shared with the root.
 *
 * A page comes from the pool of the partition that it is about, those of the
 * machine from the root's; it must have been deposited before.  Of the several
 * hundred counters of the real hypervisor those are kept that the root acts on.
 *
 * Locking: hv_lock.
 */
#include "statspage.h"
#include "cpu.h"
#include "hypercall.h"
#include "owner.h"
#include "partition.h"
#include "string.h"
#include "vp.h"

#define MAX_STATS_PAGES		1024

#define HV_COUNTER_LOGICAL_PROCESSORS	1
#define VP_COUNTER_THREAD_BLOCKED	202	/* the root's dispatch thread for it has to wait */

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
		return HV_STATUS_SUCCESS;
	case HV_STATS_OBJECT_LOGICAL_PROCESSOR:
		return id->lp.lp_index < nr_root_cpus ? HV_STATUS_SUCCESS :
			HV_STATUS_INVALID_LP_INDEX;
	case HV_STATS_OBJECT_PARTITION:
	case HV_STATS_OBJECT_VP:
		*p = partition_target(hc->vp->partition, id->partition.partition_id);
		if (!*p)
			return HV_STATUS_INVALID_PARTITION_ID;
		if (type == HV_STATS_OBJECT_VP && !partition_vp(*p, id->vp.vp_index))
			return HV_STATUS_INVALID_VP_INDEX;
		return HV_STATUS_SUCCESS;
	}
	return HV_STATUS_INVALID_PARAMETER;
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
	if (type == HV_STATS_OBJECT_HYPERVISOR)
		((u64 *)spa_ptr(spa))[HV_COUNTER_LOGICAL_PROCESSORS] = nr_root_cpus;
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

void stats_vp_blocked(struct vp *vp, bool blocked)
{
	if (vp->stats_page)
		vp->stats_page[VP_COUNTER_THREAD_BLOCKED] = blocked;
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
