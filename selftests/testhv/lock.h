/* SPDX-License-Identifier: GPL-2.0 */
/*
 * testhv has one lock.
 *
 * Every exit handler and the service CPU's work run under hv_lock; VMRUN and
 * waiting never do.  Sections are short (a rep hypercall gives the lock up
 * between continuations), and one lock is easy to prove right, which matters
 * more here than scaling.  Interrupt and NMI handlers of testhv itself take no
 * lock: they set flags in struct cpu and return.
 */
#ifndef TESTHV_LOCK_H
#define TESTHV_LOCK_H

#include "types.h"

struct spinlock {
	u32 next, serving;
};

void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

extern struct spinlock hv_lock;

#endif
