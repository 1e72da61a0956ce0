// SPDX-License-Identifier: GPL-2.0-only
/*
 * Partitions: creation, the ioctls of a partition's file, and destruction.
 *
 * Destruction must work in whatever state the partition is, in release of the last file and
 * thus also when the process was killed: it waits for no signal, allocates nothing, and goes
 * on after a failure, leaving with the hypervisor what the hypervisor does not give back.
 *
 * Locking: mshv_partition.lock over initialize and CREATE_VP.  The table of partitions is
 * written under partitions_lock and read under RCU, by the interrupt handler among others;
 * partitions and their VPs are freed a grace period after they left it.
 */
#include <linux/anon_inodes.h>
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait_bit.h>

#include "hv_root.h"
#include "trace.h"

static const struct file_operations partition_fops;

/* Those that the hypervisor has not deleted yet may take a while, but not for ever. */
#define END_TIMEOUT	(2 * VP_MESSAGE_TIMEOUT)

static DEFINE_SPINLOCK(partitions_lock);
static DEFINE_HASHTABLE(partitions, 6);
static atomic_t living;		/* partitions that the hypervisor has */

/* Under RCU. */
struct mshv_partition *partition_find(u64 id)
{
	struct mshv_partition *partition;

	hash_for_each_possible_rcu(partitions, partition, node, id)
		if (partition->hv.id == id)
			return partition;
	return NULL;
}

void partitions_show(struct seq_file *file)
{
	struct mshv_partition *partition;
	unsigned int bucket;

	rcu_read_lock();
	hash_for_each_rcu(partitions, bucket, partition, node)
		seq_printf(file, "%llu %llu %llu\n", partition->hv.id,
			   READ_ONCE(partition->ledger.deposited),
			   READ_ONCE(partition->ledger.withdrawn));
	rcu_read_unlock();
}

static void publish(struct mshv_partition *partition)
{
	spin_lock(&partitions_lock);
	hash_add_rcu(partitions, &partition->node, partition->hv.id);
	spin_unlock(&partitions_lock);
	atomic_inc(&living);
}

static void unpublish(struct mshv_partition *partition)
{
	spin_lock(&partitions_lock);
	hash_del_rcu(&partition->node);
	spin_unlock(&partitions_lock);
}

static void free_partition_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct mshv_partition, rcu));
}

/* Under the partition's lock, or when nobody else can reach VPs but the interrupt handler. */
static struct mshv_vp *vp_at(struct mshv_partition *partition, unsigned int index)
{
	return rcu_dereference_protected(partition->vps[index], true);
}

/*
 * Stops the VPs and takes back the pages they share with us.  Messages about a VP may arrive
 * until it is quiet, so this comes before the partition leaves the table.  However many messages
 * are lost, closing the last file waits for them but once.
 */
static void stop_vps(struct mshv_partition *partition)
{
	unsigned long deadline;
	unsigned int i;

	for (i = 0; i < MSHV_MAX_VPS; i++)
		if (vp_at(partition, i))
			vp_suspend(vp_at(partition, i));
	deadline = jiffies + VP_MESSAGE_TIMEOUT;
	for (i = 0; i < MSHV_MAX_VPS; i++)
		if (vp_at(partition, i))
			vp_quiesce(vp_at(partition, i), deadline);
	for (i = 0; i < MSHV_MAX_VPS; i++)
		if (vp_at(partition, i))
			vp_unmap_pages(vp_at(partition, i));
}

static void free_vps(struct mshv_partition *partition)
{
	unsigned int i;

	for (i = 0; i < MSHV_MAX_VPS; i++)
		if (vp_at(partition, i))
			vp_free(vp_at(partition, i));
}

/*
 * Takes down VPs and guest memory, as far as the hypervisor is concerned.  Linux may be taking
 * pages back from the guest meanwhile, and must know whether they are unmapped already.
 */
static bool finalize(struct mshv_partition *partition)
{
	mutex_lock(&partition->map_lock);
	partition->finalized = !hv_finalize_partition(&partition->hv);
	mutex_unlock(&partition->map_lock);
	return partition->finalized;
}

/* Afterwards the hypervisor has nothing of it, as far as that can be had. */
static void tear_down(struct mshv_partition *partition)
{
	bool unmapped = false;
	int ret;

	stats_remove_partition(partition);
	irqfds_release(partition);
	ioeventfds_release(partition);
	stop_vps(partition);
	if (partition->initialized)
		unmapped = finalize(partition);
	unpublish(partition);
	regions_destroy(partition, unmapped);
	hv_ledger_withdraw(&partition->ledger, U64_MAX);
	ret = hv_delete_partition(&partition->hv);
	trace_mshv_destroy_partition(partition->hv.id, ret);
	hv_ledger_close(&partition->ledger);
	if (atomic_dec_and_test(&living))
		wake_up_var(&living);
}

