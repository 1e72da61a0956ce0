// SPDX-License-Identifier: GPL-2.0
/*
 * GET and SET_VP_REGISTERS of children: names to places.
 *
 * Registers that the platform keeps are asked of it first (child.h).  Most of
 * the rest are fields of the VMCB or of the XSAVE area, found by tables.
 *
 * Locking: hv_lock.  A VP that is inside VMRUN has no registers to speak of;
 * only its suspend registers may be written, and that is how it is stopped.
 */
#include "registers.h"
#include "child.h"
#include "cpu.h"
#include "guest.h"
#include "hypercall.h"
#include "schedule.h"
#include "string.h"

#define XSTATE_BV	512
#define XSTATE_X87_SSE	3UL
#define MXCSR_MASK	0xffffU
#define RFLAGS_VALID	0x3f7fd7UL

static const struct { u32 name; u16 offset; } fields[] = {
#define FIELD(name, field) { HV_X64_REGISTER_##name, offsetof(struct vmcb, save.field) }
	FIELD(RIP, rip), FIELD(CR2, cr2), FIELD(DR6, dr6), FIELD(DR7, dr7),
	FIELD(KERNEL_GS_BASE, kernel_gs_base), FIELD(SYSENTER_CS, sysenter_cs),
	FIELD(SYSENTER_EIP, sysenter_eip), FIELD(SYSENTER_ESP, sysenter_esp),
	FIELD(STAR, star), FIELD(LSTAR, lstar), FIELD(CSTAR, cstar), FIELD(SFMASK, sfmask),
	FIELD(CR0, cr0), FIELD(CR3, cr3), FIELD(CR4, cr4), FIELD(RFLAGS, rflags),
	FIELD(INTERMEDIATE_CR0, cr0), FIELD(INTERMEDIATE_CR3, cr3),
	FIELD(INTERMEDIATE_CR4, cr4),
#undef FIELD
};

static const u16 segment_fields[] = {
#define SEGMENT(field) offsetof(struct vmcb, save.field)
	SEGMENT(es), SEGMENT(cs), SEGMENT(ss), SEGMENT(ds), SEGMENT(fs), SEGMENT(gs),
	SEGMENT(ldtr), SEGMENT(tr),
#undef SEGMENT
};

static u64 *field_of(struct vp *vp, u32 name)
{
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].name == name)
			return (u64 *)((u8 *)vp->vmcb + fields[i].offset);
	return NULL;
}

/* The 16 bytes of a floating point or vector register, as FXSAVE lays them out. */
static void *fpu_of(struct vp *vp, u32 name)
{
	u8 *area = vp->xstate;

	switch (name) {
	case HV_X64_REGISTER_XMM0 ... HV_X64_REGISTER_XMM15:
		return area + FXSAVE_XMM0 + 16 * (name - HV_X64_REGISTER_XMM0);
	case HV_X64_REGISTER_FP_MMX0 ... HV_X64_REGISTER_FP_MMX7:
		return area + FXSAVE_ST0 + 16 * (name - HV_X64_REGISTER_FP_MMX0);
	case HV_X64_REGISTER_FP_CONTROL_STATUS:
		return area;
	case HV_X64_REGISTER_XMM_CONTROL_STATUS:
		return area + 16;
	}
	return NULL;
}

void vp_mark_fpu_used(struct vp *vp)
{
	u64 bv;

	memcpy(&bv, (u8 *)vp->xstate + XSTATE_BV, sizeof(bv));
	bv |= XSTATE_X87_SSE;
	memcpy((u8 *)vp->xstate + XSTATE_BV, &bv, sizeof(bv));
}

/* Loading MXCSR with a reserved bit would fault in testhv itself. */
static u64 set_fpu(struct vp *vp, u32 name, void *place, const union hv_register_value *value)
{
	if (name == HV_X64_REGISTER_XMM_CONTROL_STATUS &&
	    value->xmm_control_status.xmm_status_control & ~MXCSR_MASK)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	memcpy(place, value, sizeof(*value));
	vp_mark_fpu_used(vp);
	return HV_STATUS_SUCCESS;
}

static struct vmcb_seg table_of(const struct vp *vp, u32 name)
{
	return name == HV_X64_REGISTER_IDTR ? vp->vmcb->save.idtr : vp->vmcb->save.gdtr;
}

