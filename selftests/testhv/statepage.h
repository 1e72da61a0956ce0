/* SPDX-License-Identifier: GPL-2.0 */
/* Pages of a VP that its parent sees: statepage.c. */
#ifndef TESTHV_STATEPAGE_H
#define TESTHV_STATEPAGE_H

struct vp;

/* The VP goes: the parent sees its pages no more. */
void vp_state_pages_unshare(struct vp *vp);

#endif
