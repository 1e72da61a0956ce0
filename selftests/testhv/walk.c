// SPDX-License-Identifier: GPL-2.0
/*
 * A child's own page tables: from guest virtual to guest physical addresses,
 * for testhv itself (instruction bytes) and for the parent by
 * TRANSLATE_VIRTUAL_ADDRESS.
 *
 * Four formats: none, 32-bit, PAE, and long mode with 4 or 5 levels.
 *
 * Locking: hv_lock.
 */
#include "guest.h"
#include "hypercall.h"
#include "registers.h"

#define PTE_PRESENT	BIT(0)
#define PTE_WRITE	BIT(1)
#define PTE_USER	BIT(2)
#define PTE_ACCESSED	BIT(5)
#define PTE_DIRTY	BIT(6)
#define PTE_LARGE	BIT(7)
#define PTE_NX		BIT(63)
#define PTE_ADDR	0x000ffffffffff000UL

/* How the VP's mode makes its tables. */
struct format {
	u32 levels;
	u32 entry_size;		/* 4 or 8 */
	u32 index_bits;		/* 10 or 9 */
	bool nx, wp;
};

struct walk {
	struct vp *vp;
	struct format f;
	u64 gva;
	struct gva_access access;
	bool writable, user, exec;	/* all levels so far */
};

static struct format vp_format(const struct vp *vp)
{
	const struct vmcb_save *s = &vp->vmcb->save;
	struct format f = { .levels = 2, .entry_size = 4, .index_bits = 10 };

	if (s->cr4 & CR4_PAE) {
		f.levels = s->efer & EFER_LMA ? s->cr4 & CR4_LA57 ? 5 : 4 : 3;
		f.entry_size = 8;
		f.index_bits = 9;
		f.nx = s->efer & EFER_NX;
	}
	f.wp = s->cr0 & CR0_WP;
	return f;
}

/* Bits of the address that a leaf at this level leaves to the offset. */
static u32 level_shift(const struct format *f, u32 level)
{
	return PAGE_SHIFT + (level - 1) * f->index_bits;
}

static u64 entry_gpa(const struct walk *w, u64 table, u32 level)
{
	u64 index = w->gva >> level_shift(&w->f, level);

	/* The top level of PAE has four entries. */
	index &= w->f.levels == 3 && level == 3 ? 3 : BIT(w->f.index_bits) - 1;
	return table + index * w->f.entry_size;
}

static bool read_entry(struct walk *w, u64 gpa, u64 *entry)
{
	*entry = 0;
	return gpa_read(w->vp->partition, gpa, entry, w->f.entry_size);
}

static bool is_leaf(const struct walk *w, u64 entry, u32 level)
{
	if (level == 1)
		return true;
	if (!(entry & PTE_LARGE) || level > 3 || (w->f.levels == 3 && level == 3))
		return false;
	return w->f.entry_size == 8 || w->vp->vmcb->save.cr4 & CR4_PSE;
}

/* PAE's top entries have no permissions. */
static void narrow(struct walk *w, u64 entry, u32 level)
{
	if (w->f.levels == 3 && level == 3)
		return;
	w->writable &= !!(entry & PTE_WRITE);
	w->user &= !!(entry & PTE_USER);
	w->exec &= !(w->f.nx && entry & PTE_NX);
}

static bool permitted(const struct walk *w)
{
	const struct gva_access *a = &w->access;

	if (a->user && !w->user)
		return false;
	if (a->exec && !w->exec)
		return false;
	return !a->write || w->writable || (!a->user && !w->f.wp && !a->no_wp);
}

