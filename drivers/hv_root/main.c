// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv_root: Linux as the root partition of the Microsoft Hypervisor.
 *
 * Start reading here: the steps of loading are the parts of the module, in the order in which
 * they need each other.  Unloading goes the same way back.  /dev/mshv comes last, so nobody
 * can open what is not ready, and goes first.
 *
 * Locking: none; loading and unloading are serialized by the module loader.
 */
#include <linux/module.h>

#include "hv_root.h"
#include "kernel_hv.h"

static int ledger_init(void)
{
	return hv_root_ledger_init(kernel_hv_partition_id());
}

/* Who gets interrupts also has partitions to look them up in, until no reader is left. */
static void readers_exit(void)
{
	rcu_barrier();
}

static int nothing_init(void)
{
	return 0;
}

/* What nothing else depends on, so that it cannot fail. */
static int extras_init(void)
{
	stats_init();
	if (parent_role() != MSHV_ROLE_L1VH)
		power_init();
	return 0;
}

static void extras_exit(void)
{
	power_exit();
	stats_exit();
}

static const struct {
	int (*init)(void);
	void (*exit)(void);
} steps[] = {
	{ kernel_hv_check, NULL },
	{ device_check_name, NULL },
	{ hv_calls_init, hv_calls_exit },
	{ ledger_init, hv_root_ledger_exit },
	{ parent_init, parent_exit },
	{ nothing_init, readers_exit },
	{ irqfd_wq_init, irqfd_wq_exit },
	{ fault_workers_init, fault_workers_exit },
	{ synic_init, synic_exit },
	{ extras_init, extras_exit },
	{ shutdown_init, shutdown_exit },
	{ device_init, device_exit },
};

static void undo(unsigned int count)
{
	while (count--)
		if (steps[count].exit)
			steps[count].exit();
}

static int __init hv_root_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ret = steps[i].init();
		if (ret) {
			undo(i);
			return ret;
		}
	}
	return 0;
}

static void __exit hv_root_exit(void)
{
	undo(ARRAY_SIZE(steps));
}

module_init(hv_root_init);
module_exit(hv_root_exit);

MODULE_DESCRIPTION("Root partition of the Microsoft Hypervisor: /dev/mshv");
MODULE_VERSION(HV_ROOT_VERSION);
MODULE_LICENSE("GPL");
