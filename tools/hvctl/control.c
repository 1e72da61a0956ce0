// SPDX-License-Identifier: GPL-2.0
/*
 * Requests from outside. See control.h.
 *
 * Locking: what is static here belongs to the thread, and to the one that calls vm_run() before it
 * starts and after it ended.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "control.h"
#include "failure.h"
#include "pause.h"
#include "snapshot.h"
#include "vm.h"

enum {
	POLL_STOP,
	POLL_SIGNAL,
	POLL_COUNT,
};

static int stop_fd = -1, signal_fd = -1;
static pthread_t thread;
static bool started;

static int take_signal(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return signal_fd < 0 ? fail_errno(errno, "cannot create a signalfd") : 0;
}

int control_open(struct vm *vm)
{
	if (!vm->config->save)
		return 0;
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return fail_errno(errno, "cannot create an eventfd");
	return take_signal();
}

/* A guest that could not be saved goes on; whoever asked for it has to read why. */
static void save_and_end(struct vm *vm)
{
	char why[512];

	if (vm_pause(vm) == 0 && vm_paused(vm) && vm_save(vm, vm->config->save) == 0) {
		vm_stop(vm, VM_SAVED);
		return;
	}
	if (vm_stopped(vm))
		return;
	failure_forget(why, sizeof(why));
	fprintf(stderr, "hvctl: the guest is not saved and goes on: %s\r\n", why);
	if (vm_resume(vm) < 0)
		vm_stop(vm, VM_FAILED);
}

static void *control_thread(void *arg)
{
	struct vm *vm = arg;
	struct signalfd_siginfo info;

	for (;;) {
		struct pollfd fds[POLL_COUNT] = {
			[POLL_STOP] = { .fd = stop_fd, .events = POLLIN },
			[POLL_SIGNAL] = { .fd = signal_fd, .events = POLLIN },
		};

		poll(fds, POLL_COUNT, -1);
		if (fds[POLL_STOP].revents)
			return NULL;
		if (fds[POLL_SIGNAL].revents &&
		    read(signal_fd, &info, sizeof(info)) == sizeof(info))
			save_and_end(vm);
	}
}

int control_start(struct vm *vm)
{
	int err;

	if (stop_fd < 0)
		return 0;
	err = pthread_create(&thread, NULL, control_thread, vm);
	if (err)
		return fail_errno(err, "cannot start a thread for requests");
	started = true;
	return 0;
}

void control_stop(void)
{
	if (!started)
		return;
	eventfd_write(stop_fd, 1);
	pthread_join(thread, NULL);
	started = false;
}

void control_close(void)
{
	if (stop_fd >= 0)
		close(stop_fd);
	if (signal_fd >= 0)
		close(signal_fd);
	stop_fd = signal_fd = -1;
}
