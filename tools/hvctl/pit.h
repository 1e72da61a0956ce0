/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Model of channel 0 of an 8254: a count that runs down at 1193182 Hz and can be read. No
 * interrupt, no speaker. Kernels that know no hypervisor's clock measure the TSC by it, and
 * wait for ever if it stands still.
 */
#ifndef HVCTL_PIT_H
#define HVCTL_PIT_H

#include <stdbool.h>
#include <stdint.h>

#define PIT_PORT	0x40
#define PIT_PORTS	4
#define PIT_HZ		1193182ULL

struct pit {
	uint8_t mode;		/* as in the control word */
	uint8_t access;		/* 1: low byte alone, 2: high byte alone, 3: both, low first */
	bool high_next;		/* the next byte is the high one: written, read */
	bool read_high_next;
	bool latched;
	uint16_t latch;
	uint16_t reload;	/* 0 is 65536 */
	uint64_t started;	/* in ns, when the count was that */
};

/* Guest access to port PIT_PORT + @reg at @now, in ns of any clock that does not go back. */
uint8_t pit_read(struct pit *pit, unsigned int reg, uint64_t now);
void pit_write(struct pit *pit, unsigned int reg, uint8_t value, uint64_t now);

#endif /* HVCTL_PIT_H */
