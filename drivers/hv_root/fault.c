// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest touches memory that it has not got: the page is fetched and mapped, and the VMM hears
 * nothing of it.
 *
 * More comes than was asked for, where that is likely to be wanted: the whole 2 MiB if Linux has
 * it in one piece, and else the more, the longer a VP goes on from one page to the next.
 *
 * Frames are looked up without a lock; whether Linux took one of them back meanwhile shows under
 * map_lock, and then it is done again.  Memory for the hypervisor's own tables is deposited in
 * between, because nothing may be allocated under that lock.
 *
 * Locking: mshv_vp.lock is held, and with it the VP's two scratch pages are free for lists.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "region.h"
#include "trace.h"

#define L		HV_LARGE_PAGES
#define FIRST_WINDOW	16U

/* As often may a VP ask for what it has before the VMM gets to see it: another VP's fault. */
#define MAX_REPEATS	16

struct fault {
	struct mshv_vp *vp;
	struct region *region;
	u64 gfn;
	bool write;
	struct frames frames;
	u64 first;		/* guest page of the first frame */
	bool large;		/* they are one large page */
	bool hurry;		/* Linux took frames back meanwhile: no more than the one wanted */
	unsigned long seq;
	struct hv_feed feed;
	u64 again;		/* result that asked for memory */
};

/* Pages from the one that is wanted on, to the end of the window that it lies in. */
static unsigned int window(const struct fault *fault)
{
	struct mshv_vp *vp = fault->vp;
	u64 end;

	if (fault->gfn != vp->fault.next || !vp->fault.window)
		vp->fault.window = FIRST_WINDOW;
	else
		vp->fault.window = min_t(unsigned int, vp->fault.window * 2, L);
	end = round_up(fault->gfn + 1, vp->fault.window);
	return min(end, region_end(fault->region)) - fault->gfn;
}

static bool block_in_region(const struct region *region, u64 gfn)
{
	return round_down(gfn, L) >= region->gfn && round_down(gfn, L) + L <= region_end(region);
}

static bool is_one_piece(const struct frames *frames)
{
	unsigned int i;

	if (frames->count < L || frames->pfns[0] % L)
		return false;
	for (i = 1; i < L; i++)
		if (frames->pfns[i] != frames->pfns[0] + i)
			return false;
	return true;
}

static int get_small(struct fault *fault, unsigned int count)
{
	fault->first = fault->gfn;
	fault->large = false;
	return frames_get(&fault->frames, fault->gfn, count, fault->write);
}

static int get_frames(struct fault *fault, unsigned int count)
{
	int ret = get_small(fault, fault->hurry ? 1 : count);

	if (ret || fault->hurry || !block_in_region(fault->region, fault->gfn) ||
	    !frames_large(&fault->frames, fault->gfn))
		return ret;
	frames_put(&fault->frames);
	fault->first = round_down(fault->gfn, L);
	ret = frames_get(&fault->frames, fault->first, L, fault->write);
	fault->large = !ret && is_one_piece(&fault->frames);
	if (fault->large)
		return 0;
	frames_put(&fault->frames);
	return get_small(fault, count);
}

static bool suffices(u64 mapping, const struct fault *fault)
{
	return mapping && (mapping & MAPPING_WRITABLE || !fault->write);
}

/* The frames from @at on that can be mapped by one call: none of them is mapped so already. */
static unsigned int run_length(const struct fault *fault, const struct block *block,
			       unsigned int at)
{
	const struct frames *frames = &fault->frames;
	unsigned int end, max = min_t(unsigned int, frames->count, at + MAP_BATCH);
	u64 mapping;

	for (end = at; end < max; end++) {
		mapping = block_mapping(block, fault->first + end);
		if (mapping && (mapping & MAPPING_WRITABLE || !frames->writable))
			break;
	}
	return end - at;
}

/*
 * Linux does not see the guest write, so the page counts as written to from now on.  A file system
 * may allocate to note that, which is not for map_lock; but what was made writable it has noted.
 */
static void mark_dirty(const struct fault *fault, unsigned int at, unsigned int count)
{
	struct folio *folio;

	if (fault->region->kind == REGION_DEVICE || !fault->frames.writable)
		return;
	for (; count--; at++) {
		folio = page_folio(fault->frames.pages[at]);
		if (!folio_test_dirty(folio))
			folio_mark_dirty(folio);
	}
}

