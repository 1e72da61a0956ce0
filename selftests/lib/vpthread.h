/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VP that runs in a thread of its own, as VMMs have it, until it is stopped
 * or something comes that its handler does not want to go on after.
 */
#ifndef SELFTESTS_VPTHREAD_H
#define SELFTESTS_VPTHREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "child.h"

struct vp_thread {
	struct child *child;
	unsigned int vp;
	/* Called for each message; true: run on.  NULL: every message ends the thread. */
	bool (*handler)(struct vp_thread *thread, struct hv_message *message);
	void *data;		/* the handler's */

	/* Results, valid after vp_thread_stop(). */
	unsigned long messages;
	unsigned long interrupted;	/* EINTR that nobody asked for */
	int error;			/* errno of RUN_VP, other than EINTR */
	struct hv_message last;		/* what ended the thread */
	bool ended_itself;

	pthread_t thread;
	volatile bool stop, done;
};

void vp_thread_start(struct vp_thread *thread);
void vp_thread_stop(struct vp_thread *thread);
bool vp_thread_stops(struct vp_thread *thread, unsigned int ms);	/* not joined */
bool vp_thread_wait(struct vp_thread *thread, unsigned int ms);	/* until it ends by itself */

#endif /* SELFTESTS_VPTHREAD_H */
