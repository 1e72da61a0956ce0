// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the machine between the last of the drivers' reboot notifiers and its
 * end, so that processes can see what the drivers have done.  It goes on a few
 * seconds after somebody writes to the parameter "go", or after a minute.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/reboot.h>

static bool go;
module_param(go, bool, 0644);

static int last(struct notifier_block *block, unsigned long code, void *data)
{
	unsigned int i;

	for (i = 0; i < 600 && !READ_ONCE(go); i++)
		msleep(100);
	/* What is left to do for whoever runs the tests; the leak detector wants its time. */
	msleep(IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? 30000 : 3000);
	return NOTIFY_DONE;
}

static struct notifier_block block = {
	.notifier_call = last,
	.priority = INT_MIN,
};

static int __init linger_init(void)
{
	return register_reboot_notifier(&block);
}

static void __exit linger_exit(void)
{
	unregister_reboot_notifier(&block);
}

module_init(linger_init);
module_exit(linger_exit);

MODULE_DESCRIPTION("Holds up a reboot behind the drivers' notifiers");
MODULE_LICENSE("GPL");
