/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the modules are built for.
 *
 * The build includes this file before every source file, so that the drivers read as if
 * written for the newest kernel only.  Kernels 6.1, 6.12 and 7.3 are built and tested; 6.10 and
 * 6.11 lack a case.
 */
#ifndef DRIVERS_COMPAT_H
#define DRIVERS_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "these modules need Linux 6.1 or newer"
#endif

/* Since 6.8 eventfd_signal() always adds one. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#include <linux/eventfd.h>

static inline void compat_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}

#define eventfd_signal(ctx)	compat_eventfd_signal(ctx)
#endif

/* Since 6.13 a timer's handler is named where it is initialized. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <linux/hrtimer.h>

static inline void compat_hrtimer_setup(struct hrtimer *timer,
					enum hrtimer_restart (*function)(struct hrtimer *),
					clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}

#define hrtimer_setup(timer, function, clock, mode) \
	compat_hrtimer_setup(timer, function, clock, mode)
#endif

/* Since 6.3 an area's flags have functions. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#include <linux/mm_types.h>

static inline void compat_vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

#define vm_flags_set(vma, flags)	compat_vm_flags_set(vma, flags)
#endif

/* Since 6.13 a thread can be asked to give way when it next returns to user space. */
#include <linux/thread_info.h>

#ifndef _TIF_NEED_RESCHED_LAZY
#define _TIF_NEED_RESCHED_LAZY	0
#endif

#endif /* DRIVERS_COMPAT_H */
