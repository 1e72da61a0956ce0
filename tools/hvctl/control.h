/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to a guest that runs, from outside of it: SIGUSR2 saves it, if there is a file to save
 * it to.
 *
 * They are carried out by a thread of their own: pausing a guest takes as long as the reader of its
 * console, and signals and the time limit do not wait for that.
 */
#ifndef HVCTL_CONTROL_H
#define HVCTL_CONTROL_H

struct vm;

/* Before any thread is made, since it blocks a signal. All return 0, or -1 after fail_*(). */
int control_open(struct vm *vm);

/* From now on requests are carried out. */
int control_start(struct vm *vm);

/* No more of them; waits for the one that is being carried out. Harmless without a start. */
void control_stop(void);
void control_close(void);

#endif /* HVCTL_CONTROL_H */
