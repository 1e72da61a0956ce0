// SPDX-License-Identifier: GPL-2.0
/*
 * Saving and restoring a VP. See vp_state.h.
 *
 * Registers are set in the order of vp_registers.c. Interrupts on their way are in the local APIC
 * and in the pending interruption; FPU and vector registers are in the XSAVE state.
 */
#include <errno.h>
#include <stdbool.h>

#include "cpu_state.h"
#include "failure.h"
#include "mshv.h"
#include "vm.h"
#include "vp_registers.h"
#include "vp_state.h"

static int get_register(struct vcpu *vcpu, struct vp_state *state, uint32_t name, bool optional)
{
	struct saved_register *reg = &state->reg[state->count];

	*reg = (struct saved_register){ .name = name };
	if (!optional) {
		if (mshv_get_registers(vcpu->fd, vcpu->index, &name, &reg->value, 1) < 0)
			return -1;
	} else if (mshv_find_register(vcpu->fd, vcpu->index, name, &reg->value) < 0) {
		return 0;
	}
	state->count++;
	return 0;
}

static int get_registers(struct vcpu *vcpu, struct vp_state *state)
{
	const struct vp_register_run *run;
	unsigned int n;

	for (run = vp_register_runs; run->count; run++) {
		if (run->flags & VP_REGISTER_ONCE && vcpu->index)
			continue;
		for (n = 0; n < run->count; n++)
			if (get_register(vcpu, state, run->name + n,
					 run->flags & VP_REGISTER_OPTIONAL) < 0)
				return -1;
	}
	return 0;
}

int vp_state_get(struct vcpu *vcpu, struct vp_state *state)
{
	uint8_t type;

	state->count = 0;
	if (cpu_state_flush(vcpu) < 0 || get_registers(vcpu, state) < 0)
		return -1;
	for (type = 0; type < MSHV_VP_STATE_COUNT; type++) {
		state->size[type] = sizeof(state->part[type]);
		if (mshv_get_vp_state(vcpu->fd, type, state->part[type], &state->size[type]) < 0)
			return -1;
	}
	return 0;
}

static bool same(const union hv_register_value *a, const union hv_register_value *b)
{
	return a->reg128.low_part == b->reg128.low_part &&
	       a->reg128.high_part == b->reg128.high_part;
}

/* Not what it is already: there are registers that can be read and refuse every write. */
static int set_register(struct vcpu *vcpu, const struct saved_register *reg)
{
	struct hv_register_assoc assoc = { .name = reg->name, .value = reg->value };
	union hv_register_value now = { 0 };

	if (mshv_find_register(vcpu->fd, vcpu->index, reg->name, &now) < 0)
		return fail("VP %u of the saved guest has a register 0x%x, and here it has none",
			    vcpu->index, reg->name);
	return same(&now, &reg->value) ? 0 : mshv_set_registers(vcpu->fd, vcpu->index, &assoc, 1);
}

static bool is_last(uint32_t name)
{
	return name == HV_REGISTER_INTERNAL_ACTIVITY_STATE;
}

static int set_registers(struct vcpu *vcpu, const struct vp_state *state, bool last)
{
	uint32_t i;

	for (i = 0; i < state->count; i++)
		if (is_last(state->reg[i].name) == last &&
		    set_register(vcpu, &state->reg[i]) < 0)
			return -1;
	return 0;
}

/* The ioctl wants whole pages. */
static uint32_t whole_pages(uint32_t size)
{
	return (size + MSHV_HV_PAGE_SIZE - 1) / MSHV_HV_PAGE_SIZE * MSHV_HV_PAGE_SIZE;
}

int vp_state_set(struct vcpu *vcpu, const struct vp_state *state)
{
	uint8_t type;

	if (set_registers(vcpu, state, false) < 0)
		return -1;
	for (type = 0; type < MSHV_VP_STATE_COUNT; type++)
		if (mshv_set_vp_state(vcpu->fd, type, state->part[type],
				      whole_pages(state->size[type])) < 0)
			return -1;
	return set_registers(vcpu, state, true);
}

static int get_tsc(struct vcpu *vcpu, uint64_t *tsc)
{
	const uint32_t name = HV_X64_REGISTER_TSC;
	union hv_register_value value;

	if (mshv_get_registers(vcpu->fd, vcpu->index, &name, &value, 1) < 0)
		return -1;
	*tsc = value.reg64;
	return 0;
}

/* Of one that is read between two readings of VP 0's nothing says that it is not the same. */
static int get_tsc_beside(struct vm *vm, uint32_t index, uint64_t base, uint64_t *tsc)
{
	uint64_t before, after, own;

	if (get_tsc(&vm->vcpus[0], &before) < 0 || get_tsc(&vm->vcpus[index], &own) < 0 ||
	    get_tsc(&vm->vcpus[0], &after) < 0)
		return -1;
	*tsc = own >= before && own <= after ? base : base + own - (before + (after - before) / 2);
	return 0;
}

int vp_state_get_tscs(struct vm *vm, struct vp_state *states)
{
	uint32_t i;

	if (get_tsc(&vm->vcpus[0], &states[0].tsc) < 0)
		return -1;
	for (i = 1; i < vm->config->cpus; i++)
		if (get_tsc_beside(vm, i, states[0].tsc, &states[i].tsc) < 0)
			return -1;
	return 0;
}

int vp_state_set_tscs(struct vm *vm, const struct vp_state *states)
{
	uint32_t i;

	for (i = 0; i < vm->config->cpus; i++) {
		struct hv_register_assoc assoc = {
			.name = HV_X64_REGISTER_TSC,
			.value.reg64 = states[i].tsc,
		};

		if (mshv_set_registers(vm->vcpus[i].fd, i, &assoc, 1) < 0)
			return -1;
	}
	return 0;
}
