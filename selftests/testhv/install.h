/* SPDX-License-Identifier: GPL-2.0 */
/* Intercepts that a parent asked for: install.c. */
#ifndef TESTHV_INSTALL_H
#define TESTHV_INSTALL_H

#include "types.h"

struct partition;
struct vp;

/* One of HV_INTERCEPT_TYPE_X64_MSR, _HYPERCALL and those beyond. */
bool intercept_installed(const struct partition *p, u32 type, u32 access);
bool cpuid_intercepted(const struct vp *vp, u32 leaf);
bool msr_intercepted(const struct vp *vp, u32 msr, u32 access);
bool hypercall_intercepted(const struct vp *vp, u16 code);

/* Before a VP's first VMRUN: what was installed for its partition. */
void install_vp(struct vp *vp);

#endif
