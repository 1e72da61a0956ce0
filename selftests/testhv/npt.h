/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested page tables: the map from a partition's guest physical addresses to
 * system physical addresses.
 *
 * QEMU's TCG flushes its TLB on every VMRUN and #VMEXIT, so a forgotten flush
 * cannot show here.  Therefore npt.c alone writes entries, through one
 * function that also makes every CPU on which the table may be live leave its
 * guest, and flush before its next VMRUN; `make lint` proves that nobody else
 * does.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_NPT_H
#define TESTHV_NPT_H

#include "types.h"

struct pool;

struct npt {
	u64 root;		/* SPA of the top table */
	struct pool *pool;	/* where tables come from */
	u64 generation;		/* bumped by each flush; compared before VMRUN */
	u64 nr_tables;
};

#define NPT_GPA_BITS	48UL	/* what four levels translate */

/* Protection, independent of the hardware's bits. */
#define NPT_R	BIT(0)
#define NPT_W	BIT(1)
#define NPT_X	BIT(2)
#define NPT_RWX	(NPT_R | NPT_W | NPT_X)

struct npt_entry {
	u64 spa;		/* of the page of `size` that contains the GPA */
	u64 size;		/* PAGE_SIZE, LARGE_SIZE or HUGE_SIZE; 0: not mapped */
	u32 prot;
	bool accessed, dirty;
};

/* All return 0, or -1 when the pool has no page for a table (nothing changed) or GPAs end below. */
int npt_init(struct npt *npt, struct pool *pool);
int npt_map(struct npt *npt, u64 gpa, u64 spa, u64 size, u32 prot);
int npt_unmap(struct npt *npt, u64 gpa, u64 size);	/* splits larger pages as needed */
struct npt_entry npt_lookup(const struct npt *npt, u64 gpa);

/*
 * Protection 0 is a mapping too: every access faults, but npt_lookup() tells it
 * from a hole.  npt_next() is the first GPA from `gpa` on that is mapped in
 * either sense, ~0 if there is none below `end`.
 */
u64 npt_next(const struct npt *npt, u64 gpa, u64 end);

/* Clear and set bits of the 4 KiB page; a larger page is split first, its bits go to all parts. */
#define NPT_ACCESSED	BIT(0)
#define NPT_DIRTY	BIT(1)
int npt_change_ad(struct npt *npt, u64 gpa, u32 clear, u32 set);

/* Note an access that is not the CPU's own; of a larger page for all of it, as the CPU does. */
void npt_touch(struct npt *npt, u64 gpa, bool write);

void npt_destroy(struct npt *npt);			/* tables back to the pool */

#endif