static void set_table(struct vp *vp, u32 name, struct hv_x64_table_register value)
{
	struct vmcb_seg seg = { .limit = value.limit, .base = value.base };

	if (name == HV_X64_REGISTER_IDTR)
		vp->vmcb->save.idtr = seg;
	else
		vp->vmcb->save.gdtr = seg;
}

/* Registers with a meaning beyond their storage.  False: not one of these. */
static bool get_special(struct vp *vp, u32 name, union hv_register_value *value)
{
	switch (name) {
	case HV_REGISTER_EXPLICIT_SUSPEND:
		value->reg64 = !!(vp->suspend & VP_SUSPEND_EXPLICIT);
		return true;
	case HV_REGISTER_INTERCEPT_SUSPEND:
		value->reg64 = !!(vp->suspend & VP_SUSPEND_INTERCEPT);
		return true;
	case HV_REGISTER_DISPATCH_SUSPEND:
		value->reg64 = !!(vp->suspend & VP_SUSPEND_DISPATCH);
		return true;
	case HV_REGISTER_VP_ROOT_SIGNAL_COUNT:
		value->reg64 = vp->root_signal_count;
		return true;
	case HV_X64_REGISTER_DR0 ... HV_X64_REGISTER_DR3:
		value->reg64 = vp->dr[name - HV_X64_REGISTER_DR0];
		return true;
	case HV_X64_REGISTER_IDTR:
	case HV_X64_REGISTER_GDTR:
		value->table.base = table_of(vp, name).base;
		value->table.limit = table_of(vp, name).limit;
		return true;
	}
	return false;
}

static u64 get_register(struct vp *vp, u32 name, union hv_register_value *value)
{
	u64 status = HV_STATUS_SUCCESS;
	struct vmcb_seg seg;
	const u64 *field;
	const void *fpu;

	if (child_get_register(vp, name, value, &status) || get_special(vp, name, value))
		return status;
	field = field_of(vp, name);
	if (field) {
		value->reg64 = *field;
		return HV_STATUS_SUCCESS;
	}
	fpu = fpu_of(vp, name);
	if (fpu) {
		memcpy(value, fpu, sizeof(*value));
		return HV_STATUS_SUCCESS;
	}
	if (name - HV_X64_REGISTER_RAX < NR_GPRS) {
		value->reg64 = *vp_gpr(vp, name - HV_X64_REGISTER_RAX);
		return HV_STATUS_SUCCESS;
	}
	if (name - HV_X64_REGISTER_ES >= ARRAY_SIZE(segment_fields))
		return HV_STATUS_INVALID_PARAMETER;
	memcpy(&seg, (u8 *)vp->vmcb + segment_fields[name - HV_X64_REGISTER_ES], sizeof(seg));
	value->segment = segment_get(seg);
	return HV_STATUS_SUCCESS;
}

/* Of the three, all must be clear for the VP to run. */
static u64 set_suspend(struct vp *vp, u64 bit, u64 value)
{
	if (value & ~1UL)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	vp->suspend = value ? vp->suspend | bit : vp->suspend & ~bit;
	if (!value)
		schedule_wake(vp);
	return HV_STATUS_SUCCESS;
}

static u64 suspend_bit(u32 name)
{
	switch (name) {
	case HV_REGISTER_EXPLICIT_SUSPEND:
		return VP_SUSPEND_EXPLICIT;
	case HV_REGISTER_INTERCEPT_SUSPEND:
		return VP_SUSPEND_INTERCEPT;
	case HV_REGISTER_DISPATCH_SUSPEND:
		return VP_SUSPEND_DISPATCH;
	}
	return 0;
}

static bool set_special(struct vp *vp, u32 name, const union hv_register_value *value)
{
	switch (name) {
	case HV_X64_REGISTER_DR0 ... HV_X64_REGISTER_DR3:
		vp->dr[name - HV_X64_REGISTER_DR0] = value->reg64;
		return true;
	case HV_X64_REGISTER_IDTR:
	case HV_X64_REGISTER_GDTR:
		set_table(vp, name, value->table);
		return true;
	}
	return false;
}

