/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns each page of RAM.
 *
 * A page belongs to the hypervisor, to the root, or, once deposited, to one
 * partition's pool.  A root page may besides be mapped into children; such a
 * page cannot be deposited.  The root's nested table follows from this: pages
 * of the hypervisor and deposited pages are absent from it, unless a deposited
 * page is shared with the root (statistics, VP state).  Whatever the root does
 * to an absent page of RAM is a violation, reported with address and RIP.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_OWNER_H
#define TESTHV_OWNER_H

#include "types.h"

enum page_owner {
	OWNER_NONE,		/* not RAM */
	OWNER_HV,
	OWNER_ROOT,
	OWNER_PARTITION,	/* deposited */
};

struct page_state {
	u8 owner;		/* enum page_owner */
	u8 shared;		/* deposited, but mapped in the root all the same */
	u16 partition;		/* id, for OWNER_PARTITION */
	u32 maps;		/* number of children's GPAs that lead here */
};

void owner_init(void);		/* from the memory map, at boot */

/* NULL when spa is no RAM that testhv knows. */
struct page_state *owner_page(u64 spa);

/* Each returns 0, or -1 when the page is not in the state that the change starts from. */
int owner_deposit(u64 spa, u16 partition);	/* root -> partition; leaves the root's table */
int owner_withdraw(u64 spa, u16 partition);	/* partition -> root; zeroed, mapped again */
int owner_share(u64 spa, u16 partition);	/* let the root see a deposited page */
int owner_unshare(u64 spa, u16 partition);
int owner_map(u64 spa);				/* root page gets mapped into a child */
int owner_unmap(u64 spa);

void owner_violation(u64 gpa, u64 rip, bool write); /* log and count */
extern u64 owner_violations, owner_last_gpa, owner_last_rip;

/* Count the pages that belong to `partition`, by walking the whole table (for the tests). */
u64 owner_count(u16 partition);

#endif
