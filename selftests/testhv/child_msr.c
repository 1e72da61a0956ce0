// SPDX-License-Identifier: GPL-2.0
/*
 * The MSRs of a child's VP, for the guest that executes RDMSR and WRMSR and
 * for the parent that reads and writes registers.
 *
 * Those that VMLOAD and VMSAVE switch run without an exit.  What is in no
 * table here does not exist: #GP, or, if the parent said so, reads as zero and
 * takes any write.
 *
 * Locking: hv_lock.
 */
#include "boot.h"
#include "child.h"
#include "cpu.h"
#include "guest.h"
#include "install.h"
#include "partition.h"
#include "platform.h"
#include "reftime.h"
#include "string.h"

#define MSR_TSC			0x10
#define MSR_X2APIC_FIRST	0x800
#define MSR_X2APIC_LAST		0x83f
#define MSR_TSC_AUX		0xc0000103
#define MSR_SYNTHETIC_FIRST	0x40000000
#define MSR_SYNTHETIC_LAST	0x400001ff

#define EFER_FFXSR		BIT(14)
#define EFER_GUEST		(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | EFER_FFXSR)

#define ANY			(~0UL)

/* MSRs that are a u64 somewhere. */
struct plain_msr {
	u32 msr;
	bool in_vmcb;		/* offset is into the save area, else into struct child_msrs */
	bool canonical;		/* an address */
	u16 offset;
	u64 valid;		/* bits that may be set */
};

#define SAVED(n, field, bits)	{ n, true, false, offsetof(struct vmcb_save, field), bits }
#define ADDRESS(n, field)	{ n, true, true, offsetof(struct vmcb_save, field), ANY }
#define KEPT(n, field, bits)	{ n, false, false, offsetof(struct child_msrs, field), bits }

static const struct plain_msr plain_msrs[] = {
	SAVED(0x174, sysenter_cs, 0xffffffff),
	ADDRESS(0x175, sysenter_esp),
	ADDRESS(0x176, sysenter_eip),
	SAVED(0x1d9, dbgctl, 0x3f),
	SAVED(0xc0000081, star, ANY),
	ADDRESS(0xc0000082, lstar),
	ADDRESS(0xc0000083, cstar),
	SAVED(0xc0000084, sfmask, 0xffffffff),
	ADDRESS(0xc0000100, fs.base),
	ADDRESS(0xc0000101, gs.base),
	ADDRESS(0xc0000102, kernel_gs_base),
	KEPT(0x17a, mcg_status, 7),
	KEPT(0x1a0, misc_enable, ANY),
	KEPT(0xc0010010, syscfg, ANY),
	KEPT(0xc0010015, hwcr, ANY),
	KEPT(0xc0011029, de_cfg, ANY),
};

/* AMD's, that an operating system asks for without a CPUID bit: they read as zero. */
static const struct msr_range {
	u32 first, last;
} zero_msrs[] = {
	{ 0x8b, 0x8b },			/* microcode revision */
	{ 0x179, 0x179 },		/* MCG_CAP: no machine check banks */
	{ 0xc0010000, 0xc0010007 },	/* performance counters */
	{ 0xc001001f, 0xc001001f },	/* NB_CFG */
	{ 0xc0010055, 0xc0010055 },	/* interrupt pending */
	{ 0xc0010058, 0xc0010058 },	/* MMIO configuration base */
	{ 0xc0010061, 0xc001006b },	/* P-states */
	{ 0xc0010140, 0xc0010141 },	/* OS visible workarounds */
	{ 0xc0011020, 0xc0011023 },	/* LS_CFG and neighbours */
	{ 0xc001102a, 0xc001102b },	/* BU_CFG2 */
};

/* Read and write at full speed. */
static const u32 native_msrs[] = {
	0x174, 0x175, 0x176, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
	0xc0000100, 0xc0000101, 0xc0000102,
};

