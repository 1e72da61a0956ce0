// SPDX-License-Identifier: GPL-2.0
/*
 * REGISTER_INTERCEPT_RESULT: bits of CPUID leaves that a parent decides, for one
 * VP or for all.  VMMs register over a hundred, so they are kept in pages.
 *
 * Locking: hv_lock.
 */
#include "cpuidresult.h"
#include "guest.h"
#include "hypercall.h"
#include "platform.h"

#define PER_PAGE	((PAGE_SIZE - 2 * sizeof(u64)) / \
			 sizeof(struct hv_register_x64_cpuid_result_parameters))

struct cpuid_results {
	struct cpuid_results *next;
	u64 nr;
	struct hv_register_x64_cpuid_result_parameters results[PER_PAGE];
};

static bool matches(const struct hv_register_x64_cpuid_result_parameters *r, u32 leaf, u32 subleaf)
{
	return r->input.eax == leaf && (!r->input.subleaf_specific || r->input.ecx == subleaf);
}

static u32 merge(u32 value, u32 bits, u32 mask)
{
	return (value & ~mask) | (bits & mask);
}

static void apply_list(const struct cpuid_results *list, u32 leaf, u32 subleaf,
		       struct cpuid_regs *r)
{
	for (; list; list = list->next) {
		for (u32 i = 0; i < list->nr; i++) {
			if (!matches(&list->results[i], leaf, subleaf))
				continue;
			r->eax = merge(r->eax, list->results[i].result.eax,
				       list->results[i].result.eax_mask);
			r->ebx = merge(r->ebx, list->results[i].result.ebx,
				       list->results[i].result.ebx_mask);
			r->ecx = merge(r->ecx, list->results[i].result.ecx,
				       list->results[i].result.ecx_mask);
			r->edx = merge(r->edx, list->results[i].result.edx,
				       list->results[i].result.edx_mask);
		}
	}
}

void cpuid_results_apply(const struct vp *vp, u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	apply_list(vp->partition->cpuid_results, leaf, subleaf, r);
	apply_list(vp->cpuid_results, leaf, subleaf, r);
}

static void free_list(struct partition *p, struct cpuid_results **list)
{
	while (*list) {
		struct cpuid_results *next = (*list)->next;

		pool_free(&p->pool, ptr_spa(*list));
		*list = next;
	}
}

void cpuid_results_free_vp(struct vp *vp)
{
	free_list(vp->partition, &vp->cpuid_results);
}

void cpuid_results_free(struct partition *p)
{
	free_list(p, &p->cpuid_results);
}

/* A result for the same leaf replaces the one before. */
static struct hv_register_x64_cpuid_result_parameters *
find_same(struct cpuid_results *list, const struct hv_register_x64_cpuid_result_parameters *r)
{
	for (; list; list = list->next)
		for (u32 i = 0; i < list->nr; i++)
			if (list->results[i].input.eax == r->input.eax &&
			    list->results[i].input.ecx == r->input.ecx &&
			    list->results[i].input.subleaf_specific == r->input.subleaf_specific)
				return &list->results[i];
	return NULL;
}

static u64 add(struct partition *p, struct cpuid_results **list,
	       const struct hv_register_x64_cpuid_result_parameters *r)
{
	struct hv_register_x64_cpuid_result_parameters *same = find_same(*list, r);
	struct cpuid_results *page = *list;

	if (same) {
		*same = *r;
		return HV_STATUS_SUCCESS;
	}
	if (!page || page->nr == PER_PAGE) {
		u64 spa = pool_alloc(&p->pool);

		if (!spa)
			return HV_STATUS_INSUFFICIENT_MEMORY;
		page = spa_ptr(spa);
		page->next = *list;
		*list = page;
	}
	page->results[page->nr++] = *r;
	return HV_STATUS_SUCCESS;
}

static u64 register_intercept_result(struct hypercall *hc)
{
	const struct hv_input_register_intercept_result *in = hc->in;
	struct hv_register_x64_cpuid_result_parameters r = in->parameters.cpuid;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);
	struct vp *vp;
	u64 status;

	if (in->intercept_type != HV_INTERCEPT_TYPE_X64_CPUID || r.input.padding ||
	    r.input.subleaf_specific > 1 || r.input.always_override > 1)
		return HV_STATUS_INVALID_PARAMETER;
	if (in->vp_index == HV_ANY_VP) {
		if (!p || p->root)
			return HV_STATUS_INVALID_PARTITION_ID;
		return p->state == PARTITION_ACTIVE ? add(p, &p->cpuid_results, &r) :
			HV_STATUS_INVALID_PARTITION_STATE;
	}
	status = vp_target(hc, in->partition_id, in->vp_index, &vp);
	return status == HV_STATUS_SUCCESS ? add(p, &vp->cpuid_results, &r) : status;
}

static u64 get_vp_cpuid_values(struct hypercall *hc)
{
	const struct hv_input_get_vp_cpuid_values *in = hc->in;
	const struct hv_cpuid_leaf_info *leaf = hc->rep_in;
	union hv_output_get_vp_cpuid_values *out = hc->out;
	struct cpuid_regs r;
	struct vp *vp;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->flags.reserved || in->reserved || in->padding)
		return HV_STATUS_INVALID_PARAMETER;
	r = child_cpuid_leaf(vp, leaf->eax, leaf->ecx);
	out->eax = r.eax;
	out->ebx = r.ebx;
	out->ecx = r.ecx;
	out->edx = r.edx;
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_REGISTER_INTERCEPT_RESULT, .name = "register_intercept_result",
		.in = sizeof(struct hv_input_register_intercept_result),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = register_intercept_result,
	}, {
		.code = HVCALL_GET_VP_CPUID_VALUES, .name = "get_vp_cpuid_values", .kind = HC_REP,
		.in = sizeof(struct hv_input_get_vp_cpuid_values),
		.rep_in = sizeof(struct hv_cpuid_leaf_info),
		.rep_out = sizeof(union hv_output_get_vp_cpuid_values),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = get_vp_cpuid_values,
	},
};

const struct hypercall_group cpuid_hypercalls = { descs, ARRAY_SIZE(descs) };
