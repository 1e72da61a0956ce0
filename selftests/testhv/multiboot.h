/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a multiboot (version 1) loader leaves in memory: QEMU's -kernel is one.
 */
#ifndef TESTHV_MULTIBOOT_H
#define TESTHV_MULTIBOOT_H

#include "types.h"

#define MULTIBOOT_LOADED	0x2badb002	/* in EAX at the entry */

#define MULTIBOOT_CMDLINE	BIT(2)
#define MULTIBOOT_MODULES	BIT(3)
#define MULTIBOOT_MMAP		BIT(6)

struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper;
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
};

struct multiboot_module {
	u32 start, end;		/* end is exclusive */
	u32 string;		/* file name and command line */
	u32 reserved;
};

struct multiboot_mmap {
	u32 size;		/* of what follows */
	u64 addr, len;
	u32 type;		/* as in the e820 map */
} __attribute__((packed));

#endif
