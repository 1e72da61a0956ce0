// SPDX-License-Identifier: GPL-2.0
/*
 * Ticket locks: first come, first served, so no CPU starves.
 */
#include "lock.h"
#include "x86.h"

struct spinlock hv_lock;

void spin_lock(struct spinlock *lock)
{
	u32 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
		cpu_relax();
}

void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}
