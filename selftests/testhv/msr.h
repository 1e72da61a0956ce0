/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The root's MSRs that testhv emulates.
 */
#ifndef TESTHV_MSR_H
#define TESTHV_MSR_H

#include "types.h"

struct vp;

void msr_init(void);	/* which MSRs exit, and the hypercall and TSC pages */

/* false: #GP.  All MSRs outside the hardware's bitmaps come here too. */
bool root_msr(struct vp *vp, u32 msr, bool write, u64 *value);

#endif
