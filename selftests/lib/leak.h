/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test must not leave behind: pages in the hypervisor's hands,
 * partitions, file descriptors, the root's memory, lines in the kernel's log.
 */
#ifndef SELFTESTS_LEAK_H
#define SELFTESTS_LEAK_H

#include <stdbool.h>
#include <stdint.h>

#include "mshv.h"

struct leak_mark {
	unsigned int partitions;	/* children that exist */
	unsigned int fds;
	uint64_t quarantined;		/* pages that no dead partition gave back */
	uint64_t free_pages;
};

/* Take the state now; the log is watched from here on. */
void leak_mark(struct leak_mark *mark);

/*
 * Report four results: no child is left, all fds are closed, no page was lost
 * between kernel and hypervisor, nothing of hv_root is in the log.
 */
#define LEAK_RESULTS	4
void leak_check(const struct leak_mark *mark);

/*
 * One result: as many pages of the root are free as at the mark, to LEAK_SLACK
 * pages, after what is freed late had its time.  Skipped on a kernel with
 * KASAN, which keeps freed objects on purpose; there the leak detector looks.
 */
#define LEAK_SLACK	64
void leak_check_memory(const struct leak_mark *mark);

/* Pages that are free now, after the kernel gave back what it merely caches. */
uint64_t free_pages(void);

/* Is this a kernel, one with KASAN, of which free_pages() says little? */
bool keeps_freed_objects(void);

/* Does the driver's ledger of a partition agree with the hypervisor's table of owners? */
bool ledger_agrees(int pt);

/*
 * The driver's view of an fd; bails out when the ioctl fails.  Of a driver that has no such
 * ioctl, upstream's, all is zero.
 */
struct mshv_query_info query_info(int fd);

#endif /* SELFTESTS_LEAK_H */
