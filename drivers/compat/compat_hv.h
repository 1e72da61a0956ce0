/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels in their own Hyper-V code.  For kernel_hv.c only, after
 * <asm/mshyperv.h> and <linux/hyperv.h>.
 */
#ifndef DRIVERS_COMPAT_HV_H
#define DRIVERS_COMPAT_HV_H

#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#include <asm/processor.h>
#else
#include <asm/cpuid/api.h>	/* where cpuid() went */
#endif

/* Whether the kernel itself runs as root; since 6.15 that takes CONFIG_MSHV_ROOT. */
static inline bool compat_hv_root_partition(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	return hv_root_partition;
#else
	return hv_root_partition();
#endif
}

static inline u64 compat_hv_get_msr(u32 msr)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	return hv_get_register(msr);
#else
	return hv_get_non_nested_msr(msr);
#endif
}

static inline void compat_hv_set_msr(u32 msr, u64 value)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	hv_set_register(msr, value);
#else
	hv_set_non_nested_msr(msr, value);
#endif
}

/*
 * VMBus has a slot of its own for its interrupt handler since 6.15.  Before, there is one
 * slot, which can be set but not read.
 */
static inline bool compat_hv_one_slot(void)
{
	return LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0);
}

/* VMBus of a nested partition lives in the nested registers. */
static inline u64 compat_hv_vmbus_sint(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	return hv_get_register(HV_REGISTER_SINT2);
#else
	return hv_get_msr(HV_X64_MSR_SINT2);
#endif
}

/*
 * Where VMBus shares the synthetic interrupt controller with us, it must not be unloaded: true if
 * it is there, and stays.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0) && IS_ENABLED(CONFIG_HYPERV_VMBUS)
static inline bool compat_hv_hold_vmbus(void)
{
	return symbol_get(hv_vmbus_exists);
}

static inline void compat_hv_release_vmbus(void)
{
	symbol_put(hv_vmbus_exists);
}
#else
static inline bool compat_hv_hold_vmbus(void)
{
	return false;
}

static inline void compat_hv_release_vmbus(void)
{
}
#endif

static inline void compat_hv_set_handler(void (*handler)(void))
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	if (handler)
		hv_setup_vmbus_handler(handler);
	else
		hv_remove_vmbus_handler();
#else
	hv_setup_mshv_handler(handler);
#endif
}

#endif /* DRIVERS_COMPAT_HV_H */