static void destroy(struct kref *ref)
{
	struct mshv_partition *partition = container_of(ref, struct mshv_partition, ref);

	if (!partition->ended)
		tear_down(partition);
	free_vps(partition);
	irq_free(partition);
	call_rcu(&partition->rcu, free_partition_rcu);
}

void partition_put(struct mshv_partition *partition)
{
	kref_put(&partition->ref, destroy);
}

static struct mshv_partition *next_partition(u64 id)
{
	struct mshv_partition *partition, *next = NULL;
	unsigned int bucket;

	hash_for_each(partitions, bucket, partition, node)
		if (partition->hv.id > id && (!next || partition->hv.id < next->hv.id))
			next = partition;
	return next;
}

/* That with the next higher id, with a reference; not one whose last file is being closed. */
static struct mshv_partition *get_next_partition(u64 id)
{
	struct mshv_partition *partition;

	spin_lock(&partitions_lock);
	partition = next_partition(id);
	while (partition && !kref_get_unless_zero(&partition->ref))
		partition = next_partition(partition->hv.id);
	spin_unlock(&partitions_lock);
	return partition;
}

/* One that is being created may yet come to nothing. */
static void cancel_vps(struct mshv_partition *partition)
{
	unsigned int i;

	mutex_lock(&partition->lock);
	for (i = 0; i < MSHV_MAX_VPS; i++)
		if (vp_at(partition, i))
			vp_cancel(vp_at(partition, i));
	mutex_unlock(&partition->lock);
}

/* No VP is created any more, nor a partition (shutdown.c). */
void partitions_cancel(void)
{
	struct mshv_partition *partition;
	u64 id = 0;

	while ((partition = get_next_partition(id))) {
		id = partition->hv.id;
		cancel_vps(partition);
		partition_put(partition);
	}
}

/* No ioctl is under way any more, and none will be.  Files may be closed meanwhile. */
void partitions_end(void)
{
	struct mshv_partition *partition;
	u64 id = 0;

	while ((partition = get_next_partition(id))) {
		id = partition->hv.id;
		unmap_mapping_range(&partition->mapping, 0, 0, true);
		tear_down(partition);
		partition->ended = true;
		partition_put(partition);
	}
	if (!wait_var_event_timeout(&living, !atomic_read(&living), END_TIMEOUT))
		pr_err("%d partitions do not end\n", atomic_read(&living));
}

static struct mshv_partition *alloc_partition(void)
{
	struct mshv_partition *partition = kzalloc(sizeof(*partition), GFP_KERNEL_ACCOUNT);

	if (!partition)
		return NULL;
	if (hv_ledger_init(&partition->ledger, HV_PARTITION_ID_INVALID)) {
		kfree(partition);
		return NULL;
	}
	kref_init(&partition->ref);
	mutex_init(&partition->lock);
	mutex_init(&partition->mem_lock);
	mutex_init(&partition->map_lock);
	spin_lock_init(&partition->regions_lock);
	partition->regions = RB_ROOT;
	address_space_init_once(&partition->mapping);
	irq_init(partition);
	irqfds_init(partition);
	ioeventfds_init(partition);
	mutex_init(&partition->async.lock);
	init_completion(&partition->async.done);
	return partition;
}

/**
 * partition_create() - create a partition and a file for it
 * @in: what it shall be
 * @opener: the file of /dev/mshv that asks
 *
 * Return: a file descriptor, or an errno.
 */
long partition_create(const struct hv_input_create_partition *in, struct hv_target *opener)
{
	struct mshv_partition *partition = alloc_partition();
	u64 id;
	int ret;

	if (!partition)
		return -ENOMEM;
	ret = hv_create_partition(opener, in, &id);
	if (ret) {
		hv_ledger_free(&partition->ledger);
		kfree(partition);
		return ret;
	}
	partition->has_apics = in->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED;
	partition->ledger.partition_id = id;
	hv_target_init(&partition->hv, id, &partition->ledger);
	publish(partition);
	stats_add_partition(partition);
	ret = anon_inode_getfd("mshv_partition", &partition_fops, partition,
			       O_RDWR | O_CLOEXEC);
	trace_mshv_create_partition(id, ret);
	if (ret < 0)
		partition_put(partition);
	return ret;
}

static long initialize(void *object, void *args, void __user *user_args)
{
	struct mshv_partition *partition = object;
	int ret = 0;

	if (mutex_lock_killable(&partition->lock))
		return -EINTR;
	if (!partition->initialized) {
		ret = hv_initialize_partition(&partition->hv);
		if (ret)
			hv_ledger_withdraw(&partition->ledger, U64_MAX);
		else
			WRITE_ONCE(partition->initialized, true);
		trace_mshv_initialize_partition(partition->hv.id, ret);
	}
	mutex_unlock(&partition->lock);
	return ret;
}

