// SPDX-License-Identifier: GPL-2.0-only
/*
 * One CPU of the root makes exits as fast as it can while another loads FPU
 * states: QEMU forgets exits of its first CPU then (Documentation/testhv.rst,
 * "QEMU"), on which testhv therefore runs no guest.  With the root on QEMU's first
 * CPU this ended in a panic within seconds.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "clock.h"
#include "cpu.h"
#include "ktap.h"
#include "testhv.h"

#define SECONDS		15
#define EXITS_MIN	100000

static atomic_bool stop;
static unsigned long loads;

static void *load_states(void *unused)
{
	static uint8_t state[512] __attribute__((aligned(16)));

	(void)unused;
	run_on(nr_cpus() - 1);
	asm volatile("fxsave %0" : "=m"(state));
	for (; !stop; loads++)
		asm volatile("fxrstor %0" :: "m"(state));
	return NULL;
}

int main(void)
{
	double end = now() + SECONDS;
	unsigned long exits = 0;
	pthread_t thread;

	ktap_plan(2);
	testhv_required();
	run_on(0);
	if (pthread_create(&thread, NULL, load_states, NULL))
		ktap_bail("no thread");
	for (; now() < end; exits++)
		testhv_control(TESTHV_REFERENCE, 0, 0, 0);
	stop = true;
	pthread_join(thread, NULL);
	ktap_note("%lu calls of testhv, %lu FPU states loaded", exits, loads);
	ktap_ok(exits > EXITS_MIN, "no exit is lost");
	ktap_ok(loads > EXITS_MIN, "while FPU states are loaded");
	return ktap_end();
}
