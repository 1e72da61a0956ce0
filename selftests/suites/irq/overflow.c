// SPDX-License-Identifier: GPL-2.0-only
/*
 * More doorbells ring than an event ring has room for, before the root looks:
 * each is heard nevertheless, and the ring goes on working.
 *
 * With an argument: CPU 1 goes offline and comes back all the time meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "../../testhv/control.h"
#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "lib/irqline.h"
#include "testhv.h"

#define GPA		0x3ffff000UL
#define NR_BELLS	150
#define ROUNDS		20
#define HOTPLUG_ROUNDS	100

static struct child child;
static int bells[NR_BELLS];

/* A store to each of the addresses, and then to the VMM. */
ASMBLOB(ring_all, 64,
	"1: mov $0x3ffff000, %esi\n"
	"mov $150, %ecx\n"
	"2: mov %ecx, (%rsi)\n"
	"add $8, %rsi\n"
	"loop 2b\n"
	"out %al, $0x77\n"
	"jmp 1b\n");

static void hold(bool on)
{
	if (testhv_control(TESTHV_HOLD_RINGS, on, 0, 0).status != TESTHV_OK)
		ktap_bail("testhv cannot hold its rings");
}

static void connect(void)
{
	for (unsigned int i = 0; i < NR_BELLS; i++) {
		struct mshv_user_ioeventfd args = { .addr = GPA + 8 * i, .len = 4 };

		args.fd = bells[i] = line_eventfd();
		if (mshv_ioeventfd(child.pt, &args))
			ktap_bail("IOEVENTFD %u: %s", i, strerror(errno));
	}
}

static bool ring_once(void)
{
	struct hv_message message;

	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return false;
	child_skip(&child, 0, message_header(&message)->rip + 2);
	return true;
}

/* How many of the eventfds got @want signals in time. */
static unsigned int heard(uint64_t want)
{
	unsigned long long end = now_ms() + (want ? 5000 : 20);
	unsigned int good = 0;

	for (unsigned int i = 0; i < NR_BELLS; i++) {
		uint64_t value = line_value(bells[i]);

		while (value < want && now_ms() < end) {
			usleep(100);
			value += line_value(bells[i]);
		}
		good += value == want;
	}
	return good;
}

/* While none is missing. */
static unsigned int free_rounds(unsigned int rounds)
{
	unsigned int good = 0;

	for (unsigned int i = 0; i < rounds && good == i; i++)
		good += ring_once() && heard(1) == NR_BELLS;
	return good;
}

static void test_held(void)
{
	uint64_t asked = testhv_root_calls(HVCALL_NOTIFY_PORT_RING_EMPTY);
	unsigned int quiet = 0, all = 0;

	for (unsigned int i = 0; i < ROUNDS && all == i; i++) {
		hold(true);
		quiet += ring_once() && heard(0) == NR_BELLS;
		hold(false);
		all += heard(1) == NR_BELLS;
	}
	ktap_is(quiet, ROUNDS, "while the rings are held, none");
	ktap_is(all, ROUNDS, "then all, those for which there was no room among them");
	asked = testhv_root_calls(HVCALL_NOTIFY_PORT_RING_EMPTY) - asked;
	ktap_note("asked %llu times", (unsigned long long)asked);
	ktap_ok(asked >= ROUNDS, "of which the hypervisor was asked");
}

struct toggler {
	pthread_t thread;
	volatile bool stop;
	unsigned int done, failed;
};

static void set_online(struct toggler *toggler, const char *online)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, online, 1) != 1)
		toggler->failed++;
	close(fd);
	toggler->done++;
}

static void *toggle(void *data)
{
	struct toggler *toggler = data;

	while (!toggler->stop) {
		set_online(toggler, "0");
		set_online(toggler, "1");
	}
	return NULL;
}

/* As long as it takes for CPU 1 to have gone and come back a few times. */
static void test_hotplug(void)
{
	struct toggler toggler = { 0 };
	unsigned int rounds = 0, good = 0;

	if (pthread_create(&toggler.thread, NULL, toggle, &toggler))
		ktap_bail("no thread");
	while (good == rounds && (rounds < HOTPLUG_ROUNDS || toggler.done < 10)) {
		good += free_rounds(1);
		rounds++;
	}
	toggler.stop = true;
	pthread_join(toggler.thread, NULL);
	ktap_is(good, rounds, "each is heard while CPU 1 goes and comes");
	ktap_note("%u rounds, %u times", rounds, toggler.done);
	ktap_is(toggler.failed, 0, "CPU 1 goes and comes back");
}

int main(int argc, char **argv)
{
	bool hotplug = argc > 1 && !strcmp(argv[1], "hotplug");
	struct leak_mark mark;

	ktap_plan(1 + (hotplug ? 2 : 3) + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	child_create(&child, PT_LAPIC, CHILD_LONG_MODE_RAM, 1);
	child_load(&child, BLOB_GPA, &ring_all);
	child_long_mode(&child, 0, BLOB_GPA, 0);
	connect();
	ktap_is(free_rounds(ROUNDS), ROUNDS, "each of 150 doorbells is heard, once");
	if (hotplug)
		test_hotplug();
	else
		test_held();
	child_destroy(&child);
	for (unsigned int i = 0; i < NR_BELLS; i++)
		close(bells[i]);
	leak_check(&mark);
	return ktap_end();
}
