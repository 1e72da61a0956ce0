/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading the root's Linux kernel: a bzImage or a vmlinux.
 */
#ifndef TESTHV_LOADER_H
#define TESTHV_LOADER_H

void loader_init(void);		/* puts kernel and parameters in place, sets up the root's first VP */

#endif
