/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known once the machine has handed testhv its memory: the memory map,
 * the place of testhv in it, and the options on its command line.
 *
 * Written before the second CPU starts, read-only from then on.
 */
#ifndef TESTHV_BOOT_H
#define TESTHV_BOOT_H

#include "types.h"

#define E820_RAM	1
#define E820_RESERVED	2

struct mem_range {
	u64 start, end;		/* end is exclusive */
	u32 type;		/* E820_* */
};

#define MAX_MEM_RANGES	64

extern struct mem_range mem_map[MAX_MEM_RANGES];	/* as the firmware gave it, sorted */
extern u32 nr_mem_ranges;

/* testhv's own memory, image and pool; 2 MiB aligned at both ends. */
extern u64 hv_start, hv_end;

struct boot_module {
	const void *data;
	u64 size;
	const char *string;	/* file name, blank, command line */
};

extern struct boot_module boot_kernel, boot_initrd;	/* size 0: none */

/*
 * Options are words of the form "name" or "name=value".  option_value() returns the value up
 * to a blank in a static buffer good until the next call, "" for a bare word, NULL for none.
 */
const char *option_value(const char *name);
bool option_is(const char *name, const char *value);
u64 option_number(const char *name, u64 otherwise);

/* Whole pages out of what is left of testhv's region; boot time only, panics when it is used up. */
void *boot_alloc(u64 bytes);

#endif
