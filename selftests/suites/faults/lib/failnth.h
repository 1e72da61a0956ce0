/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One allocation, or copy from or to user space, that the kernel makes for this
 * thread fails.  Needs a kernel with CONFIG_FAULT_INJECTION.
 */
#ifndef SELFTESTS_FAULTS_FAILNTH_H
#define SELFTESTS_FAULTS_FAILNTH_H

#include <stdbool.h>

void failnth_begin(void);		/* once; bails out where it cannot be */
void failnth_set(unsigned int n);	/* the nth from now on fails */
bool failnth_end(void);			/* did it?  No other will. */
unsigned int failnth_left(void);	/* how many it would have taken */

#endif /* SELFTESTS_FAULTS_FAILNTH_H */
