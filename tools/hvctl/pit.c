// SPDX-License-Identifier: GPL-2.0
/*
 * Model of an interval timer's counter. See pit.h.
 */
#include "pit.h"

#define REG_CHANNEL0	0
#define REG_CONTROL	3

#define CONTROL_CHANNEL(value)	((value) >> 6)
#define CONTROL_ACCESS(value)	((value) >> 4 & 3)
#define CONTROL_MODE(value)	((value) >> 1 & 7)
#define ACCESS_LATCH	0
#define ACCESS_LOW	1
#define ACCESS_HIGH	2
#define ACCESS_BOTH	3
#define MODE_RATE	2	/* and 6; starts again from the reload value */
#define MODE_SQUARE	3	/* and 7; the same by twos */

#define NS_PER_SECOND	1000000000ULL

static uint64_t ticks_since(uint64_t started, uint64_t now)
{
	uint64_t ns = now - started;

	return ns / NS_PER_SECOND * PIT_HZ + ns % NS_PER_SECOND * PIT_HZ / NS_PER_SECOND;
}

static uint16_t count_at(const struct pit *pit, uint64_t now)
{
	uint64_t ticks = ticks_since(pit->started, now);
	uint64_t period = pit->reload ? pit->reload : 0x10000;

	if ((pit->mode & 3) == MODE_SQUARE)
		ticks *= 2;
	if ((pit->mode & 2) == MODE_RATE)
		ticks %= period;
	return (uint16_t)(period - ticks);
}

static void set_control(struct pit *pit, uint8_t value, uint64_t now)
{
	if (CONTROL_CHANNEL(value) != 0)
		return;
	if (CONTROL_ACCESS(value) == ACCESS_LATCH) {
		if (!pit->latched)
			pit->latch = count_at(pit, now);
		pit->latched = true;
		return;
	}
	pit->access = CONTROL_ACCESS(value);
	pit->mode = CONTROL_MODE(value);
	pit->high_next = pit->read_high_next = pit->latched = false;
}

/* The count starts when all of it is there. */
static void set_reload(struct pit *pit, uint8_t value, uint64_t now)
{
	bool high = pit->access == ACCESS_HIGH || (pit->access == ACCESS_BOTH && pit->high_next);

	if (high)
		pit->reload = (uint16_t)((pit->reload & 0xff) | value << 8);
	else
		pit->reload = value;
	pit->high_next = pit->access == ACCESS_BOTH && !high;
	if (!pit->high_next)
		pit->started = now;
}

void pit_write(struct pit *pit, unsigned int reg, uint8_t value, uint64_t now)
{
	if (reg == REG_CONTROL)
		set_control(pit, value, now);
	else if (reg == REG_CHANNEL0)
		set_reload(pit, value, now);
}

uint8_t pit_read(struct pit *pit, unsigned int reg, uint64_t now)
{
	uint16_t count;
	bool high;

	if (reg != REG_CHANNEL0)
		return 0xff;
	count = pit->latched ? pit->latch : count_at(pit, now);
	high = pit->access == ACCESS_HIGH || (pit->access == ACCESS_BOTH && pit->read_high_next);
	pit->read_high_next = pit->access == ACCESS_BOTH && !high;
	if (!pit->read_high_next)
		pit->latched = false;
	return (uint8_t)(high ? count >> 8 : count);
}
