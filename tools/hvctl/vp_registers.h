/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which registers make up a VP: in the order in which a new one takes them, and in files.
 */
#ifndef HVCTL_VP_REGISTERS_H
#define HVCTL_VP_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

struct vp_state;

enum {
	VP_REGISTER_OPTIONAL = 1 << 0,	/* not each hypervisor or processor has it */
	VP_REGISTER_ONCE = 1 << 1,	/* the partition's; VP 0 stands for it */
};

/* @count registers from @name on; the list ends with a count of 0. */
struct vp_register_run {
	uint32_t name;
	uint16_t count;
	uint16_t flags;
};
extern const struct vp_register_run vp_register_runs[];

/* Does @state, of VP @index, have these in this order, none twice, and no other? */
bool vp_registers_valid(const struct vp_state *state, uint32_t index);

#endif /* HVCTL_VP_REGISTERS_H */
