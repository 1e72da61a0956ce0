/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the instruction at which a child exited, for those who decode it. */
#ifndef TESTHV_FETCH_H
#define TESTHV_FETCH_H

#include "guest.h"
#include "lapic.h"
#include "insn.h"

static inline enum insn_mode vp_insn_mode(const struct vp *vp)
{
	if (vp_long_code(vp))
		return INSN_MODE_64;
	return vp->vmcb->save.cs.attrib & SEGMENT_DEFAULT ? INSN_MODE_32 : INSN_MODE_16;
}

#endif
