// SPDX-License-Identifier: GPL-2.0-only
/*
 * A signal that comes just before RUN_VP is entered ends nothing, so whoever
 * stops a thread sends until the thread is seen to be done.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "kick.h"
#include "vpthread.h"

#define STOP_SIGNAL	SIGUSR2

static void nothing(int signal)
{
	(void)signal;
}

/* One RUN_VP; false: the thread is over. */
static bool run_once(struct vp_thread *t)
{
	if (mshv_run(t->child->vp[t->vp].fd, &t->last)) {
		if (errno != EINTR) {
			t->error = errno;
			return false;
		}
		t->interrupted += !t->stop;
		return true;
	}
	t->messages++;
	return t->handler && t->handler(t, &t->last);
}

static void *vp_main(void *argument)
{
	struct vp_thread *t = argument;

	while (!t->stop) {
		if (!run_once(t)) {
			t->ended_itself = true;
			break;
		}
	}
	t->done = true;
	return NULL;
}

void vp_thread_start(struct vp_thread *t)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(STOP_SIGNAL, &action, NULL);
	t->stop = false;
	t->done = false;
	t->ended_itself = false;
	t->messages = 0;
	t->interrupted = 0;
	t->error = 0;
	pthread_create(&t->thread, NULL, vp_main, t);
}

bool vp_thread_stops(struct vp_thread *t, unsigned int ms)
{
	unsigned long long end = now_ms() + ms;

	t->stop = true;
	while (!t->done && now_ms() < end) {
		pthread_kill(t->thread, STOP_SIGNAL);
		usleep(1000);
	}
	return t->done;
}

void vp_thread_stop(struct vp_thread *t)
{
	while (!vp_thread_stops(t, 1000))
		;
	pthread_join(t->thread, NULL);
}

bool vp_thread_wait(struct vp_thread *t, unsigned int ms)
{
	unsigned long long end = now_ms() + ms;

	while (!t->done && now_ms() < end)
		usleep(1000);
	return t->done;
}
