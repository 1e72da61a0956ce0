/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading a kernel into the guest's memory.
 *
 * Three formats, two entries: a bzImage is entered in 64-bit mode as its boot protocol has it, an
 * ELF vmlinux with a PVH note and an image with a multiboot header in 32-bit protected mode. All
 * get the same memory map, command line, initrd and ACPI tables, each in its own wording.
 */
#ifndef HVCTL_BOOT_H
#define HVCTL_BOOT_H

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

enum boot_mode {
	BOOT_LONG64,	/* paging on with an identity map, RSI is the argument */
	BOOT_PROTECTED32,	/* paging off, EBX is the argument */
};

/* How VP 0 starts. */
struct boot_entry {
	enum boot_mode mode;
	uint64_t rip;
	uint64_t argument;
	uint64_t magic;		/* what EAX holds; BOOT_PROTECTED32 alone */
};

struct vm_config;

/* Load what @config names. Returns 0, or -1 after fail_*(). */
int boot_load(struct memory *memory, const struct vm_config *config, struct boot_entry *entry);

/* A file in memory. */
struct boot_file {
	const char *name;
	const uint8_t *bytes;
	size_t size;
};

/* What boot_load() passes to the loader of a format, and what that needs to know. */
struct boot_job {
	struct memory *memory;
	struct boot_file kernel;
	struct boot_file initrd;	/* size 0: none */
	const char *cmdline;
	uint64_t initrd_gpa;
};

/* One entry of the memory map, as both boot protocols number the types. */
#define BOOT_MAP_RAM		1
#define BOOT_MAP_RESERVED	2
#define BOOT_MAP_MAX		4
struct boot_map_entry {
	uint64_t gpa;
	uint64_t size;
	uint32_t type;
};

/* The memory map; returns the number of entries, at most BOOT_MAP_MAX. */
unsigned int boot_memory_map(const struct memory *memory, struct boot_map_entry *map);

/*
 * Put the initrd as high in the low RAM as @limit (exclusive) allows, above @kernel_end.
 * Sets job->initrd_gpa. Returns 0, or -1 after fail_*().
 */
int boot_place_initrd(struct boot_job *job, uint64_t kernel_end, uint64_t limit);

/* Copy into guest memory, or fail because it does not fit. */
int boot_copy(struct boot_job *job, uint64_t gpa, const void *bytes, size_t size);

/* The formats: is it one, and load it. */
int boot_is_linux(const struct boot_file *kernel);
int boot_linux(struct boot_job *job, struct boot_entry *entry);
int boot_is_elf(const struct boot_file *kernel);
int boot_pvh(struct boot_job *job, struct boot_entry *entry);
int boot_is_multiboot(const struct boot_file *kernel);
int boot_multiboot(struct boot_job *job, struct boot_entry *entry);

#endif /* HVCTL_BOOT_H */
