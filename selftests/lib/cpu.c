// SPDX-License-Identifier: GPL-2.0-only
/* On which CPU a thread is. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "cpu.h"
#include "ktap.h"

void run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		ktap_bail("CPU %u: %s", cpu, strerror(errno));
}
