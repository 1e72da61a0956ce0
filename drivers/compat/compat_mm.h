/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels in looking up another process's pages.
 */
#ifndef DRIVERS_COMPAT_MM_H
#define DRIVERS_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/version.h>

/* Before 6.5 the areas could be had as well. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define get_user_pages_remote(mm, start, nr, flags, pages, locked) \
	get_user_pages_remote(mm, start, nr, flags, pages, NULL, locked)
#endif

/* Before 6.2 only a fatal signal ends the wait for a page. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define FOLL_INTERRUPTIBLE	0
#endif

/*
 * The frame behind an address of a device's area, if its driver's page tables have one; mmap_lock
 * is held.  6.12 has a pair of functions for it.
 */
static inline int compat_follow_pfn(struct vm_area_struct *vma, unsigned long address, u64 *pfn,
				    bool *writable)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	spinlock_t *lock;	/* of the page table */
	pte_t *pte;
	int ret = follow_pte(vma->vm_mm, address, &pte, &lock);

	if (ret)
		return ret;
	__acquire(lock);
	*pfn = pte_pfn(*pte);
	*writable = pte_write(*pte);
	pte_unmap_unlock(pte, lock);
#else
	struct follow_pfnmap_args args = { .vma = vma, .address = address };
	int ret = follow_pfnmap_start(&args);

	if (ret)
		return ret;
	*pfn = args.pfn;
	*writable = args.writable;
	follow_pfnmap_end(&args);
#endif
	return 0;
}

#endif /* DRIVERS_COMPAT_MM_H */
