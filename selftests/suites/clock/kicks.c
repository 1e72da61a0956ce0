// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deadline of testhv's passes while a CPU of the root idles, computes in user
 * space, or computes with interrupts off: testhv notices in time, its kick ends
 * the guest's turn in time, none is lost, and the root sees no NMI of it.
 *
 * What was measured is printed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "clock.h"
#include "cpu.h"
#include "ktap.h"
#include "modload.h"
#include "testhv.h"

#define COUNT		1000
#define PERIOD_US	1000
#define BURST_MS	20
#define MODULE		"irqs_off"

enum state { IDLE, USER, OFF, NR_STATES };

static const struct {
	const char *name;
	enum testhv_clock_field hits;
} states[NR_STATES] = {
	[IDLE] = { "idle", TESTHV_SERIES_IDLE },
	[USER] = { "busy in user space", TESTHV_SERIES_USER },
	[OFF] = { "interrupts off", TESTHV_SERIES_OFF },
};

static atomic_bool stop;
static unsigned int target;

static void *spin(void *unused)
{
	(void)unused;
	run_on(target);
	while (!stop)
		;
	return NULL;
}

/* The module spins with interrupts off while its parameter is being written. */
static void *interrupts_off(void *unused)
{
	int fd = open("/sys/module/" MODULE "/parameters/spin_ms", O_WRONLY | O_CLOEXEC);
	char ms[16];
	int n = snprintf(ms, sizeof(ms), "%d", BURST_MS);

	(void)unused;
	run_on(target);
	while (!stop)
		if (pwrite(fd, ms, n, 0) != n)
			ktap_bail(MODULE ": %s", strerror(errno));
	close(fd);
	return NULL;
}

static void load(void)
{
	if (modload_path(MODULE ".ko"))
		ktap_bail("loading " MODULE ": %s", strerror(errno));
}

static void report(const char *name)
{
	ktap_note("cpu %u %s: %llu kicks, %llu in the state; late p50 %llu p99 %llu max %llu, "
		  "kick p50 %llu p99 %llu max %llu ns", target, name,
		  (unsigned long long)clock_field(target, TESTHV_SERIES_SENT),
		  (unsigned long long)clock_field(target, TESTHV_SERIES_IDLE) +
		  clock_field(target, TESTHV_SERIES_USER) + clock_field(target, TESTHV_SERIES_OFF),
		  (unsigned long long)clock_field(target, TESTHV_LATE_P50),
		  (unsigned long long)clock_field(target, TESTHV_LATE_P99),
		  (unsigned long long)clock_field(target, TESTHV_LATE_MAX),
		  (unsigned long long)clock_field(target, TESTHV_KICK_P50),
		  (unsigned long long)clock_field(target, TESTHV_KICK_P99),
		  (unsigned long long)clock_field(target, TESTHV_KICK_MAX));
}

static void series(enum state state)
{
	static void *(*const load_of[NR_STATES])(void *) = { NULL, spin, interrupts_off };
	uint64_t sent, hits;
	pthread_t thread;
	bool over;

	stop = false;
	if (load_of[state] && pthread_create(&thread, NULL, load_of[state], NULL))
		ktap_bail("no thread");
	usleep(50000);
	clock_series_start(target, COUNT, PERIOD_US);
	over = clock_series_wait(target, 60);
	stop = true;
	if (load_of[state])
		pthread_join(thread, NULL);
	sent = clock_field(target, TESTHV_SERIES_SENT);
	hits = clock_field(target, states[state].hits);
	report(states[state].name);
	ktap_ok(over && sent > COUNT / 2, "cpu %u %s: every kick is noticed", target,
		states[state].name);
	ktap_ok(hits > sent / 2, "cpu %u %s: most kicks find it so", target, states[state].name);
	ktap_ok(clock_series_in_time(target), "cpu %u %s: deadline and kick are in time", target,
		states[state].name);
}

int main(void)
{
	unsigned int cpus = nr_cpus();

	ktap_plan(cpus * (3 * NR_STATES + 2) + 1);
	testhv_required();
	load();
	for (target = 0; target < cpus; target++) {
		uint64_t nmis = nmi_count(target);
		uint64_t foreign = clock_field(target, TESTHV_FOREIGN_NMIS);

		for (enum state state = IDLE; state < NR_STATES; state++)
			series(state);
		ktap_is(nmi_count(target) - nmis, 0, "the root sees no NMI");
		ktap_is(clock_field(target, TESTHV_FOREIGN_NMIS) - foreign, 0,
			"no NMI is of unknown origin");
	}
	ktap_is(clock_field(cpus, TESTHV_STRAYS), 0, "no vector of the root's hits testhv's CPU");
	modunload(MODULE);
	return ktap_end();
}
