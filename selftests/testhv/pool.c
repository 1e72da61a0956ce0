// SPDX-License-Identifier: GPL-2.0
/*
 * Pools of pages.  A free page's first word links to the next.
 */
#include "pool.h"
#include "string.h"

struct pool hv_pool;

static void push(struct pool *pool, u64 spa)
{
	*(u64 *)spa_ptr(spa) = pool->head;
	pool->head = spa;
	pool->nr_free++;
}

static u64 pop(struct pool *pool)
{
	u64 spa = pool->head;

	if (!spa)
		return 0;
	pool->head = *(u64 *)spa_ptr(spa);
	pool->nr_free--;
	memset(spa_ptr(spa), 0, PAGE_SIZE);
	return spa;
}

void pool_add(struct pool *pool, u64 spa)
{
	push(pool, spa);
	pool->nr_deposited++;
}

u64 pool_alloc(struct pool *pool)
{
	return pop(pool);
}

void pool_free(struct pool *pool, u64 spa)
{
	push(pool, spa);
}

u64 pool_remove(struct pool *pool)
{
	u64 spa = pop(pool);

	if (spa)
		pool->nr_deposited--;
	return spa;
}
