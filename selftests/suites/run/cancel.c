// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM takes a VP back by MSHV_CANCEL_RUN_VP.  Whether the request comes before
 * RUN_VP, while the VP runs or halts, or together with an exit: exactly one
 * RUN_VP returns ECANCELED for it, and nothing is left over.
 *
 * Arguments: how many cancels race against entries and exits, and how many of them come in a
 * row before one is waited for, at most.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"

#define RAM	(16 * PAGE)
#define COUNTER	0x8000

ASMBLOB(count_up, 16,
	"1: incl 0x8000\n"
	"jmp 1b\n");

ASMBLOB(halt, 16,
	"incl 0x8000\n"
	"cli\n"
	"1: hlt\n"
	"jmp 1b\n");

/* Some way to go between exits, so that cancels come everywhere. */
ASMBLOB(exit_loop, 16,
	"1: incl 0x8000\n"
	"out %al, $0x10\n"
	"mov $50, %cx\n"
	"2: loop 2b\n"
	"jmp 1b\n");

static volatile uint32_t *counter(struct child *child)
{
	return (volatile uint32_t *)(child->ram + COUNTER);
}

static void start(struct child *child, uint64_t flags, const struct blob *code)
{
	child_create(child, flags, RAM, 1);
	child_load(child, BLOB_GPA, code);
	child_real_mode(child, 0, BLOB_GPA);
}

static int cancel(struct child *child)
{
	return ioctl(child->vp[0].fd, MSHV_CANCEL_RUN_VP);
}

/* RUN_VP ends without a message, and why: 0 if it has one. */
static int run_error(struct child *child)
{
	struct hv_message message;

	return mshv_run(child->vp[0].fd, &message) ? errno : 0;
}

static void test_before(void)
{
	struct child child;

	start(&child, 0, &exit_loop);
	ktap_ok(!cancel(&child) && !cancel(&child), "a VP that does not run can be canceled");
	ktap_is(run_error(&child), ECANCELED, "the next RUN_VP returns ECANCELED");
	ktap_is(*counter(&child), 0, "it did not enter the VP");
	ktap_is(run_error(&child), 0, "the one after it runs the VP: two requests count as one");
	child_destroy(&child);
}

struct canceler {
	struct child *child;
	useconds_t delay;
	int ret;
};

static void *cancel_later(void *argument)
{
	struct canceler *canceler = argument;

	usleep(canceler->delay);
	canceler->ret = cancel(canceler->child);
	return NULL;
}

/* Cancels come while the VP is in RUN_VP: 20 times, each time it ends. */
static void test_inside(uint64_t flags, const struct blob *code, const char *name)
{
	unsigned int good = 0;
	struct child child;

	start(&child, flags, code);
	for (unsigned int i = 0; i < 20; i++) {
		struct canceler canceler = { .child = &child, .delay = 5000 };
		pthread_t thread;

		pthread_create(&thread, NULL, cancel_later, &canceler);
		good += run_error(&child) == ECANCELED;
		pthread_join(thread, NULL);
		good -= canceler.ret != 0;
	}
	ktap_is(good, 20, name);
	ktap_ok(*counter(&child) > 0, "it had run");
	child_destroy(&child);
}

/* What the VP's thread saw; the other one waits for it. */
struct race {
	struct child child;
	pthread_t thread;
	unsigned long canceled, exits, bad;
	bool stop;
};

static void one_exit(struct race *race)
{
	struct hv_message *message = race->child.vp[0].intercept;
	struct hv_vp_register_page *regs = race->child.vp[0].regs;

	race->exits++;
	if (message->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT ||
	    *counter(&race->child) != (uint32_t)race->exits)
		race->bad++;
	child_skip(&race->child, 0, regs->rip + 2);
}

static void *race_runner(void *argument)
{
	struct race *race = argument;

	while (!__atomic_load_n(&race->stop, __ATOMIC_ACQUIRE)) {
		int error = run_error(&race->child);

		if (error == ECANCELED)
			__atomic_fetch_add(&race->canceled, 1, __ATOMIC_RELEASE);
		else if (!error)
			one_exit(race);
		else
			race->bad++;
	}
	return NULL;
}

static bool wait_canceled(struct race *race, unsigned long want)
{
	unsigned long long end = 0;

	for (unsigned int spins = 0; ; spins++) {
		if (__atomic_load_n(&race->canceled, __ATOMIC_ACQUIRE) >= want)
			return true;
		if (spins % 1000 != 999)
			continue;
		usleep(0);	/* the root may have one CPU */
		if (!end)
			end = now_ms() + 10000;
		else if (now_ms() > end)
			return false;
	}
}

/* A different way to go each time, from nothing to about three exits. */
static void dawdle(unsigned long n)
{
	for (volatile unsigned int i = n * 2654435761u % 1500; i; i--)
		;
}

/* Some cancels in a row; what they all ask for is one return at least. */
static bool one_burst(struct race *race, unsigned long first, unsigned int length)
{
	unsigned long before = 0;
	bool taken = true;

	for (unsigned int i = 0; i < length; i++) {
		dawdle(first + i);
		before = __atomic_load_n(&race->canceled, __ATOMIC_ACQUIRE);
		taken &= !cancel(&race->child);
	}
	return wait_canceled(race, before + 1) && taken;
}

static void test_race(unsigned long count, unsigned int longest)
{
	struct race race = { 0 };
	unsigned long long begin = now_ms();
	unsigned long n = 0;
	bool good = true;

	start(&race.child, 0, &exit_loop);
	pthread_create(&race.thread, NULL, race_runner, &race);
	while (good && n < count) {
		unsigned int length = n % longest + 1;

		good = one_burst(&race, n, length);
		n += length;
	}
	ktap_note("%lu cancels, %lu returns for them, %lu exits, in %llu ms", n, race.canceled,
		  race.exits, now_ms() - begin);
	ktap_ok(good, "%lu cancels raced with entries and exits, none lost or refused", count);
	__atomic_store_n(&race.stop, true, __ATOMIC_RELEASE);
	cancel(&race.child);
	pthread_join(race.thread, NULL);
	ktap_ok(race.canceled <= n + 1, "none counted twice");
	/* The last one may have come when the thread was leaving anyhow. */
	cancel(&race.child);
	ktap_is(run_error(&race.child), ECANCELED, "after all, one more returns");
	ktap_is(run_error(&race.child), 0, "none is left over");
	ktap_is(race.bad, 0, "no exit was lost, doubled or changed");
	child_destroy(&race.child);
}

static void test_other_files(void)
{
	struct child child;

	start(&child, 0, &halt);
	ktap_errno(ioctl(child.pt, MSHV_CANCEL_RUN_VP), ENOTTY, "a partition cannot be canceled");
	ktap_errno(ioctl(child.dev, MSHV_CANCEL_RUN_VP), ENOTTY, "nor can the device");
	child_destroy(&child);
}

int main(int argc, char **argv)
{
	ktap_plan(4 + 2 + 2 + 5 + 2);
	test_before();
	test_inside(0, &count_up, "20 cancels end 20 RUN_VPs of a spinning VP");
	test_inside(PT_LAPIC, &halt, "20 cancels end 20 RUN_VPs of a halted VP");
	test_race(argc > 1 ? strtoul(argv[1], NULL, 0) : 10000,
		  argc > 2 ? strtoul(argv[2], NULL, 0) : 1);
	test_other_files();
	return ktap_end();
}
