// SPDX-License-Identifier: GPL-2.0
/*
 * What a file with a saved guest has: first the machine, then devices and VPs, then memory. Writing
 * it is here, reading it in restore.c.
 *
 * Time: the partition's reference time has been stopped before anything is read, and goes on from
 * where it was in the partition that is made of the file. So the guest does not notice for how long
 * it was a file; the TSCs are those of the same moment.
 *
 * Memory: pages of zeroes are left out, and pages that nobody has touched are not looked at: that
 * alone would give them memory. Which these are the kernel says in pagemap.
 *
 * Locking: the VPs are parked; vm->lock keeps the console's input out while VPs and devices are
 * written, for what comes in may raise an interrupt.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device_state.h"
#include "failure.h"
#include "mshv.h"
#include "snapshot.h"
#include "snapshot_format.h"
#include "vm.h"
#include "vp_state.h"

#define PAGE			MSHV_HV_PAGE_SIZE
#define PAGEMAP_IN_MEMORY	(1ULL << 63)
#define PAGEMAP_SWAPPED		(1ULL << 62)

int snapshot_read_machine(struct vm *vm, struct snapshot_machine *machine)
{
	*machine = (struct snapshot_machine){
		.memory = vm->config->memory,
		.cpus = vm->config->cpus,
		.features = vm->features,
	};
	if (mshv_get_property(vm->fd, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
			      &machine->processor_features[0]) < 0 ||
	    mshv_get_property(vm->fd, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1,
			      &machine->processor_features[1]) < 0 ||
	    mshv_get_property(vm->fd, HV_PARTITION_PROPERTY_XSAVE_STATES,
			      &machine->xsave_states) < 0 ||
	    mshv_get_property(vm->fd, HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY,
			      &machine->clock_hz) < 0)
		return -1;
	return mshv_get_property(vm->fd, HV_PARTITION_PROPERTY_REFERENCE_TIME,
				 &machine->reference_time);
}

static int write_section(struct snapshot_file *file, uint32_t type, uint32_t index,
			 const void *bytes, uint64_t size)
{
	if (snapshot_begin(file, type, index, size) < 0)
		return -1;
	return snapshot_write(file, bytes, size);
}

static int write_machine(struct vm *vm, struct snapshot_file *file)
{
	struct snapshot_machine machine;

	if (snapshot_read_machine(vm, &machine) < 0)
		return -1;
	return write_section(file, SNAPSHOT_MACHINE, 0, &machine, sizeof(machine));
}

static int write_devices(struct vm *vm, struct snapshot_file *file)
{
	const struct device_kind *kind;
	uint64_t state[DEVICE_STATE_MAX / 8];
	unsigned int i;

	for (kind = device_kinds; kind->id; kind++)
		for (i = 0; i < kind->count(vm); i++) {
			memset(state, 0, sizeof(state));
			kind->save(vm, i, state);
			if (write_section(file, SNAPSHOT_DEVICE,
					  SNAPSHOT_DEVICE_INDEX(kind->id, i), state,
					  kind->size) < 0)
				return -1;
		}
	return 0;
}

static int write_vp(struct snapshot_file *file, uint32_t index, const struct vp_state *state)
{
	uint64_t registers = state->count * sizeof(state->reg[0]);
	uint32_t type;

	if (snapshot_begin(file, SNAPSHOT_REGISTERS, index, sizeof(state->tsc) + registers) < 0 ||
	    snapshot_write(file, &state->tsc, sizeof(state->tsc)) < 0 ||
	    snapshot_write(file, state->reg, registers) < 0)
		return -1;
	for (type = 0; type < MSHV_VP_STATE_COUNT; type++)
		if (write_section(file, SNAPSHOT_VP_STATE, SNAPSHOT_VP_STATE_INDEX(index, type),
				  state->part[type], snapshot_padded(state->size[type])) < 0)
			return -1;
	return 0;
}

static int write_vps(struct vm *vm, struct snapshot_file *file, struct vp_state *states)
{
	uint32_t i;

	if (vp_state_get_tscs(vm, states) < 0)
		return -1;
	for (i = 0; i < vm->config->cpus; i++)
		if (vp_state_get(&vm->vcpus[i], &states[i]) < 0 ||
		    write_vp(file, i, &states[i]) < 0)
			return -1;
	return 0;
}

static int write_machine_and_vps(struct vm *vm, struct snapshot_file *file)
{
	struct vp_state *states = snapshot_alloc_vps(vm->config->cpus);
	int ret = -1;

	if (!states)
		return -1;
	pthread_mutex_lock(&vm->lock);
	if (write_machine(vm, file) == 0 && write_devices(vm, file) == 0)
		ret = write_vps(vm, file, states);
	pthread_mutex_unlock(&vm->lock);
	free(states);
	return ret;
}

/* --- memory ------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *page)
{
	const uint64_t *word = (const uint64_t *)page;
	unsigned int i;

	for (i = 0; i < PAGE / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

/* A part of the guest's memory, and what pagemap says of it. */
struct stretch {
	uint64_t gpa;
	const uint8_t *host;
	unsigned int pages;
	uint64_t pagemap[SNAPSHOT_MEMORY_MAX / PAGE];
};

