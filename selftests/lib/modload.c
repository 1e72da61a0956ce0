// SPDX-License-Identifier: GPL-2.0-only
/* The system calls behind insmod and rmmod. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ktap.h"
#include "modload.h"

int modload_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		ktap_bail("%s: %s", path, strerror(errno));
	return fd;
}

int modload(int fd)
{
	return (int)syscall(SYS_finit_module, fd, "", 0);
}

int modload_path(const char *path)
{
	int fd = modload_open(path), ret = modload(fd), error = errno;

	close(fd);
	errno = error;
	return ret;
}

int modunload(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}
