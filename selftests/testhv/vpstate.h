/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of a child's VP that are larger than a register, in the form of
 * GET and SET_VP_STATE: vpstate.c.
 *
 * Locking: hv_lock; the VP is not inside VMRUN.
 */
#ifndef TESTHV_VPSTATE_H
#define TESTHV_VPSTATE_H

#include "types.h"
#include <hvabi/hvabi.h>

struct vp;
struct partition;

/*
 * `page` is one page for the types that travel by page number (HV_GET_SET_VP_STATE_TYPE_PFN),
 * and a struct hv_synthetic_timers_state for the timers.  The getter fills all of it.
 * Both return HV_STATUS_*.
 */
u64 vpstate_get(struct vp *vp, const struct hv_vp_state_data *what, void *page);
u64 vpstate_set(struct vp *vp, const struct hv_vp_state_data *what, const void *page);

u32 vpstate_xsave_size(const struct partition *p);	/* bytes of the XSAVE state */

#endif
