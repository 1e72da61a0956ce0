/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reference time of a partition: 100 ns units since it was created, less
 * the time for which its parent froze it.  Children read it by an MSR, or
 * compute it from the TSC with the two numbers in the reference TSC page.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_REFTIME_H
#define TESTHV_REFTIME_H

#include "types.h"

struct partition;

u64 time_now(void);			/* the TSC; tests put a clock of their own in its place */

void reftime_start(struct partition *p); /* first VP: from here it counts, unless it is frozen */
u64 reftime_now(const struct partition *p);
void reftime_freeze(struct partition *p, bool freeze);
void reftime_set(struct partition *p, u64 value); /* only while frozen */
u64 reftime_deadline(const struct partition *p, u64 when); /* TSC when it will be `when`; 0: past */

/* Bring the reference TSC page, if it is enabled, in line with what has changed. */
void reftime_update_page(struct partition *p);

#endif
