// SPDX-License-Identifier: GPL-2.0
/*
 * Making a guest from a file. See snapshot.h.
 *
 * The whole file is read, and its checksum compared, before any VP is made; until then what it says
 * has only filled memory of this process. Whatever is wrong ends in vm_destroy(), which leaves
 * nothing behind.
 */
#include <stdlib.h>
#include <string.h>

#include "acpi.h"
#include "device_state.h"
#include "failure.h"
#include "mshv.h"
#include "pause.h"
#include "snapshot.h"
#include "snapshot_format.h"
#include "vm.h"
#include "vp_registers.h"
#include "vp_state.h"

/* TSC frequencies that differ by less are the same, measured twice: 250 in a million. */
#define CLOCK_TOLERANCE	4000

/* What is being read. */
struct restore {
	struct vm *vm;
	struct snapshot_file file;
	struct snapshot_machine machine;
	struct vp_state *vps;
	uint32_t *vp_parts;	/* for each VP, bit n: part n has come; the last: its registers */
	bool *devices;		/* for each, in the order of device_kinds[]: it has come */
};

#define ALL_PARTS	((2u << MSHV_VP_STATE_COUNT) - 1)
#define REGISTERS_PART	(1u << MSHV_VP_STATE_COUNT)

struct vp_state *snapshot_alloc_vps(uint32_t count)
{
	struct vp_state *states = aligned_alloc(MSHV_HV_PAGE_SIZE, count * sizeof(*states));

	if (!states)
		fail("there is no memory for the state of %u VPs", count);
	else
		memset(states, 0, count * sizeof(*states));
	return states;
}

/* --- the machine --------------------------------------------------------------------------- */

static int read_machine(struct snapshot_file *file, struct snapshot_machine *machine)
{
	struct snapshot_section section;

	if (snapshot_next(file, &section) < 0)
		return -1;
	if (section.type != SNAPSHOT_MACHINE || section.index || section.size != sizeof(*machine))
		return snapshot_damaged(file, "is damaged: it does not say what machine it is of");
	if (snapshot_read(file, machine, sizeof(*machine)) < 0)
		return -1;
	if (machine->memory < MEMORY_MIN || machine->memory > MEMORY_MAX ||
	    machine->memory % MEMORY_UNIT || !machine->cpus || machine->cpus > ACPI_MAX_CPUS ||
	    machine->reserved)
		return snapshot_damaged(file, "is damaged: there is no such machine");
	return 0;
}

static int check_config(const struct vm_config *config, const struct snapshot_machine *machine)
{
	if (config->memory && config->memory != machine->memory)
		return fail_usage("the guest in %s has %llu MiB of memory, not %llu",
				  config->restore, (unsigned long long)machine->memory >> 20,
				  (unsigned long long)config->memory >> 20);
	if (config->cpus && config->cpus != machine->cpus)
		return fail_usage("the guest in %s has %u processors, not %u", config->restore,
				  machine->cpus, config->cpus);
	return 0;
}

int snapshot_describe(struct vm_config *config)
{
	struct snapshot_machine machine;
	struct snapshot_file file;
	int ret = snapshot_open(&file, config->restore);

	if (ret == 0)
		ret = read_machine(&file, &machine);
	if (ret == 0)
		ret = check_config(config, &machine);
	if (ret == 0) {
		config->memory = machine.memory;
		config->cpus = machine.cpus;
	}
	snapshot_close(&file);
	return ret;
}

static bool same_clock(uint64_t a, uint64_t b)
{
	uint64_t difference = a > b ? a - b : b - a;

	return difference <= a / CLOCK_TOLERANCE;
}

