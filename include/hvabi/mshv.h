/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user space interface, by a path that no kernel's own headers can shadow.
 *
 * Linux 7.3 has a <uapi/linux/mshv.h> too, and kbuild looks there first.  Include this one in
 * the kernel.
 */
#ifndef HVABI_MSHV_H
#define HVABI_MSHV_H

#include "../uapi/linux/mshv.h"

#ifndef MSHV_ABI_VERSION
#error "the kernel's <uapi/linux/mshv.h> was read in place of ours"
#endif

#endif /* HVABI_MSHV_H */
