/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What testhv says that is not so, because a test wants to see the root doubt it.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_LIE_H
#define TESTHV_LIE_H

#include "types.h"

/* In the order of enum testhv_lie of control.h. */
enum lie {
	LIE_NO_MESSAGE_PAGE,	/* a root VP's SIMP reads as 0 */
	LIE_STRAY_STATE_PAGE,	/* MAP_VP_STATE_PAGE of a child's VP names a page beyond memory */
	LIE_ENDLESS_RING,	/* a root VP's event ring has one more each time it is empty */
	LIE_NO_RING_PAGE,	/* a root VP's SIRBP reads as 0 */
	LIE_FOREIGN_SINT,	/* its SINT 0 reads as unmasked */
	NR_LIES,
};

/* About the VPs with these bits, from now on. */
void lie_set(enum lie lie, u64 vps);

bool lie_told(enum lie lie, u32 vp_index);

#endif
