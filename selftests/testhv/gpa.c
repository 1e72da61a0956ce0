// SPDX-License-Identifier: GPL-2.0
/*
 * Guest physical address spaces: MAP and UNMAP_GPA_PAGES, access states, and
 * testhv's own way to a guest's memory.
 *
 * Each 4 KiB page of the root that is mapped into a child is counted with its
 * owner, so that it cannot be deposited meanwhile.  A page that is mapped
 * without any access stays in the table: what distinguishes it from a hole is
 * the message that the parent gets.
 *
 * Locking: hv_lock.
 */
#include "gpa.h"
#include "guest.h"
#include "hypercall.h"
#include "overlay.h"
#include "owner.h"
#include "stats.h"
#include "string.h"

#define LARGE_PAGES	(LARGE_SIZE >> PAGE_SHIFT)

#define MAP_FLAGS	(HV_MAP_GPA_PERMISSIONS_MASK | HV_MAP_GPA_ADJUSTABLE | \
			 HV_MAP_GPA_NO_ACCESS | HV_MAP_GPA_NOT_CACHED | HV_MAP_GPA_LARGE_PAGE)

void *gpa_ptr(struct partition *p, u64 gpa, u32 prot)
{
	struct npt_entry e = npt_lookup(&p->npt, gpa);
	u64 spa = e.spa + (gpa & (e.size - 1));

	if (!e.size || (e.prot & prot) != prot || !owner_page(spa))
		return NULL;
	if (!p->root)
		npt_touch(&p->npt, gpa, prot & NPT_W);
	return spa_ptr(spa);
}

static void *next_piece(struct partition *p, u64 gpa, u64 size, u32 prot, u64 *piece)
{
	*piece = MIN(size, PAGE_SIZE - (gpa & ~PAGE_MASK));
	return gpa_ptr(p, gpa, prot);
}

bool gpa_read(struct partition *p, u64 gpa, void *to, u64 size)
{
	u64 piece;

	for (u8 *dst = to; size; size -= piece, gpa += piece, dst += piece) {
		const void *src = next_piece(p, gpa, size, NPT_R, &piece);

		if (!src)
			return false;
		memcpy(dst, src, piece);
	}
	return true;
}

bool gpa_write(struct partition *p, u64 gpa, const void *from, u64 size)
{
	u64 piece;

	for (const u8 *src = from; size; size -= piece, gpa += piece, src += piece) {
		void *dst = next_piece(p, gpa, size, NPT_W, &piece);

		if (!dst)
			return false;
		memcpy(dst, src, piece);
	}
	return true;
}

u64 gpa_limit(void)
{
	static u64 limit;

	if (!limit)
		limit = BIT(MIN(cpuid(0x80000008, 0).eax & 0xff, NPT_GPA_BITS));
	return limit;
}

/* A range of the root counts one child's mapping more, or one less. */
static void release_source(u64 spa, u64 size)
{
	for (u64 off = 0; off < size; off += PAGE_SIZE)
		if (owner_page(spa + off))
			owner_unmap(spa + off);
}

/* What is no RAM is a device's, and anybody's who sees it. */
static bool claim_source(u64 spa, u64 size)
{
	for (u64 off = 0; off < size; off += PAGE_SIZE) {
		if (owner_page(spa + off) && owner_map(spa + off)) {
			release_source(spa, off);
			return false;
		}
	}
	return true;
}

/* Forget the pages mapped in [gpa, gpa + size); the table itself is the caller's business. */
static void release_range(struct partition *p, u64 gpa, u64 size)
{
	u64 end = gpa + size;

	while ((gpa = npt_next(&p->npt, gpa, end)) < end) {
		struct npt_entry e = npt_lookup(&p->npt, gpa);
		u64 piece = MIN(e.size - (gpa & (e.size - 1)), end - gpa);

		if (e.prot)
			release_source(e.spa + (gpa & (e.size - 1)), piece);
		p->counters->gpa_pages_unmapped += piece >> PAGE_SHIFT;
		gpa += piece;
	}
}

