// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs, in mshv/: the hypervisor's counters by name, and the ledger of deposited memory.
 *
 *	ledger				deposited and withdrawn pages, by partition
 *	stats				of the hypervisor
 *	lp/N/stats			of a logical processor
 *	partition/ID/stats		of a partition
 *	partition/ID/vp/N/stats		of a VP
 *
 * The hypervisor shows counters in a page that it shares with us as long as we want.  It is
 * asked for the page when somebody reads, and no longer: partitions and VPs that nobody looks at
 * cost nothing, and none of this has anything to undo.  Where the page of a VP is needed all the
 * time (inject.c), that one is read.  Nothing depends on debugfs; where it is
 * not there, or has no room, nobody misses it.
 *
 * An L1VH parent does not see the counters of the machine, which is not its own.
 *
 * Locking: one page at a time, since nobody says whether the hypervisor counts how often a page
 * was asked for.  Removing a file waits for its readers, so what a file is about outlives them.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include "hv_root.h"

/* The longest text, that of a VP, so that it need not be made twice. */
#define TEXT_SIZE	SZ_16K

/* No machine has more, whatever the hypervisor says. */
#define MAX_LPS		8192

struct counter {
	u16 number;
	const char *name;
};

#define COUNTER(number, name)	{ number, #name },

static const struct counter hypervisor_counters[] = { HV_HYPERVISOR_COUNTERS(COUNTER) };
static const struct counter lp_counters[] = { HV_LP_COUNTERS(COUNTER) };
static const struct counter partition_counters[] = { HV_PARTITION_COUNTERS(COUNTER) };
static const struct counter vp_counters[] = { HV_VP_COUNTERS(COUNTER) };

static DEFINE_MUTEX(page_lock);
static struct dentry *root_folder, *partitions_folder;

/* Partition id, pages deposited, pages withdrawn; the parent's own line comes first. */
static int ledger_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "self %llu %llu\n", READ_ONCE(hv_root_ledger.deposited),
		   READ_ONCE(hv_root_ledger.withdrawn));
	partitions_show(file);
	seq_printf(file, "quarantined %lld\n", atomic64_read(&hv_quarantined_total));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ledger);

/* The page of one object, while @use looks at it. */
static int with_page(struct hv_ledger *ledger, u32 type,
		     const union hv_stats_object_identity *identity,
		     void (*use)(const u64 *page, void *data), void *data)
{
	u64 pfn;
	int ret;

	mutex_lock(&page_lock);
	ret = hv_map_stats_page(ledger, type, identity, &pfn);
	if (!ret) {
		if (pfn_valid(pfn) && page_is_ram(pfn))
			use(page_address(pfn_to_page(pfn)), data);
		else
			ret = -EIO;
		hv_unmap_stats_page(type, identity);
	}
	mutex_unlock(&page_lock);
	return ret;
}

struct listing {
	struct seq_file *file;
	const struct counter *counters;
	unsigned int count;
};

static void print_page(const u64 *page, void *data)
{
	const struct listing *listing = data;
	const struct counter *counter;

	for (counter = listing->counters; counter < listing->counters + listing->count; counter++)
		seq_printf(listing->file, "%-32s: %llu\n", counter->name,
			   READ_ONCE(page[counter->number]));
}

static int hypervisor_show(struct seq_file *file, void *unused)
{
	struct listing listing = { file, hypervisor_counters, ARRAY_SIZE(hypervisor_counters) };
	union hv_stats_object_identity identity = { .hv.stats_area_type = HV_STATS_AREA_SELF };

	return with_page(&hv_root_ledger, HV_STATS_OBJECT_HYPERVISOR, &identity, print_page,
			 &listing);
}
DEFINE_SHOW_ATTRIBUTE(hypervisor);

