/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What testhv tells and does for a test in its root: counters, owners of
 * pages, violations, and hypercalls with control words that no kernel would
 * send.  All need /dev/mshv's machine to be testhv; testhv_required() says so.
 */
#ifndef SELFTESTS_TESTHV_H
#define SELFTESTS_TESTHV_H

#include <stdbool.h>
#include <stdint.h>

#define TESTHV_ROOT	1	/* partition id of the root */

void testhv_required(void);	/* bails out on another hypervisor */

/* @kind: enum testhv_counter of testhv's control.h. */
uint64_t testhv_counter(uint64_t partition, uint32_t kind, uint64_t index);
uint64_t testhv_root_calls(uint16_t code);
uint64_t testhv_root_reps(uint16_t code);
uint64_t testhv_root_all_calls(void);	/* but for those that a kernel makes for itself */
uint64_t testhv_child(void);		/* id of the only child; bails out if it is not */

uint64_t testhv_owned(uint64_t partition);	/* pages that belong to a partition now */
unsigned int testhv_partitions(void);		/* children that exist */

struct testhv_violations {
	uint64_t count, address, rip;	/* of the last one */
};

struct testhv_violations testhv_violations(void);

/* Where a page of this process is that cannot move; bails out when nobody can tell. */
uint64_t testhv_physical(const void *page);

/* A locked page and its guest physical address; bails out when there is none. */
void *testhv_page(uint64_t *gpa);

/* Where a page of this process is, and how many addresses of children lead to such a place. */
uint64_t testhv_physical(const void *page);
uint64_t testhv_maps(uint64_t spa);

/* Run the hypercall engine as if the root's kernel had called; the result word. */
uint64_t testhv_hypercall(uint64_t control, uint64_t in_gpa, uint64_t out_gpa);

#endif /* SELFTESTS_TESTHV_H */
