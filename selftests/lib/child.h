/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child partition with one piece of RAM at guest physical address 0 and a
 * few VPs, as most tests want it.
 *
 * Functions that build bail out of the test program when the system refuses:
 * a test of refusals uses mshv.h.
 */
#ifndef SELFTESTS_CHILD_H
#define SELFTESTS_CHILD_H

#include "blob.h"
#include "mshv.h"

#define CHILD_MAX_VPS	4

struct child_vp {
	int fd;
	struct hv_vp_register_page *regs;
	struct hv_message *intercept;
};

struct child {
	int dev;
	int pt;
	uint8_t *ram;
	size_t ram_size;
	unsigned int nr_vps;
	struct child_vp vp[CHILD_MAX_VPS];
};

/* Create, initialise, map @ram_size bytes (RWX) at GPA 0, create VPs 0..@nr_vps-1. */
void child_create(struct child *child, uint64_t pt_flags, size_t ram_size, unsigned int nr_vps);

/* The same with synthetic features, as union hv_partition_synthetic_processor_features has them. */
void child_create_with(struct child *child, uint64_t pt_flags, uint64_t features,
		       size_t ram_size, unsigned int nr_vps);

/* Its two halves, for what has to be set in between, before the partition is initialised. */
void child_begin(struct child *child, uint64_t pt_flags);
void child_complete(struct child *child, size_t ram_size, unsigned int nr_vps);
void child_destroy(struct child *child);

void child_load(struct child *child, uint64_t gpa, const struct blob *code);

/* Make a VP start at @ip in 16-bit real mode with flat segments at 0. */
void child_real_mode(struct child *child, unsigned int vp, uint16_t ip);

/* The same in 32-bit protected mode, paging off. */
void child_protected_mode(struct child *child, unsigned int vp, uint32_t ip);

/*
 * The same in 64-bit mode: page tables from CHILD_TABLES map the first GiB one
 * to one, the GDT is at CHILD_GDT, the IDT at CHILD_IDT is empty; the stack
 * ends at CHILD_STACK(vp).  @argument goes into RDI.
 */
#define CHILD_TABLES		0x10000
#define CHILD_GDT		0x14000
#define CHILD_IDT		0x15000
#define CHILD_STACK(vp)		(0x20000 - 0x1000 * (vp))
#define CHILD_CODE_SEGMENT	0x08
#define CHILD_DATA_SEGMENT	0x10
#define CHILD_LONG_MODE_RAM	0x200000	/* what a 64-bit child needs at least */

void child_long_mode(struct child *child, unsigned int vp, uint64_t ip, uint64_t argument);
void child_set_gate(struct child *child, unsigned int vector, uint64_t handler);

/* A child of one VP that starts with @code at BLOB_GPA: child_create() to child_*_mode(). */
void child_start_real(struct child *child, uint64_t pt_flags, size_t ram_size,
		      const struct blob *code);
void child_start_long(struct child *child, uint64_t pt_flags, size_t ram_size,
		      const struct blob *code);

/* Make a VP write to each of @pages pages from @gpa on, in 64-bit mode, and then do an OUT. */
void child_touch(struct child *child, unsigned int vp, uint64_t gpa, uint64_t pages);

/* Run a VP until there is a message; false (and a note) when RUN_VP fails. */
bool child_run(struct child *child, unsigned int vp, struct hv_message *message);

/* Run and demand a message of this type. */
bool child_run_to(struct child *child, unsigned int vp, uint32_t type, struct hv_message *message);

/* Step over the instruction that caused an intercept, by the register page. */
void child_skip(struct child *child, unsigned int vp, uint64_t next_ip);

/* A register of a VP by hypercall; bails out on failure. */
uint64_t child_register(struct child *child, unsigned int vp, uint32_t name);
void child_set_register(struct child *child, unsigned int vp, uint32_t name, uint64_t value);

/* What is at the start of each x64 intercept message. */
static inline struct hv_x64_intercept_message_header *message_header(struct hv_message *message)
{
	return (struct hv_x64_intercept_message_header *)message->u.payload;
}

#endif /* SELFTESTS_CHILD_H */