static void note_small(const struct fault *fault, struct block *block, unsigned int at,
		       unsigned int count)
{
	u64 bits = MAPPING_PRESENT | (fault->frames.writable ? MAPPING_WRITABLE : 0);
	u64 *mapping;

	mark_dirty(fault, at, count);
	for (; count--; at++) {
		mapping = &block->small[(fault->first + at) % L];
		/* With more rights now; who knows what became of the old mapping's mark. */
		if (*mapping)
			__set_bit((fault->first + at) % L, block->accessed);
		else
			block->nr_small++;
		*mapping = fault->frames.pfns[at] | bits;
	}
}

static void note_large(const struct fault *fault, struct block *block)
{
	mark_dirty(fault, 0, L);
	if (block->large)
		bitmap_fill(block->accessed, L);
	block->large = fault->frames.pfns[0] | MAPPING_PRESENT |
		       (fault->frames.writable ? MAPPING_WRITABLE : 0);
}

static u32 map_flags(const struct fault *fault)
{
	u32 flags = fault->region->map_flags;

	return fault->frames.writable ? flags : flags & ~HV_MAP_GPA_WRITABLE;
}

static int map_large(struct fault *fault, struct block *block)
{
	struct hv_gpa_run run = {
		.gfn = fault->first,
		.pfns = fault->frames.pfns,
		.count = 1,
		.flags = map_flags(fault),
		.large = true,
	};
	unsigned int done;
	int ret = hv_try_map_gpa_pages(&fault->vp->partition->hv, &run, &done, &fault->again);

	if (done)
		note_large(fault, block);
	return ret;
}

/*
 * From the page that is wanted to the end, or to one that the guest has.  If there is no memory
 * for more than the first of them, whoever wants the others may ask for it.
 */
static int map_small(struct fault *fault, struct block *block)
{
	unsigned int at = fault->gfn - fault->first, done;
	struct hv_gpa_run run = { .flags = map_flags(fault) };
	int ret = 0;

	while (at < fault->frames.count && !ret) {
		run.gfn = fault->first + at;
		run.pfns = fault->frames.pfns + at;
		run.count = run_length(fault, block, at);
		if (!run.count)
			break;
		ret = hv_try_map_gpa_pages(&fault->vp->partition->hv, &run, &done, &fault->again);
		note_small(fault, block, at, done);
		at += done;
	}
	fault->vp->fault.next = fault->first + at;
	return fault->vp->fault.next > fault->gfn ? 0 : ret;
}

/*
 * map_lock is held.  -EBUSY if Linux took a frame back since it was looked up, -EAGAIN if the
 * hypervisor lacks memory.
 */
static int map_frames(struct fault *fault, struct block *block)
{
	u64 gfn = fault->gfn;

	if (fault->region->gone || fault->region->leaving || fault->vp->partition->finalized)
		return -EFAULT;
	if (mmu_interval_read_retry(&fault->region->notifier, fault->seq))
		return -EBUSY;
	if (suffices(block_mapping(block, fault->gfn), fault))
		return -EEXIST;
	/* A large page is upgraded as such; smaller ones are not replaced by one. */
	if (fault->large && !block->nr_small)
		return map_large(fault, block);
	if (block->large)
		return min(blocks_unmap_some(fault->region, &gfn, gfn + 1), 0) ?: -EBUSY;
	return block->small ? map_small(fault, block) : -EBUSY;
}

static int try_once(struct fault *fault, unsigned int count)
{
	struct mshv_partition *partition = fault->vp->partition;
	struct block *block;
	int ret;

	ret = fault_wait(fault->vp, fault->region, &fault->seq);
	if (!ret)
		ret = get_frames(fault, count);
	if (ret)
		return ret;
	block = block_prepare(fault->region, fault->gfn);
	ret = block ? 0 : -ENOMEM;
	if (!ret && (!fault->large || READ_ONCE(block->nr_small)))
		ret = block_prepare_small(block);
	if (!ret) {
		mutex_lock(&partition->map_lock);
		ret = map_frames(fault, block);
		mutex_unlock(&partition->map_lock);
	}
	frames_put(&fault->frames);
	return ret;
}

/*
 * Linux may take frames of the region back all the time, so whoever wants the VP gets it between
 * two attempts, and later attempts give Linux as little time as they can.
 */
