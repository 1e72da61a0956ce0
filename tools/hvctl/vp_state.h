/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that makes up a VP that does not run, so that another, new one can go on in its place.
 */
#ifndef HVCTL_VP_STATE_H
#define HVCTL_VP_STATE_H

#include <stdint.h>

#include <hvabi/vp.h>
#include <uapi/linux/mshv.h>

struct vcpu;
struct vm;

#define VP_STATE_REGISTERS	192
#define VP_STATE_PAGES		4	/* AMX's registers are what takes most, nearly three */

/* In files. */
struct saved_register {
	uint32_t name;
	uint32_t reserved;
	union hv_register_value value;
};

/**
 * struct vp_state - one VP
 * @tsc: its time stamp counter, as it was when time stopped
 * @count: registers that it has
 * @reg: these
 * @size: bytes of each MSHV_VP_STATE_*
 * @part: these
 */
struct vp_state {
	uint64_t tsc;
	uint32_t count;
	struct saved_register reg[VP_STATE_REGISTERS];
	uint32_t size[MSHV_VP_STATE_COUNT];
	uint8_t part[MSHV_VP_STATE_COUNT][VP_STATE_PAGES * MSHV_HV_PAGE_SIZE]
		__attribute__((aligned(MSHV_HV_PAGE_SIZE)));
};

/* All but the TSC. Returns 0, or -1 after fail_*(). */
int vp_state_get(struct vcpu *vcpu, struct vp_state *state);
int vp_state_set(struct vcpu *vcpu, const struct vp_state *state);

/*
 * The TSCs of all VPs, at one moment: counters that go on while they are read, and a guest wants
 * them in step. Setting them comes last, for they count from then on.
 */
int vp_state_get_tscs(struct vm *vm, struct vp_state *states);
int vp_state_set_tscs(struct vm *vm, const struct vp_state *states);

#endif /* HVCTL_VP_STATE_H */
