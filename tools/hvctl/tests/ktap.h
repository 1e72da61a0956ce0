/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The little of KTAP that a host test needs: numbered results, a reason with each failure, the
 * plan at the end, and an exit status that a Makefile understands.
 */
#ifndef HVCTL_TESTS_KTAP_H
#define HVCTL_TESTS_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned int ktap_count, ktap_failed;
static bool ktap_case_failed;

/* Record why the running case fails; it goes on, so that one run shows all reasons. */
__attribute__((format(printf, 1, 2), unused))
static void ktap_fail(const char *fmt, ...)
{
	va_list args;

	ktap_case_failed = true;
	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

#define EXPECT(cond) \
	do { \
		if (!(cond)) \
			ktap_fail("%s:%d: expected %s", __FILE__, __LINE__, #cond); \
	} while (0)

#define EXPECT_EQ(a, b) \
	do { \
		unsigned long long a_ = (a), b_ = (b); \
		if (a_ != b_) \
			ktap_fail("%s:%d: %s is 0x%llx, expected %s = 0x%llx", __FILE__, __LINE__, \
				  #a, a_, #b, b_); \
	} while (0)

static inline void ktap_start(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n");
}

static inline void ktap_run(const char *name, void (*fn)(void))
{
	ktap_case_failed = false;
	fn();
	ktap_failed += ktap_case_failed;
	printf("%sok %u %s\n", ktap_case_failed ? "not " : "", ++ktap_count, name);
}

static inline int ktap_finish(void)
{
	printf("1..%u\n", ktap_count);
	return ktap_failed ? 1 : 0;
}

#endif /* HVCTL_TESTS_KTAP_H */
