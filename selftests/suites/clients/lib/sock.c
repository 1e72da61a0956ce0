// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stream sockets by name. See sock.h.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "sock.h"

static int complain(const char *what)
{
	perror(what);
	return -1;
}

static int unix_socket(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return complain("the path is too long");
	strcpy(address->sun_path, path);
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address;
	int fd = unix_socket(path, &address);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return complain(path);
	return fd;
}

static int accept_unix(const char *path)
{
	struct sockaddr_un address;
	int fd = unix_socket(path, &address);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		return complain(path);
	fd = accept(fd, NULL, NULL);
	return fd < 0 ? complain(path) : fd;
}

static int connect_vsock(unsigned int cid, unsigned int port)
{
	struct sockaddr_vm address = {
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = port,
	};
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return complain("vsock");
	return fd;
}

int sock_open(const char *name)
{
	unsigned int cid, port;

	if (!strncmp(name, "unix:", 5))
		return connect_unix(name + 5);
	if (!strncmp(name, "listen:", 7))
		return accept_unix(name + 7);
	if (sscanf(name, "vsock:%u:%u", &cid, &port) == 2)
		return connect_vsock(cid, port);
	fprintf(stderr, "%s: no such kind of socket\n", name);
	return -1;
}

int sock_write(int fd, const char *bytes, size_t count)
{
	ssize_t n;

	while (count) {
		n = write(fd, bytes, count);
		if (n < 0)
			return complain("write");
		bytes += n;
		count -= (size_t)n;
	}
	return 0;
}
