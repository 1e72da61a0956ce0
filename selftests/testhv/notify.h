/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Deliverability notifications, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_NOTIFY_H
#define TESTHV_NOTIFY_H

#include "vp.h"

u64 notify_get(const struct vp *vp);
u64 notify_set(struct vp *vp, u64 value);	/* HV_STATUS_* */

bool notify_wants_sint(const struct vp *vp, u32 sint);

/* The parent is to be told something now. */
bool notify_due(const struct vp *vp);

enum notice {
	NOTICE_NONE,
	NOTICE_SINTS,
	NOTICE_INTERRUPT,
	NOTICE_NMI,
};

/* What it is to be told; it has to ask again. */
enum notice notify_take(struct vp *vp, u16 *sints);

/* Before VMRUN, after events were chosen: see to it that the guest exits in time. */
void notify_arm(struct vp *vp);

#endif
