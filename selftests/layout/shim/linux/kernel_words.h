/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few words of the kernel that its Hyper-V headers use, so that they compile as an
 * ordinary program whose types and constants can be looked at.  x86-64 only.
 */
#ifndef SHIM_KERNEL_WORDS_H
#define SHIM_KERNEL_WORDS_H

#include <assert.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef unsigned long ulong;

#define CONFIG_X86		1
#define IS_ENABLED(option)	IS_ENABLED_##option
#define IS_ENABLED_CONFIG_X86	1
#define IS_ENABLED_CONFIG_ARM64	0

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK(high, low)	((~0UL << (low)) & (~0UL >> (63 - (high))))
#define GENMASK_ULL(high, low)	GENMASK(high, low)
#define NSEC_PER_SEC		1000000000L

#undef __packed
#define __packed		__attribute__((__packed__))
#define __aligned(n)		__attribute__((__aligned__(n)))

#define DECLARE_FLEX_ARRAY(type, name) \
	struct { struct { } no_member_##name; type name[]; }

/* A structure that ends in an array, and members that lie over that array. */
#define __TRAILING_OVERLAP(type, name, array, attributes, members)	\
	union {								\
		type name;						\
		struct {						\
			unsigned char over_##name[offsetof(type, array)]; \
			members						\
		} attributes;						\
	}

#endif /* SHIM_KERNEL_WORDS_H */
