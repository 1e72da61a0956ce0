/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics pages that the root maps: statspage.c. */
#ifndef TESTHV_STATSPAGE_H
#define TESTHV_STATSPAGE_H

#include "types.h"

struct partition;
struct vp;

/* Pages about one VP of a partition that goes, or about the whole partition. */
void stats_pages_release(struct partition *p, u32 vp_index);
void stats_pages_release_all(struct partition *p);

/* The counters of a VP that are kept, all below this number. */
#define NR_VP_STATS	75

/* The VP left guest mode: why, and after how many TSC cycles there. */
void stats_vp_exit(struct vp *vp, u64 exit_code, u64 cycles);
/* A message about it was raised for its parent. */
void stats_vp_message(struct vp *vp, u32 type);

/* The counter by which a root scheduler knows that a VP waits for a signal. */
void stats_vp_blocked(struct vp *vp, bool blocked);

#endif
