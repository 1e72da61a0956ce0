// SPDX-License-Identifier: GPL-2.0
/*
 * What a child sees when it executes CPUID.
 *
 * The processor's own answer, less what is not on a list here, less what the
 * partition's creator disabled; topology, local APIC and XSAVE sizes are the
 * VP's; leaves 0x40000000 and above are testhv's.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "cpuid.h"
#include "cpuidresult.h"
#include "guest.h"
#include "partition.h"
#include "platform.h"

#define MAX_LEAF		0xd
#define MAX_EXTENDED_LEAF	0x8000001e
#define MAX_SYNTHETIC_LEAF	0x4000000a
#define CR4_OSXSAVE		BIT(18)

/* Registers of a leaf. */
enum { EAX, EBX, ECX, EDX };

/*
 * A feature that hv_partition_processor_features names (banks 0 and 1: bits 0 to 127), or
 * hv_partition_processor_xsave_features (bits 128 and up), and where CPUID reports it.
 */
#define XSAVE_FEATURE	128

static const struct feature {
	u8 bit;
	u8 reg, pos;
	u32 leaf;
} features[] = {
	{ 0, ECX, 0, 1 }, { 2, ECX, 9, 1 }, { 3, ECX, 19, 1 }, { 4, ECX, 20, 1 },
	{ 7, ECX, 23, 1 }, { 8, ECX, 13, 1 }, { 16, ECX, 25, 1 }, { 17, ECX, 1, 1 },
	{ 18, ECX, 17, 1 }, { 20, ECX, 29, 1 }, { 21, ECX, 30, 1 }, { 29, ECX, 22, 1 },
	{ 22, EBX, 0, 7 }, { 23, EBX, 7, 7 }, { 24, EBX, 9, 7 }, { 25, EBX, 3, 7 },
	{ 26, EBX, 8, 7 }, { 32, EBX, 18, 7 }, { 33, EBX, 19, 7 }, { 35, EBX, 20, 7 },
	{ 39, EBX, 23, 7 }, { 40, EBX, 24, 7 }, { 41, EBX, 29, 7 }, { 43, EBX, 10, 7 },
	{ 57, ECX, 22, 7 }, { 58, ECX, 2, 7 }, { 68, ECX, 16, 7 }, { 49, EDX, 4, 7 },
	{ 1, ECX, 0, 0x80000001 }, { 5, ECX, 6, 0x80000001 }, { 6, ECX, 11, 0x80000001 },
	{ 9, ECX, 4, 0x80000001 }, { 10, ECX, 5, 0x80000001 }, { 11, ECX, 7, 0x80000001 },
	{ 19, ECX, 16, 0x80000001 }, { 34, ECX, 8, 0x80000001 },
	{ 12, EDX, 22, 0x80000001 }, { 13, EDX, 31, 0x80000001 }, { 14, EDX, 30, 0x80000001 },
	{ 15, EDX, 26, 0x80000001 }, { 38, EDX, 27, 0x80000001 }, { 66, EBX, 0, 0x80000008 },
	{ XSAVE_FEATURE + 0, ECX, 26, 1 }, { XSAVE_FEATURE + 2, ECX, 28, 1 },
	{ XSAVE_FEATURE + 3, EBX, 5, 7 }, { XSAVE_FEATURE + 4, ECX, 12, 1 },
};

/* Bits that no disabled feature takes away. */
#define LEAF1_EDX	0x078bfbff	/* FPU to FXSR, SSE, SSE2; no PSN, DS, thermal */
#define LEAF1_APIC	BIT(9)
#define LEAF1_X2APIC	BIT(21)
#define LEAF1_OSXSAVE	BIT(27)
#define LEAF1_HTT	BIT(28)
#define EXT1_EDX	0x2393fbff	/* as above, SYSCALL, NX, FFXSR, LM */
#define EXT1_CMP_LEGACY	BIT(1)
#define EXT1_TOPOEXT	BIT(22)
#define EXT7_INVARIANT_TSC BIT(8)
#define LEAF6_ARAT	BIT(2)
#define LEAFD1_XSAVEOPT	BIT(0)
#define LEAFD1_XGETBV1	BIT(2)
#define TSC_INVARIANT_FEATURE	65
#define XSAVEOPT_FEATURE	(XSAVE_FEATURE + 1)

