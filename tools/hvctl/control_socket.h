/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket of a guest: requests come as lines of JSON, and each is answered by a line, with a
 * result or an error as hvctl prints them. After {"command":"console"} and its answer the
 * connection is the guest's console, beside the terminal that it has.
 *
 * A console that is attached does not hold up the guest: one that leaves CONTROL_OUTPUT_SIZE bytes
 * unread is closed.
 *
 * Used by the control thread, but for control_socket_output().
 */
#ifndef HVCTL_CONTROL_SOCKET_H
#define HVCTL_CONTROL_SOCKET_H

#include <stddef.h>
#include <stdint.h>

struct pollfd;
struct vm;

#define CONTROL_CLIENTS		8
#define CONTROL_SOCKET_FDS	(2 + CONTROL_CLIENTS)
#define CONTROL_OUTPUT_SIZE	(64 * 1024)

/* Returns 0, or -1 after fail_*(). Only the user who runs hvctl can connect. */
int control_socket_open(const char *path);
void control_socket_close(void);

/* Fill in CONTROL_SOCKET_FDS entries. Returns the time-out for poll(). */
int control_socket_prepare(struct vm *vm, struct pollfd *fds);

/* Do what poll() found. */
void control_socket_serve(struct vm *vm, const struct pollfd *fds);

/* The guest's output, for consoles that are attached. By any thread, one at a time. */
void control_socket_output(const uint8_t *bytes, size_t count);

#endif /* HVCTL_CONTROL_SOCKET_H */
