// SPDX-License-Identifier: GPL-2.0
/*
 * What happens outside of the VPs while the guest runs: input for its serial port, its time
 * limit, and signals to this program. One loop, in the thread that called vm_run().
 *
 * Output does not pass through here: the VP that sends a byte writes it (devices.c).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "cmd.h"
#include "console.h"
#include "failure.h"
#include "term.h"
#include "vm.h"

enum {
	POLL_WAKEUP,
	POLL_SIGNAL,
	POLL_INPUT,
	POLL_COUNT,
};

static int signal_fd = -1;
static sigset_t old_mask;

/* A signal that we were started to ignore, as by nohup, would come through a signalfd. */
static void add_unless_ignored(sigset_t *mask, int sig)
{
	struct sigaction action;

	if (sigaction(sig, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
		sigaddset(mask, sig);
}

/* Blocked before any VP thread is made, so that no other thread takes them. */
static int take_signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	add_unless_ignored(&mask, SIGINT);
	add_unless_ignored(&mask, SIGTERM);
	add_unless_ignored(&mask, SIGHUP);
	add_unless_ignored(&mask, SIGQUIT);
	pthread_sigmask(SIG_BLOCK, &mask, &old_mask);
	/* Output to a reader who went away is an error of write(), not a reason to die. */
	signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return fail_errno(errno, "cannot create a signalfd");
	return 0;
}

int console_open(struct vm *vm)
{
	if (take_signals() < 0 || term_enter() < 0)
		return -1;
	if (term_is_raw() && !settings.quiet)
		fprintf(stderr, "hvctl: starting %s; Ctrl-] ends the guest\r\n",
			vm->config->restore ? vm->config->restore : vm->config->kernel);
	return 0;
}

void console_close(void)
{
	term_leave();
	if (signal_fd >= 0)
		close(signal_fd);
	signal_fd = -1;
	pthread_sigmask(SIG_SETMASK, &old_mask, NULL);
}

static long long milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* For poll(): what is left of the guest's time, -1 if it has no limit. */
static int time_left(const struct vm *vm, long long start)
{
	long long left;

	if (!vm->config->timeout)
		return -1;
	left = start + vm->config->timeout * 1000LL - milliseconds();
	return left > 0 ? (int)left : 0;
}

static void take_signal(struct vm *vm)
{
	struct signalfd_siginfo info;

	if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	vm->signal = (int)info.ssi_signo;
	vm_stop(vm, VM_SIGNALLED);
}

size_t console_room(struct vm *vm)
{
	size_t room;

	pthread_mutex_lock(&vm->lock);
	room = uart_room(&vm->uart);
	pthread_mutex_unlock(&vm->lock);
	return room;
}

size_t console_receive(struct vm *vm, const uint8_t *bytes, size_t count)
{
	pthread_mutex_lock(&vm->lock);
	if (count > uart_room(&vm->uart))
		count = uart_room(&vm->uart);
	uart_receive(&vm->uart, bytes, count);
	pthread_mutex_unlock(&vm->lock);
	return count;
}

/* Hand over what was typed. Returns false at the end of the input. */
static bool take_input(struct vm *vm, struct term_escape *escape)
{
	uint8_t bytes[UART_FIFO_SIZE];
	size_t room = console_room(vm), count;
	bool quit = false;
	ssize_t got;

	/* In loopback the guest itself may have filled it meanwhile: not the end of the input. */
	if (!room)
		return true;
	got = read(STDIN_FILENO, bytes, room);
	if (got <= 0)
		return got < 0 && (errno == EINTR || errno == EAGAIN);
	count = (size_t)got;
	if (term_is_raw())
		count = term_filter(escape, bytes, count, &quit);
	console_receive(vm, bytes, count);
	if (quit)
		vm_stop(vm, VM_ABANDONED);
	return true;
}

void console_loop(struct vm *vm)
{
	struct term_escape escape = { false };
	long long start = milliseconds();
	bool input = true;

	while (!vm_stopped(vm)) {
		struct pollfd fds[POLL_COUNT] = {
			[POLL_WAKEUP] = { .fd = vm->wakeup, .events = POLLIN },
			[POLL_SIGNAL] = { .fd = signal_fd, .events = POLLIN },
			[POLL_INPUT] = { .fd = input && console_room(vm) ? STDIN_FILENO : -1,
					 .events = POLLIN },
		};
		eventfd_t ignored;
		int n = poll(fds, POLL_COUNT, time_left(vm, start));

		if (n == 0)
			vm_stop(vm, VM_TIMED_OUT);
		if (fds[POLL_WAKEUP].revents)
			eventfd_read(vm->wakeup, &ignored);
		if (fds[POLL_SIGNAL].revents)
			take_signal(vm);
		if (fds[POLL_INPUT].revents)
			input = take_input(vm, &escape);
	}
}
