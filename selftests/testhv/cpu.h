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

#include "lock.h"
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
	bool init_asked, sipi_asked; /* under hv_lock: the root sent INIT or SIPI (apic.c) */
	u8 sipi_vector;
	bool awake;		/* an interrupt for testhv has come (idt.c) */
	u64 host_nmis, strays;	/* NMIs taken by testhv; vectors that were not for it */
	bool in_guest;		/* between the TLB decision and #VMEXIT (svm.c) */

	/* Under kick_lock, which nests inside every other lock (clock.c). */
	struct spinlock kick_lock;
	bool kick;		/* a kick is on its way */
	bool root_nmi;		/* the root sent its CPU an NMI */
	bool nmi_pending;	/* an NMI waits to be injected into the root; this CPU alone */
	struct kick_stats {
		u64 sent, noticed;	/* NMIs sent as kicks, kicks that ended a guest's turn */
		u64 root_sent, foreign;	/* the root's own IPI NMIs; NMIs that nobody here sent */
		u64 injected;		/* NMIs that the root got */
		u64 shadow, shadow_hlt;	/* NMI exits in an STI shadow; at its HLT */
		u64 sent_tsc;
	} kicks;
};

extern struct cpu cpus[MAX_CPUS];
extern u32 nr_cpus;		/* with the service CPU */
extern u32 nr_root_cpus;
extern struct cpu *service_cpu;

/*
 * The CPU that the machine starts with boots testhv and is then parked for
 * ever: QEMU keeps IGNNE, which every load of an FPU state on any CPU clears, in
 * one word with the SVM state of its first CPU, and changes it without a lock.
 * With TCG's threads the first CPU loses a #VMEXIT's or a VMRUN's switch of
 * nested paging, or GIF, once in some 100,000 exits; so it never runs a guest.
 */
#define boot_cpu	(&cpus[MAX_CPUS - 1])	/* not counted in nr_cpus */

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

void cpu_init_boot(void);		/* the table, from the MADT */
void cpu_start_others(void);		/* the root's first CPU comes last, and begins to run it */
__attribute__((noreturn)) void cpu_park(void);
void cpu_start(struct cpu *cpu) __attribute__((noreturn)); /* each CPU's own way into its loop */
struct cpu *cpu_by_apic_id(u32 apic_id);	/* NULL: none */

#endif
