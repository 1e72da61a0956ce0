// SPDX-License-Identifier: GPL-2.0
/*
 * A child's VP: what it is made of, its state after reset, INIT and SIPI, and
 * the exits that belong to no other file.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "guest.h"
#include "partition.h"
#include "platform.h"
#include "reftime.h"
#include "string.h"
#include "x86.h"

#define XSETBV_LENGTH	3
#define CACHE_LENGTH	2	/* INVD, WBINVD */

#define SEG_CODE	0x9b	/* present, accessed: execute and read */
#define SEG_DATA	0x93	/* present, accessed: read and write */
#define SEG_LDT		0x82
#define SEG_TSS_BUSY	0x8b
#define CR0_RESET	(CR0_ET | CR0_NW | CR0_CD)
#define DR6_RESET	0xffff0ff0
#define DR7_RESET	0x400

/* What a child must not do on its own, besides what svm_init_vmcb() takes from every child. */
#define CHILD_INTERCEPTS1	(INTERCEPT_RDPMC | INTERCEPT_INVD | INTERCEPT_HLT | \
				 INTERCEPT_TASK_SWITCH)
#define CHILD_INTERCEPTS2	(INTERCEPT_WBINVD | INTERCEPT_MONITOR | INTERCEPT_MWAIT | \
				 INTERCEPT_XSETBV)

u64 time_now(void)
{
	return rdtsc();
}

static u64 create_platform(struct partition *p)
{
	struct child_platform *platform;
	u64 page = pool_alloc(&p->pool);

	if (!page)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	platform = spa_ptr(page);
	p->platform = platform;
	for (u32 i = 0; i < NR_SPARES; i++) {
		platform->spare[i] = pool_alloc(&p->pool);
		if (!platform->spare[i])
			return HV_STATUS_INSUFFICIENT_MEMORY;
	}
	if (!overlay_init(p, &platform->hypercall_page, NPT_R | NPT_X) ||
	    !overlay_init(p, &platform->tsc_page, NPT_R))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	reftime_start(p);
	return HV_STATUS_SUCCESS;
}

static void destroy_platform(struct partition *p)
{
	struct child_platform *platform = p->platform;

	if (!platform)
		return;
	overlay_destroy(p, &platform->hypercall_page);
	overlay_destroy(p, &platform->tsc_page);
	for (u32 i = 0; i < NR_SPARES; i++)
		if (platform->spare[i])
			pool_free(&p->pool, platform->spare[i]);
	p->platform = NULL;
	pool_free(&p->pool, ptr_spa(platform));
}

static void *alloc_page(struct vp *vp)
{
	u64 page = pool_alloc(&vp->partition->pool);

	return page ? spa_ptr(page) : NULL;
}

/* Pages first: with them in place the rest of creation, and its undoing, is the same always. */
static u64 create_state(struct vp *vp)
{
	vp->child = alloc_page(vp);
	vp->xstate = alloc_page(vp);
	if (!vp->child || !vp->xstate)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	vp->synic = &vp->child->synic;
	if (!vsynic_create(vp->synic, vp) ||
	    !overlay_init(vp->partition, &vp->child->assist_page, NPT_R | NPT_W))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	return HV_STATUS_SUCCESS;
}

static void destroy_state(struct vp *vp)
{
	struct pool *pool = &vp->partition->pool;

	if (vp->synic) {
		vsynic_destroy(vp->synic);
		overlay_destroy(vp->partition, &vp->child->assist_page);
	}
	if (vp->xstate)
		pool_free(pool, ptr_spa(vp->xstate));
	if (vp->child)
		pool_free(pool, ptr_spa(vp->child));
	vp->child = NULL;
	vp->synic = NULL;
	vp->lapic = NULL;
	vp->xstate = NULL;
}

static void init_state(struct vp *vp)
{
	struct vmcb_control *c = &vp->vmcb->control;

	c->intercept_misc1 |= CHILD_INTERCEPTS1;
	c->intercept_misc2 |= CHILD_INTERCEPTS2;
	c->msrpm_base = child_msrpm(false);
	/* The soon timer finds its VP through the LAPIC's back pointer, with or without a LAPIC. */
	vp->child->lapic.vp = vp;
	if (vp->partition->creation_flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED) {
		vp->lapic = &vp->child->lapic;
		lapic_init(vp->lapic, vp);
	}
	events_init(vp);
	xstate_reset(vp);
	vp->vmcb->control.tsc_offset = vp->partition->tsc_offset;
	vp->child->msrs.pat = PAT_RESET;
}

