/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUID as the root sees it: the machine's own, less SVM, plus the
 * hypervisor's leaves.
 */
#ifndef TESTHV_CPUID_H
#define TESTHV_CPUID_H

#include "x86.h"

/* A child that may have children, as the root sees itself; testhv has nothing above it. */
extern bool root_is_l1vh;

/* A dispatch takes interrupts from the register page when it is told to. */
extern bool dispatch_injects;

void cpuid_init(void);		/* reads the options that change leaves */
struct cpuid_regs root_cpuid(u32 leaf, u32 subleaf);

/* Does leaf 0x40000003 offer the root this privilege (EAX in the low half, EBX in the high)? */
bool root_has_privilege(u64 mask);

#endif
