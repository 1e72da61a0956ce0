// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request to a server on a UNIX socket:
 *	http SOCKET METHOD PATH [BODY]
 * The answer's body goes out here; the exit status is 0 if its code is 2xx, and
 * otherwise the code is said.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sock.h"

static char answer[1 << 20];

static int request(int fd, char **argv, const char *body)
{
	char head[512];

	snprintf(head, sizeof(head),
		 "%s %s HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n"
		 "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		 argv[2], argv[3], strlen(body));
	return sock_write(fd, head, strlen(head)) < 0 || sock_write(fd, body, strlen(body)) < 0 ?
	       -1 : 0;
}

/* The body, once all of it is there: the server keeps the connection. */
static const char *whole_body(size_t have)
{
	const char *end = strstr(answer, "\r\n\r\n"), *length;
	size_t size;

	if (!end)
		return NULL;
	length = strcasestr(answer, "\r\nContent-Length:");
	size = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	return have >= (size_t)(end + 4 - answer) + size ? end + 4 : NULL;
}

static const char *receive(int fd)
{
	const char *body;
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(answer) - 1) {
		n = read(fd, answer + have, sizeof(answer) - 1 - have);
		if (n <= 0)
			return NULL;
		have += (size_t)n;
		body = whole_body(have);
		if (body)
			return body;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *body;
	char name[128];
	int fd, code = 0;

	if (argc < 4 || argc > 5) {
		fprintf(stderr, "usage: http SOCKET METHOD PATH [BODY]\n");
		return 2;
	}
	snprintf(name, sizeof(name), "unix:%s", argv[1]);
	fd = sock_open(name);
	if (fd < 0 || request(fd, argv, argc > 4 ? argv[4] : "") < 0)
		return 1;
	body = receive(fd);
	if (!body || sscanf(answer, "HTTP/1.%*d %d", &code) != 1) {
		fprintf(stderr, "no answer\n");
		return 1;
	}
	puts(body);
	if (code / 100 != 2)
		fprintf(stderr, "%s: %d\n", argv[3], code);
	return code / 100 != 2;
}
