/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Physical CPUs.
 *
 * A CPU is one of the root's, and then runs the root VP of the same index for
 * ever, or the service CPU.  Fields are written by the CPU itself, except the
 * kick flags, which have rules of their own (clock.c).
 */
#ifndef TESTHV_CPU_H
#define TESTHV_CPU_H

#include "types.h"

#define MAX_CPUS 16

struct vp;

struct cpu {
	struct cpu *self;	/* %gs:0 */
	u32 index;		/* the root's VP index; the service CPU comes last */
	u32 apic_id;
	bool service;
	bool started;
	struct vp *root_vp;	/* NULL on the service CPU */
	struct vp *vp;		/* whose VMCB this CPU runs or ran last */
	u64 host_vmcb;		/* SPA: VMSAVE area of the host */
	u64 hsave;		/* SPA: VM_HSAVE_PA */
	u64 stack_top;
	u64 nr_exits;
};

extern struct cpu cpus[MAX_CPUS];
extern u32 nr_cpus;		/* with the service CPU */
extern u32 nr_root_cpus;
extern struct cpu *service_cpu;

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

struct cpu *cpu_by_apic_id(u32 apic_id);	/* NULL: none */

#endif
