/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processor's instructions and numbers that C has no words for.
 */
#ifndef TESTHV_X86_H
#define TESTHV_X86_H

#include "types.h"

/* Model-specific registers. */
#define MSR_APIC_BASE		0x1b
#define APIC_BASE_BSP		BIT(8)
#define APIC_BASE_X2APIC	BIT(10)
#define APIC_BASE_ENABLE	BIT(11)
#define MSR_PAT			0x277
#define PAT_RESET		0x0007040600070406UL
#define MSR_EFER		0xc0000080
#define EFER_SCE		BIT(0)
#define EFER_LME		BIT(8)
#define EFER_LMA		BIT(10)
#define EFER_NX			BIT(11)
#define EFER_SVME		BIT(12)
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_VM_CR		0xc0010114
#define VM_CR_SVMDIS		BIT(4)
#define MSR_VM_HSAVE_PA		0xc0010117

/* The local APIC in x2APIC mode. */
#define MSR_X2APIC_ID		0x802
#define MSR_X2APIC_TPR		0x808
#define MSR_X2APIC_EOI		0x80b
#define MSR_X2APIC_SVR		0x80f
#define X2APIC_SVR_ENABLE	BIT(8)
#define X2APIC_SPURIOUS		0xff
#define MSR_X2APIC_ICR		0x830
#define MSR_X2APIC_LVT_TIMER	0x832
#define MSR_X2APIC_LVT_ERROR	0x837		/* the last of the local vector table */
#define X2APIC_LVT_MASKED	BIT(16)
#define MSR_X2APIC_TIMER_INIT	0x838
#define MSR_X2APIC_TIMER_DIV	0x83e
#define X2APIC_DIV_1		0xb

/* Interrupt command register. */
#define ICR_FIXED		(0UL << 8)
#define ICR_LOWEST		(1UL << 8)
#define ICR_NMI			(4UL << 8)
#define ICR_INIT		(5UL << 8)
#define ICR_STARTUP		(6UL << 8)
#define ICR_MODE_MASK		(7UL << 8)
#define ICR_LOGICAL		BIT(11)
#define ICR_ASSERT		BIT(14)
#define ICR_LEVEL		BIT(15)
#define ICR_SHORTHAND_MASK	(3UL << 18)
#define ICR_SELF		(1UL << 18)
#define ICR_ALL			(2UL << 18)
#define ICR_OTHERS		(3UL << 18)
#define ICR_DEST_SHIFT		32

#define RFLAGS_FIXED		BIT(1)
#define RFLAGS_TF		BIT(8)
#define RFLAGS_IF		BIT(9)

#define CR0_PE			BIT(0)
#define CR0_ET			BIT(4)
#define CR0_WP			BIT(16)
#define CR0_NW			BIT(29)
#define CR0_CD			BIT(30)
#define CR0_PG			BIT(31)
#define CR4_PAE			BIT(5)
#define CR4_LA57		BIT(12)

#define VECTOR_NMI		2
#define VECTOR_UD		6
#define VECTOR_DF		8
#define VECTOR_GP		13
#define VECTOR_PF		14

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value),
			 "d"((u32)(value >> 32)) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

static inline void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outw(u16 port, u16 value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outl(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u16 inw(u16 port)
{
	u16 value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u32 inl(u16 port)
{
	u32 value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* By the size in bytes: 1, 2 or 4. */
static inline void port_write(u16 port, u32 size, u32 value)
{
	if (size == 4)
		outl(port, value);
	else if (size == 2)
		outw(port, (u16)value);
	else
		outb(port, (u8)value);
}

static inline u32 port_read(u16 port, u32 size)
{
	return size == 4 ? inl(port) : size == 2 ? inw(port) : inb(port);
}

#define READ_CR(n)						\
static inline u64 read_cr##n(void)				\
{								\
	u64 value;						\
								\
	__asm__ volatile("mov %%cr" #n ", %0" : "=r"(value) : : "memory"); \
	return value;						\
}
READ_CR(0)
READ_CR(2)
READ_CR(3)
READ_CR(4)
#undef READ_CR

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* Wait for one interrupt.  STI's shadow covers HLT, so one that is pending already ends it too. */
static inline void sti_hlt_cli(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* a * b / c without overflow in the middle; the quotient must fit. */
static inline u64 mul_div(u64 a, u64 b, u64 c)
{
	u64 lo, hi;

	__asm__("mulq %3" : "=a"(lo), "=d"(hi) : "a"(a), "rm"(b) : "cc");
	__asm__("divq %2" : "+a"(lo), "+d"(hi) : "rm"(c) : "cc");
	return lo;
}

#endif
