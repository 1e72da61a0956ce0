/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A child's registers as its parent sees them: by name (register.c) and in the
 * register page (regpage.c).
 *
 * Locking: hv_lock; the VP is not inside VMRUN.
 */
#ifndef TESTHV_REGISTERS_H
#define TESTHV_REGISTERS_H

#include "types.h"
#include "vp.h"

/* Offsets in the XSAVE area, which begins as FXSAVE's does. */
#define FXSAVE_MXCSR	24
#define FXSAVE_ST0	32
#define FXSAVE_XMM0	160

/* The VMCB squeezes the upper four attribute bits against the lower eight. */
static inline struct hv_x64_segment_register segment_get(struct vmcb_seg seg)
{
	return (struct hv_x64_segment_register){
		.base = seg.base, .limit = seg.limit, .selector = seg.selector,
		.attributes = (seg.attrib & 0xff) | (seg.attrib & 0xf00) << 4,
	};
}

static inline struct vmcb_seg segment_set(struct hv_x64_segment_register from)
{
	return (struct vmcb_seg){
		.base = from.base, .limit = from.limit, .selector = from.selector,
		.attrib = (from.attributes & 0xff) | (from.attributes >> 4 & 0xf00),
	};
}

/* XSAVE's area says that x87 and SSE are in use: else XRSTOR would put in their initial state. */
void vp_mark_fpu_used(struct vp *vp);

/* What the parent changed in the page becomes the VP's state. */
void regpage_consume(struct vp *vp);

/* The VP's state becomes what the parent reads in the page. */
void regpage_refresh(struct vp *vp);

/* Take the interrupts that the parent left in the page. */
void regpage_take_interrupts(struct vp *vp);

/* CPL follows from SS, except where the CPU has no rings. */
void vp_update_cpl(struct vp *vp);

#endif
