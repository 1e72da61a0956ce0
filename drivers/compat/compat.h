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

#endif /* DRIVERS_COMPAT_H */
