/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual processors: create them, run each in a thread of its own, stop them.
 */
#ifndef HVCTL_VCPU_H
#define HVCTL_VCPU_H

#include <time.h>

#include "vm.h"

/* All return 0, or -1 after fail_*(). */
int vcpu_create(struct vm *vm, struct vcpu *vcpu, uint32_t index);
int vcpu_start(struct vcpu *vcpu);

/* Make its MSHV_RUN_VP return, or the next one. Where the driver cannot do that: ask again. */
void vcpu_kick(struct vcpu *vcpu);

/* When to ask again, for CLOCK_REALTIME. */
void vcpu_in_a_moment(struct timespec *when);

/* Wait for the thread, which leaves once vm_stop() was called. */
void vcpu_join(struct vcpu *vcpu);
void vcpu_destroy(struct vcpu *vcpu);

/* Names of the EXIT_* reasons. */
const char *vcpu_exit_name(unsigned int kind);

#endif /* HVCTL_VCPU_H */
