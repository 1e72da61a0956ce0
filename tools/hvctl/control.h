/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to a guest that runs, from outside of it: SIGUSR2 saves it, if there is a file to save
 * it to, and a socket takes commands and lends its console (control_socket.h).
 *
 * They are carried out by a thread of their own: pausing a guest takes as long as the reader of its
 * console, and signals and the time limit do not wait for that.
 */
#ifndef HVCTL_CONTROL_H
#define HVCTL_CONTROL_H

struct json_object;
struct vm;

/*
 * SIGUSR2 waits until it can be taken, from now until the program ends: it is no reason to die
 * before there is a guest or after it was saved. Before any thread is made.
 */
void control_block_signal(void);

/* All return 0, or -1 after fail_*(). */
int control_open(struct vm *vm);

/* From now on requests are carried out. */
int control_start(struct vm *vm);

/* No more of them; waits for the one that is being carried out. Harmless without a start. */
void control_stop(void);
void control_close(void);

/*
 * Carry out a command: {"command":"pause"}, resume, save (with "file":NAME), quit or status.
 * Returns 0, or -1 after fail_*(). The guest is paused when it has been saved.
 */
int control_execute(struct vm *vm, struct json_object *request);

/* What the guest does now, in a word. */
const char *control_state(struct vm *vm);

#endif /* HVCTL_CONTROL_H */