/* The processor's features are the guest's: it has looked at them and will not look again. */
static int check_machine(struct restore *r)
{
	const struct snapshot_machine *then = &r->machine;
	struct snapshot_machine now;

	if (snapshot_read_machine(r->vm, &now) < 0)
		return -1;
	if (memcmp(then->processor_features, now.processor_features,
		   sizeof(now.processor_features)) != 0 || then->xsave_states != now.xsave_states)
		return snapshot_damaged(&r->file, "was saved on a processor with other features");
	if (!same_clock(then->clock_hz, now.clock_hz))
		return fail("%s was saved on a processor whose TSC counts %llu kHz, not %llu",
			    r->file.name, (unsigned long long)then->clock_hz / 1000,
			    (unsigned long long)now.clock_hz / 1000);
	return 0;
}

static int make_partition(struct restore *r)
{
	struct vm *vm = r->vm;

	if (memory_create(&vm->memory, vm->config->memory) < 0 || vm_open_device(vm) < 0)
		return -1;
	if (r->machine.features & ~vm->features)
		return fail("%s was saved under a hypervisor that has more: features 0x%llx",
			    r->file.name,
			    (unsigned long long)(r->machine.features & ~vm->features));
	vm->features = r->machine.features;
	if (vm_create_partition(vm) < 0 || check_machine(r) < 0)
		return -1;
	/* Before there is a VP: the hypervisor takes a time only while time stands. */
	if (vm_freeze_time(vm, true) < 0)
		return -1;
	return mshv_set_property(vm->fd, HV_PARTITION_PROPERTY_REFERENCE_TIME,
				 r->machine.reference_time);
}

static unsigned int count_devices(const struct vm *vm)
{
	const struct device_kind *kind;
	unsigned int count = 0;

	for (kind = device_kinds; kind->id; kind++)
		count += kind->count(vm);
	return count;
}

/* --- sections ------------------------------------------------------------------------------ */

static int read_device(struct restore *r, const struct snapshot_section *section)
{
	uint32_t id = section->index >> 16, index = section->index & 0xffff;
	const struct device_kind *kind = device_kinds;
	uint64_t state[DEVICE_STATE_MAX / 8];
	bool *come = r->devices + index;

	for (; kind->id && kind->id != id; kind++)
		come += kind->count(r->vm);
	if (!kind->id || index >= kind->count(r->vm))
		return fail("the guest in %s has a device that is missing here: kind %u, number %u",
			    r->file.name, id, index);
	if (*come)
		return snapshot_damaged(&r->file, "is damaged: it has a device twice");
	*come = true;
	if (section->size != kind->size)
		return snapshot_damaged(&r->file, "is damaged: a device has another size");
	if (snapshot_read(&r->file, state, kind->size) < 0)
		return -1;
	if (kind->restore(r->vm, index, state) < 0)
		return snapshot_damaged(&r->file, "is damaged: a device cannot be in that state");
	return 0;
}

/* Each part of each VP once. */
static struct vp_state *find_vp(struct restore *r, uint32_t vp, uint32_t part)
{
	if (vp >= r->machine.cpus || r->vp_parts[vp] & part) {
		snapshot_damaged(&r->file, "is damaged: a VP too many");
		return NULL;
	}
	r->vp_parts[vp] |= part;
	return &r->vps[vp];
}

static int read_registers(struct restore *r, const struct snapshot_section *section)
{
	struct vp_state *state = find_vp(r, section->index, REGISTERS_PART);
	uint64_t size = section->size - sizeof(state->tsc);

	if (!state)
		return -1;
	if (section->size < sizeof(state->tsc) || size > sizeof(state->reg) ||
	    size % sizeof(state->reg[0]))
		return snapshot_damaged(&r->file, "is damaged: no VP has such registers");
	state->count = (uint32_t)(size / sizeof(state->reg[0]));
	if (snapshot_read(&r->file, &state->tsc, sizeof(state->tsc)) < 0 ||
	    snapshot_read(&r->file, state->reg, size) < 0)
		return -1;
	if (!vp_registers_valid(state, section->index))
		return snapshot_damaged(&r->file, "is damaged: no VP has such registers");
	return 0;
}

