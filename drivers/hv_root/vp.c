// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual processors: creation, the pages they share with us and with user space, and the
 * ioctls of a VP's file.
 *
 * A VP lives as long as its partition.  Two pages of the hypervisor's show its registers and
 * the message of its last intercept; user space may map both.
 *
 * Locking: mshv_vp.lock is held by whoever works with the VP, RUN_VP included, so register
 * calls on this file wait until it has stopped.  Waiting for it can be ended by SIGKILL.  Only
 * a request to end RUN_VP does without.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "hv_root.h"
#include "trace.h"

/* State pages that every VP has, and where user space finds them. */
static const struct {
	u16 type;
	u16 offset;
} state_pages[] = {
	{ HV_VP_STATE_PAGE_INTERCEPT_MESSAGE, MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE },
	{ HV_VP_STATE_PAGE_REGISTERS, MSHV_VP_MMAP_OFFSET_REGISTERS },
};

static const struct file_operations vp_fops;

/* Under RCU. */
struct mshv_vp *vp_find(struct mshv_partition *partition, u32 index)
{
	return index < MSHV_MAX_VPS ? rcu_dereference(partition->vps[index]) : NULL;
}

static int map_page(struct mshv_vp *vp, u16 type, struct page **page)
{
	u64 pfn;
	int ret = hv_map_vp_state_page(&vp->partition->hv, vp->index, type, &pfn);

	if (ret)
		return ret;
	/* We read it where all memory is mapped, and nothing but memory is. */
	if (!pfn_valid(pfn) || !page_is_ram(pfn)) {
		pr_err_ratelimited("partition %llu VP %u: the hypervisor shows a state page outside of memory: %#llx\n",
				   vp->hv.id, vp->index, pfn);
		hv_unmap_vp_state_page(&vp->partition->hv, vp->index, type);
		return -EIO;
	}
	*page = pfn_to_page(pfn);
	return 0;
}

void vp_unmap_pages(struct mshv_vp *vp)
{
	unsigned int i;

	inject_destroy(vp);
	for (i = 0; i < ARRAY_SIZE(state_pages); i++)
		if (vp->pages[state_pages[i].offset]) {
			hv_unmap_vp_state_page(&vp->hv, vp->index, state_pages[i].type);
			vp->pages[state_pages[i].offset] = NULL;
		}
}

static int map_pages(struct mshv_vp *vp)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(state_pages); i++) {
		ret = map_page(vp, state_pages[i].type, &vp->pages[state_pages[i].offset]);
		if (ret) {
			vp_unmap_pages(vp);
			return ret;
		}
	}
	inject_create(vp);
	return 0;
}

static struct mshv_vp *alloc_vp(struct mshv_partition *partition, u32 index)
{
	struct mshv_vp *vp = kzalloc(sizeof(*vp), GFP_KERNEL_ACCOUNT);

	if (!vp)
		return NULL;
	hv_target_init(&vp->hv, partition->hv.id, partition->hv.ledger);
	vp->partition = partition;
	vp->index = index;
	mutex_init(&vp->lock);
	mutex_init(&vp->cancel.lock);
	init_swait_queue_head(&vp->wait);
	tickless_init(vp);
	fault_wait_init(vp);
	vp->scratch[0] = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vp->scratch[1] = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vp->scratch[0] || !vp->scratch[1]) {
		vp_free(vp);
		return NULL;
	}
	return vp;
}

/* The interrupt handler may still be looking at it. */
void vp_free(struct mshv_vp *vp)
{
	tickless_exit(vp);
	fault_wait_exit(vp);
	free_page((unsigned long)vp->scratch[0]);
	free_page((unsigned long)vp->scratch[1]);
	kfree_rcu(vp, rcu);
}

/* All of these files have one, so that what is mapped of them can be found (partitions_end()). */
static void use_own_mapping(struct file *file, struct mshv_partition *partition)
{
	partition->mapping.host = file->f_mapping->host;
	partition->mapping.a_ops = file->f_mapping->a_ops;
	file->f_mapping = &partition->mapping;
}

