// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a partition: create, initialize, finalize, delete.
 *
 * The partition's own page comes from its creator's pool, because its pool
 * does not exist yet; all else comes from its own.  FINALIZE gives every object
 * back to that pool, so that afterwards WITHDRAW returns each deposited page
 * and DELETE finds nothing left.
 *
 * Locking: hv_lock.
 */
#include "partition.h"
#include "cpuidresult.h"
#include "gpa.h"
#include "hypercall.h"
#include "port.h"
#include "stats.h"
#include "statspage.h"
#include "string.h"
#include "synic.h"
#include "vp_object.h"

/* Owners of pages are kept as 16 bits. */
#define MAX_PARTITION_ID	0xffff

#define CREATION_FLAGS	(HV_PARTITION_CREATION_FLAG_SMT_ENABLED_GUEST | \
			 HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED | \
			 HV_PARTITION_CREATION_FLAG_EXO_PARTITION | \
			 HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED | \
			 HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED | \
			 HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE)

struct partition root_partition;

static struct partition *partitions[MAX_PARTITIONS];
static u64 last_id = ROOT_PARTITION_ID;

void partition_init_root(void)
{
	root_partition.id = ROOT_PARTITION_ID;
	root_partition.state = PARTITION_ACTIVE;
	root_partition.root = true;
	root_partition.privileges = ROOT_PRIVILEGES_LOW | PRIVILEGE(ROOT_PRIVILEGES_HIGH);
	root_partition.counters = counters_attach(ROOT_PARTITION_ID);
	partitions[0] = &root_partition;
}

struct partition *partition_find(u64 id)
{
	for (u32 i = 0; i < MAX_PARTITIONS; i++)
		if (partitions[i] && partitions[i]->id == id)
			return partitions[i];
	return NULL;
}

struct partition *partition_target(struct partition *caller, u64 id)
{
	struct partition *p;

	if (id == HV_PARTITION_ID_SELF || id == caller->id)
		return caller;
	p = partition_find(id);
	return p && p->parent == caller ? p : NULL;
}

struct vp *partition_vp(struct partition *p, u32 index)
{
	return index < MAX_VPS ? p->vps[index] : NULL;
}

struct vp *partition_vp_by_apic_id(struct partition *p, u32 apic_id)
{
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i] && p->vps[i]->apic_id == apic_id)
			return p->vps[i];
	return NULL;
}

/* Ids are not used again before all others were. */
static u64 next_id(void)
{
	do {
		last_id = last_id == MAX_PARTITION_ID ? ROOT_PARTITION_ID + 1 : last_id + 1;
	} while (partition_find(last_id));
	return last_id;
}

static struct partition **free_slot(void)
{
	for (u32 i = 0; i < MAX_PARTITIONS; i++)
		if (!partitions[i])
			return &partitions[i];
	return NULL;
}

static void partition_setup(struct partition *p, struct partition *parent,
			    const struct hv_input_create_partition *in)
{
	const struct hv_partition_creation_properties *props = &in->partition_creation_properties;

	p->id = next_id();
	p->state = PARTITION_CREATED;
	p->parent = parent;
	p->creation_flags = in->flags;
	memcpy(p->processor_features, props->disabled_processor_features.as_uint64,
	       sizeof(p->processor_features));
	p->xsave_features = props->disabled_processor_xsave_features.as_uint64;
}

static u64 create_partition(struct hypercall *hc)
{
	const struct hv_input_create_partition *in = hc->in;
	struct hv_output_create_partition *out = hc->out;
	struct partition *parent = hc->vp->partition, *p;
	struct partition **slot = free_slot();
	u64 page;

	if (in->flags & ~CREATION_FLAGS || in->padding || in->isolation_properties.as_uint64)
		return HV_STATUS_INVALID_PARAMETER;
	if (!slot)
		return HV_STATUS_NO_RESOURCES;
	page = pool_alloc(&parent->pool);
	if (!page)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	p = spa_ptr(page);
	partition_setup(p, parent, in);
	p->counters = counters_attach(p->id);
	*slot = p;
	out->partition_id = p->id;
	return HV_STATUS_SUCCESS;
}

/* A child of the caller, for the calls that make no sense on oneself. */
static struct partition *child_of(struct hypercall *hc, u64 id)
{
	struct partition *p = partition_target(hc->vp->partition, id);

	return p == hc->vp->partition ? NULL : p;
}

static u64 initialize_partition(struct hypercall *hc)
{
	const struct hv_input_initialize_partition *in = hc->in;
	struct partition *p = child_of(hc, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state != PARTITION_CREATED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (npt_init(&p->npt, &p->pool))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	p->state = PARTITION_ACTIVE;
	return HV_STATUS_SUCCESS;
}

static u64 finalize_partition(struct hypercall *hc)
{
	const struct hv_input_finalize_partition *in = hc->in;
	struct partition *p = child_of(hc, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state == PARTITION_FINALIZED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i] && p->vps[i]->on_cpu)
			return HV_STATUS_INVALID_PARTITION_STATE;
	ports_release(p);
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i])
			vp_destroy(p->vps[i]);
	stats_pages_release_all(p);
	cpuid_results_free(p);
	root_synic_forget(p->id);
	if (p->state == PARTITION_ACTIVE) {
		gpa_unmap_all(p);
		npt_destroy(&p->npt);
	}
	p->state = PARTITION_FINALIZED;
	return HV_STATUS_SUCCESS;
}

/* A partition that was never initialized owns nothing but its pool. */
static u64 delete_partition(struct hypercall *hc)
{
	const struct hv_input_delete_partition *in = hc->in;
	struct partition *p = child_of(hc, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state == PARTITION_ACTIVE)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (p->pool.nr_deposited)
		return HV_STATUS_OBJECT_IN_USE;
	for (u32 i = 0; i < MAX_PARTITIONS; i++)
		if (partitions[i] == p)
			partitions[i] = NULL;
	counters_detach(p->counters);
	pool_free(&p->parent->pool, ptr_spa(p));
	return HV_STATUS_SUCCESS;
}

static u64 get_partition_id(struct hypercall *hc)
{
	struct hv_output_get_partition_id *out = hc->out;

	out->partition_id = hc->vp->partition->id;
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_CREATE_PARTITION, .name = "create_partition",
		.in = sizeof(struct hv_input_create_partition),
		.out = sizeof(struct hv_output_create_partition),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = create_partition,
	}, {
		.code = HVCALL_INITIALIZE_PARTITION, .name = "initialize_partition",
		.fast_ok = true, .in = sizeof(struct hv_input_initialize_partition),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = initialize_partition,
	}, {
		.code = HVCALL_FINALIZE_PARTITION, .name = "finalize_partition",
		.fast_ok = true, .in = sizeof(struct hv_input_finalize_partition),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = finalize_partition,
	}, {
		.code = HVCALL_DELETE_PARTITION, .name = "delete_partition",
		.fast_ok = true, .in = sizeof(struct hv_input_delete_partition),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = delete_partition,
	}, {
		.code = HVCALL_GET_PARTITION_ID, .name = "get_partition_id",
		.out = sizeof(struct hv_output_get_partition_id),
		.privilege = PRIVILEGE(HV_ACCESS_PARTITION_ID), .fn = get_partition_id,
	},
};

const struct hypercall_group partition_hypercalls = { descs, ARRAY_SIZE(descs) };