static int read_vp_state(struct restore *r, const struct snapshot_section *section)
{
	uint32_t type = section->index & 0xff;
	struct vp_state *state;

	if (type >= MSHV_VP_STATE_COUNT || section->size > sizeof(state->part[type]))
		return snapshot_damaged(&r->file, "is damaged: no VP has such a state");
	state = find_vp(r, section->index >> 8, 1u << type);
	if (!state)
		return -1;
	state->size[type] = (uint32_t)section->size;
	return snapshot_read(&r->file, state->part[type], section->size);
}

static int read_memory(struct restore *r, const struct snapshot_section *section)
{
	uint64_t gpa, size = section->size - sizeof(gpa);
	void *host;

	if (section->size < sizeof(gpa) || !size || size > SNAPSHOT_MEMORY_MAX)
		return snapshot_damaged(&r->file, "is damaged: a piece of memory has no such size");
	if (snapshot_read(&r->file, &gpa, sizeof(gpa)) < 0)
		return -1;
	host = memory_at(&r->vm->memory, gpa, size);
	if (!host)
		return snapshot_damaged(&r->file, "is damaged: memory where there is none");
	return snapshot_read(&r->file, host, size);
}

static int read_section(struct restore *r, const struct snapshot_section *section)
{
	switch (section->type) {
	case SNAPSHOT_DEVICE:
		return read_device(r, section);
	case SNAPSHOT_REGISTERS:
		return read_registers(r, section);
	case SNAPSHOT_VP_STATE:
		return read_vp_state(r, section);
	case SNAPSHOT_MEMORY:
		return read_memory(r, section);
	default:
		return snapshot_damaged(&r->file, "is damaged: it has a part that nobody knows");
	}
}

static int check_all_there(struct restore *r)
{
	uint32_t i;

	for (i = 0; i < r->machine.cpus; i++)
		if (r->vp_parts[i] != ALL_PARTS)
			return snapshot_damaged(&r->file, "is damaged: a VP is missing");
	for (i = 0; i < count_devices(r->vm); i++)
		if (!r->devices[i])
			return snapshot_damaged(&r->file, "lacks a device that this guest has");
	return 0;
}

static int read_sections(struct restore *r)
{
	struct snapshot_section section;

	for (;;) {
		if (snapshot_next(&r->file, &section) < 0)
			return -1;
		if (section.type == SNAPSHOT_END)
			return check_all_there(r);
		if (read_section(r, &section) < 0)
			return -1;
	}
}

static int make_vps(struct restore *r)
{
	uint32_t i;

	if (vm_map_memory(r->vm) < 0 || vm_create_vcpus(r->vm) < 0)
		return -1;
	for (i = 0; i < r->machine.cpus; i++)
		if (vp_state_set(&r->vm->vcpus[i], &r->vps[i]) < 0)
			return -1;
	return vp_state_set_tscs(r->vm, r->vps);
}

static int restore(struct restore *r)
{
	if (read_machine(&r->file, &r->machine) < 0)
		return -1;
	/* The file may have been replaced since it was asked what it needs. */
	if (r->machine.memory != r->vm->config->memory || r->machine.cpus != r->vm->config->cpus)
		return snapshot_damaged(&r->file, "is being changed");
	r->vps = snapshot_alloc_vps(r->machine.cpus);
	r->vp_parts = calloc(r->machine.cpus, sizeof(*r->vp_parts));
	r->devices = calloc(count_devices(r->vm), sizeof(*r->devices));
	if (!r->vps || !r->vp_parts || !r->devices)
		return fail("there is no memory for the state of %u VPs", r->machine.cpus);
	if (make_partition(r) < 0 || read_sections(r) < 0)
		return -1;
	return make_vps(r);
}

int vm_restore(struct vm *vm)
{
	struct restore r = { .vm = vm };
	int ret = snapshot_open(&r.file, vm->config->restore);

	if (ret == 0)
		ret = restore(&r);
	snapshot_close(&r.file);
	free(r.vps);
	free(r.vp_parts);
	free(r.devices);
	vm->frozen = true;
	return ret;
}
