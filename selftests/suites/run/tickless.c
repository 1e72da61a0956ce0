// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VP on a CPU without a tick, and signals that come at each moment of its
 * entry: also the one whose interrupt is over just before the hypervisor is
 * called ends RUN_VP soon.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "cpu.h"
#include "kick.h"
#include "ktap.h"

#define RAM		(16 * PAGE)
#define ROUNDS		3000U
#define CYCLES		300000U		/* from the start of RUN_VP to the signal, at most */
/* A busy emulator takes one; without a timer it is RCU that interrupts, later. */
#define LATE_MS		4000
#define TICKLESS_CPU	1

ASMBLOB(spin, 16, "1: jmp 1b\n");

static struct child child;
static volatile unsigned int entered, left;
static volatile sig_atomic_t taken;
static volatile bool stop;

static void take(int signal)
{
	(void)signal;
	taken++;
}

static void *run(void *unused)
{
	struct hv_message message;

	while (!stop) {
		entered = left + 1;
		if (!mshv_run(child.vp[0].fd, &message) || errno != EINTR)
			ktap_bail("RUN_VP: %s", strerror(errno));
		left = entered;
	}
	return unused;
}

static uint64_t cycles(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a" (low), "=d" (high));
	return (uint64_t)high << 32 | low;
}

/*
 * Milliseconds until RUN_VP ends, of the signal that ends it.  One that its handler takes is
 * over, and came too early if RUN_VP does not end.
 */
static unsigned int end_one(pthread_t thread, unsigned int round)
{
	unsigned int before;
	unsigned long long start = now_ms();

	while (left < round) {
		before = (unsigned int)taken;
		start = now_ms();
		pthread_kill(thread, SIGUSR1);
		while ((unsigned int)taken == before)
			if (now_ms() - start > 20000)
				pthread_kill(thread, SIGUSR1);
		usleep(200);
	}
	return (unsigned int)(now_ms() - start);
}

static void test_signals(void)
{
	unsigned int late = 0, worst = 0, ms;
	pthread_t thread;
	uint64_t start;

	run_on(TICKLESS_CPU);
	if (pthread_create(&thread, NULL, run, NULL))
		ktap_bail("no thread");
	run_on(0);
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		while (entered < i)
			;
		start = cycles();
		while (cycles() - start < (unsigned int)rand() % CYCLES)
			;
		stop = i == ROUNDS;
		ms = end_one(thread, i);
		late += ms > LATE_MS;
		worst = ms > worst ? ms : worst;
	}
	pthread_join(thread, NULL);
	ktap_note("longest: %u ms", worst);
	ktap_is(late, 0, "each signal ends RUN_VP soon");
}

static bool is_tickless(void)
{
	char text[16] = "";
	FILE *file = fopen("/sys/devices/system/cpu/nohz_full", "r");

	if (file && !fgets(text, sizeof(text), file))
		text[0] = 0;
	if (file)
		fclose(file);
	return atoi(text) == TICKLESS_CPU;
}

int main(void)
{
	struct sigaction action = { .sa_handler = take };

	ktap_plan(2);
	ktap_ok(is_tickless(), "CPU %u has no tick", TICKLESS_CPU);
	sigaction(SIGUSR1, &action, NULL);
	child_start_real(&child, 0, RAM, &spin);
	test_signals();
	child_destroy(&child);
	return ktap_end();
}
