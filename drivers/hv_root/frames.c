// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page frames for a guest that touched memory it had not got yet.
 *
 * Of memory, those that are there already and may be written come without any lock; the others as
 * if the VMM had touched them itself.  Of a device, what its driver's page tables say.
 *
 * Locking: takes the mmap_lock of whose memory it is.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/ioport.h>
#include <linux/sched/mm.h>

#include "../compat/compat_mm.h"
#include "region.h"

static unsigned long addr_of(const struct region *region, u64 gfn)
{
	return region->uaddr + ((gfn - region->gfn) << PAGE_SHIFT);
}

/* Those at the start of the range that need no fault; they can all be written. */
static long get_present(struct frames *frames, unsigned long addr, unsigned int count)
{
	if (frames->region->mm != current->mm ||
	    !(frames->region->map_flags & HV_MAP_GPA_WRITABLE))
		return 0;
	return get_user_pages_fast_only(addr, count, FOLL_WRITE, frames->pages);
}

static long get_by_fault(struct frames *frames, unsigned long addr, unsigned int count, bool write)
{
	unsigned int flags = FOLL_INTERRUPTIBLE | (write ? FOLL_WRITE : 0);
	struct mm_struct *mm = frames->region->mm;
	int locked = 1;
	long got;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	got = get_user_pages_remote(mm, addr, count, flags, frames->pages, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return got;
}

static long get_memory(struct frames *frames, unsigned long addr, unsigned int count, bool write)
{
	long i, got = get_present(frames, addr, count);

	frames->writable = got > 0 || write;
	if (got <= 0)
		got = get_by_fault(frames, addr, count, write);
	for (i = 0; i < got; i++)
		frames->pfns[i] = page_to_pfn(frames->pages[i]);
	return got;
}

/* RAM has an owner who would not know that the guest uses it. */
static int look_up(struct vm_area_struct *vma, unsigned long addr, u64 *pfn, bool *writable)
{
	int ret = compat_follow_pfn(vma, addr, pfn, writable);

	if (ret)
		return ret;
	return page_is_ram(*pfn) ? -EFAULT : 0;
}

/* The frames from @addr on that are there, and of one kind; mmap_lock is held. */
static long look_up_all(struct frames *frames, struct vm_area_struct *vma, unsigned long addr,
			unsigned int count)
{
	unsigned int i;
	bool writable;

	for (i = 0; i < count && addr < vma->vm_end; i++, addr += PAGE_SIZE) {
		if (look_up(vma, addr, &frames->pfns[i], &writable))
			break;
		if (i && writable != frames->writable)
			break;
		frames->writable = writable;
	}
	return i;
}

/* The area may be another one than when the region was made. */
static long get_device_locked(struct frames *frames, unsigned long addr, unsigned int count,
			      bool write)
{
	struct vm_area_struct *vma = vma_lookup(frames->region->mm, addr);
	long got;
	int ret;

	if (!vma || !(vma->vm_flags & (VM_IO | VM_PFNMAP)) || !(vma->vm_flags & VM_SHARED) ||
	    !area_allows(vma, write))
		return -EFAULT;
	got = look_up_all(frames, vma, addr, count);
	if (got && (frames->writable || !write))
		return got;
	ret = fixup_user_fault(vma->vm_mm, addr, write ? FAULT_FLAG_WRITE : 0, NULL);
	if (ret)
		return ret;
	got = look_up_all(frames, vma, addr, count);
	return got && (frames->writable || !write) ? got : -EFAULT;
}

static long get_device(struct frames *frames, unsigned long addr, unsigned int count, bool write)
{
	struct mm_struct *mm = frames->region->mm;
	long got;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	got = get_device_locked(frames, addr, count, write);
	mmap_read_unlock(mm);
	return got;
}

/**
 * frames_get() - page frames of guest pages
 * @frames: where they go; the region is set, and nobody may let go of its mm
 * @gfn: the first page
 * @count: how many at most; all of the region's
 * @write: whether the guest wants to write to the first
 *
 * Return: 0 with one frame or more, to be put; -EFAULT, -ENOMEM, -EINTR, ...
 */
int frames_get(struct frames *frames, u64 gfn, unsigned int count, bool write)
{
	unsigned long addr = addr_of(frames->region, gfn);
	long got;

	if (frames->region->kind == REGION_DEVICE)
		got = get_device(frames, addr, count, write);
	else
		got = get_memory(frames, addr, count, write);
	frames->count = max(got, 0L);
	return got > 0 ? 0 : got ?: -EFAULT;
}

/**
 * frames_large() - whether it may be worth trying to map a page's whole block as one
 * @frames: with the page's frame as the first
 * @gfn: the page
 */
bool frames_large(const struct frames *frames, u64 gfn)
{
	if ((gfn ^ frames->pfns[0]) % HV_LARGE_PAGES)
		return false;
	return frames->region->kind == REGION_DEVICE ||
	       folio_order(page_folio(frames->pages[0])) >= ilog2(HV_LARGE_PAGES);
}

void frames_put(struct frames *frames)
{
	unsigned int i;

	if (frames->region->kind != REGION_DEVICE)
		for (i = 0; i < frames->count; i++)
			put_page(frames->pages[i]);
	frames->count = 0;
}
