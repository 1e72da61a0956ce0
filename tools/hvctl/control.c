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
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <json-c/json.h>

#include "control.h"
#include "control_socket.h"
#include "failure.h"
#include "pause.h"
#include "snapshot.h"
#include "vm.h"

enum {
	POLL_STOP,
	POLL_SIGNAL,
	POLL_SOCKET,	/* and what follows */
	POLL_COUNT = POLL_SOCKET + CONTROL_SOCKET_FDS,
};

static int stop_fd = -1, signal_fd = -1;
static pthread_t thread;
static bool started;
static bool saved;	/* since it was paused */

static void fill_mask(sigset_t *mask)
{
	sigemptyset(mask);
	sigaddset(mask, SIGUSR2);
}

void control_block_signal(void)
{
	sigset_t mask;

	fill_mask(&mask);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
}

static int take_signal(void)
{
	sigset_t mask;

	fill_mask(&mask);
	signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return signal_fd < 0 ? fail_errno(errno, "cannot create a signalfd") : 0;
}

int control_open(struct vm *vm)
{
	const struct vm_config *config = vm->config;

	if (!config->save && !config->control)
		return 0;
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return fail_errno(errno, "cannot create an eventfd");
	if (config->save && take_signal() < 0)
		return -1;
	return config->control ? control_socket_open(config->control) : 0;
}

/* --- commands ------------------------------------------------------------------------------ */

static int status(struct vm *vm, const char *file)
{
	(void)vm;
	(void)file;
	return 0;
}

static int pause_guest(struct vm *vm, const char *file)
{
	(void)file;
	if (vm_pause(vm) < 0)
		return -1;
	return vm_paused(vm) ? 0 : fail("the guest has ended");
}

static int resume_guest(struct vm *vm, const char *file)
{
	(void)file;
	saved = false;
	return vm_resume(vm);
}

/* One that could not be saved does what it did. */
static int save_guest(struct vm *vm, const char *file)
{
	bool was_paused = vm_paused(vm);

	if (!file)
		return fail("to which file?");
	if (pause_guest(vm, NULL) < 0)
		return -1;
	saved = vm_save(vm, file) == 0;
	if (!saved && !was_paused && vm_resume(vm) < 0)
		vm_stop(vm, VM_FAILED);
	return saved ? 0 : -1;
}

static int quit(struct vm *vm, const char *file)
{
	(void)file;
	vm_stop(vm, saved ? VM_SAVED : VM_ABANDONED);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct vm *vm, const char *file);
} commands[] = {
	{ "status", status },
	{ "pause", pause_guest },
	{ "resume", resume_guest },
	{ "save", save_guest },
	{ "quit", quit },
};

static const char *member(struct json_object *request, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(request, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

int control_execute(struct vm *vm, struct json_object *request)
{
	const char *name = member(request, "command");
	size_t i;

	for (i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(vm, member(request, "file"));
	return fail("there is no command '%s'", name ? name : "");
}

const char *control_state(struct vm *vm)
{
	if (vm_stopped(vm))
		return "ending";
	return vm_paused(vm) ? "paused" : "running";
}

/* Whoever asked for it has to read why not, unless it is that the guest has ended anyway. */
static void save_and_end(struct vm *vm)
{
	char why[512];

	if (save_guest(vm, vm->config->save) == 0) {
		vm_stop(vm, VM_SAVED);
		return;
	}
	failure_forget(why, sizeof(why));
	if (!vm_stopped(vm))
		fprintf(stderr, "hvctl: the guest is not saved and goes on: %s\r\n", why);
}

/* --- the thread ---------------------------------------------------------------------------- */

static void *control_thread(void *arg)
{
	struct vm *vm = arg;
	struct signalfd_siginfo info;

	for (;;) {
		struct pollfd fds[POLL_COUNT] = {
			[POLL_STOP] = { .fd = stop_fd, .events = POLLIN },
			[POLL_SIGNAL] = { .fd = signal_fd, .events = POLLIN },
		};
		int timeout = control_socket_prepare(vm, &fds[POLL_SOCKET]);

		poll(fds, POLL_COUNT, timeout);
		if (fds[POLL_STOP].revents)
			return NULL;
		if (fds[POLL_SIGNAL].revents &&
		    read(signal_fd, &info, sizeof(info)) == sizeof(info))
			save_and_end(vm);
		control_socket_serve(vm, &fds[POLL_SOCKET]);
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
	control_socket_close();
	if (stop_fd >= 0)
		close(stop_fd);
	if (signal_fd >= 0)
		close(signal_fd);
	stop_fd = signal_fd = -1;
}
