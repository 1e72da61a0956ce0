// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's RAM. See memory.h.
 *
 * The mapping starts at a multiple of 2 MiB, as guest physical memory does, so that driver and
 * hypervisor can map it with large pages.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "failure.h"
#include "memory.h"

#define LARGE_PAGE	(2ULL << 20)

static void add_range(struct memory *memory, uint64_t gpa, uint64_t size, uint8_t *host)
{
	memory->range[memory->ranges++] = (struct memory_range){ gpa, size, host };
}

int memory_create(struct memory *memory, uint64_t size)
{
	uint64_t low = size < MEMORY_HOLE ? size : MEMORY_HOLE;
	uint8_t *start;

	*memory = (struct memory){ .mapping_size = size + LARGE_PAGE };
	memory->mapping = mmap(NULL, memory->mapping_size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory->mapping == MAP_FAILED) {
		memory->mapping = NULL;
		return fail_errno(errno, "cannot allocate %llu MiB for the guest",
				  (unsigned long long)(size >> 20));
	}
	start = (uint8_t *)(((uintptr_t)memory->mapping + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
	/* A wish: without transparent huge pages the guest runs too, only slower. */
	madvise(start, size, MADV_HUGEPAGE);

	add_range(memory, 0, low, start);
	if (size > low)
		add_range(memory, MEMORY_HIGH, size - low, start + low);
	return 0;
}

void memory_destroy(struct memory *memory)
{
	if (memory->mapping)
		munmap(memory->mapping, memory->mapping_size);
	memory->mapping = NULL;
}

void *memory_at(const struct memory *memory, uint64_t gpa, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < memory->ranges; i++) {
		const struct memory_range *range = &memory->range[i];

		if (gpa >= range->gpa && gpa - range->gpa < range->size &&
		    size <= range->size - (gpa - range->gpa))
			return range->host + (gpa - range->gpa);
	}
	return NULL;
}

bool memory_contains(const struct memory *memory, uint64_t gpa)
{
	return memory_at(memory, gpa, 1);
}

uint64_t memory_low_end(const struct memory *memory)
{
	return memory->range[0].size;
}
