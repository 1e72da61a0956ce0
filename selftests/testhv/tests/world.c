// SPDX-License-Identifier: GPL-2.0
/*
 * The surroundings of the code under test: clock, timers, kicks, pool, nested
 * table, log.  Nothing here is clever, so that a failure is the code's.
 */
#include "world.h"
#include "../child.h"
#include "../cpuid.h"
#include "../cpuidresult.h"
#include "../gpa.h"
#include "../guest.h"
#include "../log.h"
#include "../reftime.h"

#define MAX_NPT_PAGES	16

struct partition world_partition;
struct vp world_vps[WORLD_VPS];
u32 world_kicks[WORLD_VPS];
u32 world_eois, world_eoi_vector;
u64 tsc_khz = WORLD_TSC_KHZ;

static u64 now = 1000000;
static struct timer *timers;
static int pages_out;
static struct { u64 gpa; struct npt_entry entry; } npt_pages[MAX_NPT_PAGES];

u64 time_now(void)
{
	return now;
}

void timer_cancel(struct timer *timer)
{
	struct timer **link = &timers;

	while (*link && *link != timer)
		link = &(*link)->next;
	if (*link)
		*link = timer->next;
	timer->deadline = 0;
}

void timer_arm(struct timer *timer, u64 deadline)
{
	timer_cancel(timer);
	timer->deadline = deadline;
	timer->next = timers;
	timers = timer;
}

static struct timer *next_due(u64 until)
{
	struct timer *best = NULL;

	for (struct timer *t = timers; t; t = t->next)
		if (t->deadline <= until && (!best || t->deadline < best->deadline))
			best = t;
	return best;
}

void world_advance_us(u64 us)
{
	u64 until = now + us * WORLD_TSC_KHZ / 1000;
	struct timer *t;

	while ((t = next_due(until))) {
		now = MAX(now, t->deadline);
		timer_cancel(t);
		t->expired(t);
	}
	now = until;
}

u64 world_armed(void)
{
	u64 nr = 0;

	for (struct timer *t = timers; t; t = t->next)
		nr++;
	return nr;
}

void vp_kick(struct vp *vp)
{
	world_kicks[vp->index]++;
}

/* The parent has registered no results of its own here. */
void cpuid_results_apply(const struct vp *vp, u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	(void)vp;
	(void)leaf;
	(void)subleaf;
	(void)r;
}

void intercept_apic_eoi(struct vp *vp, u32 vector)
{
	(void)vp;
	world_eois++;
	world_eoi_vector = vector;
}

u64 pool_alloc(struct pool *pool)
{
	void *page = aligned_alloc(PAGE_SIZE, PAGE_SIZE);

	(void)pool;
	memset(page, 0, PAGE_SIZE);
	pages_out++;
	return ptr_spa(page);
}

void pool_free(struct pool *pool, u64 spa)
{
	(void)pool;
	pages_out--;
	free(spa_ptr(spa));
}

u64 gpa_limit(void)
{
	return BIT(40);
}

struct npt_entry npt_lookup(const struct npt *npt, u64 gpa)
{
	(void)npt;
	for (u32 i = 0; i < MAX_NPT_PAGES; i++)
		if (npt_pages[i].entry.size && npt_pages[i].gpa == (gpa & PAGE_MASK))
			return npt_pages[i].entry;
	return (struct npt_entry){ 0 };
}

int npt_unmap(struct npt *npt, u64 gpa, u64 size)
{
	(void)npt;
	(void)size;
	for (u32 i = 0; i < MAX_NPT_PAGES; i++)
		if (npt_pages[i].entry.size && npt_pages[i].gpa == gpa)
			npt_pages[i].entry.size = 0;
	return 0;
}

int npt_map(struct npt *npt, u64 gpa, u64 spa, u64 size, u32 prot)
{
	npt_unmap(npt, gpa, size);
	for (u32 i = 0; i < MAX_NPT_PAGES; i++) {
		if (npt_pages[i].entry.size)
			continue;
		npt_pages[i].gpa = gpa;
		npt_pages[i].entry = (struct npt_entry){ .spa = spa, .size = size, .prot = prot };
		return 0;
	}
	return -1;
}

int npt_change_ad(struct npt *npt, u64 gpa, u32 clear, u32 set)
{
	(void)npt;
	for (u32 i = 0; i < MAX_NPT_PAGES; i++) {
		struct npt_entry *e = &npt_pages[i].entry;

		if (!e->size || npt_pages[i].gpa != gpa)
			continue;
		e->accessed = (e->accessed && !(clear & NPT_ACCESSED)) || set & NPT_ACCESSED;
		e->dirty = (e->dirty && !(clear & NPT_DIRTY)) || set & NPT_DIRTY;
	}
	return 0;
}

