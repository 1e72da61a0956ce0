/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Overlay pages: pages of the hypervisor that a guest lays over a GPA of its
 * choice (hypercall page, reference TSC page, message page, ...).  The page
 * below comes back when the overlay goes.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_OVERLAY_H
#define TESTHV_OVERLAY_H

#include "types.h"
#include "npt.h"

struct partition;

struct overlay {
	u64 page;		/* SPA, from the partition's pool; 0: none */
	u64 gpa;
	u32 prot;
	bool enabled;
	bool lifted;		/* for the moment not in the table: overlay_lift() */
	struct npt_entry below;	/* what it covers */
	struct overlay *next;	/* in the partition's list */
};

bool overlay_init(struct partition *p, struct overlay *o, u32 prot);	/* false: pool is empty */
void overlay_destroy(struct partition *p, struct overlay *o);
bool overlay_enable(struct partition *p, struct overlay *o, u64 gpa);	/* moves it if need be */
void overlay_disable(struct partition *p, struct overlay *o);

/* Whoever changes a partition's GPA map brackets the change with these two. */
void overlay_lift(struct partition *p, u64 gpa, u64 size);
void overlay_lower(struct partition *p, u64 gpa, u64 size);

#endif
