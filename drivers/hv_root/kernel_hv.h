/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wall: all that this module takes from the kernel's own Hyper-V code.
 *
 * About 60 type names of <asm/mshyperv.h> are ours as well, some with another layout, so no
 * file may see both.  Nothing in this header names a type of either.
 */
#ifndef HV_ROOT_KERNEL_HV_H
#define HV_ROOT_KERNEL_HV_H

#include <linux/types.h>

int kernel_hv_check(void);
bool kernel_hv_l1vh(void);
bool kernel_hv_nested(void);
bool kernel_hv_injects(void);
u64 kernel_hv_partition_id(void);
void kernel_hv_version(u32 version[4]);

u64 kernel_hv_call(u64 control, void *in, void *out);
u64 kernel_hv_fast_call(u16 code, u64 arg1, u64 arg2);

u64 kernel_hv_get_msr(u32 msr);
void kernel_hv_set_msr(u32 msr, u64 value);

void kernel_hv_set_handler(void (*handler)(void));
u8 kernel_hv_vector(void);
bool kernel_hv_auto_eoi(void);

bool kernel_hv_hold_vmbus(void);
void kernel_hv_release_vmbus(void);

#endif /* HV_ROOT_KERNEL_HV_H */
