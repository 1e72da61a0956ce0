// SPDX-License-Identifier: GPL-2.0
/*
 * Memory type range registers of a child's VP.
 *
 * The nested table decides how memory is cached; these are kept, checked as
 * the architecture says, and given back.
 *
 * Locking: hv_lock.
 */
#include "platform.h"
#include "vp.h"

#define MSR_MTRR_CAP		0xfe
#define MSR_MTRR_BASE0		0x200	/* base and mask in turn */
#define MSR_MTRR_FIX64K		0x250
#define MSR_MTRR_FIX16K		0x258	/* two */
#define MSR_MTRR_FIX4K		0x268	/* eight */
#define MSR_MTRR_DEF_TYPE	0x2ff
#define CAP_FIXED		BIT(8)
#define CAP_WRITE_COMBINING	BIT(10)
#define MASK_VALID		BIT(11)
#define DEF_TYPE_VALID		0xcffUL	/* type, fixed enable, enable */

bool mtrr_type_valid(u8 type)
{
	return type < 2 || (type > 3 && type < 7);
}

/* Index in the array of fixed ranges, -1: no fixed range. */
static int fixed_index(u32 msr)
{
	if (msr == MSR_MTRR_FIX64K)
		return 0;
	if (msr >= MSR_MTRR_FIX16K && msr < MSR_MTRR_FIX16K + 2)
		return (int)(1 + msr - MSR_MTRR_FIX16K);
	if (msr >= MSR_MTRR_FIX4K && msr < MSR_MTRR_FIX4K + 8)
		return (int)(3 + msr - MSR_MTRR_FIX4K);
	return -1;
}

static u64 *variable(struct child_msrs *m, u32 msr)
{
	u32 n = msr - MSR_MTRR_BASE0;

	return n & 1 ? &m->mtrr_mask[n / 2] : &m->mtrr_base[n / 2];
}

static bool is_variable(u32 msr)
{
	return msr >= MSR_MTRR_BASE0 && msr < MSR_MTRR_BASE0 + 2 * NR_MTRRS;
}

bool mtrr_msr_read(struct vp *vp, u32 msr, u64 *value)
{
	struct child_msrs *m = &vp->child->msrs;
	int fixed = fixed_index(msr);

	if (msr == MSR_MTRR_CAP)
		*value = NR_MTRRS | CAP_FIXED | CAP_WRITE_COMBINING;
	else if (msr == MSR_MTRR_DEF_TYPE)
		*value = m->mtrr_def_type;
	else if (is_variable(msr))
		*value = *variable(m, msr);
	else if (fixed >= 0)
		*value = m->mtrr_fixed[fixed];
	else
		return false;
	return true;
}

static bool write_variable(struct child_msrs *m, u32 msr, u64 value)
{
	u64 reserved = msr & 1 ? PAGE_SIZE - 1 - MASK_VALID : 0xf00;

	if (value & reserved || value >> 52 || (!(msr & 1) && !mtrr_type_valid((u8)value)))
		return false;
	*variable(m, msr) = value;
	return true;
}

static bool write_fixed(struct child_msrs *m, int fixed, u64 value)
{
	for (u32 i = 0; i < 8; i++)
		if (!mtrr_type_valid((u8)(value >> i * 8)))
			return false;
	m->mtrr_fixed[fixed] = value;
	return true;
}

bool mtrr_msr_write(struct vp *vp, u32 msr, u64 value)
{
	struct child_msrs *m = &vp->child->msrs;
	int fixed = fixed_index(msr);

	if (is_variable(msr))
		return write_variable(m, msr, value);
	if (fixed >= 0)
		return write_fixed(m, fixed, value);
	if (msr != MSR_MTRR_DEF_TYPE || value & ~DEF_TYPE_VALID || !mtrr_type_valid((u8)value))
		return false;
	m->mtrr_def_type = value;
	return true;
}
