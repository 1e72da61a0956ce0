/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt lines of a child: an eventfd each, and the GSI that it raises.
 * Functions bail out of the test when the system refuses.
 */
#ifndef SUITES_IRQ_IRQLINE_H
#define SUITES_IRQ_IRQLINE_H

#include <stdbool.h>
#include <stdint.h>

int line_eventfd(void);				/* non-blocking, 0 */
void line_signal(int fd);
uint64_t line_value(int fd);			/* what reading takes out; 0: nothing */

int line_assign(int pt, uint32_t gsi);		/* a new eventfd, assigned */
void line_deassign(int pt, int fd, uint32_t gsi);	/* and closed */

/* All routes of the partition become this one. */
void line_route(int pt, uint32_t gsi, unsigned int apic_id, unsigned int vector, bool level);

#endif /* SUITES_IRQ_IRQLINE_H */