void gpa_unmap_all(struct partition *p)
{
	release_range(p, 0, gpa_limit());
}

static u32 map_prot(u32 flags)
{
	u32 prot = 0;

	if (flags & HV_MAP_GPA_NO_ACCESS)
		return 0;
	if (flags & HV_MAP_GPA_READABLE)
		prot |= NPT_R;
	if (flags & HV_MAP_GPA_WRITABLE)
		prot |= NPT_R | NPT_W;
	if (flags & HV_MAP_GPA_EXECUTABLE)
		prot |= NPT_R | NPT_X;
	return prot;
}

/*
 * What is mapped at gpa becomes no larger than size.  This may need a table, and so comes
 * before anything is released: a page that is still mapped must stay claimed.
 */
static int split_larger(struct partition *p, u64 gpa, u64 size)
{
	struct npt_entry e = npt_lookup(&p->npt, gpa);

	return e.size <= size ? 0 :
		npt_map(&p->npt, gpa, e.spa + (gpa & (e.size - 1)), size, e.prot);
}

/*
 * Replaces whatever was there.  Nothing changes when the pool has no page for a table: that
 * can happen in the split, and else only where nothing was mapped.
 */
static u64 map_one(struct partition *p, u64 gpa, u64 spa, u64 size, u32 prot)
{
	struct npt_entry old;

	if (prot && !claim_source(spa, size))
		return HV_STATUS_INVALID_PARAMETER;
	if (split_larger(p, gpa, size))
		goto no_memory;
	old = npt_lookup(&p->npt, gpa);
	if (old.size != size) {
		release_range(p, gpa, size);
		npt_unmap(&p->npt, gpa, size);
	}
	if (npt_map(&p->npt, gpa, spa, size, prot))
		goto no_memory;
	if (old.size == size && old.prot)
		release_source(old.spa, size);
	p->counters->gpa_pages_mapped += size >> PAGE_SHIFT;
	return HV_STATUS_SUCCESS;

no_memory:
	if (prot)
		release_source(spa, size);
	return HV_STATUS_INSUFFICIENT_MEMORY;
}

/*
 * The padding behind the flags, here and in unmapping, is not looked at: Linux's own driver
 * leaves there what the page held before, so no hypervisor that it runs on can mind.
 */
static bool map_flags_valid(const struct hv_input_map_gpa_pages *in)
{
	if (in->map_flags & ~MAP_FLAGS)
		return false;
	return !(in->map_flags & HV_MAP_GPA_NO_ACCESS) ||
	       !(in->map_flags & HV_MAP_GPA_PERMISSIONS_MASK);
}

/* The child whose address space a call changes. */
static u64 find_space(struct hypercall *hc, u64 id, struct partition **p)
{
	*p = partition_target(hc->vp->partition, id);
	if (!*p || (*p)->root)
		return HV_STATUS_INVALID_PARTITION_ID;
	return (*p)->state == PARTITION_ACTIVE ? HV_STATUS_SUCCESS :
		HV_STATUS_INVALID_PARTITION_STATE;
}

static bool range_valid(u64 pfn, u64 size)
{
	return pfn < gpa_limit() >> PAGE_SHIFT && !(pfn & ((size >> PAGE_SHIFT) - 1));
}

static u64 map_gpa_pages(struct hypercall *hc)
{
	const struct hv_input_map_gpa_pages *in = hc->in;
	u64 size = in->map_flags & HV_MAP_GPA_LARGE_PAGE ? LARGE_SIZE : PAGE_SIZE;
	u64 pfn = in->target_gpa_base + hc->rep * (size >> PAGE_SHIFT);
	u64 source = *(const __u64 *)hc->rep_in;
	struct partition *p;
	u32 prot = map_prot(in->map_flags);
	u64 status = find_space(hc, in->target_partition_id, &p);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (!map_flags_valid(in) || !range_valid(pfn, size))
		return HV_STATUS_INVALID_PARAMETER;
	if (prot && !range_valid(source, size))
		return HV_STATUS_INVALID_PARAMETER;
	overlay_lift(p, pfn << PAGE_SHIFT, size);
	status = map_one(p, pfn << PAGE_SHIFT, prot ? source << PAGE_SHIFT : 0, size, prot);
	overlay_lower(p, pfn << PAGE_SHIFT, size);
	return status;
}