bool child_has_feature(const struct partition *p, u32 bit)
{
	if (bit >= XSAVE_FEATURE)
		return !(p->xsave_features >> (bit - XSAVE_FEATURE) & 1);
	return !(p->processor_features[bit / 64] >> bit % 64 & 1);
}

/* Of this leaf and register, the features that this partition has. */
static u32 allowed(const struct partition *p, u32 leaf, u8 reg)
{
	u32 mask = 0;

	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];

		if (f->leaf == leaf && f->reg == reg && child_has_feature(p, f->bit))
			mask |= 1U << f->pos;
	}
	return mask;
}

/* What the processor has, in the form of partition properties; set bit: it has it. */
u64 child_host_features(u32 bank)
{
	u64 mask = 0;

	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];
		struct cpuid_regs r;
		u32 value[4];

		if (f->bit / 64 != bank)
			continue;
		r = cpuid(f->leaf, 0);
		value[EAX] = r.eax;
		value[EBX] = r.ebx;
		value[ECX] = r.ecx;
		value[EDX] = r.edx;
		mask |= (u64)(value[f->reg] >> f->pos & 1) << f->bit % 64;
	}
	if (bank == XSAVE_FEATURE / 64 && cpuid(0xd, 1).eax & LEAFD1_XSAVEOPT)
		mask |= BIT(XSAVEOPT_FEATURE % 64);
	if (bank == TSC_INVARIANT_FEATURE / 64)
		mask |= BIT(TSC_INVARIANT_FEATURE % 64);
	return mask;
}

/* Synthetic features and the privileges that come with them: bit here, bit there. */
static const u8 privilege_of[][2] = {
	{ 2, 0 }, { 3, 1 }, { 4, 2 }, { 5, 3 }, { 6, 4 }, { 7, 5 }, { 8, 6 }, { 9, 9 },
	{ 10, 10 }, { 11, 11 }, { 29, 32 + 5 },
};

static bool synthetic_feature(const struct partition *p, u32 bit)
{
	return p->synthetic_features >> bit & 1;
}

u64 child_privileges(const struct partition *p)
{
	u64 mask = p->privileges;

	for (u32 i = 0; i < ARRAY_SIZE(privilege_of); i++)
		if (synthetic_feature(p, privilege_of[i][0]))
			mask |= BIT(privilege_of[i][1]);
	if (child_has_feature(p, TSC_INVARIANT_FEATURE) && mask & HV_MSR_HYPERCALL_AVAILABLE)
		mask |= HV_ACCESS_TSC_INVARIANT;
	return mask;
}

enum {
	SYNTHETIC_PRESENT = 0,
	SYNTHETIC_HV1 = 1,
	SYNTHETIC_INTR_CTRL = 6,
	SYNTHETIC_GUEST_IDLE = 10,
	SYNTHETIC_FREQUENCY = 11,
	SYNTHETIC_DIRECT_TIMERS = 22,
	SYNTHETIC_EX_MASKS = 24,
	SYNTHETIC_IPI = 26,
};

static u32 feature_edx(const struct partition *p)
{
	u32 edx = HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE;

	if (synthetic_feature(p, SYNTHETIC_GUEST_IDLE))
		edx |= HV_X64_GUEST_IDLE_STATE_AVAILABLE;
	if (synthetic_feature(p, SYNTHETIC_FREQUENCY))
		edx |= HV_FEATURE_FREQUENCY_MSRS_AVAILABLE;
	if (synthetic_feature(p, SYNTHETIC_DIRECT_TIMERS))
		edx |= HV_STIMER_DIRECT_MODE_AVAILABLE;
	return edx;
}

static u32 hints_eax(const struct partition *p)
{
	u32 eax = HV_DEPRECATING_AEOI_RECOMMENDED;

	if (synthetic_feature(p, SYNTHETIC_INTR_CTRL))
		eax |= HV_X64_APIC_ACCESS_RECOMMENDED;
	if (synthetic_feature(p, SYNTHETIC_IPI))
		eax |= HV_X64_CLUSTER_IPI_RECOMMENDED;
	if (synthetic_feature(p, SYNTHETIC_EX_MASKS))
		eax |= HV_X64_EX_PROCESSOR_MASKS_RECOMMENDED;
	return eax;
}

static struct cpuid_regs synthetic_leaf(const struct partition *p, u32 leaf)
{
	struct cpuid_regs r = { 0 };
	u64 privileges = child_privileges(p);

