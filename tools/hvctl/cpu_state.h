/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers of a VP: what it starts with, and what changes after an exit that this VMM handled.
 *
 * The hypervisor moves no register for us, not even RIP past the instruction that was
 * intercepted. Where the driver offers the register page, that is a few stores to memory, and
 * the hypervisor takes them over when the VP is next run; else it is a hypercall.
 */
#ifndef HVCTL_CPU_STATE_H
#define HVCTL_CPU_STATE_H

#include <stdint.h>

#include "boot.h"

struct memory;
struct vcpu;

/* What the entry's registers point to: page tables and descriptors, in guest memory. */
void cpu_state_tables(struct memory *memory, const struct boot_entry *entry);

/* The registers VP 0 starts with. All return 0, or -1 after fail_*(). */
int cpu_state_boot(struct vcpu *vcpu, const struct boot_entry *entry);

/* What every VP has from its firmware before it runs anything. */
int cpu_state_common(struct vcpu *vcpu);

/* Go on at @rip. */
int cpu_state_set_rip(struct vcpu *vcpu, uint64_t rip);

/* The same, with a new RAX. */
int cpu_state_set_rip_rax(struct vcpu *vcpu, uint64_t rip, uint64_t rax);

/* All general registers, in encoding order, and RFLAGS. */
struct cpu_gprs {
	uint64_t gpr[16];
	uint64_t rflags;
};
int cpu_state_get_gprs(struct vcpu *vcpu, struct cpu_gprs *gprs);
int cpu_state_set_gprs(struct vcpu *vcpu, const struct cpu_gprs *gprs, uint64_t rip);

/* Bring what was changed in the page to the hypervisor before the VP is next run. */
int cpu_state_flush(struct vcpu *vcpu);

#endif /* HVCTL_CPU_STATE_H */
