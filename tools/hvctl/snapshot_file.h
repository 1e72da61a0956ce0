/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that holds a saved guest: a header, sections, and a last section with a checksum of all
 * that stands before it. All numbers are little-endian, all lengths multiples of 8 bytes.
 *
 * A file that is being written has ".part" after its name, and gets its name when it is whole. It
 * holds the guest's memory, so only its owner can read it.
 *
 * Nothing that a file says is believed: lengths are compared with what there is before they are
 * used. Functions that fail have recorded why (failure.h).
 */
#ifndef HVCTL_SNAPSHOT_FILE_H
#define HVCTL_SNAPSHOT_FILE_H

#include <stdint.h>
#include <stdio.h>

#define SNAPSHOT_MAGIC		"hvctlVM"	/* and its zero: eight bytes */
#define SNAPSHOT_VERSION	1

struct snapshot_header {
	char magic[8];
	uint32_t version;
	uint32_t reserved;
};

/**
 * struct snapshot_section - what stands before the bytes of a section
 * @type: enum snapshot_type
 * @index: which of several
 * @size: bytes that follow
 */
struct snapshot_section {
	uint32_t type;
	uint32_t index;
	uint64_t size;
};

/* Never used again for something else. */
enum snapshot_type {
	SNAPSHOT_END,
	SNAPSHOT_MACHINE,
	SNAPSHOT_DEVICE,
	SNAPSHOT_REGISTERS,
	SNAPSHOT_VP_STATE,
	SNAPSHOT_MEMORY,
};

struct snapshot_file {
	FILE *stream;
	const char *name;
	char *part;		/* what it is called while it is written */
	uint64_t checksum;
	uint64_t left;		/* bytes behind the header of the section being read */
	uint64_t unread;	/* of that section */
};

/* Write. A file that is closed without snapshot_finish() is gone. */
int snapshot_create(struct snapshot_file *file, const char *name);
int snapshot_begin(struct snapshot_file *file, uint32_t type, uint32_t index, uint64_t size);
int snapshot_write(struct snapshot_file *file, const void *bytes, size_t size);
int snapshot_finish(struct snapshot_file *file);

/* Read. After the last section snapshot_next() has compared the checksum. */
int snapshot_open(struct snapshot_file *file, const char *name);
int snapshot_next(struct snapshot_file *file, struct snapshot_section *section);
int snapshot_read(struct snapshot_file *file, void *bytes, size_t size);

/* The file is not what it should be; @what goes on with "NAME ...". Always -1. */
int snapshot_damaged(const struct snapshot_file *file, const char *what);

void snapshot_close(struct snapshot_file *file);

#endif /* HVCTL_SNAPSHOT_FILE_H */
