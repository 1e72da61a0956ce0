/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls of the root that fail because a test says so.
 *
 * A rule chooses calls by their code and by the partition that they are about,
 * counts them, and lets the n-th one fail with a status, a rep call after some
 * reps have been done.  Nothing random: the same root fails at the same place.
 * When a rule fires the log has a line.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_FAULT_H
#define TESTHV_FAULT_H

#include "types.h"

#define FAULT_RULES	32

struct fault_rule {
	u16 code;		/* hypercall */
	u16 status;		/* HV_STATUS_*, not SUCCESS */
	u16 reps;		/* that are done before it fails; 0 for a simple call */
	u32 nth;		/* which of the calls from now on, the next being 1 */
	u32 times;		/* how many in a row fail */
	u64 partition;		/* first quadword of the input; 0: whichever */
};

void fault_init(void);			/* boot: the rules of the command line */
bool fault_add(const struct fault_rule *rule, u32 *number);	/* false: no room, or no rule */
void fault_clear(void);
bool fault_read(u32 number, u64 *fired, u64 *seen);	/* false: no such rule */

/* The engine's part: a call of this CPU's root begins; is the next rep to be done? */
void fault_begin(u32 cpu, u16 code, u64 partition);
u64 fault_next(u32 cpu);		/* HV_STATUS_SUCCESS, or what it fails with */

#endif
