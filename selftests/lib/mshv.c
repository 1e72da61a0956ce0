// SPDX-License-Identifier: GPL-2.0-only
/* The system calls of /dev/mshv, each with its structure filled in. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "mshv.h"

int mshv_open(void)
{
	return open("/dev/mshv", O_RDWR | O_CLOEXEC);
}

int mshv_create_partition(int dev, uint64_t flags)
{
	struct mshv_create_partition args = {
		.pt_flags = flags,
		.pt_isolation = MSHV_PT_ISOLATION_NONE,
	};

	return ioctl(dev, MSHV_CREATE_PARTITION, &args);
}

int mshv_initialize(int pt)
{
	return ioctl(pt, MSHV_INITIALIZE_PARTITION);
}

int mshv_set_memory(int pt, uint64_t gpa, void *memory, uint64_t size, unsigned int flags)
{
	struct mshv_user_mem_region args = {
		.size = size,
		.guest_pfn = gpa / PAGE,
		.userspace_addr = (uintptr_t)memory,
		.flags = (uint8_t)flags,
	};

	return ioctl(pt, MSHV_SET_GUEST_MEMORY, &args);
}

int mshv_create_vp(int pt, uint32_t index)
{
	struct mshv_create_vp args = { .vp_index = index };

	return ioctl(pt, MSHV_CREATE_VP, &args);
}

int mshv_run(int vp, struct hv_message *message)
{
	return ioctl(vp, MSHV_RUN_VP, message);
}

void *mshv_map_page(int vp, unsigned int which)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vp, (off_t)(which * PAGE));
}

int mshv_irqfd(int pt, int fd, int resamplefd, uint32_t gsi, uint32_t flags)
{
	struct mshv_user_irqfd args = {
		.fd = fd,
		.resamplefd = resamplefd,
		.gsi = gsi,
		.flags = flags,
	};

	return ioctl(pt, MSHV_IRQFD, &args);
}

int mshv_ioeventfd(int pt, const struct mshv_user_ioeventfd *args)
{
	return ioctl(pt, MSHV_IOEVENTFD, args);
}

int mshv_set_routes(int pt, const struct mshv_user_irq_entry *entries, unsigned int nr)
{
	size_t size = nr * sizeof(*entries);
	struct mshv_user_irq_table *table = calloc(1, sizeof(*table) + size);
	int ret, error;

	if (!table)
		return -1;
	table->nr = nr;
	memcpy(table->entries, entries, size);
	ret = ioctl(pt, MSHV_SET_MSI_ROUTING, table);
	error = errno;
	free(table);
	errno = error;
	return ret;
}

struct mshv_user_irq_entry msi_route(uint32_t gsi, unsigned int apic_id, unsigned int vector,
				     bool level)
{
	return (struct mshv_user_irq_entry) {
		.gsi = gsi,
		.address_lo = 0xfee00000 | apic_id << 12,
		.data = vector | (level ? 1u << 15 : 0),
	};
}

int mshv_hvcall(int fd, struct mshv_call *call)
{
	struct mshv_root_hvcall args = {
		.code = call->code,
		.reps = call->nr_reps,
		.in_sz = (uint16_t)call->in_size,
		.out_sz = (uint16_t)call->out_size,
		.in_ptr = (uintptr_t)call->in,
		.out_ptr = (uintptr_t)call->out,
	};
	int ret = ioctl(fd, MSHV_ROOT_HVCALL, &args);

	call->status = args.status;
	call->reps = args.reps;
	return ret;
}

int mshv_get_registers(int fd, uint32_t vp_index, const uint32_t *names,
		       union hv_register_value *values, unsigned int nr)
{
	struct {
		struct hv_input_get_vp_registers header;
		uint32_t names[MSHV_MAX_REGISTERS];
	} in = { .header.vp_index = vp_index };
	struct mshv_call call = {
		.code = HVCALL_GET_VP_REGISTERS,
		.nr_reps = (uint16_t)nr,
		.in = &in,
		.in_size = sizeof(in.header) + nr * sizeof(*names),
		.out = values,
		.out_size = nr * sizeof(*values),
	};

	memcpy(in.names, names, nr * sizeof(*names));
	return mshv_hvcall(fd, &call);
}

int mshv_set_registers(int fd, uint32_t vp_index, const uint32_t *names,
		       const union hv_register_value *values, unsigned int nr)
{
	struct {
		struct hv_input_set_vp_registers header;
		struct hv_register_assoc elements[MSHV_MAX_REGISTERS];
	} in = { .header.vp_index = vp_index };
	struct mshv_call call = {
		.code = HVCALL_SET_VP_REGISTERS,
		.nr_reps = (uint16_t)nr,
		.in = &in,
		.in_size = sizeof(in.header) + nr * sizeof(in.elements[0]),
	};

	for (unsigned int i = 0; i < nr; i++) {
		in.elements[i].name = names[i];
		in.elements[i].value = values[i];
	}
	return mshv_hvcall(fd, &call);
}

int mshv_get_register(int fd, uint32_t vp_index, uint32_t name, uint64_t *value)
{
	union hv_register_value full;
	int ret = mshv_get_registers(fd, vp_index, &name, &full, 1);

	if (!ret)
		*value = full.reg64;
	return ret;
}

int mshv_set_register(int fd, uint32_t vp_index, uint32_t name, uint64_t value)
{
	union hv_register_value full = { .reg64 = value };

	return mshv_set_registers(fd, vp_index, &name, &full, 1);
}

int mshv_assert_interrupt(int pt, uint32_t type, uint64_t apic_id, uint32_t vector)
{
	struct hv_input_assert_virtual_interrupt in = {
		.control.interrupt_type = type,
		.dest_addr = apic_id,
		.vector = vector,
	};
	struct mshv_call call = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		.in = &in,
		.in_size = sizeof(in),
	};

	return mshv_hvcall(pt, &call);
}

int mshv_install_intercept(int pt, uint32_t type, uint32_t access, uint64_t parameter)
{
	struct hv_input_install_intercept in = {
		.access_type = access,
		.intercept_type = type,
		.intercept_parameter.as_uint64 = parameter,
	};
	struct mshv_call call = {
		.code = HVCALL_INSTALL_INTERCEPT,
		.in = &in,
		.in_size = sizeof(in),
	};

	return mshv_hvcall(pt, &call);
}

int mshv_get_property(int fd, uint32_t code, uint64_t *value)
{
	struct hv_input_get_partition_property in = { .property_code = code };
	struct mshv_call call = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in = &in,
		.in_size = sizeof(in),
		.out = value,
		.out_size = sizeof(*value),
	};

	return mshv_hvcall(fd, &call);
}

int mshv_set_property(int fd, uint32_t code, uint64_t value)
{
	struct hv_input_set_partition_property in = {
		.property_code = code,
		.property_value = value,
	};
	struct mshv_call call = {
		.code = HVCALL_SET_PARTITION_PROPERTY,
		.in = &in,
		.in_size = sizeof(in),
	};

	return mshv_hvcall(fd, &call);
}