static u8 msrpm[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u8 msrpm_all[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* Two bits an MSR, read and write, in three ranges. */
static void allow(u32 msr, bool write)
{
	u32 index = msr & 0x1fff;

	if (msr >= 0xc0010000)
		index += 0x4000;
	else if (msr >= 0xc0000000)
		index += 0x2000;
	msrpm[index / 4] &= (u8)~((write ? 3 : 1) << index % 4 * 2);
}

u64 child_msrpm(bool all)
{
	if (!msrpm[0]) {
		memset(msrpm, 0xff, sizeof(msrpm));
		memset(msrpm_all, 0xff, sizeof(msrpm_all));
		allow(MSR_TSC, false);
		allow(MSR_TSC_AUX, false);
		for (u32 i = 0; i < ARRAY_SIZE(native_msrs); i++)
			allow(native_msrs[i], true);
	}
	return ptr_spa(all ? msrpm_all : msrpm);
}

static const struct plain_msr *find_plain(u32 msr)
{
	for (u32 i = 0; i < ARRAY_SIZE(plain_msrs); i++)
		if (plain_msrs[i].msr == msr)
			return &plain_msrs[i];
	return NULL;
}

static bool is_zero_msr(u32 msr)
{
	for (u32 i = 0; i < ARRAY_SIZE(zero_msrs); i++)
		if (msr >= zero_msrs[i].first && msr <= zero_msrs[i].last)
			return true;
	return false;
}

static u8 *plain_place(struct vp *vp, const struct plain_msr *m)
{
	return (m->in_vmcb ? (u8 *)&vp->vmcb->save : (u8 *)&vp->child->msrs) + m->offset;
}

static bool is_canonical(u64 value)
{
	return (u64)((s64)(value << 7) >> 7) == value;
}

static bool plain_write(struct vp *vp, const struct plain_msr *m, u64 value)
{
	if (value & ~m->valid || (m->canonical && !is_canonical(value)))
		return false;
	memcpy(plain_place(vp, m), &value, sizeof(value));
	return true;
}

/* LMA is the CPU's: it follows LME and CR0.PG.  SVME is ours. */
static bool write_efer(struct vp *vp, u64 value)
{
	u64 *efer = &vp->vmcb->save.efer;

	if (value & ~EFER_GUEST)
		return false;
	if (vp->vmcb->save.cr0 & CR0_PG && (value ^ *efer) & EFER_LME)
		return false;
	*efer = (value & ~EFER_LMA) | (*efer & EFER_LMA) | EFER_SVME;
	return true;
}

static bool write_pat(struct vp *vp, u64 value)
{
	for (u32 i = 0; i < 8; i++) {
		u8 type = (u8)(value >> i * 8);

		if (!mtrr_type_valid(type) && type != 7)
			return false;
	}
	vp->child->msrs.pat = value;
	vp->vmcb->save.g_pat = value;
	return true;
}

/*
 * A parent sets its VPs' TSCs one after the other, from threads of their own: taken
 * by the letter they would differ by the time between, and a guest that is told
 * its TSC is invariant does not look.  So a VP that has not run is kept in step,
 * unless it is to be ahead of the others.
 */
static void write_tsc(struct vp *vp, u64 value)
{
	struct partition *p = vp->partition;
	u64 now = time_now();
	bool in_step = !vp->run_tsc && !option_value("tscbyvp");

	if (!in_step) {
		vp->vmcb->control.tsc_offset = value - now;
	} else {
		if (!p->tsc_set || value > now + p->tsc_offset)
			p->tsc_offset = value - now;
		p->tsc_set = true;
		vp->vmcb->control.tsc_offset = p->tsc_offset;
	}
	if (!vp->index)
		reftime_update_page(vp->partition);
}

static bool write_tsc_aux(struct vp *vp, u64 value)
{
	if (value >> 32)
		return false;
	vp->tsc_aux = value;
	if (vp->on_cpu == this_cpu())
		wrmsr(MSR_TSC_AUX, value);
	return true;
}

bool msr_read(struct vp *vp, u32 msr, u64 *value)
{
	const struct plain_msr *m = find_plain(msr);

	*value = 0;
	if (m) {
		memcpy(value, plain_place(vp, m), sizeof(*value));
		return true;
	}
	if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
		return lapic_msr_read(vp, msr, value);
	if (msr >= MSR_SYNTHETIC_FIRST && msr <= MSR_SYNTHETIC_LAST)
		return synthetic_msr_read(vp, msr, value);

	switch (msr) {
	case MSR_TSC:
		*value = time_now() + vp->vmcb->control.tsc_offset;
		return true;
	case MSR_TSC_AUX:
		*value = vp->tsc_aux;
		return true;
	case MSR_APIC_BASE:
		*value = vp->lapic ? vp->lapic->base : 0;
		return vp->lapic;
	case MSR_PAT:
		*value = vp->child->msrs.pat;
		return true;
	case MSR_EFER:
		*value = vp->vmcb->save.efer & EFER_GUEST;
		return true;
	}
	return mtrr_msr_read(vp, msr, value) || is_zero_msr(msr);
}

bool msr_write(struct vp *vp, u32 msr, u64 value)
{
	const struct plain_msr *m = find_plain(msr);

	if (m)
		return plain_write(vp, m, value);
	if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
		return lapic_msr_write(vp, msr, value);
	if (msr >= MSR_SYNTHETIC_FIRST && msr <= MSR_SYNTHETIC_LAST)
		return synthetic_msr_write(vp, msr, value);

	switch (msr) {
	case MSR_TSC:
		write_tsc(vp, value);
		return true;
	case MSR_TSC_AUX:
		return write_tsc_aux(vp, value);
	case MSR_APIC_BASE:
		return vp->lapic && lapic_set_base(vp->lapic, value);
	case MSR_PAT:
		return write_pat(vp, value);
	case MSR_EFER:
		return write_efer(vp, value);
	}
	return mtrr_msr_write(vp, msr, value) || is_zero_msr(msr);
}

/* May the guest touch it at all?  Its parent may touch every one that exists. */
static bool permitted(const struct partition *p, u32 msr)
{
	u64 need;

	if (msr < MSR_SYNTHETIC_FIRST || msr > MSR_SYNTHETIC_LAST)
		return true;
	need = synthetic_privilege(msr);
	return (child_privileges(p) & need) == need;
}

/* One that exists, and refuses a value, faults whatever the parent's policy for others is. */
static bool ignored(struct vp *vp, u32 msr)
{
	u64 value;

	if (vp->partition->unimplemented_msr_action !=
	    HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO)
		return false;
	return !permitted(vp->partition, msr) || !msr_read(vp, msr, &value);
}

static void go_idle(struct vp *vp)
{
	if (!vp->lapic)
		return;
	vp->activity = VP_HALTED;
	vp->child->events.idle = true;
}

enum child_exit child_msr(struct vp *vp, bool write)
{
	u32 msr = (u32)*vp_gpr(vp, RCX);
	u64 value = *vp_gpr(vp, RDX) << 32 | (u32)*vp_gpr(vp, RAX);
	u32 access = write ? HV_INTERCEPT_ACCESS_MASK_WRITE : HV_INTERCEPT_ACCESS_MASK_READ;
	bool ok;

	if (msr_intercepted(vp, msr, access))
		return CHILD_INTERCEPT;
	ok = permitted(vp->partition, msr) &&
	     (write ? msr_write(vp, msr, value) : msr_read(vp, msr, &value));
	/* The parent may take care of those that nobody here knows. */
	if (!ok && intercept_installed(vp->partition, HV_INTERCEPT_TYPE_X64_MSR, access))
		return CHILD_INTERCEPT;
	if (!ok && !ignored(vp, msr)) {
		child_queue_exception(vp, VECTOR_GP, true, 0);
		return CHILD_DONE;
	}
	if (!write) {
		*vp_gpr(vp, RAX) = ok ? (u32)value : 0;
		*vp_gpr(vp, RDX) = ok ? value >> 32 : 0;
		if (msr == HV_X64_MSR_GUEST_IDLE && ok)
			go_idle(vp);
	}
	vp_advance(vp, MSR_LENGTH);
	return CHILD_DONE;
}
