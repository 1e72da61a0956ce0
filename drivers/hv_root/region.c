// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: memory of the VMM that is memory of the guest (MSHV_SET_GUEST_MEMORY).
 *
 * Which kind a region is of, its memory decides.  What the VMM has locked is pinned and mapped at
 * once.  A device's registers and memory come by the area in which its driver shows them.  All
 * other memory stays as movable as it was, and reaches the guest when the guest touches it; so a
 * guest may well be larger than its root, and a region of any size costs no hypercall.
 *
 * Locking: mshv_partition.mem_lock for whoever adds and removes; regions_lock (spin) over each
 * change of the tree, for VPs that look up a page meanwhile.  A region that a VP has found outlives
 * its removal, as gone.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "region.h"
#include "trace.h"

static struct region *region_of(struct rb_node *node)
{
	return rb_entry(node, struct region, node);
}

/* The first region that shares a page with the range; mem_lock or regions_lock is held. */
struct region *region_find(struct mshv_partition *partition, u64 gfn, u64 pages)
{
	struct rb_node *node = partition->regions.rb_node;
	struct region *region, *found = NULL;

	while (node) {
		region = region_of(node);
		if (gfn >= region_end(region)) {
			node = node->rb_right;
			continue;
		}
		if (gfn + pages > region->gfn)
			found = region;
		node = node->rb_left;
	}
	return found;
}

/* The region of a page, to be put; NULL if there is none. */
struct region *region_get(struct mshv_partition *partition, u64 gfn)
{
	struct region *region;

	spin_lock(&partition->regions_lock);
	region = region_find(partition, gfn, 1);
	if (region)
		kref_get(&region->ref);
	spin_unlock(&partition->regions_lock);
	return region;
}

static void free_region(struct kref *ref)
{
	struct region *region = container_of(ref, struct region, ref);

	if (region->kind != REGION_PINNED)
		blocks_free(region);
	mmdrop(region->mm);
	kfree(region);
}

void region_put(struct region *region)
{
	kref_put(&region->ref, free_region);
}

static void insert(struct mshv_partition *partition, struct region *region)
{
	struct rb_node **link = &partition->regions.rb_node, *parent = NULL;

	spin_lock(&partition->regions_lock);
	while (*link) {
		parent = *link;
		link = region->gfn < region_of(parent)->gfn ? &parent->rb_left :
							      &parent->rb_right;
	}
	rb_link_node(&region->node, parent, link);
	rb_insert_color(&region->node, &partition->regions);
	partition->nr_regions++;
	spin_unlock(&partition->regions_lock);
}

static void erase(struct mshv_partition *partition, struct region *region)
{
	spin_lock(&partition->regions_lock);
	rb_erase(&region->node, &partition->regions);
	partition->nr_regions--;
	spin_unlock(&partition->regions_lock);
}

/*
 * An area of device memory is vouched for by the driver that made it, but only as long as it is
 * not a private copy, and no further than it reaches.
 */
static int survey_device(const struct vm_area_struct *vma, u64 end, bool write)
{
	if (vma->vm_end < end || !(vma->vm_flags & VM_SHARED) || !area_allows(vma, write))
		return -EFAULT;
	return REGION_DEVICE;
}

static int survey_memory(struct mm_struct *mm, u64 addr, u64 end, bool write)
{
	struct vm_area_struct *vma;
	bool locked = true;

	for (; addr < end; addr = vma->vm_end) {
		vma = vma_lookup(mm, addr);
		if (!vma || vma->vm_flags & (VM_IO | VM_PFNMAP) || !area_allows(vma, write))
			return -EFAULT;
		/* Locked once it is touched: that is no wish to have it all. */
		locked = locked && vma->vm_flags & VM_LOCKED && !(vma->vm_flags & VM_LOCKONFAULT);
	}
	return locked ? REGION_PINNED : REGION_MOVABLE;
}

/* What kind of region a range of the caller's makes: enum region_kind, or an errno. */
static int survey(u64 addr, u64 size, bool write)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int kind;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = vma_lookup(mm, addr);
	if (!vma)
		kind = -EINVAL;
	else if (vma->vm_flags & (VM_IO | VM_PFNMAP))
		kind = survey_device(vma, addr + size, write);
	else
		kind = survey_memory(mm, addr, addr + size, write);
	mmap_read_unlock(mm);
	return kind;
}

static struct region *alloc_region(struct mshv_partition *partition,
				   const struct mshv_user_mem_region *args, enum region_kind kind)
{
	struct region *region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);

	if (!region)
		return NULL;
	kref_init(&region->ref);
	xa_init_flags(&region->blocks, XA_FLAGS_ACCOUNT);
	region->partition = partition;
	region->kind = kind;
	region->gfn = args->guest_pfn;
	region->pages = args->size >> PAGE_SHIFT;
	region->uaddr = args->userspace_addr;
	region->map_flags = HV_MAP_GPA_READABLE | HV_MAP_GPA_ADJUSTABLE;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_WRITABLE))
		region->map_flags |= HV_MAP_GPA_WRITABLE;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_EXECUTABLE))
		region->map_flags |= HV_MAP_GPA_EXECUTABLE;
	if (kind == REGION_DEVICE)
		region->map_flags |= HV_MAP_GPA_NOT_CACHED;
	region->mm = current->mm;
	mmgrab(region->mm);
	return region;
}

