/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the root sends through its CPUs' interrupt command registers, and what
 * testhv sends to them.
 */
#ifndef TESTHV_APIC_H
#define TESTHV_APIC_H

#include "types.h"

struct cpu;
struct vp;

bool apic_write_icr(struct vp *vp, u64 icr);	/* false: reserved bits, #GP */

/*
 * What an INIT does to this CPU's APIC: timer off, local vectors masked.  It stays enabled,
 * because the CPU is woken through it; apic_disable() does the rest at the SIPI.
 */
void apic_reset(void);
void apic_disable(void);

/* A SynIC vector for the root: a real interrupt, which the root ends natively. */
void apic_send_ipi(struct cpu *cpu, u8 vector);

#endif
