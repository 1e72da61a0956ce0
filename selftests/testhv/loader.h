/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading the root's Linux kernel: a bzImage or a vmlinux.
 */
#ifndef TESTHV_LOADER_H
#define TESTHV_LOADER_H

/* Put kernel and parameters in place, and the root's first VP at its entry. */
void loader_init(void);

#endif
