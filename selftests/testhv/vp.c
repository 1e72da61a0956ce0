// SPDX-License-Identifier: GPL-2.0
/*
 * CREATE_VP and DELETE_VP.
 *
 * A VP of a child is a page for struct vp, one for its VMCB, the two pages that
 * it can share with its parent (registers, intercept message), and what the
 * platform needs (child.h).  All come from the partition's pool; a failure in
 * the middle gives back what was taken.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "cpu.h"
#include "cpuidresult.h"
#include "guest.h"
#include "hypercall.h"
#include "lp.h"
#include "owner.h"
#include "partition.h"
#include "registers.h"
#include "schedule.h"
#include "statepage.h"
#include "statspage.h"
#include "vp_object.h"

_Static_assert(sizeof(struct vp) <= PAGE_SIZE, "a VP is one page");

static void free_page(struct partition *p, void *page)
{
	if (page)
		pool_free(&p->pool, ptr_spa(page));
}

static void free_vp_pages(struct vp *vp)
{
	struct partition *p = vp->partition;

	free_page(p, vp->reg_page);
	free_page(p, vp->intercept_page);
	free_page(p, vp->vmcb);
	free_page(p, vp);
}

static void *alloc_page(struct partition *p)
{
	u64 spa = pool_alloc(&p->pool);

	return spa ? spa_ptr(spa) : NULL;
}

static struct vp *alloc_vp_pages(struct partition *p)
{
	struct vp *vp = alloc_page(p);

	if (!vp)
		return NULL;
	vp->partition = p;
	vp->vmcb = alloc_page(p);
	vp->intercept_page = alloc_page(p);
	vp->reg_page = alloc_page(p);
	if (vp->vmcb && vp->intercept_page && vp->reg_page)
		return vp;
	free_vp_pages(vp);
	return NULL;
}

static u64 create_child_vp(struct partition *p, u32 index)
{
	struct vp *vp;
	u64 status;

	if (p->state != PARTITION_ACTIVE)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (index >= MAX_VPS || p->vps[index])
		return HV_STATUS_INVALID_VP_INDEX;
	vp = alloc_vp_pages(p);
	if (!vp)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	vp->index = index;
	vp->apic_id = index;
	/* Never run: its parent has to say go. */
	vp->suspend = VP_SUSPEND_EXPLICIT;
	svm_init_vmcb(vp);
	status = child_vp_create(vp);
	if (status != HV_STATUS_SUCCESS) {
		free_vp_pages(vp);
		return status;
	}
	p->vps[index] = vp;
	p->nr_vps++;
	child_vp_reset(vp);
	regpage_refresh(vp);
	return HV_STATUS_SUCCESS;
}

static u64 create_vp(struct hypercall *hc)
{
	const struct hv_create_vp *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->root)
		return lp_create_root_vp(in->vp_index);
	return create_child_vp(p, in->vp_index);
}

/* A CPU remembers whom it ran last, to see a change; it may be writing that down just now. */
static void forget_on_cpus(struct vp *vp)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		struct vp *last = vp;

		__atomic_compare_exchange_n(&cpus[i].vp, &last, NULL, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	}
}

/* Pages that the root still sees leave its table before they are used for something else. */
void vp_destroy(struct vp *vp)
{
	struct partition *p = vp->partition;

	schedule_forget(vp);
	forget_on_cpus(vp);
	vp_state_pages_unshare(vp);
	stats_pages_release(p, vp->index);
	cpuid_results_free_vp(vp);
	child_vp_destroy(vp);
	p->vps[vp->index] = NULL;
	p->nr_vps--;
	free_vp_pages(vp);
}

u64 vp_target(struct hypercall *hc, u64 partition_id, u32 vp_index, struct vp **vp)
{
	struct partition *p = partition_target(hc->vp->partition, partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->root)
		return HV_STATUS_ACCESS_DENIED;
	*vp = partition_vp(p, vp_index);
	return *vp ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_VP_INDEX;
}

static u64 delete_vp(struct hypercall *hc)
{
	const union hv_input_delete_vp *in = hc->in;
	struct vp *vp;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (vp->on_cpu)
		return HV_STATUS_INVALID_VP_STATE;
	vp_destroy(vp);
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_CREATE_VP, .name = "create_vp",
		.in = sizeof(struct hv_create_vp), .fn = create_vp,
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS),
	}, {
		.code = HVCALL_DELETE_VP, .name = "delete_vp", .fast_ok = true,
		.in = sizeof(union hv_input_delete_vp), .fn = delete_vp,
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS),
	},
};

const struct hypercall_group vp_hypercalls = { descs, ARRAY_SIZE(descs) };
