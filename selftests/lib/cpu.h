/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_CPU_H
#define SELFTESTS_CPU_H

/* This thread, and those that it starts, from now on; bails out where it cannot be. */
void run_on(unsigned int cpu);

#endif /* SELFTESTS_CPU_H */
