/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pool of 4 KiB pages: what was deposited to a partition and is not in use.
 *
 * The free list is threaded through the pages themselves, so a pool needs no
 * memory of its own.  Pages are zeroed when they leave the pool and when they
 * leave the partition.  Locking: hv_lock.
 */
#ifndef TESTHV_POOL_H
#define TESTHV_POOL_H

#include "types.h"

struct pool {
	u64 head;		/* SPA of the first free page, 0 = empty */
	u64 nr_free;
	u64 nr_deposited;	/* free + in use */
};

void pool_add(struct pool *pool, u64 spa);	/* a deposited page enters */
u64 pool_alloc(struct pool *pool);		/* zeroed page's SPA, 0 = INSUFFICIENT_MEMORY */
void pool_free(struct pool *pool, u64 spa);	/* an object gives its page back */
u64 pool_remove(struct pool *pool);		/* a free page leaves for good, 0 = none */

/* Pages of testhv itself, for the root's nested tables and the like. */
extern struct pool hv_pool;

#endif
