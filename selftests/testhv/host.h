/* SPDX-License-Identifier: GPL-2.0 */
/*
 * testhv as the machine's own operating system: its interrupt table and what
 * its CPUs do to one another.
 *
 * On a root's CPU testhv runs with GIF = 0 (nothing interrupts it) and
 * RFLAGS.IF = 1; interrupts and NMIs are taken in the windows below only.
 */
#ifndef TESTHV_HOST_H
#define TESTHV_HOST_H

#include "types.h"
#include "x86.h"

struct cpu;

/* Vectors that testhv sends itself; all others that arrive are strays. */
#define VECTOR_TIMER	0xf0
#define VECTOR_WAKE	0xf1

struct host_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

void host_init_idt(void);	/* first thing of all: before it an exception resets the machine */
void host_load_idt(void);
void host_interrupt(struct host_frame *frame);	/* from isr.S */

/* GIF and the windows.  Each leaves GIF = 0 and IF = 1. */
static inline void host_clgi(void)
{
	__asm__ volatile("clgi; sti" : : : "memory");
}

/* Take what is pending.  Not for an exit by NMI: that is clock_nmi_exit()'s (clock.h). */
static inline void host_window(void)
{
	__asm__ volatile("sti; stgi; nop; nop; clgi" : : : "memory");
}

/* Sleep until an interrupt or NMI unless *awake is set by then; the check and HLT are atomic. */
void host_sleep(const bool *awake);

/* Interrupts through this CPU's x2APIC.  `icr` has mode and vector. */
void host_send(struct cpu *to, u32 icr);
#define host_wake(cpu)	host_send(cpu, ICR_FIXED | VECTOR_WAKE)

/*
 * An interrupt whose request to the CPU QEMU has lost (inject.c) waits in the APIC, and a
 * one-shot timer never comes again.  A write to TPR makes the APIC ask anew.
 */
static inline void host_ask_again(void)
{
	wrmsr(MSR_X2APIC_TPR, rdmsr(MSR_X2APIC_TPR));
}

/* Addresses that a guest must never have: of VMRUN's return, and the page table. */
extern char vmrun_return[], boot_pml4[];

#endif
