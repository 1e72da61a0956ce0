/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's RAM: one anonymous mapping of this process, at guest physical 0 up to the hole
 * that every PC leaves below 4 GiB for devices, and above 4 GiB what did not fit below.
 */
#ifndef HVCTL_MEMORY_H
#define HVCTL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_HOLE	0xc0000000ULL
#define MEMORY_HIGH	0x100000000ULL

/* What a guest can have. */
#define MEMORY_UNIT	(2ULL << 20)
#define MEMORY_MIN	(32ULL << 20)
#define MEMORY_MAX	(1ULL << 40)

/* One stretch of RAM. */
struct memory_range {
	uint64_t gpa;
	uint64_t size;
	uint8_t *host;
};

struct memory {
	struct memory_range range[2];
	unsigned int ranges;
	void *mapping;
	uint64_t mapping_size;
};

/* Allocate @size bytes of RAM, a multiple of 2 MiB. Returns 0, or -1 after fail_*(). */
int memory_create(struct memory *memory, uint64_t size);
void memory_destroy(struct memory *memory);

/* Where @size bytes at @gpa are in this process; NULL if any of them is not RAM. */
void *memory_at(const struct memory *memory, uint64_t gpa, uint64_t size);

/* Is this address RAM? */
bool memory_contains(const struct memory *memory, uint64_t gpa);

/* End of the RAM below the hole. */
uint64_t memory_low_end(const struct memory *memory);

#endif /* HVCTL_MEMORY_H */
