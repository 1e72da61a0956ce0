// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wall to the running kernel's own Hyper-V code: its role, hypercall entry, registers of the
 * synthetic interrupt controller, and the slot from which its interrupt calls us.
 *
 * This is the only file that reads <asm/mshyperv.h>; see kernel_hv.h for the reason.
 *
 * Locking: none.  Handlers are set when no SINT is unmasked by us.
 */
#include <linux/crash_dump.h>
#include <linux/hyperv.h>
#include <linux/module.h>
#include <linux/printk.h>

#include <asm/irq_vectors.h>
#include <asm/mshyperv.h>

#include "../compat/compat_hv.h"
#include "kernel_hv.h"

/* Bit 16 of a SINT register; VMBus unmasks its SINT for as long as it uses it. */
#define SINT_MASKED	BIT_ULL(16)

/* CPUID 0x40000004, EAX, and 0x40000003, ECX; not every kernel has names for them. */
#define HINT_NESTED		BIT(12)
#define FEATURE_INJECTION	BIT(9)

static int refuse(const char *why)
{
	pr_err("not loading: %s\n", why);
	return -ENODEV;
}

/* Whether this partition is a parent, but not the root; of a partition that may have children. */
bool kernel_hv_l1vh(void)
{
	return !(ms_hyperv.priv_high & HV_CPU_MANAGEMENT);
}

/* Whether the hypervisor below is itself a guest of another one. */
bool kernel_hv_nested(void)
{
	return ms_hyperv.hints & HINT_NESTED;
}

/* Whether a dispatch can take interrupts out of the register page. */
bool kernel_hv_injects(void)
{
	return cpuid_ecx(HYPERV_CPUID_FEATURES) & FEATURE_INJECTION;
}

/*
 * VMBus takes the slot without asking, whenever it is loaded, and a nested root has one to talk
 * to.  Where it should have none, its SINT tells whether there is one nevertheless.
 */
static bool vmbus_may_run(void)
{
	return kernel_hv_nested() || !(compat_hv_vmbus_sint() & SINT_MASKED);
}

static int check_root(void)
{
	if (!compat_hv_root_partition())
		return refuse("root, but this kernel was built without CONFIG_MSHV_ROOT");
	if (compat_hv_one_slot() && vmbus_may_run())
		return refuse("VMBus has the only slot for synthetic interrupts (nested root)");
	return 0;
}

/* Its kernel takes it for a guest, and needs to know no better. */
static int check_l1vh(void)
{
	if (compat_hv_one_slot())
		return refuse("L1VH parent on a kernel before 6.15: VMBus has the only slot");
	return 0;
}

/*
 * Whether this partition is a parent that the module can serve.  If it is not, the log says in
 * one line what is missing.
 */
int kernel_hv_check(void)
{
	u32 privileges = ms_hyperv.priv_high;

	if (!hv_is_hyperv_initialized())
		return refuse("this machine does not run on the Microsoft Hypervisor");
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return refuse("this kernel is built with CONFIG_PREEMPT_RT");
	if (is_kdump_kernel())
		return refuse("a kdump kernel leaves the partitions of the crashed one alone");
	if (!(privileges & HV_CREATE_PARTITIONS) || (privileges & HV_ISOLATION))
		return refuse("no parent: may not create partitions (CPUID 0x40000003 EBX bit 0)");
	if (!(ms_hyperv.features & HV_MSR_SYNIC_AVAILABLE))
		return refuse("no synthetic interrupt controller (CPUID 0x40000003 EAX bit 2)");
	return kernel_hv_l1vh() ? check_l1vh() : check_root();
}

/* Of the kernel's own partition; HV_PARTITION_ID_SELF if it could not find out. */
u64 kernel_hv_partition_id(void)
{
	return hv_current_partition_id;
}

/* EAX to EDX of CPUID leaf 0x40000002. */
void kernel_hv_version(u32 version[4])
{
	cpuid(HYPERV_CPUID_VERSION, &version[0], &version[1], &version[2], &version[3]);
}

u64 kernel_hv_call(u64 control, void *in, void *out)
{
	return hv_do_hypercall(control, in, out);
}

u64 kernel_hv_fast_call(u16 code, u64 arg1, u64 arg2)
{
	return hv_do_fast_hypercall16(code, arg1, arg2);
}

u64 kernel_hv_get_msr(u32 msr)
{
	return compat_hv_get_msr(msr);
}

void kernel_hv_set_msr(u32 msr, u64 value)
{
	compat_hv_set_msr(msr, value);
}

/* NULL takes the handler away; the caller then waits for interrupts under way. */
void kernel_hv_set_handler(void (*handler)(void))
{
	compat_hv_set_handler(handler);
}

u8 kernel_hv_vector(void)
{
	return HYPERVISOR_CALLBACK_VECTOR;
}

/* The kernel's entry code writes EOI itself exactly if the hypervisor asked for that. */
bool kernel_hv_auto_eoi(void)
{
	return !(ms_hyperv.hints & HV_DEPRECATING_AEOI_RECOMMENDED);
}

/* Whether there is a VMBus client, which then cannot be unloaded. */
bool kernel_hv_hold_vmbus(void)
{
	return compat_hv_hold_vmbus();
}

void kernel_hv_release_vmbus(void)
{
	compat_hv_release_vmbus();
}
