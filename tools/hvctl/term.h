/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal as the guest's serial line: raw while the guest runs, as it was before whatever
 * way the program ends, and with a way out that the guest never sees.
 */
#ifndef HVCTL_TERM_H
#define HVCTL_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Make standard input raw, if it is a terminal. Returns 0, or -1 after fail_*(). */
int term_enter(void);

/* Make it what it was. Harmless when there is nothing to do. */
void term_leave(void);

/* Between the two, and standard input is a terminal? */
bool term_is_raw(void);

/* The way out: Ctrl-], or Ctrl-A and then x. Ctrl-A twice sends one Ctrl-A. */
struct term_escape {
	bool after_ctrl_a;
};

/**
 * term_filter - separate what was typed for the guest from what was typed for us
 * @escape: state between calls, all zero at first
 * @bytes: what was typed; holds what is for the guest on return
 * @count: bytes of it
 * @quit: set if the way out was typed; what follows it is dropped
 *
 * Return: bytes for the guest.
 */
size_t term_filter(struct term_escape *escape, uint8_t *bytes, size_t count, bool *quit);

#endif /* HVCTL_TERM_H */
