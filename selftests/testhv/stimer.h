/* SPDX-License-Identifier: GPL-2.0 */
/* The four synthetic timers of a child's VP (stimer.c).  Locking: hv_lock. */
#ifndef TESTHV_STIMER_H
#define TESTHV_STIMER_H

#include "types.h"

struct vp;
struct vsynic;

void stimer_init(struct vsynic *synic);
void stimer_reset(struct vp *vp);
void stimer_stop_all(struct vsynic *synic);
void stimer_rearm(struct vp *vp);	/* the partition's time stopped, started or was set */
void stimer_redeliver(struct vp *vp, u32 sint);	/* its slot may be free now */
void stimer_write_config(struct vp *vp, u32 index, u64 config);
void stimer_write_count(struct vp *vp, u32 index, u64 count);
u64 stimer_left(const struct vp *vp, u32 index);	/* until expiry; 0: does not run */
void stimer_resume(struct vp *vp, u32 index, u64 left);	/* the same as a saved state says */

#endif
