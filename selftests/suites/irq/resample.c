// SPDX-License-Identifier: GPL-2.0-only
/*
 * Level-triggered interrupts: whenever the guest ends one, its irqfd's second
 * eventfd is signaled, whatever the vector is and was, and the VMM is left alone.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"

#define GSI	9
#define OTHER	10
#define SAME	0x54
#define ROUNDS	100

static struct child child;
static struct vp_thread thread;
static int line, resample;

static uint64_t resampled(unsigned int ms)
{
	struct pollfd p = { .fd = resample, .events = POLLIN };

	poll(&p, 1, (int)ms);
	return line_value(resample);
}

static uint64_t count(unsigned int vector)
{
	return apic_data(&child, 0)->count[vector];
}

/* A source that has the number of its vector. */
static void test_same(void)
{
	line_route(child.pt, SAME, 0, SAME, true);
	line = line_eventfd();
	if (mshv_irqfd(child.pt, line, resample, SAME, IRQFD_RESAMPLE))
		ktap_bail("IRQFD: %s", strerror(errno));
	line_signal(line);
	ktap_ok(resampled(5000) == 1 && count(SAME) == 1,
		"source and vector have the same number");
	line_deassign(child.pt, line, SAME);
}

/* The device holds its line: each EOI brings the next interrupt, until it lets go. */
static void test_held(void)
{
	unsigned int good = 0;

	line_signal(line);
	for (unsigned int n = 1; n <= ROUNDS && good == n - 1; n++) {
		good += resampled(5000) == 1 && count(0x61) == n;
		if (n < ROUNDS)
			line_signal(line);
	}
	ktap_is(good, ROUNDS, "each EOI signals once");
	ktap_is((long long)resampled(100), 0, "and no EOI, none");
	ktap_is((long long)count(0x61), ROUNDS, "the guest got each interrupt once");
}

/* The interrupt moves to another vector between its coming and its end. */
static void test_moved(void)
{
	vp_thread_stop(&thread);
	line_signal(line);
	line_route(child.pt, GSI, 0, 0x72, true);
	vp_thread_start(&thread);
	ktap_ok(resampled(5000) == 1 && count(0x61) == ROUNDS + 1 && !count(0x72),
		"moved before its EOI, which comes with the old vector");
	line_signal(line);
	ktap_ok(resampled(5000) == 1 && count(0x72) == 1, "then with the new one");
}

/* What else the guest ends is no business of this line. */
static void test_others(void)
{
	struct mshv_user_irq_entry routes[] = {
		msi_route(GSI, 0, 0x72, true), msi_route(OTHER, 0, 0x83, false),
	};
	int other = line_assign(child.pt, OTHER);

	if (mshv_set_routes(child.pt, routes, 2))
		ktap_bail("SET_MSI_ROUTING: %s", strerror(errno));
	line_signal(other);
	ktap_ok(wait_until(&apic_data(&child, 0)->count[0x83], 1, 5000) && !resampled(100),
		"an edge-triggered interrupt's end is not told");
	line_deassign(child.pt, other, OTHER);
}

/* Two devices share the line: both are asked. */
static void test_shared(void)
{
	int second = line_eventfd(), second_resample = line_eventfd();

	if (mshv_irqfd(child.pt, second, second_resample, GSI, IRQFD_RESAMPLE))
		ktap_bail("IRQFD: %s", strerror(errno));
	line_signal(second);
	ktap_ok(resampled(5000) == 1 && line_value(second_resample) == 1,
		"all that share a line are signaled");
	line_deassign(child.pt, second, GSI);
	line_signal(line);
	ktap_ok(resampled(5000) == 1 && !line_value(second_resample),
		"those that were deassigned are not");
	close(second_resample);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(10 + LEAK_RESULTS);
	leak_mark(&mark);
	apic_child_create(&child, 1, NULL);
	apic_vp_start(&child, &thread, 0);
	resample = line_eventfd();
	test_same();
	line_route(child.pt, GSI, 0, 0x61, true);
	line = line_eventfd();
	if (mshv_irqfd(child.pt, line, resample, GSI, IRQFD_RESAMPLE))
		ktap_bail("IRQFD: %s", strerror(errno));
	test_held();
	test_moved();
	test_others();
	test_shared();
	vp_thread_stop(&thread);
	ktap_ok(!thread.messages && !thread.error, "the VMM saw nothing of it");
	close(line);
	close(resample);
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
