/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few types and helpers that every file of testhv needs.
 *
 * testhv is freestanding: nothing here may depend on a C library.  The
 * integer types are those of the hypervisor ABI headers.
 */
#ifndef TESTHV_TYPES_H
#define TESTHV_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define LARGE_SIZE	(2UL << 20)
#define HUGE_SIZE	(1UL << 30)

#define BIT(n)		(1UL << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)	(((x) + (a) - 1) & ~((a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((a) - 1))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()	__asm__ volatile("" ::: "memory")

/* testhv maps all memory one to one: a system physical address is a pointer. */
static inline void *spa_ptr(u64 spa)
{
	return (void *)spa;
}

static inline u64 ptr_spa(const void *p)
{
	return (u64)p;
}

#endif
