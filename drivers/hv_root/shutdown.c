// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before the machine is restarted, or another kernel started by kexec: the partitions go.
 *
 * Whoever ends a machine in an orderly way ends the VMMs first.  Where that was not done their
 * partitions still have some of the machine's memory, which the next kernel would take for its
 * own, and their VPs write to it.  So from the reboot notifier on no ioctl begins any more, those
 * under way are made to end, and then every partition is torn down as if its last file had been
 * closed.  The files stay, and the processes; what a VMM has mapped of a VP is SIGBUS to it.
 *
 * A notifier cannot refuse, nor wait for ever: if an ioctl does not end, because a page of the
 * VMM's does not come, say, the partitions are left as they are, and the log says so; likewise
 * if one of them does not end.
 *
 * Locking: none.  Each ioctl holds a reference to @shutdown_users, and is not begun once that is
 * dying.
 */
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/workqueue.h>

#include "hv_root.h"

/* Longer than a VP's messages may take, and than any ioctl that nothing holds up. */
#define TIMEOUT		(10 * HZ)

struct percpu_ref shutdown_users;
static DECLARE_COMPLETION(unused);
static DECLARE_COMPLETION(ended);

static void last_user_left(struct percpu_ref *ref)
{
	complete(&unused);
}

/* By a worker: a process that never stops giving its memory back may hold it up for ever. */
static void end_partitions(struct work_struct *work)
{
	partitions_end();
	stats_exit();
	hv_ledger_withdraw(&hv_root_ledger, hv_ledger_held(&hv_root_ledger));
	complete(&ended);
}

static DECLARE_WORK(end_work, end_partitions);

static int before_reboot(struct notifier_block *block, unsigned long code, void *data)
{
	/* A machine that could not be powered off may be restarted next. */
	if (shutting_down())
		return NOTIFY_DONE;
	percpu_ref_kill(&shutdown_users);
	partitions_cancel();
	if (!wait_for_completion_timeout(&unused, TIMEOUT)) {
		pr_err("an ioctl does not end: partitions keep what they have of the machine's memory\n");
		return NOTIFY_DONE;
	}
	schedule_work(&end_work);
	if (!wait_for_completion_timeout(&ended, TIMEOUT))
		pr_err("a partition does not end, and keeps what it has of the machine's memory\n");
	return NOTIFY_DONE;
}

/* Before the notifier of the SynIC, whose messages tell that VPs have stopped. */
static struct notifier_block reboot_block = {
	.notifier_call = before_reboot,
	.priority = 1,
};

int shutdown_init(void)
{
	int ret = percpu_ref_init(&shutdown_users, last_user_left, 0, GFP_KERNEL);

	if (ret)
		return ret;
	ret = register_reboot_notifier(&reboot_block);
	if (ret)
		percpu_ref_exit(&shutdown_users);
	return ret;
}

void shutdown_exit(void)
{
	unregister_reboot_notifier(&reboot_block);
	percpu_ref_exit(&shutdown_users);
}
