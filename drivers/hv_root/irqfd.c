// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds that raise interrupts of a child, and those that hear of the guest's EOI.
 *
 * An irqfd hangs in the wait queue of its eventfd, where each write calls it before the writer
 * returns: in atomic context, with interrupts off and the queue's lock held.  The interrupt is
 * raised right there, or left to the VP's next entry.  Only if the hypervisor lacks memory a work
 * item does it.
 *
 * An irqfd ends when the user deassigns it, when the partition goes, or when the eventfd does; the
 * last happens in its wait queue again, so a work item does it.  Whoever takes it out of the hash
 * table is the one who shuts it down.
 *
 * An irqfd that resamples is level-triggered: its second eventfd is signaled at the guest's EOI.
 * The hypervisor tells a vector, and the interrupt may have another route by then; so the vector
 * by which it was raised last counts as well as that of its route.
 *
 * Locking: irqfds.lock over assigning and deassigning.  irqfds.list_lock, a leaf, under the wait
 * queue's lock of an eventfd; interrupts are off.  Interrupt handlers read the list of
 * those that resample under RCU.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/hash.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "hv_root.h"

struct irqfd {
	struct mshv_partition *partition;
	struct eventfd_ctx *eventfd;
	struct eventfd_ctx *resample;	/* NULL if it does not */
	u32 gsi;
	u32 vector;			/* by which it was raised last */
	wait_queue_entry_t wait;
	poll_table poll;
	wait_queue_head_t *queue;	/* of the eventfd */
	struct hlist_node node;		/* by eventfd */
	struct list_head resampled;
	struct work_struct raise;
	struct work_struct close;
	struct rcu_head rcu;
};

static struct workqueue_struct *irqfd_wq;

static void free_irqfd(struct irqfd *irqfd)
{
	if (irqfd->resample)
		eventfd_ctx_put(irqfd->resample);
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static void free_irqfd_rcu(struct rcu_head *rcu)
{
	free_irqfd(container_of(rcu, struct irqfd, rcu));
}

/* A kworker is in nobody's memory cgroup, so what is deposited here is charged to none. */
static void raise_work(struct work_struct *work)
{
	struct irqfd *irqfd = container_of(work, struct irqfd, raise);

	irq_raise_fed(irqfd->partition, irqfd->gsi, &irqfd->vector);
}

static void raise(struct irqfd *irqfd)
{
	if (!irq_raise(irqfd->partition, irqfd->gsi, &irqfd->vector))
		queue_work(irqfd_wq, &irqfd->raise);
}

/*
 * By whoever took it out of the table.  What was signaled before is raised yet: a VMM deassigns
 * when its guest masks a vector, and the guest expects no interrupt to get lost in that.
 */
static void shut_down(struct irqfd *irqfd)
{
	struct mshv_partition *partition = irqfd->partition;
	u64 count;

	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	flush_work(&irqfd->raise);
	if (!irqfd->resample) {
		free_irqfd(irqfd);
		return;
	}
	spin_lock_irq(&partition->irqfds.list_lock);
	list_del_rcu(&irqfd->resampled);
	irqfd->partition->irqfds.nr_resampled--;
	spin_unlock_irq(&partition->irqfds.list_lock);
	call_rcu(&irqfd->rcu, free_irqfd_rcu);
}

/* The partition waits for this one, and is gone at once when it is the last. */
static void close_work(struct work_struct *work)
{
	struct irqfd *irqfd = container_of(work, struct irqfd, close);
	atomic_t *closing = &irqfd->partition->irqfds.closing;

	shut_down(irqfd);
	if (atomic_dec_and_test(closing))
		wake_up_var(closing);
}

/* In the eventfd's wait queue, which it must leave. */
static void close_later(struct irqfd *irqfd)
{
	struct mshv_partition *partition = irqfd->partition;
	unsigned long flags;

	spin_lock_irqsave(&partition->irqfds.list_lock, flags);
	if (!hlist_unhashed(&irqfd->node)) {
		hlist_del_init(&irqfd->node);
		atomic_inc(&partition->irqfds.closing);
		queue_work(irqfd_wq, &irqfd->close);
	}
	spin_unlock_irqrestore(&partition->irqfds.list_lock, flags);
}

/* Returning 1 says that the event is taken, and that nobody else is to be woken. */
static int wakeup(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	__poll_t events = key_to_poll(key);
	u64 count;

	if (events & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		raise(irqfd);
	}
	if (events & EPOLLHUP)
		close_later(irqfd);
	return !!(events & EPOLLIN);
}

static void enter_queue(struct file *file, wait_queue_head_t *queue, poll_table *poll)
{
	struct irqfd *irqfd = container_of(poll, struct irqfd, poll);

	/* Before those who read, and alone: the value is taken here. */
	irqfd->wait.flags |= WQ_FLAG_EXCLUSIVE;
	irqfd->queue = queue;
	add_wait_queue_priority(queue, &irqfd->wait);
}

static struct irqfd *alloc_irqfd(struct mshv_partition *partition, u32 gsi)
{
	struct irqfd *irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);

	if (!irqfd)
		return NULL;
	irqfd->partition = partition;
	irqfd->gsi = gsi;
	INIT_WORK(&irqfd->raise, raise_work);
	INIT_WORK(&irqfd->close, close_work);
	init_waitqueue_func_entry(&irqfd->wait, wakeup);
	init_poll_funcptr(&irqfd->poll, enter_queue);
	return irqfd;
}

