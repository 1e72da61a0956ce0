// SPDX-License-Identifier: GPL-2.0-only
/*
 * One way through a socket:
 *	stream send NAME	what comes in here goes there, to its end
 *	stream take NAME	what comes from there goes out here, to its end
 * NAME is as sock.h has it. It is put into guests too.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sock.h"

static int copy(int from, int to)
{
	static char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (sock_write(to, bytes, (size_t)n) < 0)
			return 1;
	if (n < 0)
		perror("read");
	return n < 0;
}

int main(int argc, char **argv)
{
	int fd, send;

	if (argc != 3 || (strcmp(argv[1], "send") && strcmp(argv[1], "take"))) {
		fprintf(stderr, "usage: stream send|take NAME\n");
		return 2;
	}
	send = !strcmp(argv[1], "send");
	fd = sock_open(argv[2]);
	if (fd < 0)
		return 1;
	return send ? copy(STDIN_FILENO, fd) : copy(fd, STDOUT_FILENO);
}
