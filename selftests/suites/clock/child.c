// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deadline of testhv's passes while a child runs that never gives its CPU
 * back by itself, interrupts off: the kick ends its turn in time, none is lost,
 * and neither the child nor the root notices.
 */
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "cpu.h"
#include "ktap.h"
#include "testhv.h"
#include "vpthread.h"

#define RAM		(16 * PAGE)
#define COUNTER		0x8000
#define COUNT		1000
#define PERIOD_US	1000
#define CPU		0

ASMBLOB(count_up, 16,
	"cli\n"
	"xor %eax, %eax\n"
	"mov $0x8000, %bx\n"
	"1: incl (%bx)\n"
	"inc %eax\n"
	"jmp 1b\n");

static void report(void)
{
	ktap_note("%llu kicks, %llu in a child; ns: late p50 %llu max %llu, kick p50 %llu max %llu",
		  (unsigned long long)clock_field(CPU, TESTHV_SERIES_SENT),
		  (unsigned long long)clock_field(CPU, TESTHV_SERIES_CHILD),
		  (unsigned long long)clock_field(CPU, TESTHV_LATE_P50),
		  (unsigned long long)clock_field(CPU, TESTHV_LATE_MAX),
		  (unsigned long long)clock_field(CPU, TESTHV_KICK_P50),
		  (unsigned long long)clock_field(CPU, TESTHV_KICK_MAX));
}

int main(void)
{
	struct child child;
	struct vp_thread thread = { .child = &child };
	volatile uint32_t *counter;
	uint64_t nmis, sent;
	uint32_t ahead;
	bool over;

	ktap_plan(5);
	testhv_required();
	child_start_real(&child, 0, RAM, &count_up);
	counter = (volatile uint32_t *)(child.ram + COUNTER);
	nmis = nmi_count(CPU);

	run_on(CPU);			/* the thread stays with us */
	vp_thread_start(&thread);
	while (!*counter)
		usleep(1000);
	clock_series_start(CPU, COUNT, PERIOD_US);
	over = clock_series_wait(CPU, 60);
	vp_thread_stop(&thread);

	report();
	sent = clock_field(CPU, TESTHV_SERIES_SENT);
	ktap_ok(over && sent > COUNT / 2, "every kick is noticed");
	ktap_ok(clock_field(CPU, TESTHV_SERIES_CHILD) > sent / 2, "most find the child running");
	ktap_ok(clock_series_in_time(CPU), "deadline and kick are in time");
	ktap_is(nmi_count(CPU) - nmis, 0, "the root sees no NMI");
	/* EAX counts as the memory does, but for the one increment between them. */
	ahead = *counter - (uint32_t)child_register(&child, 0, HV_X64_REGISTER_RAX);
	ktap_ok(ahead <= 1, "the child has lost no register (%u ahead)", ahead);
	child_destroy(&child);
	return ktap_end();
}