static int get_eventfds(struct irqfd *irqfd, struct file *file,
			const struct mshv_user_irqfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fileget(file), *resample;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	if (args->flags & BIT(MSHV_IRQFD_BIT_RESAMPLE)) {
		resample = eventfd_ctx_fdget(args->resamplefd);
		if (IS_ERR(resample)) {
			eventfd_ctx_put(eventfd);
			return PTR_ERR(resample);
		}
		irqfd->resample = resample;
	}
	irqfd->eventfd = eventfd;
	return 0;
}

static struct hlist_head *bucket_of(struct mshv_partition *partition,
				    const struct eventfd_ctx *eventfd)
{
	return &partition->irqfds.by_eventfd[hash_ptr(eventfd, IRQFD_HASH_BITS)];
}

/* An eventfd raises one interrupt of a partition. */
static struct irqfd *find_irqfd(struct mshv_partition *partition,
				const struct eventfd_ctx *eventfd)
{
	struct irqfd *irqfd;

	hlist_for_each_entry(irqfd, bucket_of(partition, eventfd), node)
		if (irqfd->eventfd == eventfd)
			return irqfd;
	return NULL;
}

static int add_irqfd(struct mshv_partition *partition, struct irqfd *irqfd)
{
	if (find_irqfd(partition, irqfd->eventfd))
		return -EBUSY;
	if (irqfd->resample && partition->irqfds.nr_resampled == MSHV_MAX_RESAMPLED)
		return -ENOSPC;
	hlist_add_head(&irqfd->node, bucket_of(partition, irqfd->eventfd));
	if (irqfd->resample) {
		list_add_rcu(&irqfd->resampled, &partition->irqfds.resampled);
		partition->irqfds.nr_resampled++;
	}
	return 0;
}

/* Into the table, unless there is one already. */
static int publish(struct irqfd *irqfd)
{
	struct mshv_partition *partition = irqfd->partition;
	int ret;

	spin_lock_irq(&partition->irqfds.list_lock);
	ret = add_irqfd(partition, irqfd);
	spin_unlock_irq(&partition->irqfds.list_lock);
	return ret;
}

static int check_and_publish(struct irqfd *irqfd)
{
	if (irqfd->resample && !irq_is_level(irqfd->partition, irqfd->gsi))
		return -EINVAL;
	return publish(irqfd);
}

/* What was written before counts as well, and who waits for room in a full eventfd gets it. */
static void raise_earlier(struct irqfd *irqfd, struct file *file)
{
	u64 count;

	spin_lock_irq(&irqfd->queue->lock);
	if (vfs_poll(file, NULL) & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		raise(irqfd);
		wake_up_locked_poll(irqfd->queue, EPOLLOUT);
	}
	spin_unlock_irq(&irqfd->queue->lock);
}

static int assign_file(struct mshv_partition *partition, struct file *file,
		       const struct mshv_user_irqfd *args)
{
	struct irqfd *irqfd = alloc_irqfd(partition, args->gsi);
	int ret;

	if (!irqfd)
		return -ENOMEM;
	ret = get_eventfds(irqfd, file, args);
	if (ret) {
		kfree(irqfd);
		return ret;
	}
	ret = check_and_publish(irqfd);
	if (ret) {
		free_irqfd(irqfd);
		return ret;
	}
	/* From here on it is called. */
	vfs_poll(file, &irqfd->poll);
	raise_earlier(irqfd, file);
	return 0;
}

