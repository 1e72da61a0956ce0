/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A world for the tests of testhv's pure parts on the host: a partition with a
 * few VPs, a clock that only moves when told, and a record of what the code
 * under test asked its surroundings to do.
 */
#ifndef TESTHV_TESTS_WORLD_H
#define TESTHV_TESTS_WORLD_H

#include "../lapic.h"
#include "../partition.h"
#include "../platform.h"
#include "../vp.h"
#include "../../lib/ktap.h"

#define WORLD_VPS	4
#define WORLD_TSC_KHZ	2000000UL

extern struct partition world_partition;
extern struct vp world_vps[WORLD_VPS];

/* What happened since world_start(). */
extern u32 world_kicks[WORLD_VPS];
extern u32 world_eois, world_eoi_vector;

/* A fresh partition with this many VPs; local APICs are there and enabled by software. */
void world_start(u32 nr_vps);
void world_end(void);			/* what was allocated must have been freed */

void world_advance_us(u64 us);		/* timers that come due expire, in order */
u64 world_armed(void);			/* number of timers that are armed */

static inline struct lapic *world_lapic(u32 index)
{
	return world_vps[index].lapic;
}

/* Are exactly these vectors requested?  -1 stands for none. */
bool world_requested(u32 index, int vector);

#endif