/* The file's own data is the processor's number, not a pointer. */
static int lp_show(struct seq_file *file, void *unused)
{
	struct listing listing = { file, lp_counters, ARRAY_SIZE(lp_counters) };
	union hv_stats_object_identity identity = {
		.lp.lp_index = (unsigned long)file->private,
		.lp.stats_area_type = HV_STATS_AREA_SELF,
	};

	return with_page(&hv_root_ledger, HV_STATS_OBJECT_LOGICAL_PROCESSOR, &identity,
			 print_page, &listing);
}
DEFINE_SHOW_ATTRIBUTE(lp);

static int partition_show(struct seq_file *file, void *unused)
{
	struct listing listing = { file, partition_counters, ARRAY_SIZE(partition_counters) };
	struct mshv_partition *partition = file->private;
	union hv_stats_object_identity identity = {
		.partition.partition_id = partition->hv.id,
		.partition.stats_area_type = HV_STATS_AREA_SELF,
	};

	return with_page(&partition->ledger, HV_STATS_OBJECT_PARTITION, &identity, print_page,
			 &listing);
}
DEFINE_SHOW_ATTRIBUTE(partition);

static int vp_show(struct seq_file *file, void *unused)
{
	struct listing listing = { file, vp_counters, ARRAY_SIZE(vp_counters) };
	struct mshv_vp *vp = file->private;
	const u64 *page = vp->inject.counters[HV_STATS_AREA_SELF];
	union hv_stats_object_identity identity = {
		.vp.partition_id = vp->hv.id,
		.vp.vp_index = vp->index,
		.vp.stats_area_type = HV_STATS_AREA_SELF,
	};

	if (page) {
		print_page(page, &listing);
		return 0;
	}
	return with_page(vp->hv.ledger, HV_STATS_OBJECT_VP, &identity, print_page, &listing);
}

static int vp_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, vp_show, inode->i_private, TEXT_SIZE);
}

static const struct file_operations vp_fops = {
	.owner = THIS_MODULE,
	.open = vp_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static struct dentry *numbered_folder(u64 number, struct dentry *parent)
{
	char name[21];

	snprintf(name, sizeof(name), "%llu", number);
	return debugfs_create_dir(name, parent);
}

void stats_add_partition(struct mshv_partition *partition)
{
	partition->folder = numbered_folder(partition->hv.id, partitions_folder);
	debugfs_create_file("stats", 0400, partition->folder, partition, &partition_fops);
	partition->vps_folder = debugfs_create_dir("vp", partition->folder);
}

/* The folders of its VPs included.  Waits for readers. */
void stats_remove_partition(struct mshv_partition *partition)
{
	debugfs_remove(partition->folder);
}

void stats_add_vp(struct mshv_vp *vp)
{
	struct dentry *folder = numbered_folder(vp->index, vp->partition->vps_folder);

	debugfs_create_file("stats", 0400, folder, vp, &vp_fops);
}

static void count_lps(const u64 *page, void *data)
{
	*(u64 *)data = page[HV_COUNTER_LOGICAL_PROCESSORS];
}

static void add_lps(void)
{
	union hv_stats_object_identity identity = { .hv.stats_area_type = HV_STATS_AREA_SELF };
	struct dentry *lps_folder = debugfs_create_dir("lp", root_folder);
	u64 count = 0, i;

	with_page(&hv_root_ledger, HV_STATS_OBJECT_HYPERVISOR, &identity, count_lps, &count);
	for (i = 0; i < min_t(u64, count, MAX_LPS); i++)
		debugfs_create_file("stats", 0400, numbered_folder(i, lps_folder),
				    (void *)(unsigned long)i, &lp_fops);
}

void stats_init(void)
{
	root_folder = debugfs_create_dir("mshv", NULL);
	debugfs_create_file("ledger", 0400, root_folder, NULL, &ledger_fops);
	partitions_folder = debugfs_create_dir("partition", root_folder);
	if (parent_role() == MSHV_ROLE_L1VH)
		return;
	debugfs_create_file("stats", 0400, root_folder, NULL, &hypervisor_fops);
	add_lps();
}

void stats_exit(void)
{
	debugfs_remove(root_folder);
	root_folder = NULL;
}
