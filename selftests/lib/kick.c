// SPDX-License-Identifier: GPL-2.0-only
/* SIGALRM without SA_RESTART, from the interval timer. */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "kick.h"

static volatile sig_atomic_t kicks;

static void count(int signal)
{
	(void)signal;
	kicks++;
}

static void arm(unsigned int first, unsigned int period)
{
	struct sigaction action = { .sa_handler = count };
	struct itimerval value = {
		.it_value = { first / 1000, first % 1000 * 1000 },
		.it_interval = { period / 1000, period % 1000 * 1000 },
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &value, NULL);
}

void kick_after_ms(unsigned int ms)
{
	arm(ms, 0);
}

void kick_every_ms(unsigned int ms)
{
	arm(ms, ms);
}

unsigned int kick_count(void)
{
	return (unsigned int)kicks;
}

unsigned long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}
