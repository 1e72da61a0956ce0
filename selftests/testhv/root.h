/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The root partition's VPs: one a CPU, for ever.
 */
#ifndef TESTHV_ROOT_H
#define TESTHV_ROOT_H

#include "types.h"

struct cpu;
struct vp;

extern u8 root_io_bitmap[3 * PAGE_SIZE], root_msr_bitmap[2 * PAGE_SIZE];

/* Pages of testhv's region that the root can see. */
struct root_pages {
	u64 hypercall, tsc;		/* SPA, one each */
	u64 assist[16];			/* one a VP */
	u64 synic[16];			/* three a VP: messages, event flags, event rings */
};

extern struct root_pages root_pages;

void root_alloc(void);		/* memory, before the pool takes the rest */
void root_init(void);		/* nested table, VPs, and what is in their pages */

/* Panics unless this CPU is seen to take an exit: a CPU that does not would run beside testhv. */
void root_probe(struct cpu *cpu);
void root_loop(struct cpu *cpu) __attribute__((noreturn));

/* State after INIT, and after the SIPI that follows. */
void root_reset_vp(struct vp *vp);

#endif
