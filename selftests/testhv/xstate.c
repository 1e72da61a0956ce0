// SPDX-License-Identifier: GPL-2.0
/*
 * State that VMRUN does not switch: x87, SSE and AVX registers, XCR0, debug
 * address registers, TSC_AUX.
 *
 * testhv itself uses general registers only, so the root's state stays in the
 * CPU until a child is to run there, and is back before the root runs again.
 * Components of XSAVE that children do not get are in their initial state
 * while they run.
 *
 * Locking: none; a CPU touches its own state and that of the VP it runs.
 */
#include "child.h"
#include "cpu.h"
#include "partition.h"
#include "platform.h"
#include "string.h"
#include "x86.h"

#define CR4_OSFXSR	BIT(9)
#define CR4_OSXSAVE	BIT(18)
#define MSR_TSC_AUX	0xc0000103
#define FCW_RESET	0x037f
#define MXCSR_RESET	0x1f80
#define MXCSR_OFFSET	24
#define XSTATE_BV	512

/* What the CPU held before the child came. */
struct host_xstate {
	u8 area[PAGE_SIZE] __attribute__((aligned(64)));
	u64 xcr0, tsc_aux, dr[4];
};

static struct host_xstate host_xstates[MAX_CPUS];

static u64 xgetbv(void)
{
	u32 lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (u64)hi << 32 | lo;
}

static void xsetbv(u64 value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static void xsave(void *area)
{
	__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(~0U), "d"(~0U) : "memory");
}

static void xrstor(const void *area)
{
	__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(~0U), "d"(~0U) : "memory");
}

static void read_drs(u64 *dr)
{
	__asm__ volatile("mov %%db0, %0" : "=r"(dr[0]));
	__asm__ volatile("mov %%db1, %0" : "=r"(dr[1]));
	__asm__ volatile("mov %%db2, %0" : "=r"(dr[2]));
	__asm__ volatile("mov %%db3, %0" : "=r"(dr[3]));
}

static void write_drs(const u64 *dr)
{
	__asm__ volatile("mov %0, %%db0" : : "r"(dr[0]));
	__asm__ volatile("mov %0, %%db1" : : "r"(dr[1]));
	__asm__ volatile("mov %0, %%db2" : : "r"(dr[2]));
	__asm__ volatile("mov %0, %%db3" : : "r"(dr[3]));
}

/* XSAVE itself needs the OS's consent, also from us. */
static void enable_xsave(void)
{
	u64 cr4 = read_cr4(), want = cr4 | CR4_OSFXSR | CR4_OSXSAVE;

	__asm__ volatile("clts");
	if (cr4 != want)
		__asm__ volatile("mov %0, %%cr4" : : "r"(want) : "memory");
}

u64 xstate_host_mask(void)
{
	static u64 mask;

	if (!mask) {
		struct cpuid_regs r = cpuid(0xd, 0);

		mask = (u64)r.edx << 32 | r.eax;
	}
	return mask;
}

u64 xstate_child_mask(const struct partition *p)
{
	union hv_partition_processor_xsave_features disabled = { .as_uint64 = p->xsave_features };
	u64 mask = XCR0_X87 | XCR0_SSE;

	if (!disabled.avx_support)
		mask |= XCR0_AVX;
	return mask & xstate_host_mask();
}

void xstate_load(struct vp *vp)
{
	struct host_xstate *host = &host_xstates[this_cpu()->index];

	enable_xsave();
	host->xcr0 = xgetbv();
	xsetbv(xstate_host_mask());
	xsave(host->area);
	host->tsc_aux = rdmsr(MSR_TSC_AUX);
	read_drs(host->dr);

	xrstor(vp->xstate);
	xsetbv(vp->xcr0);
	wrmsr(MSR_TSC_AUX, vp->tsc_aux);
	write_drs(vp->dr);
}

void xstate_save(struct vp *vp)
{
	struct host_xstate *host = &host_xstates[this_cpu()->index];

	vp->xcr0 = xgetbv();
	xsetbv(xstate_host_mask());
	xsave(vp->xstate);
	vp->tsc_aux = rdmsr(MSR_TSC_AUX);
	read_drs(vp->dr);

	xrstor(host->area);
	xsetbv(host->xcr0);
	wrmsr(MSR_TSC_AUX, host->tsc_aux);
	write_drs(host->dr);
}

/* Its state is in the CPU while it runs: there XCR0 changes too. */
bool xstate_set_xcr0(struct vp *vp, u64 value)
{
	if (!(value & XCR0_X87) || value & ~xstate_child_mask(vp->partition))
		return false;
	if (value & XCR0_AVX && !(value & XCR0_SSE))
		return false;
	vp->xcr0 = value;
	if (vp->on_cpu == this_cpu())
		xsetbv(value);
	return true;
}

void xstate_reset(struct vp *vp)
{
	u16 fcw = FCW_RESET;
	u32 mxcsr = MXCSR_RESET;
	u64 bv = XCR0_X87 | XCR0_SSE;
	u8 *area = vp->xstate;

	memset(area, 0, PAGE_SIZE);
	memcpy(area, &fcw, sizeof(fcw));
	memcpy(area + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	memcpy(area + XSTATE_BV, &bv, sizeof(bv));
	vp->xcr0 = XCR0_X87;
	vp->tsc_aux = 0;
	memset(vp->dr, 0, sizeof(vp->dr));
}
