// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kind of parent that this partition is, and what follows from it.
 *
 * The root asks the hypervisor which scheduler it has.  An L1VH parent may not: it has the
 * hypervisor run its VPs, unless its own properties say that it has an integrated scheduler, which
 * is that of a root.  Nor may it power off the machine or look at processors that are not its own.
 *
 * An L1VH parent is a guest as well, and often a client of VMBus, which uses the same synthetic
 * interrupt controller.  If VMBus is there first, we use the pages that it has made (synic.c), and
 * it must not go before us.  If it came later it would put its pages in the place of ours, so then
 * it is not let in.
 *
 * Locking: none; what is set here is set while the module is being loaded.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "hv_root.h"
#include "kernel_hv.h"

static u32 scheduler;

/* Whether a VP can be given interrupts with its dispatch. */
bool parent_injects __ro_after_init;

static bool holds_vmbus;

u32 parent_role(void)
{
	if (kernel_hv_l1vh())
		return MSHV_ROLE_L1VH;
	return kernel_hv_nested() ? MSHV_ROLE_NESTED_ROOT : MSHV_ROLE_ROOT;
}

/* Which scheduler runs the VPs: enum hv_scheduler_type. */
u32 parent_scheduler(void)
{
	return scheduler;
}

/* A hypervisor that knows nothing of an integrated scheduler has none to offer. */
static int l1vh_scheduler(u32 *type)
{
	struct hv_partition_property_vmm_capabilities caps;
	u64 integrated = 0;
	int ret;

	ret = hv_get_own_property(HV_PARTITION_PROPERTY_VMM_CAPABILITIES, &caps, sizeof(caps));
	if (ret)
		return ret;
	if (caps.vmm_enable_integrated_scheduler)
		ret = hv_get_own_property(HV_PARTITION_PROPERTY_INTEGRATED_SCHEDULER_ENABLED,
					  &integrated, sizeof(integrated));
	*type = integrated ? HV_SCHEDULER_TYPE_ROOT : HV_SCHEDULER_TYPE_CORE_SMT;
	return ret;
}

static int find_scheduler(void)
{
	int ret = kernel_hv_l1vh() ? l1vh_scheduler(&scheduler) :
				     hv_get_scheduler_type(&scheduler);

	if (ret)
		return ret;
	if (scheduler < HV_SCHEDULER_TYPE_LP || scheduler > HV_SCHEDULER_TYPE_ROOT) {
		pr_err("not loading: the hypervisor has a scheduler of unknown type %u\n",
		       scheduler);
		return -EOPNOTSUPP;
	}
	parent_injects = scheduler == HV_SCHEDULER_TYPE_ROOT && kernel_hv_injects();
	return 0;
}

static int keep_vmbus_out(struct notifier_block *block, unsigned long state, void *data)
{
	const struct module *module = data;

	if (state != MODULE_STATE_COMING || strcmp(module->name, "hv_vmbus"))
		return NOTIFY_DONE;
	pr_err("hv_vmbus must be loaded before hv_root, not after\n");
	return notifier_from_errno(-EBUSY);
}

static struct notifier_block module_block = {
	.notifier_call = keep_vmbus_out,
};

static int settle_vmbus(void)
{
	int ret;

	if (!kernel_hv_l1vh())
		return 0;
	/* In this order: what comes between the two is either held or kept out. */
	ret = register_module_notifier(&module_block);
	if (ret)
		return ret;
	holds_vmbus = kernel_hv_hold_vmbus();
	return 0;
}

int parent_init(void)
{
	int ret = find_scheduler();

	return ret ?: settle_vmbus();
}

void parent_exit(void)
{
	if (!kernel_hv_l1vh())
		return;
	if (holds_vmbus)
		kernel_hv_release_vmbus();
	unregister_module_notifier(&module_block);
}
