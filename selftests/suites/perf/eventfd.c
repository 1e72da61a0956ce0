// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls for an interrupt by irqfd, and for a write of the guest that
 * rings a doorbell.  And what the write to the eventfd takes, in time stamp counter
 * ticks, which are instructions under QEMU's -icount shift=0.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../../testhv/control.h"
#include "child.h"
#include "ktap.h"
#include "testhv.h"

#define SIGNALS	1000

/* SIGNALS stores to one address, then to the VMM. */
ASMBLOB(stores, 64,
	"mov $0x3ffff000, %esi\n"
	"mov $1000, %ecx\n"
	"1: mov %ecx, (%rsi)\n"
	"loop 1b\n"
	"out %al, $0x77\n");

static void interrupts(struct child *child, int fd)
{
	struct mshv_user_irq_entry route = msi_route(5, 0, 0x50, false);
	uint64_t one = 1, before, least = UINT64_MAX, sum = 0;

	if (mshv_set_routes(child->pt, &route, 1) || mshv_irqfd(child->pt, fd, -1, 5, 0))
		ktap_bail("no irqfd: %s", strerror(errno));
	before = testhv_root_all_calls();
	for (unsigned int i = 0; i < SIGNALS; i++) {
		uint64_t began = __rdtsc(), ticks;

		if (write(fd, &one, sizeof(one)) != sizeof(one))
			ktap_bail("writing an eventfd: %s", strerror(errno));
		ticks = __rdtsc() - began;
		sum += ticks;
		if (ticks < least)
			least = ticks;
	}
	ktap_note("ticks for a signal by irqfd: at least %llu, on average %llu",
		  (unsigned long long)least, (unsigned long long)(sum / SIGNALS));
	ktap_is((long long)(testhv_root_all_calls() - before), SIGNALS,
		"one hypercall for an interrupt");
	mshv_irqfd(child->pt, fd, -1, 5, IRQFD_DEASSIGN);
}

static void doorbells(struct child *child, int fd)
{
	struct mshv_user_ioeventfd args = { .addr = 0x3ffff000, .fd = fd };
	uint64_t id = testhv_child(), before, entries, messages;
	struct hv_message message;

	if (mshv_ioeventfd(child->pt, &args))
		ktap_bail("no ioeventfd: %s", strerror(errno));
	child_load(child, BLOB_GPA, &stores);
	/* The first time the guest gets its memory. */
	child_long_mode(child, 0, BLOB_GPA, 0);
	child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message);
	child_long_mode(child, 0, BLOB_GPA, 0);
	entries = testhv_counter(id, TESTHV_DISPATCHES, 0);
	messages = testhv_counter(TESTHV_ROOT, TESTHV_MESSAGES, 0);
	before = testhv_root_all_calls();
	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		ktap_bail("the guest does not come to its end");
	before = testhv_root_all_calls() - before;
	before -= testhv_counter(id, TESTHV_DISPATCHES, 0) - entries;
	ktap_is((long long)before, 0, "none for a doorbell, but for entries");
	ktap_note("%u doorbells: %llu messages, %llu entries", SIGNALS,
		  (unsigned long long)(testhv_counter(TESTHV_ROOT, TESTHV_MESSAGES, 0) - messages),
		  (unsigned long long)(testhv_counter(id, TESTHV_DISPATCHES, 0) - entries));
}

int main(void)
{
	struct child child;
	int fd = eventfd(0, EFD_NONBLOCK);

	ktap_plan(2);
	testhv_required();
	child_create(&child, PT_LAPIC, CHILD_LONG_MODE_RAM, 1);
	interrupts(&child, fd);
	doorbells(&child, fd);
	child_destroy(&child);
	close(fd);
	return ktap_end();
}
