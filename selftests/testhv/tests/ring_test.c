// SPDX-License-Identifier: GPL-2.0
/*
 * Event rings, with this program as the root that reads them.
 */
#include "../ring.h"
#include "../log.h"
#include "../../lib/ktap.h"

#define SINT	5
#define SLOTS	HV_SYNIC_EVENT_RING_MESSAGE_COUNT

static struct event_rings rings;
static struct hv_synic_event_ring ring;
static u32 tail;

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

static void start(void)
{
	memset(&rings, 0, sizeof(rings));
	memset(&ring, 0, sizeof(ring));
	tail = 0;
}

/* As the root does it: take what is there, and say so when there is no more. */
static u32 take(void)
{
	u32 port = ring.data[tail];

	if (!port && ring.ring_full) {
		ring.ring_full = 0;
		ring_refill(&rings, &ring, SINT);
		port = ring.data[tail];
	}
	if (!port) {
		ring.signal_masked = 0;
		return 0;
	}
	ring.data[tail] = 0;
	tail = (tail + 1) % SLOTS;
	return port;
}

static void order(void)
{
	bool in_order = true;

	start();
	ktap_ok(ring_put(&rings, &ring, SINT, 7), "the first event is news");
	ktap_ok(!ring_put(&rings, &ring, SINT, 8), "the next is not, while nobody has looked");
	ktap_ok(take() == 7 && take() == 8 && !take(), "they come out in order");
	ktap_ok(ring_put(&rings, &ring, SINT, 9), "after that there is news again");
	take();
	for (u32 i = 1; i <= 1000; i++) {
		ring_put(&rings, &ring, SINT, i);
		in_order &= take() == i;
	}
	ktap_ok(in_order, "a thousand, around the ring many times");
}

static void overflow(void)
{
	u32 seen[200] = { 0 }, all = 0;	/* more than three rings */

	start();
	for (u32 i = 1; i < 200; i++)
		ring_put(&rings, &ring, SINT, i);
	for (u32 i = 190; i < 200; i++)
		ring_put(&rings, &ring, SINT, i);
	ktap_is(ring.ring_full, 1, "a full ring says so");
	ktap_is(rings.nr_overflowed, 199 - SLOTS, "a port waits once, however often it rang");
	for (u32 port; (port = take()); )
		seen[port]++;
	for (u32 i = 1; i < 200; i++)
		all += seen[i] == 1;
	ktap_is(all, 199, "each comes once, those that did not fit too");
	ktap_is(rings.nr_overflowed, 0, "and none is kept");
}

static void disabled(void)
{
	start();
	ktap_ok(!ring_put(&rings, NULL, SINT, 3), "a ring that is not enabled is told nothing");
	ring_refill(&rings, &ring, SINT);
	ktap_ok(rings.nr_overflowed == 0, "what rang meanwhile is there when it is");
}

int main(void)
{
	ktap_plan(11);
	order();
	overflow();
	disabled();
	return ktap_end();
}
