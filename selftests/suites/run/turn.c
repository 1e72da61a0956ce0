// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread runs a VP that never stops, and another wants something of the same
 * VP's file: it waits for its turn, which does not come, and a signal ends the
 * wait.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "vpthread.h"

#define RAM		(16 * PAGE)
#define COUNTER		0x8000
#define SIGNAL_MS	50
#define GIVE_UP_S	10

ASMBLOB(count_up, 16,
	"mov $0x8000, %bx\n"
	"1: incl (%bx)\n"
	"jmp 1b\n");

static struct child child;
static struct vp_thread runner;

static int move_state(unsigned long cmd)
{
	static uint8_t page[PAGE] __attribute__((aligned(4096)));
	struct mshv_get_set_vp_state args = {
		.type = MSHV_VP_STATE_LAPIC, .buf_sz = sizeof(page), .buf_ptr = (uintptr_t)page,
	};

	return ioctl(child.vp[0].fd, cmd, &args);
}

static int get_state(void)
{
	return move_state(MSHV_GET_VP_STATE);
}

static int set_state(void)
{
	return move_state(MSHV_SET_VP_STATE);
}

static int get_register(void)
{
	uint64_t rip;

	return mshv_get_register(child.vp[0].fd, 0, HV_X64_REGISTER_RIP, &rip);
}

static int run(void)
{
	struct hv_message message;

	return mshv_run(child.vp[0].fd, &message);
}

/* If the signal does not end the wait, the end of the other thread's turn does. */
static void *give_up(void *unused)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	sleep(GIVE_UP_S);
	ktap_bail("nothing ended the wait in %u s", GIVE_UP_S);
	return unused;
}

static void test_wait(int (*act)(void), const char *name)
{
	unsigned int before = kick_count();
	int ret, error;

	kick_every_ms(SIGNAL_MS);
	ret = act();
	error = errno;
	kick_after_ms(0);
	if (ret)
		ktap_note("%s: %s", name, strerror(error));
	ktap_ok(ret == -1 && error == EINTR && kick_count() > before, "a signal ends %s", name);
}

static void start(void)
{
	volatile uint32_t *counter;
	sigset_t set;

	child_start_real(&child, PT_LAPIC, RAM, &count_up);
	counter = (volatile uint32_t *)(child.ram + COUNTER);
	runner = (struct vp_thread){ .child = &child };
	/* Those of this test are for the main thread. */
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	vp_thread_start(&runner);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	while (!*counter)
		usleep(1000);
}

int main(void)
{
	pthread_t thread;

	ktap_plan(5);
	start();
	pthread_create(&thread, NULL, give_up, NULL);
	test_wait(run, "RUN_VP");
	test_wait(get_state, "GET_VP_STATE");
	test_wait(set_state, "SET_VP_STATE");
	test_wait(get_register, "ROOT_HVCALL");
	vp_thread_stop(&runner);
	ktap_ok(!get_state() && !get_register(), "afterwards it is one's turn");
	child_destroy(&child);
	return ktap_end();
}