static bool has_bytes(const struct stretch *stretch, unsigned int page)
{
	if (!(stretch->pagemap[page] & (PAGEMAP_IN_MEMORY | PAGEMAP_SWAPPED)))
		return false;
	return !is_zero(stretch->host + (uint64_t)page * PAGE);
}

static int write_run(struct snapshot_file *file, const struct stretch *stretch, unsigned int first,
		     unsigned int count)
{
	uint64_t gpa = stretch->gpa + (uint64_t)first * PAGE;
	size_t size = (size_t)count * PAGE;

	if (snapshot_begin(file, SNAPSHOT_MEMORY, 0, sizeof(gpa) + size) < 0 ||
	    snapshot_write(file, &gpa, sizeof(gpa)) < 0)
		return -1;
	return snapshot_write(file, stretch->host + (size_t)first * PAGE, size);
}

static int write_stretch(struct snapshot_file *file, const struct stretch *stretch)
{
	unsigned int first, end = 0;

	for (first = 0; first < stretch->pages; first = end + 1) {
		end = first;
		while (end < stretch->pages && has_bytes(stretch, end))
			end++;
		if (end > first && write_run(file, stretch, first, end - first) < 0)
			return -1;
	}
	return 0;
}

static int read_pagemap(int pagemap, struct stretch *stretch)
{
	off_t at = (off_t)((uintptr_t)stretch->host / PAGE * sizeof(stretch->pagemap[0]));
	ssize_t size = (ssize_t)(stretch->pages * sizeof(stretch->pagemap[0]));

	if (pread(pagemap, stretch->pagemap, (size_t)size, at) == size)
		return 0;
	return fail_errno(errno, "cannot read which pages of the guest are in use");
}

static int write_range(struct snapshot_file *file, int pagemap, const struct memory_range *range)
{
	struct stretch stretch;
	uint64_t at, size;

	for (at = 0; at < range->size; at += size) {
		size = range->size - at;
		if (size > SNAPSHOT_MEMORY_MAX)
			size = SNAPSHOT_MEMORY_MAX;
		stretch.gpa = range->gpa + at;
		stretch.host = range->host + at;
		stretch.pages = (unsigned int)(size / PAGE);
		if (read_pagemap(pagemap, &stretch) < 0 || write_stretch(file, &stretch) < 0)
			return -1;
	}
	return 0;
}

static int write_memory(struct vm *vm, struct snapshot_file *file)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), ret = 0;
	unsigned int i;

	if (pagemap < 0)
		return fail_errno(errno, "cannot open /proc/self/pagemap");
	for (i = 0; i < vm->memory.ranges && ret == 0; i++)
		ret = write_range(file, pagemap, &vm->memory.range[i]);
	close(pagemap);
	return ret;
}

int vm_save(struct vm *vm, const char *name)
{
	struct snapshot_file file;
	int ret;

	if (vm->config->plain)
		return fail("the timer of a plain guest is not saved");
	ret = snapshot_create(&file, name);

	if (ret == 0)
		ret = write_machine_and_vps(vm, &file);
	if (ret == 0)
		ret = write_memory(vm, &file);
	if (ret == 0)
		ret = snapshot_finish(&file);
	snapshot_close(&file);
	return ret;
}
