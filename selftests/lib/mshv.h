/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/mshv for tests: one call a system call, no policy.
 *
 * Unless a comment says otherwise a function returns what the system call
 * returns: a file descriptor or 0, or -1 with errno.
 */
#ifndef SELFTESTS_MSHV_H
#define SELFTESTS_MSHV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hvabi/hvabi.h>
#include <uapi/linux/mshv.h>

#define PAGE		4096UL
#define LARGE_PAGE	(2UL << 20)

#define PT_LAPIC	(1u << MSHV_PT_BIT_LAPIC)
#define PT_X2APIC	(1u << MSHV_PT_BIT_X2APIC)
#define PT_SUPER_PAGES	(1u << MSHV_PT_BIT_GPA_SUPER_PAGES)

#define MEM_W		(1u << MSHV_SET_MEM_BIT_WRITABLE)
#define MEM_X		(1u << MSHV_SET_MEM_BIT_EXECUTABLE)
#define MEM_UNMAP	(1u << MSHV_SET_MEM_BIT_UNMAP)

int mshv_open(void);
int mshv_create_partition(int dev, uint64_t flags);
int mshv_initialize(int pt);
int mshv_set_memory(int pt, uint64_t gpa, void *memory, uint64_t size, unsigned int flags);
int mshv_create_vp(int pt, uint32_t index);
int mshv_run(int vp, struct hv_message *message);
void *mshv_map_page(int vp, unsigned int which);	/* MSHV_VP_MMAP_OFFSET_*; MAP_FAILED */

/* Eventfds; flags are 1 << MSHV_IRQFD_BIT_*, 1 << MSHV_IOEVENTFD_BIT_*. */
#define IRQFD_DEASSIGN		(1u << MSHV_IRQFD_BIT_DEASSIGN)
#define IRQFD_RESAMPLE		(1u << MSHV_IRQFD_BIT_RESAMPLE)
#define IOEVENTFD_DATAMATCH	(1u << MSHV_IOEVENTFD_BIT_DATAMATCH)
#define IOEVENTFD_PIO		(1u << MSHV_IOEVENTFD_BIT_PIO)
#define IOEVENTFD_DEASSIGN	(1u << MSHV_IOEVENTFD_BIT_DEASSIGN)

int mshv_irqfd(int pt, int fd, int resamplefd, uint32_t gsi, uint32_t flags);
int mshv_ioeventfd(int pt, const struct mshv_user_ioeventfd *args);
int mshv_set_routes(int pt, const struct mshv_user_irq_entry *entries, unsigned int nr);

/* A route of a fixed interrupt to one VP by its APIC id; @level: level-triggered. */
struct mshv_user_irq_entry msi_route(uint32_t gsi, unsigned int apic_id, unsigned int vector,
				     bool level);

/*
 * A hypercall through MSHV_ROOT_HVCALL.  @fd is the device, a partition or a
 * VP; the kernel fills in the partition.  @status, if not NULL, gets the
 * hypervisor's status, @reps how many of @nr_reps are done.
 */
struct mshv_call {
	uint16_t code;
	uint16_t nr_reps;
	const void *in;
	size_t in_size;
	void *out;
	size_t out_size;
	uint16_t status;	/* result */
	uint16_t reps;		/* result */
};

int mshv_hvcall(int fd, struct mshv_call *call);

/* VP registers, @nr at a time, at most MSHV_MAX_REGISTERS. */
#define MSHV_MAX_REGISTERS	64

int mshv_get_registers(int fd, uint32_t vp_index, const uint32_t *names,
		       union hv_register_value *values, unsigned int nr);
int mshv_set_registers(int fd, uint32_t vp_index, const uint32_t *names,
		       const union hv_register_value *values, unsigned int nr);
int mshv_get_register(int fd, uint32_t vp_index, uint32_t name, uint64_t *value);
int mshv_set_register(int fd, uint32_t vp_index, uint32_t name, uint64_t value);

/* Assert an interrupt: type is enum hv_interrupt_type. */
int mshv_assert_interrupt(int pt, uint32_t type, uint64_t apic_id, uint32_t vector);
int mshv_install_intercept(int pt, uint32_t type, uint32_t access, uint64_t parameter);
int mshv_get_property(int fd, uint32_t code, uint64_t *value);
int mshv_set_property(int fd, uint32_t code, uint64_t value);

#endif /* SELFTESTS_MSHV_H */
