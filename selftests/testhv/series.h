/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A measured series of deadlines and kicks, for the tests of the clock.
 */
#ifndef TESTHV_SERIES_H
#define TESTHV_SERIES_H

#include "types.h"

struct cpu;
struct vp;

#define SERIES_MAX	16384

void series_init(void);		/* the service CPU, before its loop */
bool series_start(struct cpu *target, u64 count, u64 period_tsc); /* false: one runs already */
u64 series_read(u32 field);	/* TESTHV_SERIES_LEFT to TESTHV_KICK_MAX */

/* kick.c: the target notices a kick that was sent at `sent`. */
void series_noticed(struct cpu *cpu, u64 sent);

#endif
