/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine code for child partitions, written as assembly in the test that uses
 * it and assembled by the test's own compiler: what a reader sees is what the
 * child runs, and no build step of its own is needed.
 *
 *	ASMBLOB(spin, 16, "1: jmp 1b");
 *	child_load(&child, 0x1000, &spin);
 *
 * Code must not care where it is loaded, or load at BLOB_GPA, for which
 * AT(label) gives a label's address.
 */
#ifndef SELFTESTS_BLOB_H
#define SELFTESTS_BLOB_H

#include <stddef.h>

#define BLOB_GPA	0x1000

struct blob {
	const char *start;
	const char *end;
};

#define ASMBLOB(name, bits, text)						\
	__asm__(".pushsection .rodata\n"				\
		".code" #bits "\n"					\
		".balign 16\n"						\
		"blob_" #name "_start:\n"				\
		text "\n"						\
		"blob_" #name "_end:\n"					\
		".code64\n"						\
		".popsection\n");					\
	extern const char blob_##name##_start[], blob_##name##_end[];	\
	static const struct blob name = { blob_##name##_start, blob_##name##_end }

/* In a blob's text: the address of a label when the blob lies at BLOB_GPA. */
#define AT(name, label)	"(" label " - blob_" #name "_start + 0x1000)"

static inline size_t blob_size(const struct blob *blob)
{
	return (size_t)(blob->end - blob->start);
}

#endif /* SELFTESTS_BLOB_H */