/* The file is held meanwhile, so the irqfd cannot go before it is in the queue. */
static int assign(struct mshv_partition *partition, const struct mshv_user_irqfd *args)
{
	struct file *file = fget(args->fd);
	int ret;

	if (!file)
		return -EBADF;
	ret = assign_file(partition, file, args);
	fput(file);
	return ret;
}

/* Takes the irqfd out of the table, if there is such a one. */
static struct irqfd *unpublish(struct mshv_partition *partition,
			       const struct eventfd_ctx *eventfd, u32 gsi)
{
	struct irqfd *irqfd;

	spin_lock_irq(&partition->irqfds.list_lock);
	irqfd = find_irqfd(partition, eventfd);
	if (irqfd && irqfd->gsi == gsi)
		hlist_del_init(&irqfd->node);
	else
		irqfd = NULL;
	spin_unlock_irq(&partition->irqfds.list_lock);
	return irqfd;
}

static int deassign(struct mshv_partition *partition, const struct mshv_user_irqfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(args->fd);
	struct irqfd *irqfd;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	irqfd = unpublish(partition, eventfd, args->gsi);
	if (irqfd)
		shut_down(irqfd);
	eventfd_ctx_put(eventfd);
	return 0;
}

/**
 * irqfd_set() - MSHV_IRQFD
 * @partition: whose interrupt
 * @args: the user's
 *
 * Return: 0; -EINVAL for an unknown flag, a GSI out of range, a file that is no eventfd, or
 * resampling of what is not level-triggered; -EBADF; -EBUSY if the eventfd already raises an
 * interrupt of the partition; -ENOMEM; -EINTR.
 */
long irqfd_set(struct mshv_partition *partition, const struct mshv_user_irqfd *args)
{
	int ret;

	if (args->flags & ~(u32)MSHV_IRQFD_FLAGS_MASK || args->gsi >= MSHV_MAX_GSIS)
		return -EINVAL;
	if (mutex_lock_killable(&partition->irqfds.lock))
		return -EINTR;
	if (args->flags & BIT(MSHV_IRQFD_BIT_DEASSIGN))
		ret = deassign(partition, args);
	else
		ret = assign(partition, args);
	mutex_unlock(&partition->irqfds.lock);
	return ret;
}

/**
 * irqfd_acked() - the guest ended a level-triggered interrupt
 * @partition: whose, found under RCU
 * @vector: that which it ended
 *
 * Return: whether an irqfd wanted to know.
 */
bool irqfd_acked(struct mshv_partition *partition, u32 vector)
{
	struct irqfd *irqfd;
	bool found = false;

	list_for_each_entry_rcu(irqfd, &partition->irqfds.resampled, resampled) {
		if (READ_ONCE(irqfd->vector) != vector &&
		    !irq_has_vector(partition, irqfd->gsi, vector))
			continue;
		eventfd_signal(irqfd->resample);
		found = true;
	}
	return found;
}

void irqfds_init(struct mshv_partition *partition)
{
	mutex_init(&partition->irqfds.lock);
	spin_lock_init(&partition->irqfds.list_lock);
	hash_init(partition->irqfds.by_eventfd);
	INIT_LIST_HEAD(&partition->irqfds.resampled);
}

static struct irqfd *take_any(struct mshv_partition *partition)
{
	struct irqfd *irqfd;
	unsigned int bucket;

	hash_for_each(partition->irqfds.by_eventfd, bucket, irqfd, node) {
		hlist_del_init(&irqfd->node);
		return irqfd;
	}
	return NULL;
}

/* The partition goes: shuts down all that are left, and waits for those that close already. */
void irqfds_release(struct mshv_partition *partition)
{
	struct irqfd *irqfd;

	do {
		spin_lock_irq(&partition->irqfds.list_lock);
		irqfd = take_any(partition);
		spin_unlock_irq(&partition->irqfds.list_lock);
		if (irqfd)
			shut_down(irqfd);
	} while (irqfd);
	wait_var_event(&partition->irqfds.closing, !atomic_read(&partition->irqfds.closing));
}

int irqfd_wq_init(void)
{
	irqfd_wq = alloc_workqueue("hv_root_irqfd", WQ_UNBOUND, 0);
	return irqfd_wq ? 0 : -ENOMEM;
}

void irqfd_wq_exit(void)
{
	destroy_workqueue(irqfd_wq);
}
