/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that stands still: none of its VPs runs, and its time does not go on.
 *
 * By one thread at a time, and not by a VP's.
 */
#ifndef HVCTL_PAUSE_H
#define HVCTL_PAUSE_H

#include <stdbool.h>

struct vm;

/*
 * Let the guest stand still, and go on. 0, also if it does so already; or -1 after fail_*(). A
 * guest that ends meanwhile, or has ended, is not paused, and that is no failure either.
 */
int vm_pause(struct vm *vm);
int vm_resume(struct vm *vm);

bool vm_paused(struct vm *vm);

/* For a VP's thread that finds vm->pausing set: returns when the guest goes on, or has ended. */
void vm_park(struct vm *vm);

/* Stop or start the reference time and the synthetic timers of the partition. */
int vm_freeze_time(struct vm *vm, bool freeze);

#endif /* HVCTL_PAUSE_H */
