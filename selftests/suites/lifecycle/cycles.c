// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole life of a child, again and again: create, initialize, VP, memory,
 * run, close.  At the end the hypervisor has nothing, and the root has its
 * memory back.
 *
 * Argument: how many lives (1,000 unless told).
 */
#include <stdlib.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"

#define RAM	(64 * PAGE)
#define WARM_UP	20	/* lives until caches of the kernel have their size */

ASMBLOB(out_code, 16, "out %al, $0x42\n");

static bool one_life(void)
{
	struct hv_message message;
	struct child child;
	bool good;

	child_start_real(&child, 0, RAM, &out_code);
	good = child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
	       ledger_agrees(child.pt);
	child_destroy(&child);
	return good;
}

static unsigned long lives(unsigned long count)
{
	unsigned long good = 0;

	for (unsigned long i = 0; i < count; i++)
		good += one_life();
	return good;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000;
	struct leak_mark mark;

	ktap_plan(3 + LEAK_RESULTS);
	ktap_is((long long)lives(WARM_UP), WARM_UP, "first lives");
	leak_mark(&mark);
	ktap_is((long long)lives(count), (long long)count,
		"create, initialize, VP, map, run, close");
	leak_check_memory(&mark);
	leak_check(&mark);
	return ktap_end();
}
