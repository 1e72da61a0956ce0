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
}

static u64 install_exception(struct partition *p, u16 vector, bool on)
{
	if (vector > 31)
		return HV_STATUS_INVALID_PARAMETER;
	if (on)
		p->intercepted_exceptions |= BIT(vector);
	else
		p->intercepted_exceptions &= ~(u32)BIT(vector);
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i])
			install_vp(p->vps[i]);
	return HV_STATUS_SUCCESS;
}

static int find_cpuid(const struct partition *p, u32 leaf)
{
	for (u32 i = 0; i < p->nr_intercepted_cpuid; i++)
		if (p->intercepted_cpuid[i] == leaf)
			return i;
	return -1;
}

bool cpuid_intercepted(const struct vp *vp, u32 leaf)
{
	return find_cpuid(vp->partition, leaf) >= 0;
}

static u64 install_cpuid(struct partition *p, u32 leaf, bool on)
{
	int i = find_cpuid(p, leaf);

	if (!on && i >= 0)
		p->intercepted_cpuid[i] = p->intercepted_cpuid[--p->nr_intercepted_cpuid];
	if (!on || i >= 0)
		return HV_STATUS_SUCCESS;
	if (p->nr_intercepted_cpuid == MAX_CPUID_INTERCEPTS)
		return HV_STATUS_NO_RESOURCES;
	p->intercepted_cpuid[p->nr_intercepted_cpuid++] = leaf;
	return HV_STATUS_SUCCESS;
}

static u64 install_intercept(struct hypercall *hc)
{
	const struct hv_input_install_intercept *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);
	u32 allowed = allowed_access(in->intercept_type);

	if (!p || p->root)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state == PARTITION_FINALIZED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (!allowed || in->access_type & ~allowed)
		return HV_STATUS_INVALID_PARAMETER;
	if (in->intercept_type == HV_INTERCEPT_TYPE_EXCEPTION)
		return install_exception(p, in->intercept_parameter.exception_vector,
					 in->access_type);
	if (in->intercept_type == HV_INTERCEPT_TYPE_X64_CPUID)
		return install_cpuid(p, in->intercept_parameter.cpuid_index, in->access_type);
	p->installed_access[in->intercept_type] = in->access_type;
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_INSTALL_INTERCEPT, .name = "install_intercept",
		.in = sizeof(struct hv_input_install_intercept),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = install_intercept,
	},
};

const struct hypercall_group intercept_hypercalls = { descs, ARRAY_SIZE(descs) };