bool gpa_read(struct partition *p, u64 gpa, void *to, u64 size)
{
	struct npt_entry e = npt_lookup(&p->npt, gpa);

	if (!e.size)
		return false;
	memcpy(to, (u8 *)spa_ptr(e.spa) + (gpa & ~PAGE_MASK), size);
	return true;
}

/* Virtual is physical. */
enum gva_result gva_translate(struct vp *vp, u64 gva, struct gva_access access, u64 *gpa)
{
	(void)vp;
	(void)access;
	*gpa = gva;
	return GVA_OK;
}

struct vp *partition_vp_by_apic_id(struct partition *p, u32 apic_id)
{
	for (u32 i = 0; i < WORLD_VPS; i++)
		if (p->vps[i] && p->vps[i]->apic_id == apic_id)
			return p->vps[i];
	return NULL;
}

struct cpuid_regs root_cpuid(u32 leaf, u32 subleaf)
{
	return (struct cpuid_regs){ leaf, subleaf, 0, 0 };
}

u64 xstate_child_mask(const struct partition *p)
{
	union hv_partition_processor_xsave_features disabled = { .as_uint64 = p->xsave_features };

	return disabled.avx_support ? 3 : 7;
}

void child_vp_reset(struct vp *vp)
{
	lapic_reset(vp->lapic);
	events_reset(vp);
	vp->activity = vp->index ? VP_WAIT_SIPI : VP_ACTIVE;
}

void child_vp_start(struct vp *vp, u8 sipi_vector)
{
	vp->gpr[RDX] = sipi_vector;	/* where the tests look */
	vp->activity = VP_ACTIVE;
}

static void start_vp(u32 index)
{
	struct vp *vp = &world_vps[index];

	memset(vp, 0, sizeof(*vp));
	vp->partition = &world_partition;
	vp->index = vp->apic_id = index;
	vp->vmcb = spa_ptr(pool_alloc(NULL));
	vp->child = spa_ptr(pool_alloc(NULL));
	vp->lapic = &vp->child->lapic;
	vp->synic = &vp->child->synic;
	lapic_init(vp->lapic, vp);
	lapic_write(vp->lapic, LAPIC_SVR, 0x1ff);
	vsynic_create(vp->synic, vp);
	events_init(vp);
	vp->vmcb->save.rflags = RFLAGS_IF;
	world_partition.vps[index] = vp;
	world_partition.nr_vps++;
	world_kicks[index] = 0;
}

void world_start(u32 nr_vps)
{
	memset(&world_partition, 0, sizeof(world_partition));
	memset(npt_pages, 0, sizeof(npt_pages));
	world_partition.creation_flags = HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED |
					 HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE;
	world_partition.platform = spa_ptr(pool_alloc(NULL));
	overlay_init(&world_partition, &world_partition.platform->tsc_page, NPT_R);
	overlay_init(&world_partition, &world_partition.platform->hypercall_page, NPT_R | NPT_X);
	reftime_start(&world_partition);
	for (u32 i = 0; i < nr_vps; i++)
		start_vp(i);
	world_eois = world_eoi_vector = 0;
}

void world_end(void)
{
	struct child_platform *platform = world_partition.platform;

	for (u32 i = 0; i < WORLD_VPS; i++) {
		struct vp *vp = world_partition.vps[i];

		if (!vp)
			continue;
		events_stop(vp);
		lapic_timer_stop(vp->lapic);
		vsynic_destroy(vp->synic);
		pool_free(NULL, ptr_spa(vp->vmcb));
		pool_free(NULL, ptr_spa(vp->child));
	}
	overlay_destroy(&world_partition, &platform->tsc_page);
	overlay_destroy(&world_partition, &platform->hypercall_page);
	for (u32 i = 0; i < NR_SPARES; i++)
		if (platform->spare[i])
			pool_free(NULL, platform->spare[i]);
	pool_free(NULL, ptr_spa(platform));
	if (pages_out || timers)
		ktap_bail("%d pages, %s timer left behind", pages_out, timers ? "a" : "no");
}

bool world_requested(u32 index, int vector)
{
	u32 want[8] = { 0 };

	if (vector >= 0)
		want[vector / 32] = 1U << vector % 32;
	return !memcmp(want, world_lapic(index)->irr, sizeof(want));
}
