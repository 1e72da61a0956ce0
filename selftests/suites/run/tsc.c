// SPDX-License-Identifier: GPL-2.0-only
/*
 * The time stamp counters of a child's VPs, as a parent sets them: one VP after
 * the other, with time between. Those that have not run are in step afterwards, so
 * that a guest which trusts its TSC may; one that has run gets what was written.
 *
 * Argument: "by-vp" where the hypervisor takes every write by the letter.
 */
#include <unistd.h>
#include <x86intrin.h>

#include "child.h"
#include "ktap.h"

#define RAM		(16 * PAGE)
#define PAUSE_US	100000
#define AHEAD		(1UL << 50)

ASMBLOB(leave, 16, "out %al, $0x42\n");

/* By how much VP 1 is ahead of VP 0, and how much of that may be the time between the two calls. */
static int64_t ahead(struct child *child, uint64_t *uncertain)
{
	uint64_t began = __rdtsc();
	uint64_t first = child_register(child, 0, HV_X64_REGISTER_TSC);
	uint64_t second = child_register(child, 1, HV_X64_REGISTER_TSC);

	*uncertain = __rdtsc() - began;
	return second - first;
}

static bool in_step(struct child *child)
{
	uint64_t uncertain;
	int64_t by = ahead(child, &uncertain);

	ktap_note("VP 1 is ahead by %lld, of which the calls took up to %llu", (long long)by,
		  (unsigned long long)uncertain);
	return by >= 0 && (uint64_t)by <= uncertain;
}

static void set_both(struct child *child, uint64_t value)
{
	child_set_register(child, 0, HV_X64_REGISTER_TSC, value);
	usleep(PAUSE_US);
	child_set_register(child, 1, HV_X64_REGISTER_TSC, value);
}

/* Whether the TSC of VP 0 shows what was just written, and not another VP's time. */
static bool by_the_letter(struct child *child, uint64_t value)
{
	uint64_t began = __rdtsc(), got;

	child_set_register(child, 0, HV_X64_REGISTER_TSC, value);
	got = child_register(child, 0, HV_X64_REGISTER_TSC);
	return got >= value && got - value <= __rdtsc() - began;
}

int main(int argc, char **argv)
{
	bool by_vp = argc > 1 && !strcmp(argv[1], "by-vp");
	struct hv_message message;
	struct child child;

	ktap_plan(5);
	child_create(&child, 0, RAM, 2);
	child_load(&child, BLOB_GPA, &leave);
	child_real_mode(&child, 0, BLOB_GPA);
	ktap_ok(in_step(&child), "new VPs are in step");
	set_both(&child, 0);
	ktap_ok(in_step(&child) != by_vp, "set back one after the other");
	set_both(&child, AHEAD);
	ktap_ok(in_step(&child) != by_vp, "set ahead one after the other");
	ktap_ok(child_register(&child, 1, HV_X64_REGISTER_TSC) >= AHEAD, "which is where they are");
	child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message);
	ktap_ok(by_the_letter(&child, 0), "a VP that has run gets what is written");
	child_destroy(&child);
	return ktap_end();
}
