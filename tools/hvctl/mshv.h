/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver: /dev/mshv, its ioctls, and the hypercalls that it passes through.
 *
 * Functions that fail have recorded why, with the hypervisor's status where there is one
 * (failure.h), unless they say otherwise.
 */
#ifndef HVCTL_MSHV_H
#define HVCTL_MSHV_H

#include <stdint.h>

#include <hvabi/intercept.h>
#include <hvabi/interrupt.h>
#include <hvabi/message.h>
#include <hvabi/partition.h>
#include <hvabi/vp.h>
#include <uapi/linux/mshv.h>

#define MSHV_DEVICE	"/dev/mshv"

/* Open the device. Returns a file descriptor or -1. */
int mshv_open(void);

/* An ioctl whose failure reads "cannot @what". Repeated while signals interrupt it. */
int mshv_ioctl(int fd, unsigned long request, void *arg, const char *what);

/* Record that an ioctl on @fd failed with @err, for one that mshv_ioctl() did not make. -1. */
int mshv_fail_ioctl(int fd, int err, const char *what);

/* What the driver says about itself. Returns 0 or a negative errno; records nothing. */
int mshv_query_info(int fd, struct mshv_query_info *info);

/* A partition without VPs or memory, initialized, with @features of the hypervisor in view. */
int mshv_create_partition(int device, uint64_t pt_flags, uint64_t features);
int mshv_set_property(int fd, uint32_t code, uint64_t value);
int mshv_get_property(int fd, uint32_t code, uint64_t *value);
int mshv_map_memory(int fd, uint64_t gpa, uint64_t size, void *host);

/* At most MSHV_MAX_REGISTERS registers of the VP behind @vp_fd. */
#define MSHV_MAX_REGISTERS	32
int mshv_set_registers(int vp_fd, uint32_t vp, const struct hv_register_assoc *regs,
		       unsigned int count);
int mshv_get_registers(int vp_fd, uint32_t vp, const uint32_t *names,
		       union hv_register_value *values, unsigned int count);

/* One register, which the VP may not have: 0 or a negative errno; records nothing. */
int mshv_find_register(int vp_fd, uint32_t vp, uint32_t name, union hv_register_value *value);

/*
 * The part MSHV_VP_STATE_* of a VP's state. @buf is aligned to pages; @size is what it has room
 * for, whole pages, and on return of a get what it holds.
 */
int mshv_get_vp_state(int vp_fd, uint8_t type, void *buf, uint32_t *size);
int mshv_set_vp_state(int vp_fd, uint8_t type, const void *buf, uint32_t size);

/* An interrupt message to the local APICs of the partition. */
int mshv_assert_interrupt(int fd, union hv_interrupt_control control, uint64_t destination,
			  uint32_t vector);

/* Synthetic processor features (property 0x10001) that the hypervisor lets a child have. */
int mshv_assignable_features(int device, uint64_t *features);

/* Hypercalls passed through so far by this process. */
uint64_t mshv_hypercall_count(void);

#endif /* HVCTL_MSHV_H */
