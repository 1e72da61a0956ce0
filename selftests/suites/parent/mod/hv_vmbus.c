// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the VMBus client does to the synthetic interrupt controller of an L1VH
 * parent, under the client's name and with its symbol, since the test
 * hypervisor has no VMBus that the real one could connect to: it brings pages
 * for messages and event flags, takes SINT 2, and enables the controller.
 *
 * The parameter "intact" tells whether all of that still is as it was made.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include <hvabi/hvabi.h>

#define VMBUS_SINT	(HV_X64_MSR_SINT0 + 2)
#define VMBUS_VECTOR	0xf3
#define ENABLED		BIT_ULL(0)

struct client {
	void *messages, *flags;
};

static DEFINE_PER_CPU(struct client, clients);

bool hv_vmbus_exists(void);

bool hv_vmbus_exists(void)
{
	return true;
}
EXPORT_SYMBOL_GPL(hv_vmbus_exists);

static u64 read_register(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (msr));
	return (u64)high << 32 | low;
}

static void write_register(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

static void take(void *unused)
{
	struct client *client = this_cpu_ptr(&clients);

	write_register(HV_X64_MSR_SIMP, virt_to_phys(client->messages) | ENABLED);
	write_register(HV_X64_MSR_SIEFP, virt_to_phys(client->flags) | ENABLED);
	write_register(VMBUS_SINT, VMBUS_VECTOR);
	write_register(HV_X64_MSR_SCONTROL, ENABLED);
}

static void leave(void *unused)
{
	write_register(VMBUS_SINT, HV_SYNIC_SINT_MASKED | VMBUS_VECTOR);
	write_register(HV_X64_MSR_SCONTROL, 0);
	write_register(HV_X64_MSR_SIEFP, 0);
	write_register(HV_X64_MSR_SIMP, 0);
}

static void compare(void *changed)
{
	struct client *client = this_cpu_ptr(&clients);

	if (read_register(HV_X64_MSR_SIMP) != (virt_to_phys(client->messages) | ENABLED) ||
	    read_register(HV_X64_MSR_SIEFP) != (virt_to_phys(client->flags) | ENABLED) ||
	    read_register(VMBUS_SINT) != VMBUS_VECTOR ||
	    read_register(HV_X64_MSR_SCONTROL) != ENABLED)
		atomic_inc(changed);
}

static int get_intact(char *buffer, const struct kernel_param *param)
{
	atomic_t changed = ATOMIC_INIT(0);

	on_each_cpu(compare, &changed, 1);
	return sysfs_emit(buffer, "%c\n", atomic_read(&changed) ? 'N' : 'Y');
}

static const struct kernel_param_ops intact_ops = { .get = get_intact };
module_param_cb(intact, &intact_ops, NULL, 0444);

static void free_pages_of_all(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		free_page((unsigned long)per_cpu(clients, cpu).messages);
		free_page((unsigned long)per_cpu(clients, cpu).flags);
	}
}

static int __init client_init(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct client *client = per_cpu_ptr(&clients, cpu);

		client->messages = (void *)get_zeroed_page(GFP_KERNEL);
		client->flags = (void *)get_zeroed_page(GFP_KERNEL);
		if (!client->messages || !client->flags) {
			free_pages_of_all();
			return -ENOMEM;
		}
	}
	on_each_cpu(take, NULL, 1);
	return 0;
}

static void __exit client_exit(void)
{
	on_each_cpu(leave, NULL, 1);
	free_pages_of_all();
}

module_init(client_init);
module_exit(client_exit);

MODULE_DESCRIPTION("Stands in for the VMBus client of an L1VH parent");
MODULE_LICENSE("GPL");
