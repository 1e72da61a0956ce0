// SPDX-License-Identifier: GPL-2.0
/*
 * What of a VP its parent gets by the page: MAP and UNMAP_VP_STATE_PAGE for the
 * pages that stay shared, GET and SET_VP_STATE for those that are copied.
 *
 * Locking: hv_lock.
 */
#include "statepage.h"
#include "guest.h"
#include "hypercall.h"
#include "lie.h"
#include "owner.h"
#include "registers.h"
#include "string.h"
#include "vpstate.h"

/* No machine that testhv knows has memory there. */
#define STRAY_PFN	(1UL << 38)

/* The copy of a state that travels in pages; none is larger. */
static u8 state_page[PAGE_SIZE];

static void *page_of(const struct vp *vp, u32 type)
{
	switch (type) {
	case HV_VP_STATE_PAGE_REGISTERS:
		return vp->reg_page;
	case HV_VP_STATE_PAGE_INTERCEPT_MESSAGE:
		return vp->intercept_page;
	}
	return NULL;
}

static u64 map_vp_state_page(struct hypercall *hc)
{
	const struct hv_input_map_vp_state_page *in = hc->in;
	struct hv_output_map_vp_state_page *out = hc->out;
	struct vp *vp;
	void *page;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	page = page_of(vp, in->type);
	/* The root takes the page that the hypervisor chooses. */
	if (!page || in->input_vtl.as_uint8 || in->flags.as_uint8)
		return HV_STATUS_INVALID_PARAMETER;
	if (!(vp->shared_pages & BIT(in->type)) &&
	    owner_share(ptr_spa(page), vp->partition->id))
		return HV_STATUS_INSUFFICIENT_ROOT_MEMORY;
	vp->shared_pages |= BIT(in->type);
	out->map_location = ptr_spa(page) >> PAGE_SHIFT;
	if (lie_told(LIE_STRAY_STATE_PAGE, vp->index))
		out->map_location = STRAY_PFN;
	return HV_STATUS_SUCCESS;
}

static void unshare(struct vp *vp, u32 type)
{
	if (vp->shared_pages & BIT(type))
		owner_unshare(ptr_spa(page_of(vp, type)), vp->partition->id);
	vp->shared_pages &= ~(u32)BIT(type);
}

void vp_state_pages_unshare(struct vp *vp)
{
	unshare(vp, HV_VP_STATE_PAGE_REGISTERS);
	unshare(vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);
}

static u64 unmap_vp_state_page(struct hypercall *hc)
{
	const struct hv_input_unmap_vp_state_page *in = hc->in;
	struct vp *vp;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (!page_of(vp, in->type) || in->input_vtl.as_uint8 || in->reserved0)
		return HV_STATUS_INVALID_PARAMETER;
	if (!(vp->shared_pages & BIT(in->type)))
		return HV_STATUS_NOT_FOUND;
	unshare(vp, in->type);
	return HV_STATUS_SUCCESS;
}

static u64 state_target(struct hypercall *hc, struct vp **vp)
{
	const struct hv_input_get_vp_state *in = hc->in;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->input_vtl || in->rsvd0 || in->rsvd1 || in->state_data.rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	if ((*vp)->on_cpu)
		return HV_STATUS_INVALID_VP_STATE;
	regpage_consume(*vp);
	return HV_STATUS_SUCCESS;
}

/* The first page holds all of it; further ones that the caller gives are cleared. */
static u64 get_by_pages(struct hypercall *hc, struct vp *vp)
{
	const struct hv_input_get_vp_state *in = hc->in;
	struct hv_vp_state_data what = in->state_data;
	u32 nr = hc->var_size / sizeof(u64);
	u64 status;

	if (!nr)
		return HV_STATUS_INSUFFICIENT_BUFFER;
	memset(state_page, 0, sizeof(state_page));
	status = vpstate_get(vp, &what, state_page, sizeof(state_page));
	for (u32 i = 0; i < nr && status == HV_STATUS_SUCCESS; i++) {
		if (!gpa_write(hc->vp->partition, in->output_data_pfns[i] << PAGE_SHIFT,
			       state_page, sizeof(state_page)))
			status = HV_STATUS_INVALID_PARAMETER;
		memset(state_page, 0, sizeof(state_page));
	}
	return status;
}

static u64 get_vp_state(struct hypercall *hc)
{
	const struct hv_input_get_vp_state *in = hc->in;
	struct hv_vp_state_data what = in->state_data;
	struct vp *vp;
	u64 status = state_target(hc, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	hc->no_out = what.type & HV_GET_SET_VP_STATE_TYPE_PFN;
	if (hc->no_out)
		return get_by_pages(hc, vp);
	return vpstate_get(vp, &what, hc->out, sizeof(union hv_output_get_vp_state));
}

static u64 set_by_pages(struct hypercall *hc, struct vp *vp)
{
	const struct hv_input_set_vp_state *in = hc->in;
	struct hv_vp_state_data what = in->state_data;

	if (hc->var_size < sizeof(u64))
		return HV_STATUS_INSUFFICIENT_BUFFER;
	if (!gpa_read(hc->vp->partition, in->data[0].pfns << PAGE_SHIFT, state_page,
		      sizeof(state_page)))
		return HV_STATUS_INVALID_PARAMETER;
	return vpstate_set(vp, &what, state_page, sizeof(state_page));
}

static u64 set_vp_state(struct hypercall *hc)
{
	const struct hv_input_set_vp_state *in = hc->in;
	struct hv_vp_state_data what = in->state_data;
	struct vp *vp;
	u64 status = state_target(hc, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (what.type & HV_GET_SET_VP_STATE_TYPE_PFN)
		status = set_by_pages(hc, vp);
	else
		status = vpstate_set(vp, &what, in->data, hc->var_size);
	regpage_refresh(vp);
	return status;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_MAP_VP_STATE_PAGE, .name = "map_vp_state_page",
		.in = sizeof(struct hv_input_map_vp_state_page),
		.out = sizeof(struct hv_output_map_vp_state_page),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = map_vp_state_page,
	}, {
		.code = HVCALL_UNMAP_VP_STATE_PAGE, .name = "unmap_vp_state_page",
		.in = sizeof(struct hv_input_unmap_vp_state_page),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = unmap_vp_state_page,
	}, {
		.code = HVCALL_GET_VP_STATE, .name = "get_vp_state", .var_header = true,
		.out_optional = true,
		.in = sizeof(struct hv_input_get_vp_state),
		.out = sizeof(union hv_output_get_vp_state),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = get_vp_state,
	}, {
		.code = HVCALL_SET_VP_STATE, .name = "set_vp_state", .var_header = true,
		.in = sizeof(struct hv_input_set_vp_state),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = set_vp_state,
	},
};

const struct hypercall_group state_hypercalls = { descs, ARRAY_SIZE(descs) };
