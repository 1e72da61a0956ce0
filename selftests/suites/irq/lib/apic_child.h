/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child whose VPs take interrupts and count them, by vector, each in a page
 * of its own that the test reads: 64-bit mode, x2APIC, a gate for each of the
 * 256 vectors.
 */
#ifndef SUITES_IRQ_APIC_CHILD_H
#define SUITES_IRQ_APIC_CHILD_H

#include "child.h"
#include "vpthread.h"

/* What a VP writes, at DATA_GPA(vp); R15 points at it as long as the VP runs. */
#define DATA_GPA(vp)	(0x100000UL + (vp) * 0x4000UL)

struct vp_data {
	volatile uint64_t count[256];	/* handler runs, by vector */
	volatile uint64_t ready;	/* 0x800: interrupts are enabled */
	volatile uint64_t loops;	/* 0x808: rounds of the main loop */
	volatile uint64_t sequence;	/* 0x810: written by the test before it signals */
	volatile uint64_t seen;		/* 0x818: sequence as the last handler read it */
	volatile uint64_t scratch[16];	/* 0x820: free for the code of a test */
};

#define APIC_RAM	CHILD_LONG_MODE_RAM

/*
 * Create a child with @nr_vps VPs.  Each runs @main_code, loaded at MAIN_GPA,
 * after its local APIC was enabled and before interrupts are: the code says
 * STI itself.  @main_code NULL: VPs halt and wait for interrupts.
 */
#define MAIN_GPA	0x8000

void apic_child_create(struct child *child, unsigned int nr_vps, const struct blob *main_code);
void apic_load(struct child *child, const struct blob *main_code);	/* code and gates alone */
struct vp_data *apic_data(struct child *child, unsigned int vp);

/* Start a VP's thread and wait until it has interrupts enabled; bails out if it never does. */
void apic_vp_start(struct child *child, struct vp_thread *thread, unsigned int vp);

/* Assert a level-triggered interrupt to one VP; what the system call returns. */
int apic_assert_level(struct child *child, unsigned int vp, unsigned int vector);

/* All handler runs of a VP, of any vector. */
uint64_t apic_total(struct child *child, unsigned int vp);

/* Wait until *value is at least @want; false when that takes longer than @ms. */
bool wait_until(const volatile uint64_t *value, uint64_t want, unsigned int ms);

#endif /* SUITES_IRQ_APIC_CHILD_H */
