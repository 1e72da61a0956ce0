// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM takes a running VP back by a signal: RUN_VP ends with EINTR, the VP has
 * lost nothing, and the next RUN_VP goes on where it stood.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"

#define RAM	(16 * PAGE)
#define COUNTER	0x8000

ASMBLOB(count_up, 16,
	"xor %eax, %eax\n"
	"mov $0x8000, %bx\n"
	"1: incl (%bx)\n"
	"inc %eax\n"
	"jmp 1b\n");

static volatile uint32_t *counter(struct child *child)
{
	return (volatile uint32_t *)(child->ram + COUNTER);
}

static void start(struct child *child, const struct blob *code)
{
	child_start_real(child, 0, RAM, code);
}

/* A spinning VP, 20 times: it ends in time, and mostly it moved on before. */
static void test_spinning(void)
{
	struct hv_message message;
	struct child child;
	unsigned int good = 0, moved = 0;
	uint32_t last = 0;

	start(&child, &count_up);
	kick_every_ms(30);	/* again and again: the first may come before RUN_VP */
	for (unsigned int i = 0; i < 20; i++) {
		unsigned long long begin = now_ms();
		int ret;

		ret = mshv_run(child.vp[0].fd, &message);
		good += ret == -1 && errno == EINTR && now_ms() - begin < 2000;
		moved += *counter(&child) > last;
		last = *counter(&child);
	}
	kick_after_ms(0);
	ktap_is(good, 20, "20 signals end 20 RUN_VPs of a spinning VP");
	/* One that comes at the entry leaves no time to move. */
	ktap_note("it moved %u times", moved);
	ktap_ok(moved >= 10, "the VP goes on where it was stopped");
	/* EAX counts as the memory does, but for the one increment between them. */
	last -= (uint32_t)child_register(&child, 0, HV_X64_REGISTER_RAX);
	ktap_note("memory is %u ahead of EAX", last);
	ktap_ok(last <= 1, "no register was lost");
	child_destroy(&child);
}

/* Signals faster than the loop can run: RUN_VP always returns, and the child moves. */
static void test_storm(void)
{
	unsigned long long end = now_ms() + 1500;
	struct hv_message message;
	struct child child;
	unsigned int other = 0;

	start(&child, &count_up);
	kick_every_ms(1);
	while (now_ms() < end)
		other += mshv_run(child.vp[0].fd, &message) != -1 || errno != EINTR;
	kick_after_ms(0);
	ktap_is(other, 0, "a storm of signals gives EINTR and nothing else");
	ktap_ok(*counter(&child) > 0, "the child moves in the storm");
	child_destroy(&child);
}

ASMBLOB(exit_loop, 16,
	"1: incl 0x8000\n"
	"out %al, $0x10\n"
	"jmp 1b\n");

/* Exits and signals race: no exit is lost and none comes twice. */
static void test_exits_in_storm(void)
{
	struct hv_vp_register_page *regs;
	unsigned int exits = 0, bad = 0;
	struct hv_message message;
	struct child child;

	start(&child, &exit_loop);
	regs = child.vp[0].regs;
	kick_every_ms(1);
	while (exits < 500) {
		if (mshv_run(child.vp[0].fd, &message)) {
			bad += errno != EINTR;
			continue;
		}
		exits++;
		bad += message.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT;
		bad += *counter(&child) != exits;
		child_skip(&child, 0, regs->rip + 2);
	}
	kick_after_ms(0);
	ktap_is(bad, 0, "500 exits under a storm of signals, each reported once");
	child_destroy(&child);
}

struct runner {
	struct child *child;
	int ret, error;
};

static void *run_in_thread(void *argument)
{
	struct runner *runner = argument;
	struct hv_message message;

	runner->ret = mshv_run(runner->child->vp[0].fd, &message);
	runner->error = errno;
	return NULL;
}

static void ignore(int signal)
{
	(void)signal;
}

/* The usual way of a VMM: pthread_kill of the VP's thread. */
static void test_thread(void)
{
	struct sigaction action = { .sa_handler = ignore };
	struct runner runner;
	struct child child;
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	start(&child, &count_up);
	runner = (struct runner) { .child = &child };
	pthread_create(&thread, NULL, run_in_thread, &runner);
	while (!*counter(&child))
		usleep(1000);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	ktap_ok(runner.ret == -1 && runner.error == EINTR, "pthread_kill ends RUN_VP");
	child_destroy(&child);
}

int main(void)
{
	ktap_plan(7);
	test_spinning();
	test_storm();
	test_exits_in_storm();
	test_thread();
	return ktap_end();
}
