/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The synthetic interrupt controller of a child's VP: message slots, event
 * flags, sixteen sources, four timers.  vsynic.c has the first three,
 * stimer.c the timers.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_VSYNIC_H
#define TESTHV_VSYNIC_H

#include "types.h"
#include "clock.h"
#include "overlay.h"
#include <hvabi/hvabi.h>

struct vp;

struct stimer {
	struct timer timer;
	struct vp *vp;
	u32 index;
	u64 config, count;
	u64 expiry;		/* reference time at which it expires next; 0: does not run */
	bool undelivered;	/* expired, but its message slot is full */
	u64 undelivered_expiry;
};

struct vsynic {
	struct vp *vp;
	u64 scontrol, simp, siefp;
	u64 sint[HV_SYNIC_SINT_COUNT];
	struct overlay simp_page, siefp_page;
	struct stimer timers[HV_SYNIC_STIMER_COUNT];
};

bool vsynic_create(struct vsynic *synic, struct vp *vp);	/* false: pool is empty */
void vsynic_destroy(struct vsynic *synic);
void vsynic_reset(struct vsynic *synic);

/* A vector has been ended by the guest: slots may have become free. */
void vsynic_vector_ended(struct vp *vp, u8 vector);

/* Would a message for this source find its slot free?  Mark a full one, lest its end be missed. */
bool vsynic_slot_free(const struct vp *vp, u32 sint);
void vsynic_mark_slot(struct vp *vp, u32 sint);

bool vsynic_msr_read(struct vp *vp, u32 msr, u64 *value);	/* false: #GP */
bool vsynic_msr_write(struct vp *vp, u32 msr, u64 value);

static inline struct hv_message_page *vsynic_messages(const struct vsynic *synic)
{
	return spa_ptr(synic->simp_page.page);
}

static inline union hv_synic_event_flags *vsynic_flags(const struct vsynic *synic)
{
	return spa_ptr(synic->siefp_page.page);
}

#endif
