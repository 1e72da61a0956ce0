// SPDX-License-Identifier: GPL-2.0
/*
 * The register page: the registers that a parent wants at every exit, without
 * a hypercall.
 *
 * It is valid from the VP's creation on.  Whatever a parent does next (dispatch,
 * get or set registers, translate) first takes over what it changed in the page,
 * so page and hypercalls can be mixed at will.
 *
 * Locking: hv_lock; the page is shared with the root, and only the root's word
 * stands between one who writes it and one who runs the VP meanwhile.
 */
#include "child.h"
#include "guest.h"
#include "registers.h"
#include "string.h"

#define RFLAGS_WRITABLE	0x3f7fd5UL	/* all that exist; bit 1 is always set */

static const struct { u16 page, vmcb; } segments[] = {
	{ offsetof(struct hv_vp_register_page, es), offsetof(struct vmcb, save.es) },
	{ offsetof(struct hv_vp_register_page, cs), offsetof(struct vmcb, save.cs) },
	{ offsetof(struct hv_vp_register_page, ss), offsetof(struct vmcb, save.ss) },
	{ offsetof(struct hv_vp_register_page, ds), offsetof(struct vmcb, save.ds) },
	{ offsetof(struct hv_vp_register_page, fs), offsetof(struct vmcb, save.fs) },
	{ offsetof(struct hv_vp_register_page, gs), offsetof(struct vmcb, save.gs) },
};

static void refresh_segments(struct vp *vp)
{
	for (u32 i = 0; i < ARRAY_SIZE(segments); i++) {
		struct hv_x64_segment_register seg;
		struct vmcb_seg from;

		memcpy(&from, (u8 *)vp->vmcb + segments[i].vmcb, sizeof(from));
		seg = segment_get(from);
		memcpy((u8 *)vp->reg_page + segments[i].page, &seg, sizeof(seg));
	}
}

static void consume_segments(struct vp *vp)
{
	for (u32 i = 0; i < ARRAY_SIZE(segments); i++) {
		struct hv_x64_segment_register seg;
		struct vmcb_seg to;

		memcpy(&seg, (u8 *)vp->reg_page + segments[i].page, sizeof(seg));
		to = segment_set(seg);
		memcpy((u8 *)vp->vmcb + segments[i].vmcb, &to, sizeof(to));
	}
	vp_update_cpl(vp);
}

static void refresh_events(struct vp *vp)
{
	struct hv_vp_register_page *page = vp->reg_page;
	union hv_register_value value = { 0 };
	u64 status;

	child_get_register(vp, HV_REGISTER_PENDING_INTERRUPTION, &value, &status);
	page->pending_interruption.as_uint64 = value.reg64;
	memset(&value, 0, sizeof(value));
	child_get_register(vp, HV_REGISTER_INTERRUPT_STATE, &value, &status);
	page->interrupt_state.as_uint64 = value.reg64;
}

void regpage_refresh(struct vp *vp)
{
	struct hv_vp_register_page *page = vp->reg_page;
	const struct vmcb_save *s = &vp->vmcb->save;

	page->version = HV_VP_REGISTER_PAGE_VERSION_1;
	page->isvalid = 1;
	page->dirty = 0;
	for (u32 i = 0; i < NR_GPRS; i++)
		page->gp_registers[i] = *vp_gpr(vp, i);
	page->rip = s->rip;
	page->rflags = s->rflags;
	memcpy(page->xmm_registers, (u8 *)vp->xstate + FXSAVE_XMM0, sizeof(page->xmm_registers));
	refresh_segments(vp);
	page->cr0 = s->cr0;
	page->cr3 = s->cr3;
	page->cr4 = s->cr4;
	page->cr8 = vp->vmcb->control.v_tpr & 0xf;
	page->efer = s->efer & ~EFER_SVME;
	page->dr7 = s->dr7;
	page->xfem = vp->xcr0;
	refresh_events(vp);
}

void regpage_consume(struct vp *vp)
{
	struct hv_vp_register_page *page = vp->reg_page;
	u32 dirty = READ_ONCE(page->dirty);

	if (!dirty)
		return;
	if (dirty & BIT(HV_X64_REGISTER_CLASS_GENERAL))
		for (u32 i = 0; i < NR_GPRS; i++)
			*vp_gpr(vp, i) = page->gp_registers[i];
	if (dirty & BIT(HV_X64_REGISTER_CLASS_IP))
		vp->vmcb->save.rip = page->rip;
	if (dirty & BIT(HV_X64_REGISTER_CLASS_XMM)) {
		memcpy((u8 *)vp->xstate + FXSAVE_XMM0, page->xmm_registers,
		       sizeof(page->xmm_registers));
		vp_mark_fpu_used(vp);
	}
	if (dirty & BIT(HV_X64_REGISTER_CLASS_SEGMENT))
		consume_segments(vp);
	if (dirty & BIT(HV_X64_REGISTER_CLASS_FLAGS))
		vp->vmcb->save.rflags = (page->rflags & RFLAGS_WRITABLE) | RFLAGS_FIXED;
	WRITE_ONCE(page->dirty, 0);
}

/* The parent writes to it at any time. */
static u64 *interrupt_vectors(const struct vp *vp)
{
	u8 *page = (u8 *)vp->reg_page;

	return (u64 *)(page + offsetof(struct hv_vp_register_page, interrupt_vectors));
}

void regpage_take_interrupts(struct vp *vp)
{
	union hv_interrupt_control control = { .interrupt_type = HV_X64_INTERRUPT_TYPE_FIXED };
	union hv_vp_register_page_interrupt_vectors v;

	v.as_uint64 = __atomic_exchange_n(interrupt_vectors(vp), 0, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < v.vector_count && i < HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT; i++)
		child_assert_interrupt(vp->partition, control.as_uint64, vp->apic_id, v.vector[i]);
}

void vp_update_cpl(struct vp *vp)
{
	struct vmcb_save *s = &vp->vmcb->save;

	if (!(s->cr0 & CR0_PE))
		s->cpl = 0;
	else if (s->rflags & RFLAGS_VM)
		s->cpl = 3;
	else
		s->cpl = s->ss.attrib >> 5 & 3;
}
