// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells that ring faster than anybody can listen: the CPU that is told of
 * them does other work nevertheless, here to run the VP that rings.
 *
 * Two VPs ring as fast as they can; and testhv rings again whenever the root
 * says that it has heard all, as if there were guests enough to keep it busy.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../testhv/control.h"
#include "cpu.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "lib/irqline.h"
#include "testhv.h"
#include "vpthread.h"

#define GPA		0x3ffff000UL
#define PROGRESS	0x9000
#define GO		0x9008
#define QUIET_US	500000		/* of a CPU that has other work, too */
#define NR_RINGS	2000		/* as the guest has it */
#define NR_MOVES	20

static struct child child;
static struct vp_thread threads[2];
static int bells[2];

/* RDI: the VP's doorbell.  All rings, and then to the VMM. */
ASMBLOB(hammer, 64,
	"1: mov $2000, %ecx\n"
	"2: mov %ecx, (%rdi)\n"
	"loop 2b\n"
	"out %al, $0x77\n"
	"jmp 1b\n");

/* When it is told to, once, and then it counts. */
ASMBLOB(ring_once, 64,
	"2: cmpl $0, 0x9008\n"
	"je 2b\n"
	"mov %eax, (%rdi)\n"
	"1: incl 0x9000\n"
	"jmp 1b\n");

static void lie(uint64_t vps)
{
	if (testhv_control(TESTHV_LIE, TESTHV_ENDLESS_RING, vps, 0).status != TESTHV_OK)
		ktap_bail("testhv does not lie");
}

static void build(void)
{
	child_create(&child, PT_LAPIC, CHILD_LONG_MODE_RAM, 2);
	for (unsigned int i = 0; i < 2; i++) {
		struct mshv_user_ioeventfd args = { .addr = GPA + 8 * i, .len = 4 };

		args.fd = bells[i] = line_eventfd();
		if (mshv_ioeventfd(child.pt, &args))
			ktap_bail("IOEVENTFD %u: %s", i, strerror(errno));
		threads[i] = (struct vp_thread) { .child = &child, .vp = i };
	}
}

/* Its thread inherits the CPU. */
static void start(unsigned int vp, const struct blob *code)
{
	uint64_t gpa = BLOB_GPA + vp * PAGE;

	child_load(&child, gpa, code);
	child_long_mode(&child, vp, gpa, GPA + 8 * vp);
	run_on(vp);
	vp_thread_start(&threads[vp]);
}

/* Signals so far, once no more come. */
static uint64_t heard(unsigned int bell)
{
	uint64_t sum = line_value(bells[bell]), more = 1;

	while (more) {
		usleep(QUIET_US);
		more = line_value(bells[bell]);
		sum += more;
	}
	return sum;
}

/* A signal can stand for several rings only if the ring had no room for them. */
static void test_two(void)
{
	uint64_t asked = testhv_root_calls(HVCALL_NOTIFY_PORT_RING_EMPTY);
	uint64_t values[2];
	bool ended = true;

	start(0, &hammer);
	start(1, &hammer);
	for (unsigned int i = 0; i < 2; i++) {
		ended = vp_thread_wait(&threads[i], 30000) && ended;
		vp_thread_stop(&threads[i]);
	}
	ktap_ok(ended, "two VPs ring %u times each", NR_RINGS);
	for (unsigned int i = 0; i < 2; i++)
		values[i] = heard(i);
	/* Only now: what was left to be done later may have asked as well. */
	asked = testhv_root_calls(HVCALL_NOTIFY_PORT_RING_EMPTY) - asked;
	for (unsigned int i = 0; i < 2; i++)
		ktap_ok(values[i] <= NR_RINGS && values[i] >= (asked ? 1 : NR_RINGS),
			"VP %u: all were heard, or the ring overflowed", i);
	ktap_note("%llu and %llu were heard, the ring overflowed %llu times",
		  (unsigned long long)values[0], (unsigned long long)values[1],
		  (unsigned long long)asked);
}

static bool moves(void)
{
	volatile uint32_t *count = (uint32_t *)(child.ram + PROGRESS);
	unsigned long long end = now_ms() + 5000;
	uint32_t before = *count;

	while (*count == before && now_ms() < end)
		usleep(1000);
	return *count != before;
}

/* We are on CPU 0, the VP that rings is on CPU 1, whose ring is never empty. */
static void test_endless(void)
{
	unsigned int moved = 0;
	uint64_t value;

	start(1, &ring_once);
	run_on(0);		/* before the bell: CPU 1 may never let go of us then */
	lie(1ULL << 1);
	*(volatile uint32_t *)(child.ram + GO) = 1;
	while (moved < NR_MOVES && moves())
		moved++;
	value = line_value(bells[1]);
	lie(0);
	ktap_is(moved, NR_MOVES, "a ring that is never empty: its CPU does other work");
	ktap_note("the doorbell was heard %llu times", (unsigned long long)value);
	ktap_ok(value > NR_MOVES, "... and the doorbell was heard all the time");
	heard(1);
	usleep(QUIET_US);
	ktap_is((long long)line_value(bells[1]), 0, "... and no more when it is");
	vp_thread_stop(&threads[1]);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(3 + 3 + 3 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	build();
	test_two();
	test_endless();
	test_two();
	child_destroy(&child);
	for (unsigned int i = 0; i < 2; i++)
		close(bells[i]);
	leak_check(&mark);
	return ktap_end();
}