static u64 unmap_one(struct partition *p, u64 gpa, u64 size)
{
	if (split_larger(p, gpa, size))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	release_range(p, gpa, size);
	npt_unmap(&p->npt, gpa, size);
	return HV_STATUS_SUCCESS;
}

/* A hole is not an error: the parent may not know what of a lazily filled range is there. */
static u64 unmap_gpa_pages(struct hypercall *hc)
{
	const struct hv_input_unmap_gpa_pages *in = hc->in;
	u64 size = in->unmap_flags & HV_UNMAP_GPA_LARGE_PAGE ? LARGE_SIZE : PAGE_SIZE;
	u64 pfn = in->target_gpa_base + hc->rep * (size >> PAGE_SHIFT);
	struct partition *p;
	u64 status = find_space(hc, in->target_partition_id, &p);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->unmap_flags & ~HV_UNMAP_GPA_LARGE_PAGE || !range_valid(pfn, size))
		return HV_STATUS_INVALID_PARAMETER;
	overlay_lift(p, pfn << PAGE_SHIFT, size);
	status = unmap_one(p, pfn << PAGE_SHIFT, size);
	overlay_lower(p, pfn << PAGE_SHIFT, size);
	return status;
}

static u64 access_state(struct partition *p, u64 gpa, union hv_gpa_page_access_state_flags flags,
			union hv_gpa_page_access_state *out)
{
	struct npt_entry e = npt_lookup(&p->npt, gpa);

	if (!e.size || !e.prot)
		return HV_STATUS_SUCCESS;
	out->accessed = e.accessed;
	out->dirty = e.dirty;
	if (!flags.as_uint64)
		return HV_STATUS_SUCCESS;
	return npt_change_ad(&p->npt, gpa,
			     flags.clear_accessed * NPT_ACCESSED | flags.clear_dirty * NPT_DIRTY,
			     flags.set_accessed * NPT_ACCESSED | flags.set_dirty * NPT_DIRTY) ?
		HV_STATUS_INSUFFICIENT_MEMORY : HV_STATUS_SUCCESS;
}

/* Of the memory itself, not of an overlay that lies over it. */
static u64 get_access_states(struct hypercall *hc)
{
	const struct hv_input_get_gpa_pages_access_state *in = hc->in;
	u64 pfn = in->hv_gpa_page_number + hc->rep, gpa = pfn << PAGE_SHIFT;
	union hv_gpa_page_access_state_flags flags = in->flags;
	struct partition *p;
	u64 status = find_space(hc, in->partition_id, &p);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (flags.reserved || (flags.clear_accessed && flags.set_accessed) ||
	    (flags.clear_dirty && flags.set_dirty) || !range_valid(pfn, PAGE_SIZE))
		return HV_STATUS_INVALID_PARAMETER;
	overlay_lift(p, gpa, PAGE_SIZE);
	status = access_state(p, gpa, flags, hc->out);
	overlay_lower(p, gpa, PAGE_SIZE);
	return status;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_MAP_GPA_PAGES, .name = "map_gpa_pages", .kind = HC_REP,
		.in = sizeof(struct hv_input_map_gpa_pages), .rep_in = sizeof(__u64),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = map_gpa_pages,
	}, {
		.code = HVCALL_UNMAP_GPA_PAGES, .name = "unmap_gpa_pages", .kind = HC_REP,
		.in = sizeof(struct hv_input_unmap_gpa_pages),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = unmap_gpa_pages,
	}, {
		.code = HVCALL_GET_GPA_PAGES_ACCESS_STATES, .name = "get_gpa_pages_access_states",
		.kind = HC_REP, .in = sizeof(struct hv_input_get_gpa_pages_access_state),
		.rep_out = sizeof(union hv_gpa_page_access_state),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = get_access_states,
	},
};

const struct hypercall_group gpa_hypercalls = { descs, ARRAY_SIZE(descs) };