static long create_vp(void *object, void *args, void __user *user_args)
{
	struct mshv_partition *partition = object;
	struct mshv_create_vp *create = args;
	long ret;

	if (create->vp_index >= MSHV_MAX_VPS)
		return -EINVAL;
	if (mutex_lock_killable(&partition->lock))
		return -EINTR;
	ret = vp_create(partition, create->vp_index);
	trace_mshv_create_vp(partition->hv.id, create->vp_index, ret);
	mutex_unlock(&partition->lock);
	return ret;
}

static long set_memory(void *object, void *args, void __user *user_args)
{
	struct mshv_user_mem_region *mem = args;

	if (mem->flags == BIT(MSHV_SET_MEM_BIT_UNMAP))
		return region_unmap(object, mem);
	return region_map(object, mem);
}

static long get_access_bitmap(void *object, void *args, void __user *user_args)
{
	return access_bitmap(object, args, user_args);
}

static long set_irqfd(void *object, void *args, void __user *user_args)
{
	return irqfd_set(object, args);
}

static long set_ioeventfd(void *object, void *args, void __user *user_args)
{
	return ioeventfd_set(object, args);
}

static long set_msi_routing(void *object, void *args, void __user *user_args)
{
	struct mshv_user_irq_table *table = args;

	return irq_set_routes(object, table->nr, user_args + sizeof(*table));
}

static long partition_hvcall(void *object, void *args, void __user *user_args)
{
	struct mshv_partition *partition = object;

	return passthru_hvcall(&partition->hv, partition, NULL, args, user_args);
}

static long partition_query_info(void *object, void *args, void __user *user_args)
{
	struct mshv_partition *partition = object;

	return info_query(&partition->hv, HV_ANY_VP, user_args);
}

static long partition_last_error(void *object, void *args, void __user *user_args)
{
	struct mshv_partition *partition = object;

	return info_last_error(&partition->hv, user_args);
}

static const struct mshv_ioctl partition_ioctls[] = {
	{
		.cmd = MSHV_INITIALIZE_PARTITION,
		.handler = initialize,
	}, {
		.cmd = MSHV_CREATE_VP,
		.size = MSHV_ARGS_SIZE(struct mshv_create_vp),
		.handler = create_vp,
	}, {
		.cmd = MSHV_SET_GUEST_MEMORY,
		.size = MSHV_ARGS_SIZE(struct mshv_user_mem_region),
		.zero_from = offsetof(struct mshv_user_mem_region, rsvd),
		.zero_to = offsetofend(struct mshv_user_mem_region, rsvd),
		.handler = set_memory,
	}, {
		.cmd = MSHV_GET_GPAP_ACCESS_BITMAP,
		.size = MSHV_ARGS_SIZE(struct mshv_gpap_access_bitmap),
		.zero_from = offsetof(struct mshv_gpap_access_bitmap, rsvd),
		.zero_to = offsetofend(struct mshv_gpap_access_bitmap, rsvd),
		.handler = get_access_bitmap,
	}, {
		.cmd = MSHV_IRQFD,
		.size = MSHV_ARGS_SIZE(struct mshv_user_irqfd),
		.handler = set_irqfd,
	}, {
		.cmd = MSHV_IOEVENTFD,
		.size = MSHV_ARGS_SIZE(struct mshv_user_ioeventfd),
		.zero_from = offsetof(struct mshv_user_ioeventfd, rsvd),
		.zero_to = offsetofend(struct mshv_user_ioeventfd, rsvd),
		.handler = set_ioeventfd,
	}, {
		.cmd = MSHV_SET_MSI_ROUTING,
		.size = MSHV_ARGS_SIZE(struct mshv_user_irq_table),
		.zero_from = offsetof(struct mshv_user_irq_table, rsvd),
		.zero_to = offsetofend(struct mshv_user_irq_table, rsvd),
		.handler = set_msi_routing,
	}, {
		.cmd = MSHV_ROOT_HVCALL,
		.size = MSHV_ARGS_SIZE(struct mshv_root_hvcall),
		.zero_from = offsetof(struct mshv_root_hvcall, status),
		.zero_to = offsetofend(struct mshv_root_hvcall, rsvd),
		.handler = partition_hvcall,
	}, {
		.cmd = MSHV_QUERY_INFO,
		.handler = partition_query_info,
	}, {
		.cmd = MSHV_GET_LAST_ERROR,
		.handler = partition_last_error,
	},
};

static long partition_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return mshv_ioctl(partition_ioctls, ARRAY_SIZE(partition_ioctls), file->private_data,
			  cmd, arg);
}

static int partition_release(struct inode *inode, struct file *file)
{
	partition_put(file->private_data);
	return 0;
}

static const struct file_operations partition_fops = {
	.owner = THIS_MODULE,
	.release = partition_release,
	.unlocked_ioctl = partition_ioctl,
	.llseek = noop_llseek,
};