/* From here on the VP is the user's; nothing fails any more. */
static int give_file(struct mshv_vp *vp)
{
	struct mshv_partition *partition = vp->partition;
	struct file *file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	file = anon_inode_getfile("mshv_vp", &vp_fops, vp, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	kref_get(&partition->ref);
	use_own_mapping(file, partition);
	fd_install(fd, file);
	return fd;
}

/**
 * vp_create() - create a VP and a file for it
 * @partition: whose; its lock is held
 * @index: less than MSHV_MAX_VPS
 *
 * Return: a file descriptor, -EEXIST if there is such a VP, or another errno.
 */
long vp_create(struct mshv_partition *partition, u32 index)
{
	struct mshv_vp *vp;
	int ret;

	if (rcu_access_pointer(partition->vps[index]))
		return -EEXIST;
	vp = alloc_vp(partition, index);
	if (!vp)
		return -ENOMEM;
	/* Its first message may come as soon as the hypervisor knows it. */
	rcu_assign_pointer(partition->vps[index], vp);
	ret = hv_create_vp(&partition->hv, index);
	if (ret)
		goto err_free;
	ret = map_pages(vp);
	if (ret)
		goto err_delete;
	ret = give_file(vp);
	if (ret < 0)
		goto err_unmap;
	stats_add_vp(vp);
	return ret;

err_unmap:
	vp_unmap_pages(vp);
err_delete:
	hv_delete_vp(&partition->hv, index);
err_free:
	RCU_INIT_POINTER(partition->vps[index], NULL);
	vp_free(vp);
	return ret;
}

/* Another thread may be running the VP for ever: any signal ends the wait for it. */
static int lock_vp(struct mshv_vp *vp)
{
	return mutex_lock_interruptible(&vp->lock);
}

static long run_vp(struct mshv_vp *vp, void __user *user_args)
{
	long ret;

	if (lock_vp(vp))
		return -EINTR;
	trace_mshv_run_enter(vp->hv.id, vp->index);
	/* The request that came with it may be taken: somebody else was running the VP. */
	ret = shutting_down() ? -ESHUTDOWN : vp_run(vp, user_args);
	trace_mshv_run_exit(vp->hv.id, vp->index, ret);
	mutex_unlock(&vp->lock);
	return ret;
}

/* Without the VP's lock: whoever runs the VP has that. */
static long cancel_run_vp(void *object, void *args, void __user *user_args)
{
	return vp_cancel(object);
}

static long move_state(struct mshv_vp *vp, void *args, void __user *user_args, bool set)
{
	long ret;

	if (lock_vp(vp))
		return -EINTR;
	inject_flush(vp);
	ret = vp_move_state(vp, args, user_args, set);
	if (set)
		inject_close(vp->partition, vp->index);
	mutex_unlock(&vp->lock);
	return ret;
}

static long get_state(void *object, void *args, void __user *user_args)
{
	return move_state(object, args, user_args, false);
}

static long set_state(void *object, void *args, void __user *user_args)
{
	return move_state(object, args, user_args, true);
}

static long vp_hvcall(void *object, void *args, void __user *user_args)
{
	struct mshv_vp *vp = object;
	long ret;

	if (lock_vp(vp))
		return -EINTR;
	inject_flush(vp);
	ret = passthru_hvcall(&vp->hv, vp->partition, vp, args, user_args);
	mutex_unlock(&vp->lock);
	return ret;
}

static long vp_query_info(void *object, void *args, void __user *user_args)
{
	struct mshv_vp *vp = object;

	return info_query(&vp->hv, vp->index, user_args);
}

static long vp_last_error(void *object, void *args, void __user *user_args)
{
	struct mshv_vp *vp = object;

	return info_last_error(&vp->hv, user_args);
}

/* All but RUN_VP. */
static const struct mshv_ioctl vp_ioctls[] = {
	{
		.cmd = MSHV_CANCEL_RUN_VP,
		.handler = cancel_run_vp,
	}, {
		.cmd = MSHV_ROOT_HVCALL,
		.size = MSHV_ARGS_SIZE(struct mshv_root_hvcall),
		.zero_from = offsetof(struct mshv_root_hvcall, status),
		.zero_to = offsetofend(struct mshv_root_hvcall, rsvd),
		.handler = vp_hvcall,
	}, {
		.cmd = MSHV_GET_VP_STATE,
		.size = MSHV_ARGS_SIZE(struct mshv_get_set_vp_state),
		.zero_from = offsetof(struct mshv_get_set_vp_state, rsvd),
		.zero_to = offsetofend(struct mshv_get_set_vp_state, rsvd),
		.handler = get_state,
	}, {
		.cmd = MSHV_SET_VP_STATE,
		.size = MSHV_ARGS_SIZE(struct mshv_get_set_vp_state),
		.zero_from = offsetof(struct mshv_get_set_vp_state, rsvd),
		.zero_to = offsetofend(struct mshv_get_set_vp_state, rsvd),
		.handler = set_state,
	}, {
		.cmd = MSHV_QUERY_INFO,
		.handler = vp_query_info,
	}, {
		.cmd = MSHV_GET_LAST_ERROR,
		.handler = vp_last_error,
	},
};

static long vp_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long ret;

	/* What VMMs do all the time; there is no argument to read. */
	if (cmd == MSHV_RUN_VP) {
		if (!shutdown_enter())
			return -ESHUTDOWN;
		ret = run_vp(file->private_data, (void __user *)arg);
		shutdown_leave();
		return ret;
	}
	return mshv_ioctl(vp_ioctls, ARRAY_SIZE(vp_ioctls), file->private_data, cmd, arg);
}

/* Not when it is mapped: whoever revokes the page (partitions_end()) finds the area only later. */
static vm_fault_t vp_page_fault(struct vm_fault *vmf)
{
	struct mshv_vp *vp = vmf->vma->vm_file->private_data;
	vm_fault_t ret;

	if (!shutdown_enter())
		return VM_FAULT_SIGBUS;
	ret = vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(vp->pages[vmf->pgoff]));
	shutdown_leave();
	return ret;
}

static const struct vm_operations_struct vp_vm_ops = {
	.fault = vp_page_fault,
};

static int map_vp_page(struct mshv_vp *vp, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	struct page *page;

	if (vma->vm_pgoff >= MSHV_VP_MMAP_OFFSET_COUNT)
		return -EINVAL;
	page = vp->pages[vma->vm_pgoff];
	if (!page)
		return -ENODEV;
	if (size != PAGE_SIZE || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &vp_vm_ops;
	return 0;
}

static int vp_mmap(struct file *file, struct vm_area_struct *vma)
{
	int ret;

	if (!shutdown_enter())
		return -ESHUTDOWN;
	ret = map_vp_page(file->private_data, vma);
	shutdown_leave();
	return ret;
}

static int vp_release(struct inode *inode, struct file *file)
{
	struct mshv_vp *vp = file->private_data;

	partition_put(vp->partition);
	return 0;
}

static const struct file_operations vp_fops = {
	.owner = THIS_MODULE,
	.release = vp_release,
	.unlocked_ioctl = vp_ioctl,
	.mmap = vp_mmap,
	.llseek = noop_llseek,
};
