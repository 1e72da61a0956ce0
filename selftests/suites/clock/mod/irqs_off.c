// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes with interrupts off for as many milliseconds as are written to its
 * parameter spin_ms, two at a time, so that no watchdog minds.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/sched.h>

#define STRETCH_MS	2

static int spin(const char *value, const struct kernel_param *kp)
{
	unsigned int ms;
	int err = kstrtouint(value, 0, &ms);

	if (err)
		return err;
	if (ms > 1000)
		return -EINVAL;
	for (; ms >= STRETCH_MS; ms -= STRETCH_MS) {
		local_irq_disable();
		mdelay(STRETCH_MS);
		local_irq_enable();
		cond_resched();
	}
	return 0;
}

static const struct kernel_param_ops spin_ops = { .set = spin };

module_param_cb(spin_ms, &spin_ops, NULL, 0200);
MODULE_PARM_DESC(spin_ms, "compute for this long with interrupts off");

static int __init irqs_off_init(void)
{
	return 0;
}

static void __exit irqs_off_exit(void)
{
}

module_init(irqs_off_init);
module_exit(irqs_off_exit);
MODULE_DESCRIPTION("Computes with interrupts off");
MODULE_LICENSE("GPL");