static void replace(void *at, u64 from, u64 to, u32 size)
{
	u32 from32 = (u32)from;

	if (size == sizeof(u64))
		__atomic_compare_exchange_n((u64 *)at, &from, to, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	else
		__atomic_compare_exchange_n((u32 *)at, &from32, (u32)to, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
}

/* An entry that another VP has changed meanwhile is not the one that was walked, and is left. */
static bool mark(struct walk *w, u64 gpa, u64 entry, bool leaf)
{
	u64 marked = entry | PTE_ACCESSED | (leaf && w->access.write ? PTE_DIRTY : 0);
	void *at;

	if (!w->access.set_ad || marked == entry)
		return true;
	at = gpa_ptr(w->vp->partition, gpa, NPT_R | NPT_W);
	if (at)
		replace(at, entry, marked, w->f.entry_size);
	return at;
}

static u64 leaf_gpa(const struct walk *w, u64 entry, u32 level)
{
	u64 mask = BIT(level_shift(&w->f, level)) - 1;
	u64 base = w->f.entry_size == 4 ? (u32)entry : entry & PTE_ADDR;

	/* PSE-36: bits 13 and up of a 4 MiB entry are the address above 32 bits. */
	if (w->f.entry_size == 4 && level == 2)
		base |= (entry >> 13 & 0xff) << 32;
	return (base & PTE_ADDR & ~mask) | (w->gva & mask);
}

static enum gva_result walk_tables(struct walk *w, u64 *gpa)
{
	u64 table = w->vp->vmcb->save.cr3 & (w->f.levels == 3 ? 0xffffffe0UL : PTE_ADDR);

	for (u32 level = w->f.levels; level; level--) {
		u64 where = entry_gpa(w, table, level), entry;
		bool leaf;

		if (!read_entry(w, where, &entry)) {
			*gpa = where;
			return GVA_NO_TABLE;
		}
		if (!(entry & PTE_PRESENT))
			return GVA_NOT_PRESENT;
		if (!w->f.nx && w->f.entry_size == 8 && entry & PTE_NX)
			return GVA_RESERVED;
		narrow(w, entry, level);
		leaf = is_leaf(w, entry, level);
		if (leaf && !permitted(w))
			return GVA_PROTECTION;
		if (!mark(w, where, entry, leaf)) {
			*gpa = where;
			return GVA_NO_TABLE;
		}
		if (leaf) {
			*gpa = leaf_gpa(w, entry, level);
			return GVA_OK;
		}
		table = entry & PTE_ADDR;
	}
	return GVA_NOT_PRESENT;
}

enum gva_result gva_translate(struct vp *vp, u64 gva, struct gva_access access, u64 *gpa)
{
	struct walk w = { .vp = vp, .f = vp_format(vp), .gva = gva, .access = access,
			  .writable = true, .user = true, .exec = true };

	if (!(vp->vmcb->save.cr0 & CR0_PG)) {
		*gpa = (u32)gva;
		return GVA_OK;
	}
	if (!(vp->vmcb->save.efer & EFER_LMA))
		w.gva = (u32)gva;
	return walk_tables(&w, gpa);
}

#define TRANSLATE_FLAGS	(HV_TRANSLATE_GVA_VALIDATE_READ | HV_TRANSLATE_GVA_VALIDATE_WRITE | \
			 HV_TRANSLATE_GVA_VALIDATE_EXECUTE | HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT | \
			 HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS | \
			 HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT | \
			 HV_TRANSLATE_GVA_SUPERVISOR_ACCESS | HV_TRANSLATE_GVA_USER_ACCESS | \
			 HV_TRANSLATE_GVA_ENFORCE_SMAP | HV_TRANSLATE_GVA_OVERRIDE_SMAP)

static struct gva_access wanted_access(const struct vp *vp, u64 flags)
{
	struct gva_access a = {
		.write = flags & HV_TRANSLATE_GVA_VALIDATE_WRITE,
		.exec = flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE,
		.user = vp_cpl(vp) == 3,
		.set_ad = flags & HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS,
	};

	if (flags & (HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT | HV_TRANSLATE_GVA_SUPERVISOR_ACCESS))
		a.user = false;
	if (flags & HV_TRANSLATE_GVA_USER_ACCESS)
		a.user = true;
	return a;
}

static u32 gpa_result(struct partition *p, u64 gpa, u64 flags)
{
	struct npt_entry e = npt_lookup(&p->npt, gpa);

	if (!e.size)
		return HV_TRANSLATE_GVA_GPA_UNMAPPED;
	if (flags & HV_TRANSLATE_GVA_VALIDATE_WRITE && !(e.prot & NPT_W))
		return HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS;
	return e.prot & NPT_R ? HV_TRANSLATE_GVA_SUCCESS : HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS;
}

static u64 translate_virtual_address(struct hypercall *hc)
{
	static const u8 codes[] = {
		[GVA_NOT_PRESENT] = HV_TRANSLATE_GVA_PAGE_NOT_PRESENT,
		[GVA_PROTECTION] = HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION,
		[GVA_RESERVED] = HV_TRANSLATE_GVA_INVALIDE_PAGE_TABLE_FLAGS,
		[GVA_NO_TABLE] = HV_TRANSLATE_GVA_GPA_UNMAPPED,
	};
	const struct hv_input_translate_virtual_address *in = hc->in;
	struct hv_output_translate_virtual_address *out = hc->out;
	enum gva_result res;
	struct vp *vp;
	u64 gpa = 0, status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->padding || in->control_flags & ~TRANSLATE_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	/* What a running VP's tables are is in its CPU. */
	if (vp->on_cpu)
		return HV_STATUS_INVALID_VP_STATE;
	regpage_consume(vp);
	res = gva_translate(vp, in->gva_page << PAGE_SHIFT,
			    wanted_access(vp, in->control_flags), &gpa);
	out->translation_result.result_code = res == GVA_OK ?
		gpa_result(vp->partition, gpa, in->control_flags) : codes[res];
	/* Also of a failure: the page whose absence is in the way. */
	out->gpa_page = gpa >> PAGE_SHIFT;
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS, .name = "translate_virtual_address",
		.in = sizeof(struct hv_input_translate_virtual_address),
		.out = sizeof(struct hv_output_translate_virtual_address),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = translate_virtual_address,
	},
};

const struct hypercall_group walk_hypercalls = { descs, ARRAY_SIZE(descs) };
