/* SPDX-License-Identifier: GPL-2.0 */
/* CPUID results that a parent registered for its child: cpuidresult.c. */
#ifndef TESTHV_CPUIDRESULT_H
#define TESTHV_CPUIDRESULT_H

#include "types.h"
#include "x86.h"

struct vp;
struct partition;

/* Lay what was registered over what the platform answers. */
void cpuid_results_apply(const struct vp *vp, u32 leaf, u32 subleaf, struct cpuid_regs *r);

/* All pages back to the pool: those of one VP, or of the partition. */
void cpuid_results_free_vp(struct vp *vp);
void cpuid_results_free(struct partition *p);

#endif
