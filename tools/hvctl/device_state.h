/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices as a file with a saved guest has them: a list of kinds, each with a plain structure of a
 * fixed size that the device's own header defines, and two functions.
 *
 * Called while no VP runs, with vm->lock held.
 */
#ifndef HVCTL_DEVICE_STATE_H
#define HVCTL_DEVICE_STATE_H

#include <stddef.h>
#include <stdint.h>

struct vm;

/* Numbers in files; never used again for something else. */
enum device_kind_id {
	DEVICE_UART = 1,
	DEVICE_IOAPIC,
	DEVICE_RTC,
};

/**
 * struct device_kind - devices of one kind
 * @id: enum device_kind_id
 * @size: bytes of the state of one, a multiple of 8, at most DEVICE_STATE_MAX
 * @count: how many of them the guest has
 * @save: fill in the state of one
 * @restore: take it over, without a word to the guest; -1 if no such device can be in this state
 */
struct device_kind {
	uint32_t id;
	uint32_t size;
	unsigned int (*count)(const struct vm *vm);
	void (*save)(struct vm *vm, unsigned int index, void *state);
	int (*restore)(struct vm *vm, unsigned int index, const void *state);
};

#define DEVICE_STATE_MAX	4096

/* Ends with an entry whose id is 0. */
extern const struct device_kind device_kinds[];

#endif /* HVCTL_DEVICE_STATE_H */
