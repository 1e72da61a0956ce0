// SPDX-License-Identifier: GPL-2.0
/*
 * INSTALL_INTERCEPT: what a parent wants to see although the platform would
 * deal with it.
 *
 * I/O ports are intercepted always, so that installing those says nothing new;
 * it is accepted.
 *
 * Locking: hv_lock.
 */
#include "install.h"
#include "guest.h"
#include "hypercall.h"
#include "partition.h"
#include "platform.h"

/* Access types that make sense for a type; 0: no such type. */
static u32 allowed_access(u32 type)
{
	switch (type) {
	case HV_INTERCEPT_TYPE_X64_IO_PORT:
	case HV_INTERCEPT_TYPE_X64_MSR:
	case HV_INTERCEPT_TYPE_X64_MSR_INDEX:
		return HV_INTERCEPT_ACCESS_MASK_READ | HV_INTERCEPT_ACCESS_MASK_WRITE;
	case HV_INTERCEPT_TYPE_X64_CPUID:
	case HV_INTERCEPT_TYPE_EXCEPTION:
	case HV_INTERCEPT_TYPE_HYPERCALL:
	case HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION:
	case HV_INTERCEPT_TYPE_RETARGET_INTERRUPT_WITH_UNKNOWN_DEVICE_ID:
		return HV_INTERCEPT_ACCESS_MASK_EXECUTE;
	}
	return 0;
}

bool intercept_installed(const struct partition *p, u32 type, u32 access)
{
	return p->installed_access[type] & access;
}

void install_vp(struct vp *vp)
{
	struct vmcb_control *c = &vp->vmcb->control;

	c->intercept_exceptions = vp->partition->intercepted_exceptions;
	if (vp->partition->intercepted_exceptions & BIT(VECTOR_BP))
		c->intercept_misc1 |= INTERCEPT_SWINT;
	else
		c->intercept_misc1 &= ~(u32)INTERCEPT_SWINT;
	/* Those that a guest reads and writes by itself exit as well. */
	c->msrpm_base = child_msrpm(vp->partition->intercepted_msrs.nr);
}

static u64 install_exception(struct partition *p, u16 vector, bool on)
{
	if (vector > 31)
		return HV_STATUS_INVALID_PARAMETER;
	if (on)
		p->intercepted_exceptions |= BIT(vector);
	else
		p->intercepted_exceptions &= ~(u32)BIT(vector);
	return HV_STATUS_SUCCESS;
}

static int find_index(const struct index_intercepts *list, u32 index)
{
	for (u32 i = 0; i < list->nr; i++)
		if (list->of[i].index == index)
			return i;
	return -1;
}

static bool index_intercepted(const struct index_intercepts *list, u32 index, u32 access)
{
	int i = find_index(list, index);

	return i >= 0 && list->of[i].access & access;
}

bool cpuid_intercepted(const struct vp *vp, u32 leaf)
{
	return index_intercepted(&vp->partition->intercepted_cpuid, leaf,
				 HV_INTERCEPT_ACCESS_MASK_EXECUTE);
}

bool msr_intercepted(const struct vp *vp, u32 msr, u32 access)
{
	return index_intercepted(&vp->partition->intercepted_msrs, msr, access);
}

/* What testhv does not offer to children, a parent may offer itself. */
bool hypercall_intercepted(const struct vp *vp, u16 code)
{
	u32 type = HV_INTERCEPT_TYPE_HYPERCALL;

	if (hypercall_name(code))
		return false;
	if (code == HVCALL_POST_MESSAGE || code == HVCALL_SIGNAL_EVENT)
		type = HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION;
	if (code == HVCALL_RETARGET_INTERRUPT)
		type = HV_INTERCEPT_TYPE_RETARGET_INTERRUPT_WITH_UNKNOWN_DEVICE_ID;
	return intercept_installed(vp->partition, type, HV_INTERCEPT_ACCESS_MASK_EXECUTE);
}

static u64 install_index(struct index_intercepts *list, u32 index, u32 access)
{
	int i = find_index(list, index);

	if (i >= 0)
		list->of[i].access = access;
	if (i >= 0 && !access)
		list->of[i] = list->of[--list->nr];
	if (i >= 0 || !access)
		return HV_STATUS_SUCCESS;
	if (list->nr == MAX_INDEX_INTERCEPTS)
		return HV_STATUS_NO_RESOURCES;
	list->of[list->nr].index = index;
	list->of[list->nr++].access = access;
	return HV_STATUS_SUCCESS;
}

static u64 install(struct partition *p, const struct hv_input_install_intercept *in)
{
	union hv_intercept_parameters parameter = in->intercept_parameter;

	switch (in->intercept_type) {
	case HV_INTERCEPT_TYPE_EXCEPTION:
		return install_exception(p, parameter.exception_vector, in->access_type);
	case HV_INTERCEPT_TYPE_X64_CPUID:
		return install_index(&p->intercepted_cpuid, parameter.cpuid_index,
				     in->access_type);
	case HV_INTERCEPT_TYPE_X64_MSR_INDEX:
		return install_index(&p->intercepted_msrs, parameter.msr_index, in->access_type);
	}
	p->installed_access[in->intercept_type] = in->access_type;
	return HV_STATUS_SUCCESS;
}

static u64 install_intercept(struct hypercall *hc)
{
	const struct hv_input_install_intercept *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);
	u32 allowed = allowed_access(in->intercept_type);
	u64 status;

	if (!p || p->root)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state == PARTITION_FINALIZED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (!allowed || in->access_type & ~allowed)
		return HV_STATUS_INVALID_PARAMETER;
	status = install(p, in);
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i])
			install_vp(p->vps[i]);
	return status;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_INSTALL_INTERCEPT, .name = "install_intercept",
		.in = sizeof(struct hv_input_install_intercept),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = install_intercept,
	},
};

const struct hypercall_group intercept_hypercalls = { descs, ARRAY_SIZE(descs) };
