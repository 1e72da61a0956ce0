/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's console: where what is typed goes to.
 */
#ifndef HVCTL_CONSOLE_H
#define HVCTL_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

struct vm;

/* Bytes that it would take now, and handing them over: returns how many it took. By any thread. */
size_t console_room(struct vm *vm);
size_t console_receive(struct vm *vm, const uint8_t *bytes, size_t count);

#endif /* HVCTL_CONSOLE_H */
