/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: raw material of tests and benchmarks, read through test control
 * and through the statistics pages that the root maps.
 *
 * Those of the last partitions to die are kept, so that a report can be made
 * after the fact.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_STATS_H
#define TESTHV_STATS_H

#include "types.h"

#define NR_CALL_CODES	0x140	/* counted per code below, all others in slot 0 */
#define NR_EXIT_CODES	0x104	/* 0..0xff as the hardware has them, then the four below */
#define EXIT_SLOT_NPF	0x100
#define EXIT_SLOT_OTHER	0x101

#define NR_KEPT		16	/* counters of dead partitions */

struct partition_counters {
	u64 id;			/* partition, 0: slot is free */
	bool dead;
	u64 age;		/* when it was attached; ids are given again some day */
	u64 vp_entries;
	u64 messages;		/* posted to the partition's SynIC */
	u64 intercepts;		/* exits reported to the parent */
	u64 pages_deposited, pages_withdrawn;
	u64 gpa_pages_mapped, gpa_pages_unmapped;
	u64 dispatches;
	u64 signals;		/* scheduler messages about its VPs */
	u32 calls[NR_CALL_CODES];
	u32 reps[NR_CALL_CODES];
	u32 exits[NR_EXIT_CODES];
};

struct partition;
struct vp;

struct partition_counters *counters_attach(u64 id);	/* NULL: too many partitions */
void counters_detach(struct partition_counters *counters); /* partition is gone */
struct partition_counters *counters_find(u64 id);	/* the living or the last dead; NULL */
u64 counters_next(u64 after);				/* smallest id above `after`, 0: none */

void count_call(struct partition *p, u16 code);
void count_reps(struct partition *p, u16 code, u32 reps);
void count_exit(struct vp *vp, u64 exit_code);

/* By kind and index, as test control asks; false: no such counter. */
enum counter_kind {
	COUNTER_CALLS,		/* index: call code */
	COUNTER_REPS,
	COUNTER_EXITS,		/* index: SVM exit code; 0x400 is NPF */
	COUNTER_VP_ENTRIES,
	COUNTER_MESSAGES,
	COUNTER_INTERCEPTS,
	COUNTER_PAGES_DEPOSITED,
	COUNTER_PAGES_WITHDRAWN,
	COUNTER_GPA_MAPPED,
	COUNTER_GPA_UNMAPPED,
	COUNTER_DISPATCHES,
	COUNTER_SIGNALS,
	NR_COUNTER_KINDS,
};

bool counter_read(u64 partition, u32 kind, u64 index, u64 *value);

#endif
