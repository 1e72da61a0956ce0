/* SPDX-License-Identifier: GPL-2.0 */
/* Intercepts that a parent asked for: install.c. */
#ifndef TESTHV_INSTALL_H
#define TESTHV_INSTALL_H

#include "types.h"

struct vp;

bool cpuid_intercepted(const struct vp *vp, u32 leaf);

/* Before a VP's first VMRUN: what was installed for its partition. */
void install_vp(struct vp *vp);

#endif