/* VMRUN refuses what the architecture does; say so now rather than then. */
static bool field_valid(u32 name, u64 value)
{
	switch (name) {
	case HV_X64_REGISTER_CR0:
	case HV_X64_REGISTER_INTERMEDIATE_CR0:
		return !(value >> 32) && !(value & CR0_PG && !(value & CR0_PE)) &&
		       !(value & CR0_NW && !(value & CR0_CD));
	case HV_X64_REGISTER_RFLAGS:
		return !(value & ~RFLAGS_VALID) && value & RFLAGS_FIXED;
	case HV_X64_REGISTER_DR6:
	case HV_X64_REGISTER_DR7:
		return !(value >> 32);
	}
	return true;
}

static u64 set_register(struct vp *vp, u32 name, const union hv_register_value *value)
{
	u64 status = HV_STATUS_SUCCESS, *field = field_of(vp, name);
	struct vmcb_seg seg;
	void *fpu = fpu_of(vp, name);

	if (child_set_register(vp, name, value, &status) ||
	    set_special(vp, name, value))
		return status;
	if (fpu)
		return set_fpu(vp, name, fpu, value);
	if (field && !field_valid(name, value->reg64))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if (field) {
		*field = value->reg64;
		return HV_STATUS_SUCCESS;
	}
	if (name - HV_X64_REGISTER_RAX < NR_GPRS) {
		*vp_gpr(vp, name - HV_X64_REGISTER_RAX) = value->reg64;
		return HV_STATUS_SUCCESS;
	}
	if (name - HV_X64_REGISTER_ES >= ARRAY_SIZE(segment_fields))
		return HV_STATUS_INVALID_PARAMETER;
	seg = segment_set(value->segment);
	memcpy((u8 *)vp->vmcb + segment_fields[name - HV_X64_REGISTER_ES], &seg, sizeof(seg));
	return HV_STATUS_SUCCESS;
}

static u64 get_vp_registers(struct hypercall *hc)
{
	const struct hv_input_get_vp_registers *in = hc->in;
	u32 name = *(const __u32 *)hc->rep_in;
	struct vp *vp;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->input_vtl.as_uint8 || in->rsvd_z8 || in->rsvd_z16)
		return HV_STATUS_INVALID_PARAMETER;
	if (vp->on_cpu && !suspend_bit(name) && name != HV_REGISTER_VP_ROOT_SIGNAL_COUNT)
		return HV_STATUS_INVALID_VP_STATE;
	if (!vp->on_cpu)
		regpage_consume(vp);
	return get_register(vp, name, hc->out);
}

/* A VP that is told to stop has stopped when the call returns. */
static u64 suspend_vp(struct hypercall *hc, u64 bit, u64 value)
{
	const struct hv_input_set_vp_registers *in = hc->in;
	struct vp *vp;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status == HV_STATUS_SUCCESS)
		status = set_suspend(vp, bit, value);
	while (status == HV_STATUS_SUCCESS && value && vp->on_cpu) {
		vp_stop(vp);
		status = vp_target(hc, in->partition_id, in->vp_index, &vp);
	}
	return status;
}

static u64 set_vp_registers(struct hypercall *hc)
{
	const struct hv_input_set_vp_registers *in = hc->in;
	const struct hv_register_assoc *assoc = hc->rep_in;
	union hv_register_value value = assoc->value;
	u64 bit = suspend_bit(assoc->name);
	struct vp *vp;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->input_vtl.as_uint8 || in->rsvd_z8 || in->rsvd_z16 || assoc->reserved1 ||
	    assoc->reserved2)
		return HV_STATUS_INVALID_PARAMETER;
	if (bit)
		return suspend_vp(hc, bit, assoc->value.reg64);
	if (vp->on_cpu)
		return HV_STATUS_INVALID_VP_STATE;
	regpage_consume(vp);
	status = set_register(vp, assoc->name, &value);
	vp_update_cpl(vp);
	regpage_refresh(vp);
	/* Its activity state is a register too. */
	schedule_wake(vp);
	return status;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_GET_VP_REGISTERS, .name = "get_vp_registers", .kind = HC_REP,
		.in = sizeof(struct hv_input_get_vp_registers), .rep_in = sizeof(__u32),
		.rep_out = sizeof(union hv_register_value),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = get_vp_registers,
	}, {
		.code = HVCALL_SET_VP_REGISTERS, .name = "set_vp_registers", .kind = HC_REP,
		.in = sizeof(struct hv_input_set_vp_registers),
		.rep_in = sizeof(struct hv_register_assoc),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = set_vp_registers,
	},
};

const struct hypercall_group register_hypercalls = { descs, ARRAY_SIZE(descs) };
