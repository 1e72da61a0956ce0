/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the ioctl interface share: pointers at the edge of what
 * may be touched, and one result for each rule.
 */
#ifndef SUITES_ABI_ABI_H
#define SUITES_ABI_ABI_H

#include <stdbool.h>
#include <stddef.h>

#include "mshv.h"

/* One result: this ioctl fails with this errno. */
bool refused(int fd, unsigned long request, void *argument, int error, const char *name);

/*
 * Two results: with only the first n bytes of the argument readable, or all
 * but the first n, for each n below @size, the ioctl fails with EFAULT.
 */
#define EFAULT_RESULTS	2
void refused_at_each_byte(int fd, unsigned long request, const void *argument, size_t size,
			  const char *name);

/* The same for each byte of [@offset, @offset + @size) of the argument not being zero: EINVAL. */
void refused_unless_zero(int fd, unsigned long request, void *argument, size_t offset,
			 size_t size, const char *name);

/* A copy of the argument whose page may only be read. */
void *read_only_copy(const void *argument, size_t size);

/*
 * One result: all 256 numbers with the magic of /dev/mshv, except the @nr
 * given ones, and a known one with another size, are ENOTTY.
 */
void unknown_are_enotty(int fd, const unsigned char *known, unsigned int nr, const char *name);

#endif /* SUITES_ABI_ABI_H */
