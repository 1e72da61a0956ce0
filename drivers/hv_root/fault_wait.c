// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fault waits until Linux is through with the region's memory.
 *
 * Whose memory it is can draw that out without end: as long as threads of that process take turns
 * in giving parts of it back, the kernel never sees the end of an invalidation, and it has no wait
 * for that which a signal ends.  Who does it to himself has the harm; but a VMM may run a guest
 * with another process's memory.  Then a worker waits, and the VP waits for the worker, until
 * somebody wants it back.  A VP keeps one worker at most: its next fault first waits for the same.
 *
 * Removing a region waits likewise, also when a file is closed, and cannot be interrupted: only
 * then does Linux tell nothing more.  It ends when the other process does.
 *
 * Locking: mshv_vp.lock is held; the worker takes none.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/swait.h>
#include <linux/workqueue.h>

#include "region.h"

static struct workqueue_struct *workers;

static void work(struct work_struct *work)
{
	struct mshv_vp *vp = container_of(work, struct mshv_vp, fault.wait.work);
	struct region *region = vp->fault.wait.region;

	vp->fault.wait.seq = mmu_interval_read_begin(&region->notifier);
	region_put(region);
	smp_store_release(&vp->fault.wait.busy, false);	/* pairs with is_over() */
	swake_up_one(&vp->wait);
}

static bool is_over(struct mshv_vp *vp)
{
	return !smp_load_acquire(&vp->fault.wait.busy);	/* pairs with work() */
}

static int wait_for_worker(struct mshv_vp *vp)
{
	swait_event_interruptible_exclusive(vp->wait,
					    is_over(vp) || READ_ONCE(vp->cancel.requested));
	return is_over(vp) ? 0 : -EINTR;
}

/**
 * fault_wait() - wait until nothing of a region's memory is being taken back
 * @vp: its lock is held
 * @region: of memory that this VP is missing
 * @seq: for mmu_interval_read_retry()
 *
 * Return: 0; -EINTR if somebody wants the VP back.
 */
int fault_wait(struct mshv_vp *vp, struct region *region, unsigned long *seq)
{
	int ret;

	if (region->mm == current->mm) {
		*seq = mmu_interval_read_begin(&region->notifier);
		return 0;
	}
	ret = wait_for_worker(vp);
	if (ret)
		return ret;
	kref_get(&region->ref);
	vp->fault.wait.region = region;
	vp->fault.wait.busy = true;
	queue_work(workers, &vp->fault.wait.work);
	ret = wait_for_worker(vp);
	*seq = vp->fault.wait.seq;
	return ret;
}

void fault_wait_init(struct mshv_vp *vp)
{
	INIT_WORK(&vp->fault.wait.work, work);
}

/* By now nothing is being taken back. */
void fault_wait_exit(struct mshv_vp *vp)
{
	flush_work(&vp->fault.wait.work);
}

int fault_workers_init(void)
{
	workers = alloc_workqueue("hv_root_fault", WQ_UNBOUND, 0);
	return workers ? 0 : -ENOMEM;
}

void fault_workers_exit(void)
{
	destroy_workqueue(workers);
}
