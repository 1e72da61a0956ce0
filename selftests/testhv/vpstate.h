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

/*
 * `size` bytes at `buf`: a page for the types that travel by page number
 * (HV_GET_SET_VP_STATE_TYPE_PFN), zeroed before a get.  HV_STATUS_*:
 * INSUFFICIENT_BUFFER if the state is larger, INVALID_PARAMETER for a type that
 * does not exist or contents that the VP cannot have.
 */
u64 vpstate_get(struct vp *vp, const struct hv_vp_state_data *what, void *buf, u32 size);
u64 vpstate_set(struct vp *vp, const struct hv_vp_state_data *what, const void *buf, u32 size);

#endif
