// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs of the root go offline and come back while two VPs run.  The VPs move
 * to the CPUs that are left and lose nothing; messages of the hypervisor find
 * a CPU that takes them, which VPs show that exit all the time.
 *
 * Argument: how many rounds (10 unless told).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "vpthread.h"

#define RAM	(64 * PAGE)

ASMBLOB(exits, 16, "1: incl 0x8000\n out %al, $0x42\n jmp 1b\n");
ASMBLOB(spins, 16, "1: incl 0x9000\n jmp 1b\n");

static bool set_online(bool online)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, online ? "1" : "0", 1) == 1;

	if (!good)
		ktap_note("CPU 1 %s: %s", online ? "online" : "offline", strerror(errno));
	close(fd);
	return good;
}

static bool step_over(struct vp_thread *thread, struct hv_message *message)
{
	if (message->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT)
		return false;
	child_skip(thread->child, thread->vp, thread->child->vp[thread->vp].regs->rip + 2);
	return true;
}

static bool moves(volatile uint32_t *word)
{
	unsigned long long end = now_ms() + 10000;
	uint32_t before = *word;

	while (*word == before && now_ms() < end)
		usleep(1000);
	return *word != before;
}

static bool both_move(struct child *child)
{
	return moves((uint32_t *)(child->ram + 0x8000)) && moves((uint32_t *)(child->ram + 0x9000));
}

static void start_vp(struct child *child, struct vp_thread *thread, unsigned int vp,
		     const struct blob *code)
{
	uint64_t gpa = BLOB_GPA + vp * PAGE;

	child_load(child, gpa, code);
	child_real_mode(child, vp, (uint16_t)gpa);
	thread->child = child;
	thread->vp = vp;
	thread->handler = step_over;
	vp_thread_start(thread);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 10;
	struct vp_thread threads[2] = { 0 };
	unsigned int switched = 0, moved = 0;
	struct leak_mark mark;
	struct child child;

	ktap_plan(4 + LEAK_RESULTS);
	leak_mark(&mark);
	child_create(&child, 0, RAM, 2);
	start_vp(&child, &threads[0], 0, &exits);
	start_vp(&child, &threads[1], 1, &spins);
	ktap_ok(both_move(&child), "two VPs run");
	for (unsigned int i = 0; i < rounds; i++) {
		switched += set_online(false);
		moved += both_move(&child);
		switched += set_online(true);
		moved += both_move(&child);
	}
	ktap_is(switched, 2 * rounds, "CPU 1 goes and comes back");
	ktap_is(moved, 2 * rounds, "both VPs run on after each");
	vp_thread_stop(&threads[0]);
	vp_thread_stop(&threads[1]);
	ktap_ok(!threads[0].error && !threads[1].error && !threads[0].ended_itself &&
		!threads[1].ended_itself, "neither VP was stopped by anything but us");
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