	switch (leaf) {
	case HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS:
		r.eax = MAX_SYNTHETIC_LEAF;
		r.ebx = HYPERV_CPUID_VENDOR_EBX;
		r.ecx = HYPERV_CPUID_VENDOR_ECX;
		r.edx = HYPERV_CPUID_VENDOR_EDX;
		break;
	case HYPERV_CPUID_INTERFACE:
		r.eax = HYPERV_CPUID_INTERFACE_EAX_SIGNATURE;
		break;
	case HYPERV_CPUID_VERSION:
		r = root_cpuid(leaf, 0);
		break;
	case HYPERV_CPUID_FEATURES:
		r.eax = (u32)privileges;
		r.ebx = (u32)(privileges >> 32);
		r.edx = feature_edx(p);
		break;
	case HYPERV_CPUID_ENLIGHTMENT_INFO:
		r.eax = hints_eax(p);
		r.ebx = 0xffffffff;	/* never tell of long spin waits */
		break;
	case HYPERV_CPUID_IMPLEMENT_LIMITS:
		r.eax = r.ebx = MAX_VPS;
		break;
	}
	return r;
}

/* Bits of an APIC ID that tell this partition's VPs apart. */
static u32 id_bits(const struct partition *p)
{
	u32 bits = 0;

	while (1U << bits < p->nr_vps)
		bits++;
	return bits;
}

static void leaf_1(struct vp *vp, struct cpuid_regs *r)
{
	const struct partition *p = vp->partition;

	r->ebx = (r->ebx & 0xff00) | vp->apic_id << 24 | MIN(p->nr_vps, 0xffU) << 16;
	r->ecx &= allowed(p, 1, ECX);
	r->edx &= LEAF1_EDX;
	if (synthetic_feature(p, SYNTHETIC_PRESENT))
		r->ecx |= HYPERV_HYPERVISOR_PRESENT_BIT;
	if (p->creation_flags & HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE)
		r->ecx |= LEAF1_X2APIC;
	if (vp->vmcb->save.cr4 & CR4_OSXSAVE)
		r->ecx |= LEAF1_OSXSAVE;
	if (!vp->lapic || !(vp->lapic->base & APIC_BASE_ENABLE))
		r->edx &= ~(u32)LEAF1_APIC;
	if (p->nr_vps > 1)
		r->edx |= LEAF1_HTT;
}

static void leaf_7(const struct partition *p, u32 subleaf, struct cpuid_regs *r)
{
	r->eax = 0;
	r->ebx &= subleaf ? 0 : allowed(p, 7, EBX);
	r->ecx &= subleaf ? 0 : allowed(p, 7, ECX);
	r->edx &= subleaf ? 0 : allowed(p, 7, EDX);
}

/* One thread a core, all cores in one package. */
static void leaf_b(struct vp *vp, u32 subleaf, struct cpuid_regs *r)
{
	r->eax = subleaf == 1 ? id_bits(vp->partition) : 0;
	r->ebx = subleaf == 0 ? 1 : subleaf == 1 ? vp->partition->nr_vps : 0;
	r->ecx = subleaf | (subleaf == 0 ? 1U : subleaf == 1 ? 2U : 0U) << 8;
	r->edx = vp->apic_id;
}

u32 child_xsave_size(u64 mask)
{
	u32 size = 512 + 64;

	for (u32 i = 2; i < 63; i++) {
		struct cpuid_regs r;

		if (!(mask >> i & 1))
			continue;
		r = cpuid(0xd, i);
		size = MAX(size, r.ebx + r.eax);
	}
	return size;
}

static void leaf_d(struct vp *vp, u32 subleaf, struct cpuid_regs *r)
{
	u64 mask = xstate_child_mask(vp->partition);
	struct cpuid_regs none = { 0 };

	if (!child_has_feature(vp->partition, XSAVE_FEATURE)) {
		*r = none;
	} else if (subleaf == 0) {
		r->eax = (u32)mask;
		r->ebx = child_xsave_size(vp->xcr0);
		r->ecx = child_xsave_size(mask);
		r->edx = (u32)(mask >> 32);
	} else if (subleaf == 1) {
		u32 bits = LEAFD1_XGETBV1;

		if (child_has_feature(vp->partition, XSAVEOPT_FEATURE))
			bits |= LEAFD1_XSAVEOPT;
		r->eax &= bits;
		r->ebx = r->ecx = r->edx = 0;
	} else if (subleaf >= 63 || !(mask >> subleaf & 1)) {
		*r = none;
	}
}

