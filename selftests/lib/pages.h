/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To the page, what this process made the kernel allocate and keep, by the
 * kernel's own tracepoints.  Objects of kmalloc() are not seen here: the leak
 * detector of the debug kernel finds those.
 */
#ifndef SELFTESTS_FAULTS_PAGES_H
#define SELFTESTS_FAULTS_PAGES_H

#include <stdint.h>

/* What the driver keeps for a process is accounted to that process, and little else is. */
#define PAGES_ACCOUNTED	"GFP_KERNEL_ACCOUNT"
#define PAGES_ZEROED	"GFP_KERNEL|__GFP_ZERO"

/* From now on, once; only pages whose flags begin so, as the trace writes them. */
void pages_watch(const char *flags);

/*
 * Pages allocated since then and not freed.  What happens between two calls must fit
 * into the trace buffer of each CPU; bails out when it does not.
 */
uint64_t pages_kept(void);

#endif /* SELFTESTS_FAULTS_PAGES_H */
