/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stream sockets by name, for the programs that stand at one end of a VMM's devices.
 */
#ifndef CLIENTS_SOCK_H
#define CLIENTS_SOCK_H

#include <stddef.h>

/*
 * An open connection to
 *	unix:PATH	who listens there
 *	listen:PATH	the first that connects to a socket made there
 *	vsock:CID:PORT	who listens on that port of that machine
 * or -1 after a message.
 */
int sock_open(const char *name);

/* All of it; 0, or -1 after a message. */
int sock_write(int fd, const char *bytes, size_t count);

#endif /* CLIENTS_SOCK_H */
