// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock_ask LOG COMMAND...: how far does the clock of a guest get in a minute of this
 * machine's own?  The command is a VMM with the guest's terminal at its standard
 * input and output; clock_answer is at the other end.  LOG gets what the guest says.
 *
 * A question is asked with this clock read before it and after the first byte of the
 * answer: the guest's clock was read in between.  Of the questions at either end that
 * one counts which took the least, and half of what both took is the error's bound.
 * On a machine that is slow to answer the minute becomes longer, until the bound is small.
 * Says two numbers, of millionths: the difference, and its bound; exit status 0 if it was
 * measured.
 */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS		60
#define TURNS		4	/* of so many, if the first is not enough */
#define ENOUGH		40	/* millionths */
#define QUESTIONS	400	/* at most, if none is */
#define QUICK_NS	4000000	/* as quick as this */
#define BOOT_MS		180000
#define ANSWER_MS	10000

struct exchange {
	int64_t here, there, took;
};

static int to_guest, from_guest;
static pid_t vmm;
static FILE *log_file;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *why)
{
	fprintf(stderr, "# clock_ask: %s\n", why);
	exit(1);
}

/* A byte, and when it came. */
static char next_byte(int ms, int64_t *when)
{
	struct pollfd fd = { from_guest, POLLIN, 0 };
	char byte;

	if (poll(&fd, 1, ms) != 1 || read(from_guest, &byte, 1) != 1)
		fail("the guest says nothing");
	if (when)
		*when = now();
	fputc(byte, log_file);
	return byte;
}

/* A line of at most @size - 1 bytes, and when its first byte came. */
static void next_line(char *line, size_t size, int ms, int64_t *when)
{
	size_t n = 0;
	char byte = next_byte(ms, when);

	for (; byte != '\n'; byte = next_byte(ms, NULL))
		if (n < size - 1)
			line[n++] = byte;
	line[n] = 0;
}

static void start(char **command)
{
	int in[2], out[2];

	if (pipe(in) || pipe(out))
		fail("no pipe");
	vmm = fork();
	if (!vmm) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		execvp(command[0], command);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to_guest = in[1];
	from_guest = out[0];
}

static struct exchange ask(void)
{
	int64_t before = now(), after;
	char line[256];

	if (write(to_guest, "t", 1) != 1)
		fail("the guest does not listen");
	do {
		next_line(line, sizeof(line), ANSWER_MS, &after);
	} while (line[0] != 'T');	/* a line of its kernel's may come between */
	return (struct exchange){ (before + after) / 2, atoll(line + 1), after - before };
}

static struct exchange quickest(void)
{
	struct exchange best = ask();

	for (int i = 1; i < QUESTIONS && best.took > QUICK_NS; i++) {
		struct exchange one = ask();

		if (one.took < best.took)
			best = one;
	}
	return best;
}

/* In millionths of what lies between the two. */
static double bound(const struct exchange *first, const struct exchange *last)
{
	return (double)(first->took + last->took) / 2 / (last->here - first->here) * 1e6;
}

int main(int argc, char **argv)
{
	struct exchange first, last;
	double real;
	char line[256];
	int turn = 0;

	if (argc < 3)
		fail("usage: clock_ask LOG COMMAND...");
	log_file = fopen(argv[1], "w");
	if (!log_file)
		fail("the log cannot be written");
	start(argv + 2);
	do {
		next_line(line, sizeof(line), BOOT_MS, NULL);
	} while (!strstr(line, "guest: ready"));
	sleep(2);
	first = quickest();
	do {
		sleep(SECONDS);
		last = quickest();
	} while (bound(&first, &last) > ENOUGH && ++turn < TURNS);
	if (write(to_guest, "q", 1) != 1)
		fail("the guest does not listen");
	do {
		next_line(line, sizeof(line), ANSWER_MS, NULL);
	} while (!strstr(line, "guest: timers"));
	fclose(log_file);
	real = last.here - first.here;
	printf("%.2f %.2f %.3f\n", (last.there - first.there - real) / real * 1e6,
	       bound(&first, &last), real / 1e9);
	kill(vmm, SIGTERM);
	return 0;
}
