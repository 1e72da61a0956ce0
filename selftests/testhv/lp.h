/* SPDX-License-Identifier: GPL-2.0 */
/* Logical processors and the root's own VPs: lp.c. */
#ifndef TESTHV_LP_H
#define TESTHV_LP_H

#include "types.h"

/* CREATE_VP for the root's own partition; HV_STATUS_*. */
u64 lp_create_root_vp(u32 vp_index);

#endif
