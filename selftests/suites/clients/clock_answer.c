// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's end of clock_ask: for each byte that comes by the terminal it says
 * what CLOCK_MONOTONIC_RAW shows.  Each processor is kept busy meanwhile, and a timer of
 * 10 ms that tells how late it fired and whether it was ever early; the last line sums
 * that up.  Processors are kept busy at the lowest priority, so that answers are quick.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <poll.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_NS	10000000LL

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void keep_busy(void)
{
	for (long cpus = sysconf(_SC_NPROCESSORS_ONLN); cpus > 0; cpus--) {
		if (fork())
			continue;
		setpriority(PRIO_PROCESS, 0, 19);
		for (;;)
			__asm__ volatile("");
	}
}

static void raw_terminal(int fd)
{
	struct termios term;

	tcgetattr(fd, &term);
	cfmakeraw(&term);
	tcsetattr(fd, TCSANOW, &term);
}

static int64_t fired, latest, early;

/* What the timer has fired since the last look. */
static void look_at_timer(int timer, int64_t began)
{
	int64_t late;
	uint64_t count;

	if (read(timer, &count, sizeof(count)) != sizeof(count))
		return;
	fired += count;
	late = now(CLOCK_MONOTONIC) - began - fired * PERIOD_NS;
	if (late < 0)
		early++;
	if (late > latest)
		latest = late;
}

static int start_timer(int64_t began)
{
	struct itimerspec at = {
		.it_value = { (began + PERIOD_NS) / 1000000000, (began + PERIOD_NS) % 1000000000 },
		.it_interval = { 0, PERIOD_NS },
	};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

	timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
	return timer;
}

static void answer(int terminal)
{
	char line[40];
	int n = snprintf(line, sizeof(line), "T%lld\n", (long long)now(CLOCK_MONOTONIC_RAW));

	if (write(terminal, line, n) != n)
		exit(1);
}

/* Late is what the last one is; lost would be late for good. */
static void say_timers(int terminal, int64_t began)
{
	int64_t due = (now(CLOCK_MONOTONIC) - began) / PERIOD_NS;

	dprintf(terminal, "guest: timers %lld behind %lld latest-us %lld early %lld\n",
		(long long)fired, (long long)(due - fired), (long long)latest / 1000,
		(long long)early);
}

int main(void)
{
	int terminal = open("/dev/console", O_RDWR);
	int64_t began = now(CLOCK_MONOTONIC);
	struct pollfd fds[2] = {
		{ terminal, POLLIN, 0 },
		{ start_timer(began), POLLIN, 0 },
	};
	char order = 0;

	raw_terminal(terminal);
	keep_busy();
	dprintf(terminal, "guest: ready\n");
	while (order != 'q') {
		poll(fds, 2, -1);
		if (fds[1].revents)
			look_at_timer(fds[1].fd, began);
		if (fds[0].revents && read(terminal, &order, 1) == 1 && order == 't')
			answer(terminal);
	}
	say_timers(terminal, began);
	kill(0, SIGKILL);
}
