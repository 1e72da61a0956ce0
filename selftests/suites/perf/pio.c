// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one port-I/O exit to user space and back costs: hypercalls, and time
 * stamp counter ticks.  Under QEMU's -icount shift=0 a tick is an instruction,
 * of root, hypervisor and child together; otherwise the ticks mean little.
 *
 * The hypercalls are a test: in steady state an exit takes the one that enters
 * the VP, unless an interrupt of the root ended it before the exit.
 */
#include <stdio.h>
#include <x86intrin.h>

#include "child.h"
#include "../../testhv/control.h"
#include "ktap.h"
#include "testhv.h"

#define EXITS	1000
#define SERIES	3

ASMBLOB(loop, 16, "1: out %al, $0x42\n jmp 1b\n");

struct cost {
	uint64_t min, sum;
};

static bool round_trip(struct child *child)
{
	struct hv_message message;

	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return false;
	child_skip(child, 0, message_header(&message)->rip +
			     message_header(&message)->instruction_length);
	return true;
}

static bool series(struct child *child, struct cost *cost)
{
	cost->min = UINT64_MAX;
	cost->sum = 0;
	for (unsigned int i = 0; i < EXITS; i++) {
		uint64_t began = __rdtsc(), ticks;

		if (!round_trip(child))
			return false;
		ticks = __rdtsc() - began;
		cost->sum += ticks;
		if (ticks < cost->min)
			cost->min = ticks;
	}
	return true;
}

int main(void)
{
	uint64_t before, entries, early, id;
	struct child child;
	struct cost cost;
	bool good = true;

	ktap_plan(2);
	testhv_required();
	child_create(&child, 0, 0x10000, 1);
	child_load(&child, 0x1000, &loop);
	child_real_mode(&child, 0, 0x1000);
	id = testhv_child();
	good = round_trip(&child);
	entries = testhv_counter(id, TESTHV_DISPATCHES, 0);
	before = testhv_root_all_calls();
	for (unsigned int i = 0; good && i < SERIES; i++) {
		good = series(&child, &cost);
		ktap_note("ticks for an exit: at least %llu, on average %llu",
			  (unsigned long long)cost.min, (unsigned long long)(cost.sum / EXITS));
	}
	ktap_ok(good, "%u exits to user space and back", SERIES * EXITS);
	before = testhv_root_all_calls() - before;
	/* The hypervisor's own scheduler is asked for none. */
	entries = testhv_counter(id, TESTHV_DISPATCHES, 0) - entries;
	early = entries > SERIES * EXITS ? entries - SERIES * EXITS : 0;
	ktap_note("%llu hypercalls, %llu of them for entries that ended early",
		  (unsigned long long)before, (unsigned long long)early);
	ktap_is((long long)(before - early), SERIES * EXITS, "one hypercall for an exit");
	child_destroy(&child);
	return ktap_end();
}
