// SPDX-License-Identifier: GPL-2.0
/*
 * Overlay pages.
 *
 * Laying one over the middle of a large page needs up to two table pages more;
 * a guest's MSR write cannot wait for its parent to deposit them.  So each
 * partition keeps two spare pages, which enter the pool for the moment.  Where
 * nothing is mapped at all, as when a parent restores a guest's registers before
 * it has touched its memory, that need not do: then the parent is told.
 *
 * Locking: hv_lock.
 */
#include "overlay.h"
#include "gpa.h"
#include "partition.h"
#include "platform.h"

bool overlay_init(struct partition *p, struct overlay *o, u32 prot)
{
	o->page = pool_alloc(&p->pool);
	o->prot = prot;
	return o->page;
}

void overlay_destroy(struct partition *p, struct overlay *o)
{
	if (!o->page)
		return;
	overlay_disable(p, o);
	pool_free(&p->pool, o->page);
	o->page = 0;
}

static void lend_spares(struct partition *p)
{
	for (u32 i = 0; i < NR_SPARES; i++) {
		if (p->platform->spare[i])
			pool_free(&p->pool, p->platform->spare[i]);
		p->platform->spare[i] = 0;
	}
}

static void collect_spares(struct partition *p)
{
	for (u32 i = 0; i < NR_SPARES; i++)
		if (!p->platform->spare[i])
			p->platform->spare[i] = pool_alloc(&p->pool);
}

/* Put the overlay's page in the table and remember what was there. */
static bool lay(struct partition *p, struct overlay *o)
{
	bool ok;

	o->below = npt_lookup(&p->npt, o->gpa);
	lend_spares(p);
	ok = (!o->below.size || !npt_unmap(&p->npt, o->gpa, PAGE_SIZE)) &&
	     !npt_map(&p->npt, o->gpa, o->page, PAGE_SIZE, o->prot);
	collect_spares(p);
	return ok;
}

/* The tables are there, so neither call can want memory. */
static void take_away(struct partition *p, struct overlay *o)
{
	u64 within = o->gpa & (o->below.size - 1);

	npt_unmap(&p->npt, o->gpa, PAGE_SIZE);
	if (!o->below.size)
		return;
	npt_map(&p->npt, o->gpa, (o->below.spa & ~(o->below.size - 1)) + within, PAGE_SIZE,
		o->below.prot);
	npt_change_ad(&p->npt, o->gpa, 0, (o->below.accessed ? NPT_ACCESSED : 0) |
		      (o->below.dirty ? NPT_DIRTY : 0));
}

static void unlink_overlay(struct partition *p, struct overlay *o)
{
	struct overlay **link = &p->platform->overlays;

	while (*link != o)
		link = &(*link)->next;
	*link = o->next;
}

void overlay_disable(struct partition *p, struct overlay *o)
{
	if (!o->enabled)
		return;
	unlink_overlay(p, o);
	o->enabled = false;
	take_away(p, o);
}

static bool covered(const struct partition *p, u64 gpa)
{
	for (const struct overlay *o = p->platform->overlays; o; o = o->next)
		if (o->gpa == gpa)
			return true;
	return false;
}

/*
 * The GPA comes from the guest.  One beyond the limit would be another name of a page
 * below it in the nested table, and the overlay would stay when the parent changes
 * that page: what was below, perhaps the root's own by then, would come back.
 */
bool overlay_enable(struct partition *p, struct overlay *o, u64 gpa)
{
	if (gpa >= gpa_limit())
		return false;
	if (o->enabled && o->gpa == gpa)
		return true;
	overlay_disable(p, o);
	if (covered(p, gpa))
		return false;
	o->gpa = gpa;
	p->platform->short_of_pages = !lay(p, o);
	if (p->platform->short_of_pages)
		return false;
	o->enabled = true;
	o->next = p->platform->overlays;
	p->platform->overlays = o;
	return true;
}

void overlay_lift(struct partition *p, u64 gpa, u64 size)
{
	if (!p->platform)
		return;
	for (struct overlay *o = p->platform->overlays; o; o = o->next) {
		if (o->gpa < gpa || o->gpa >= gpa + size)
			continue;
		take_away(p, o);
		o->lifted = true;
	}
}

void overlay_lower(struct partition *p, u64 gpa, u64 size)
{
	if (!p->platform)
		return;
	for (struct overlay *o = p->platform->overlays; o; o = o->next) {
		if (!o->lifted || o->gpa < gpa || o->gpa >= gpa + size)
			continue;
		o->lifted = false;
		lay(p, o);
	}
}
