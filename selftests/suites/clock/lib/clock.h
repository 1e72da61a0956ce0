/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * testhv's clock as its tests see it: series of kicks, and who got which NMI.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../testhv/control.h"

/* A field of a CPU or of the last series; bails out where testhv refuses. */
uint64_t clock_field(unsigned int cpu, enum testhv_clock_field field);

void clock_series_start(unsigned int cpu, unsigned int count, unsigned int period_us);

/* false: it is still running, or a kick of it is missing */
bool clock_series_wait(unsigned int cpu, unsigned int seconds);

/*
 * Were deadlines and kicks of the last series in time?  The bounds are wide, because the
 * machine is emulated and others share it: the worst case is the host's, which may
 * leave a thread waiting for a second.
 */
bool clock_series_in_time(unsigned int cpu);

uint64_t nmi_count(unsigned int cpu);	/* of /proc/interrupts */
unsigned int nr_cpus(void);
double now(void);			/* seconds */

#endif