u64 child_vp_create(struct vp *vp)
{
	struct partition *p = vp->partition;
	bool first = !p->platform;
	u64 status = HV_STATUS_SUCCESS;

	if (!xstate_host_mask())
		return HV_STATUS_PROCESSOR_FEATURE_NOT_SUPPORTED;
	if (first)
		status = create_platform(p);
	if (status == HV_STATUS_SUCCESS)
		status = create_state(vp);
	if (status == HV_STATUS_SUCCESS) {
		init_state(vp);
		return HV_STATUS_SUCCESS;
	}
	destroy_state(vp);
	if (first)
		destroy_platform(p);
	return status;
}

/* The last VP takes the partition's platform with it. */
void child_vp_destroy(struct vp *vp)
{
	struct partition *p = vp->partition;

	events_stop(vp);
	if (vp->lapic)
		lapic_timer_stop(vp->lapic);
	destroy_state(vp);
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i] && p->vps[i] != vp)
			return;
	destroy_platform(p);
}

static void set_segment(struct vmcb_seg *seg, u16 selector, u64 base, u16 attrib)
{
	seg->selector = selector;
	seg->base = base;
	seg->limit = 0xffff;
	seg->attrib = attrib;
}

static void reset_segments(struct vmcb_save *s)
{
	set_segment(&s->cs, 0xf000, 0xffff0000, SEG_CODE);
	set_segment(&s->ds, 0, 0, SEG_DATA);
	set_segment(&s->es, 0, 0, SEG_DATA);
	set_segment(&s->fs, 0, 0, SEG_DATA);
	set_segment(&s->gs, 0, 0, SEG_DATA);
	set_segment(&s->ss, 0, 0, SEG_DATA);
	set_segment(&s->gdtr, 0, 0, 0);
	set_segment(&s->idtr, 0, 0, 0);
	set_segment(&s->ldtr, 0, 0, SEG_LDT);
	set_segment(&s->tr, 0, 0, SEG_TSS_BUSY);
}

/* INIT leaves FPU, XCR0, MTRRs and the MSRs that are kept in the platform alone. */
void child_vp_reset(struct vp *vp)
{
	struct vmcb_save *s = &vp->vmcb->save;

	reset_segments(s);
	s->cpl = 0;
	s->efer = EFER_SVME;
	s->cr0 = CR0_RESET;
	s->cr2 = s->cr3 = s->cr4 = 0;
	s->dr6 = DR6_RESET;
	s->dr7 = DR7_RESET;
	s->rflags = RFLAGS_FIXED;
	s->rip = 0xfff0;
	s->rsp = s->rax = 0;
	s->g_pat = PAT_RESET;
	s->dbgctl = 0;
	memset(vp->gpr, 0, sizeof(vp->gpr));
	vp->gpr[RDX] = cpuid(1, 0).eax;
	events_reset(vp);
	vp->activity = VP_ACTIVE;
	if (!vp->lapic)
		return;
	lapic_reset(vp->lapic);
	if (!(vp->lapic->base & APIC_BASE_BSP))
		vp->activity = VP_WAIT_SIPI;
}

void child_vp_start(struct vp *vp, u8 sipi_vector)
{
	struct vmcb_save *s = &vp->vmcb->save;

	s->cs.selector = (u16)(sipi_vector << 8);
	s->cs.base = (u64)sipi_vector << 12;
	s->rip = 0;
	vp->activity = VP_ACTIVE;
}

/* Without a local APIC nothing here could ever wake the VP: its parent has to know. */
enum child_exit child_hlt(struct vp *vp)
{
	if (!vp->lapic)
		return CHILD_INTERCEPT;
	vp_advance(vp, HLT_LENGTH);
	vp->activity = VP_HALTED;
	return CHILD_DONE;
}

static void xsetbv_exit(struct vp *vp)
{
	u64 value = *vp_gpr(vp, RDX) << 32 | (u32)*vp_gpr(vp, RAX);

	if (vp_cpl(vp) || (u32)*vp_gpr(vp, RCX) || !xstate_set_xcr0(vp, value))
		child_queue_exception(vp, VECTOR_GP, true, 0);
	else
		vp_advance(vp, XSETBV_LENGTH);
}

enum child_exit child_other(struct vp *vp)
{
	switch (svm_exit_code(vp->vmcb)) {
	case EXIT_XSETBV:
		xsetbv_exit(vp);
		return CHILD_DONE;
	case EXIT_IRET:
		events_iret(vp);
		return CHILD_DONE;
	case EXIT_INVD:
	case EXIT_WBINVD:
		vp_advance(vp, CACHE_LENGTH);
		return CHILD_DONE;
	case EXIT_RDPMC:
		child_queue_exception(vp, VECTOR_GP, true, 0);
		return CHILD_DONE;
	case EXIT_MONITOR:
	case EXIT_MWAIT:
	case EXIT_INVLPGA:
	case EXIT_VMRUN:
	case EXIT_VMLOAD ... EXIT_SKINIT:
		child_queue_exception(vp, VECTOR_UD, false, 0);
		return CHILD_DONE;
	}
	return CHILD_INTERCEPT;
}
