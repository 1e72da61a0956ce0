// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: the ledger of deposited memory, in hv_root/ledger.
 *
 * Nothing depends on it; if debugfs is not there, nobody misses it.
 *
 * Locking: none; counters are read one by one.
 */
#include <linux/debugfs.h>

#include "hv_root.h"

static struct dentry *folder;

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

void stats_init(void)
{
	folder = debugfs_create_dir("hv_root", NULL);
	debugfs_create_file("ledger", 0400, folder, NULL, &ledger_fops);
}

void stats_exit(void)
{
	debugfs_remove(folder);
}
