// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open loop, under load: signals are sent without waiting while another
 * process burns the CPU.  An APIC merges what is already pending, so fewer may
 * arrive than were sent, never more; and after the last signal the handler
 * must have run once more.
 *
 * Argument: how many signals (20,000 unless told).
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/apic_child.h"
#include "ktap.h"

#define VECTOR	0x42

static pid_t start_load(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (volatile unsigned long n = 0;; n++)
		;
}

static void stop_load(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void open_loop(unsigned long signals)
{
	struct vp_thread thread = { 0 };
	unsigned long refused = 0;
	struct vp_data *data;
	struct child child;
	pid_t load = start_load();

	apic_child_create(&child, 1, NULL);
	data = apic_data(&child, 0);
	apic_vp_start(&child, &thread, 0);
	for (unsigned long n = 1; n <= signals; n++) {
		data->sequence = n;
		if (mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 0, VECTOR))
			refused++;
	}
	ktap_is((long long)refused, 0, "no signal was refused");
	ktap_ok(wait_until(&data->seen, signals, 10000), "the handler ran after the last signal");
	vp_thread_stop(&thread);
	stop_load(load);
	ktap_note("%lu sent, %llu received", signals, (unsigned long long)data->count[VECTOR]);
	ktap_ok(data->count[VECTOR] <= signals && data->count[VECTOR] > 0,
		"not more received than sent");
	ktap_is((long long)(apic_total(&child, 0) - data->count[VECTOR]), 0, "no other vector");
	child_destroy(&child);
}

int main(int argc, char **argv)
{
	unsigned long signals = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;

	ktap_plan(4);
	open_loop(signals);
	return ktap_end();
}
