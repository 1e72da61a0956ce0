/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sections of a file with a saved guest (snapshot_file.h), for those who write and read it.
 *
 *   SNAPSHOT_MACHINE	first, once: struct snapshot_machine
 *   SNAPSHOT_DEVICE	one for each device: the structure of its kind (device_state.h)
 *   SNAPSHOT_REGISTERS	one for each VP: its TSC, then struct saved_register
 *   SNAPSHOT_VP_STATE	one for each VP and MSHV_VP_STATE_*, padded to 8 bytes
 *   SNAPSHOT_MEMORY	a guest physical address and the pages there; what no section has is zero
 */
#ifndef HVCTL_SNAPSHOT_FORMAT_H
#define HVCTL_SNAPSHOT_FORMAT_H

#include <stdint.h>

#include "snapshot_file.h"

struct vm;
struct vp_state;

/**
 * struct snapshot_machine - what the guest ran on, and must find again
 * @memory: bytes of its memory
 * @cpus: its VPs
 * @reserved: zero
 * @features: what of the hypervisor it may use, property SYNTHETIC_PROC_FEATURES
 * @processor_features: properties PROCESSOR_FEATURES0 and 1
 * @xsave_states: property XSAVE_STATES
 * @clock_hz: property PROCESSOR_CLOCK_FREQUENCY
 * @reference_time: property REFERENCE_TIME, in units of 100 ns
 */
struct snapshot_machine {
	uint64_t memory;
	uint32_t cpus;
	uint32_t reserved;
	uint64_t features;
	uint64_t processor_features[2];
	uint64_t xsave_states;
	uint64_t clock_hz;
	uint64_t reference_time;
};

/* The most memory that one section has. */
#define SNAPSHOT_MEMORY_MAX	(2u << 20)

#define SNAPSHOT_DEVICE_INDEX(kind, n)		((kind) << 16 | (n))
#define SNAPSHOT_VP_STATE_INDEX(vp, type)	((vp) << 8 | (type))

static inline uint64_t snapshot_padded(uint64_t size)
{
	return (size + 7) & ~7ULL;
}

/* What @vm is. Returns 0, or -1 after fail_*(). */
int snapshot_read_machine(struct vm *vm, struct snapshot_machine *machine);

/* Room for the states of so many VPs, zeroed; free() it. NULL after fail_*(). */
struct vp_state *snapshot_alloc_vps(uint32_t count);

#endif /* HVCTL_SNAPSHOT_FORMAT_H */
