// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loses memory on purpose: what proves that the leak detector is on, and that
 * the runner reads it.
 */
#include <linux/module.h>
#include <linux/slab.h>

static int __init leak_init(void)
{
	void *lost = kzalloc(333, GFP_KERNEL);

	/* So that the compiler keeps an allocation whose result nobody uses. */
	OPTIMIZER_HIDE_VAR(lost);
	return lost ? 0 : -ENOMEM;
}

static void __exit leak_exit(void)
{
}

module_init(leak_init);
module_exit(leak_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Loses memory on purpose");
