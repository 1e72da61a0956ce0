/* SPDX-License-Identifier: GPL-2.0 */
/* Creating and destroying a child's VP: vp.c. */
#ifndef TESTHV_VP_OBJECT_H
#define TESTHV_VP_OBJECT_H

#include "vp.h"

/* The VP runs nowhere.  All its memory goes back to its partition's pool. */
void vp_destroy(struct vp *vp);

#endif
