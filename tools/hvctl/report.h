/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a guest ended, for people and for programs.
 */
#ifndef HVCTL_REPORT_H
#define HVCTL_REPORT_H

#include "vm.h"

/* @full adds what the guest's exits were. Text goes to standard error, JSON to standard output. */
void report_guest(const struct vm *vm, enum vm_outcome outcome, bool full);

/* The exit status of hvctl for it. */
int report_exit_status(const struct vm *vm, enum vm_outcome outcome);

#endif /* HVCTL_REPORT_H */