static int try_again(struct fault *fault, unsigned int count)
{
	int ret;

	cond_resched();
	if (signal_pending(current) || READ_ONCE(fault->vp->cancel.requested))
		return -EINTR;
	ret = try_once(fault, count);
	fault->hurry |= ret == -EBUSY;
	return ret;
}

static int resolve(struct fault *fault)
{
	unsigned int count = window(fault);
	int ret = try_once(fault, count);

	fault->hurry = ret == -EBUSY;
	while (ret == -EBUSY || (ret == -EAGAIN && hv_feed(&fault->feed, fault->again)))
		ret = try_again(fault, count);
	if (ret == -EAGAIN)
		ret = hv_finish(&fault->vp->partition->hv, HV_ANY_VP, fault->feed.code,
				fault->again);
	return ret;
}

static int resolve_in(struct mshv_vp *vp, struct region *region, u64 gfn, bool write)
{
	struct fault fault = {
		.vp = vp,
		.region = region,
		.gfn = gfn,
		.write = write,
		.frames = {
			.region = region,
			.pages = vp->scratch[0],
			.pfns = vp->scratch[1],
		},
		.feed = { .ledger = &vp->partition->ledger, .code = HVCALL_MAP_GPA_PAGES },
	};
	int ret;

	BUILD_BUG_ON(L * sizeof(struct page *) > PAGE_SIZE);
	if (!mmget_not_zero(region->mm))
		return -EFAULT;
	ret = resolve(&fault);
	mmput(region->mm);
	if (fault.seq != vp->fault.seq)
		vp->fault.repeats = 0;
	vp->fault.seq = fault.seq;
	return ret;
}

/*
 * Another VP may have been faster, as often as Linux takes the page back.  But what comes again
 * and again meanwhile is not about a missing page.
 */
static bool may_repeat(struct mshv_vp *vp, u64 gfn)
{
	if (vp->fault.gfn != gfn)
		vp->fault.repeats = 0;
	vp->fault.gfn = gfn;
	return vp->fault.repeats++ < MAX_REPEATS;
}

static bool allowed(const struct region *region, u8 access)
{
	switch (access) {
	case HV_INTERCEPT_ACCESS_WRITE:
		return region->map_flags & HV_MAP_GPA_WRITABLE;
	case HV_INTERCEPT_ACCESS_EXECUTE:
		return region->map_flags & HV_MAP_GPA_EXECUTABLE;
	default:
		return true;
	}
}

/*
 * An access that the region does not allow is the VMM's, but the hypervisor calls it by its name
 * only if the page is there: as long as it is not, all it knows is that there is none.
 */
static long fault_in(struct mshv_vp *vp, struct region *region, u64 gfn, u8 access)
{
	bool may = allowed(region, access);
	int ret = -EFAULT;

	if (region->kind != REGION_PINNED)
		ret = resolve_in(vp, region, gfn, may && access == HV_INTERCEPT_ACCESS_WRITE);
	trace_mshv_fault(vp->partition->hv.id, vp->index, gfn, access, ret);
	if (ret == -EEXIST)
		return may && may_repeat(vp, gfn) ? 0 : -EFAULT;
	vp->fault.repeats = 0;
	return ret == -EINTR ? 0 : ret;
}

/**
 * vp_fault() - bring the memory that an intercepted access wants
 * @vp: the VP, its lock held
 * @message: why it was intercepted
 *
 * Return: 0 if the VP can go on; -EFAULT if this is for the VMM to see: the message is about
 * something else, or there is nothing for the guest, or an access that the region does not allow;
 * -ENOMEM or the errno of a hypercall that failed, and then the VP may try again.
 */
long vp_fault(struct mshv_vp *vp, const struct hv_message *message)
{
	struct hv_x64_memory_intercept_message access;
	u32 type = READ_ONCE(message->header.message_type);
	struct region *region;
	long ret;
	u64 gfn;

	if (type != HVMSG_UNMAPPED_GPA && type != HVMSG_GPA_INTERCEPT)
		return -EFAULT;
	memcpy(&access, message->u.payload, sizeof(access));
	gfn = access.guest_physical_address >> HV_HYP_PAGE_SHIFT;
	region = region_get(vp->partition, gfn);
	if (!region)
		return -EFAULT;
	ret = fault_in(vp, region, gfn, access.header.intercept_access_type);
	region_put(region);
	return ret;
}
