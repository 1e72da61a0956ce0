/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP for test programs that run in the root partition (or on the host).
 *
 * Results go to standard output, which the runner carries to the host; what a
 * person needs to understand a failure goes there too, as "# " lines.  A
 * program plans its number of results first, so that one which dies half-way
 * is seen to be incomplete.
 *
 *	int main(void)
 *	{
 *		ktap_plan(2);
 *		ktap_ok(open_works(), "open gives a file descriptor");
 *		if (!have_smp())
 *			ktap_skip("two VPs", "the root has one CPU");
 *		else
 *			ktap_ok(smp_works(), "two VPs");
 *		return ktap_end();
 *	}
 *
 * Single-threaded: report from one thread only.
 */
#ifndef SELFTESTS_KTAP_H
#define SELFTESTS_KTAP_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ktap_state {
	unsigned int planned;
	unsigned int reported;
	unsigned int failed;
};

/* One for the whole program, whichever of its files report. */
__attribute__((weak)) struct ktap_state ktap;

/* A line of explanation; it is no result. */
__attribute__((format(printf, 1, 2), unused))
static void ktap_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* Call first, once: @count results will follow. */
__attribute__((unused))
static void ktap_plan(unsigned int count)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	ktap.planned = count;
	printf("KTAP version 1\n1..%u\n", count);
}

__attribute__((format(printf, 2, 3), unused))
static bool ktap_ok(bool good, const char *format, ...)
{
	va_list args;

	ktap.failed += !good;
	printf("%sok %u - ", good ? "" : "not ", ++ktap.reported);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	return good;
}

__attribute__((unused))
static void ktap_skip(const char *name, const char *reason)
{
	printf("ok %u - %s # SKIP %s\n", ++ktap.reported, name, reason);
}

/* Compare two integers and say both when they differ. */
__attribute__((unused))
static bool ktap_is(long long got, long long want, const char *name)
{
	if (got != want)
		ktap_note("%s: got %lld (%#llx), want %lld (%#llx)", name,
			  got, got, want, want);
	return ktap_ok(got == want, "%s", name);
}

/* A system call that must fail with @want: pass its result, errno is read. */
__attribute__((unused))
static bool ktap_errno(long result, int want, const char *name)
{
	int got = result < 0 ? errno : 0;

	if (got != want)
		ktap_note("%s: got %s, want %s", name, strerror(got), strerror(want));
	return ktap_ok(got == want, "%s", name);
}

/* Nothing more can be tested: the missing results make the run fail. */
__attribute__((format(printf, 1, 2), noreturn, unused))
static void ktap_bail(const char *format, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(EXIT_FAILURE);
}

/* The exit status for main(). */
__attribute__((unused))
static int ktap_end(void)
{
	if (ktap.reported != ktap.planned)
		ktap_note("planned %u results, reported %u", ktap.planned, ktap.reported);
	return ktap.failed || ktap.reported != ktap.planned;
}

#endif /* SELFTESTS_KTAP_H */
