// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's fault injection, by /proc/thread-self/fail-nth.
 *
 * Reading and writing that file are copies too, and count.  A read that fails was the nth
 * itself, so nothing before it failed; a write that fails has used up the count, and is made
 * again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failnth.h"
#include "ktap.h"

static int nth_fd;

static void write_setting(const char *kind, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		ktap_bail("%s: %s", path, strerror(errno));
	close(fd);
}

void failnth_begin(void)
{
	write_setting("failslab", "ignore-gfp-wait", "N");
	write_setting("fail_page_alloc", "ignore-gfp-wait", "N");
	write_setting("fail_page_alloc", "min-order", "0");
	write_setting("failslab", "verbose", "0");
	write_setting("fail_page_alloc", "verbose", "0");
	write_setting("fail_usercopy", "verbose", "0");
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		ktap_bail("fail-nth: %s", strerror(errno));
}

void failnth_set(unsigned int n)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%u", n);
	ssize_t got;

	do {
		got = pwrite(nth_fd, text, (size_t)size, 0);
	} while (got < 0 && errno == EFAULT);
	if (got != size)
		ktap_bail("fail-nth: %s", strerror(errno));
}

unsigned int failnth_left(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) >= 0)
		return (unsigned int)atoi(text);
	if (errno != EFAULT)
		ktap_bail("fail-nth: %s", strerror(errno));
	return 1;
}

bool failnth_end(void)
{
	bool reached = !failnth_left();

	failnth_set(0);
	return reached;
}