/* Also one that is lost keeps its place, lest another be mapped over its remains. */
static int establish(struct mshv_partition *partition, struct region *region)
{
	int ret = region->kind == REGION_PINNED ? pinned_map(region) : movable_init(region);

	if (ret && !region->lost)
		region_put(region);
	else
		insert(partition, region);
	return ret;
}

static bool range_valid(const struct mshv_user_mem_region *args)
{
	return args->size && PAGE_ALIGNED(args->size) && PAGE_ALIGNED(args->userspace_addr) &&
	       args->guest_pfn < HV_MAX_GFN &&
	       args->size >> PAGE_SHIFT <= HV_MAX_GFN - args->guest_pfn;
}

static int map_region(struct mshv_partition *partition, const struct mshv_user_mem_region *args)
{
	int kind = survey(args->userspace_addr, args->size,
			  args->flags & BIT(MSHV_SET_MEM_BIT_WRITABLE));
	struct region *region;

	if (kind == -EINVAL || kind == -EINTR)
		return kind;
	if (region_find(partition, args->guest_pfn, args->size >> PAGE_SHIFT))
		return -EEXIST;
	if (kind < 0)
		return kind;
	if (partition->nr_regions == MSHV_MAX_REGIONS)
		return -ENOSPC;
	region = alloc_region(partition, args, kind);
	return region ? establish(partition, region) : -ENOMEM;
}

/**
 * region_map() - give the guest memory of the caller's
 * @partition: the guest
 * @args: what, where and with which rights
 *
 * Return: 0; -EINVAL if the request is malformed, there is nothing at the address, or the
 * partition is not initialized; -EEXIST if it overlaps; -EFAULT if not all of it is memory that
 * the caller may use so, nor a device's; -ENOMEM, also beyond RLIMIT_MEMLOCK if it is pinned;
 * -ENOSPC if there are too many; -EINTR; the errno of a hypercall that failed.
 */
long region_map(struct mshv_partition *partition, const struct mshv_user_mem_region *args)
{
	long ret;

	if (!range_valid(args) ||
	    args->flags & ~(BIT(MSHV_SET_MEM_BIT_WRITABLE) | BIT(MSHV_SET_MEM_BIT_EXECUTABLE)) ||
	    !access_ok((void __user *)args->userspace_addr, args->size) ||
	    !READ_ONCE(partition->initialized))
		return -EINVAL;
	if (mutex_lock_killable(&partition->mem_lock))
		return -EINTR;
	ret = map_region(partition, args);
	mutex_unlock(&partition->mem_lock);
	trace_mshv_map_memory(partition->hv.id, args->guest_pfn, args->size >> PAGE_SHIFT, ret);
	return ret;
}

/* Afterwards the hypervisor has nothing of it mapped, or the region is as it was. */
static int dissolve(struct region *region)
{
	int ret;

	if (region->kind == REGION_PINNED) {
		ret = pinned_unmap(region);
		if (!ret)
			pinned_free(region);
		return ret;
	}
	ret = movable_unmap(region);
	if (!ret)
		movable_fini(region);
	return ret;
}

static int unmap_region(struct mshv_partition *partition, const struct mshv_user_mem_region *args)
{
	struct region *region = region_find(partition, args->guest_pfn, 1);
	int ret;

	if (!region || region->lost)
		return -ENOENT;
	if (region->gfn != args->guest_pfn || region->uaddr != args->userspace_addr ||
	    region->pages != args->size >> PAGE_SHIFT)
		return -EINVAL;
	ret = dissolve(region);
	if (ret)
		return ret;
	erase(partition, region);
	region_put(region);
	return 0;
}

/**
 * region_unmap() - take a region away from the guest
 * @partition: the guest
 * @args: exactly as it was mapped, but for the flags
 *
 * Return: 0; -EINVAL if the request is malformed or the region there is another; -ENOENT if
 * there is none; -EINTR; the errno of a hypercall that failed, and then the region is still
 * there, perhaps in part.
 */
long region_unmap(struct mshv_partition *partition, const struct mshv_user_mem_region *args)
{
	long ret;

	if (!range_valid(args))
		return -EINVAL;
	if (mutex_lock_killable(&partition->mem_lock))
		return -EINTR;
	ret = unmap_region(partition, args);
	mutex_unlock(&partition->mem_lock);
	trace_mshv_unmap_memory(partition->hv.id, args->guest_pfn, args->size >> PAGE_SHIFT, ret);
	return ret;
}

static void abandon(struct region *region)
{
	pr_err("partition %llu: guest memory from page %#llx on, %llu pages, cannot be unmapped; what is mapped of it is never free again\n",
	       region->partition->hv.id, region->gfn, region->pages);
	if (region->kind == REGION_PINNED)
		pinned_abandon(region);
	else
		movable_abandon(region);
}

/**
 * regions_destroy() - at the end of a partition
 * @partition: nobody else uses it
 * @unmapped: whether the hypervisor has unmapped everything already
 */
void regions_destroy(struct mshv_partition *partition, bool unmapped)
{
	struct region *region;
	struct rb_node *node;

	while ((node = rb_first(&partition->regions))) {
		region = region_of(node);
		if (unmapped && region->kind == REGION_PINNED)
			pinned_free(region);
		else if (dissolve(region))
			abandon(region);
		erase(partition, region);
		region_put(region);
		cond_resched();
	}
}
