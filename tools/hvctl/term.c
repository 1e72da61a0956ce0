// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal. See term.h.
 *
 * Signals that end a program politely are taken by console.c, which leaves by the front door.
 * Those that are its own fault (SIGSEGV and the like) restore the terminal here and then do
 * what they would have done.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "failure.h"
#include "term.h"

#define CTRL_A			0x01
#define CTRL_RIGHT_BRACKET	0x1d

static struct termios saved;
static volatile sig_atomic_t raw;

bool term_is_raw(void)
{
	return raw;
}

void term_leave(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	raw = 0;
}

/* tcsetattr() is async-signal-safe; SA_RESETHAND makes the second time the default action. */
static void leave_and_die(int sig)
{
	term_leave();
	raise(sig);
}

static void catch_faults(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction action = { .sa_handler = leave_and_die, .sa_flags = SA_RESETHAND };
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i], &action, NULL);
}

int term_enter(void)
{
	struct termios mode;

	if (!isatty(STDIN_FILENO))
		return 0;
	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return fail_errno(errno, "cannot read the mode of the terminal");
	catch_faults();
	atexit(term_leave);
	mode = saved;
	cfmakeraw(&mode);
	raw = 1;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &mode) < 0) {
		raw = 0;
		return fail_errno(errno, "cannot make the terminal raw");
	}
	return 0;
}

size_t term_filter(struct term_escape *escape, uint8_t *bytes, size_t count, bool *quit)
{
	size_t in, out = 0;

	for (in = 0; in < count; in++) {
		uint8_t byte = bytes[in];

		if (byte == CTRL_RIGHT_BRACKET || (escape->after_ctrl_a && byte == 'x')) {
			*quit = true;
			return out;
		}
		if (byte == CTRL_A && !escape->after_ctrl_a) {
			escape->after_ctrl_a = true;
			continue;
		}
		/* Ctrl-A and anything else but x is what was typed after it. */
		escape->after_ctrl_a = false;
		bytes[out++] = byte;
	}
	return out;
}
