// SPDX-License-Identifier: GPL-2.0
/*
 * Failures for tests that look at what a function returns and not at what it says.
 */
#include "../failure.h"

int fail(const char *fmt, ...)
{
	(void)fmt;
	return -1;
}

int fail_usage(const char *fmt, ...)
{
	(void)fmt;
	return -1;
}

int fail_errno(int err, const char *fmt, ...)
{
	(void)err;
	(void)fmt;
	return -1;
}
