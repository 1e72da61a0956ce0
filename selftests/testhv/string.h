/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory and string functions: those that the compiler calls by itself, and
 * the few that testhv uses besides.
 */
#ifndef TESTHV_STRING_H
#define TESTHV_STRING_H

#include "types.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);
bool memory_is_zero(const void *p, size_t n);

#endif