static void leaf_ext1(const struct partition *p, struct cpuid_regs *r)
{
	r->ecx &= allowed(p, 0x80000001, ECX) | EXT1_TOPOEXT;
	r->edx &= allowed(p, 0x80000001, EDX) | EXT1_EDX;
	if (p->nr_vps > 1)
		r->ecx |= EXT1_CMP_LEGACY;
}

static void leaf_ext8(const struct partition *p, struct cpuid_regs *r)
{
	r->ebx &= allowed(p, 0x80000008, EBX);
	r->ecx = id_bits(p) << 12 | (p->nr_vps - 1);
	r->edx = 0;
}

static void extended_leaf(struct vp *vp, u32 leaf, struct cpuid_regs *r)
{
	struct cpuid_regs none = { 0 };

	switch (leaf) {
	case 0x80000000:
		r->eax = MIN(r->eax, MAX_EXTENDED_LEAF);
		break;
	case 0x80000001:
		leaf_ext1(vp->partition, r);
		break;
	case 0x80000002 ... 0x80000006:
		break;
	case 0x80000007:
		*r = none;
		if (child_has_feature(vp->partition, TSC_INVARIANT_FEATURE))
			r->edx = EXT7_INVARIANT_TSC;
		break;
	case 0x80000008:
		leaf_ext8(vp->partition, r);
		break;
	case 0x8000001d:
		r->eax &= ~0x03ffc000U;	/* no cache is shared */
		break;
	case 0x8000001e:
		r->eax = vp->apic_id;
		r->ebx = vp->apic_id & 0xff;
		r->ecx = r->edx = 0;
		break;
	default:
		*r = none;
	}
}

static void basic_leaf(struct vp *vp, u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	struct cpuid_regs none = { 0 };

	switch (leaf) {
	case 0:
		r->eax = MIN(r->eax, MAX_LEAF);
		break;
	case 1:
		leaf_1(vp, r);
		break;
	case 2:
		break;
	case 4:
		r->eax &= 0x3fff;	/* no cache is shared */
		break;
	case 6:
		*r = none;
		r->eax = LEAF6_ARAT;
		break;
	case 7:
		leaf_7(vp->partition, subleaf, r);
		break;
	case 0xb:
		leaf_b(vp, subleaf, r);
		break;
	case 0xd:
		leaf_d(vp, subleaf, r);
		break;
	default:
		*r = none;
	}
}

static struct cpuid_regs own_leaf(struct vp *vp, u32 leaf, u32 subleaf)
{
	const struct partition *p = vp->partition;
	struct cpuid_regs r = { 0 };

	if (leaf >> 16 == HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS >> 16)
		return synthetic_feature(p, SYNTHETIC_HV1) ? synthetic_leaf(p, leaf) : r;
	r = cpuid(leaf, subleaf);
	if (leaf >> 31)
		extended_leaf(vp, leaf, &r);
	else
		basic_leaf(vp, leaf, subleaf, &r);
	return r;
}

/* The parent has the last word, but for the bit that follows the guest's CR4. */
struct cpuid_regs child_cpuid_leaf(struct vp *vp, u32 leaf, u32 subleaf)
{
	struct cpuid_regs r = own_leaf(vp, leaf, subleaf);
	u32 osxsave = leaf == 1 ? r.ecx & LEAF1_OSXSAVE : 0;

	cpuid_results_apply(vp, leaf, subleaf, &r);
	if (leaf == 1)
		r.ecx = (r.ecx & ~(u32)LEAF1_OSXSAVE) | osxsave;
	return r;
}

enum child_exit child_cpuid(struct vp *vp)
{
	u32 leaf = (u32)*vp_gpr(vp, RAX), subleaf = (u32)*vp_gpr(vp, RCX);
	struct cpuid_regs r = child_cpuid_leaf(vp, leaf, subleaf);

	*vp_gpr(vp, RAX) = r.eax;
	*vp_gpr(vp, RBX) = r.ebx;
	*vp_gpr(vp, RCX) = r.ecx;
	*vp_gpr(vp, RDX) = r.edx;
	vp_advance(vp, CPUID_LENGTH);
	return CHILD_DONE;
}
