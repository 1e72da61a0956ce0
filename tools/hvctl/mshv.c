// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's ABI. See mshv.h.
 *
 * Locking: none of its own. Everything here may be called by any thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <hvabi/hypercall.h>

#include "failure.h"
#include "mshv.h"

static atomic_uint_fast64_t hypercalls;

uint64_t mshv_hypercall_count(void)
{
	return atomic_load(&hypercalls);
}

int mshv_open(void)
{
	int fd = open(MSHV_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	fail_errno(errno, "cannot open " MSHV_DEVICE);
	fail_hint("'hvctl doctor' says what is missing");
	fail_as_device();
	return -1;
}

static int ioctl_retry(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

/* The driver keeps the hypervisor's status of the call that failed; other drivers may not. */
int mshv_fail_ioctl(int fd, int err, const char *what)
{
	struct mshv_last_error last = { 0 };

	if (ioctl(fd, MSHV_GET_LAST_ERROR, &last) == 0 && last.status)
		return fail_hypercall(last.hypercall, last.status, err, "cannot %s", what);
	return fail_errno(err, "cannot %s", what);
}

int mshv_ioctl(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl_retry(fd, request, arg);

	if (ret < 0)
		mshv_fail_ioctl(fd, errno, what);
	return ret;
}

int mshv_query_info(int fd, struct mshv_query_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ioctl_retry(fd, MSHV_QUERY_INFO, info) < 0 ? -errno : 0;
}

static int hypercall(int fd, struct mshv_root_hvcall *call)
{
	atomic_fetch_add(&hypercalls, 1);
	return ioctl_retry(fd, MSHV_ROOT_HVCALL, call) < 0 ? -errno : 0;
}

/* The same, with the failure recorded. A rep call that stops early has failed. */
static int checked_hypercall(int fd, struct mshv_root_hvcall *call, const char *what)
{
	uint16_t reps = call->reps;
	int err = hypercall(fd, call);

	if (!err && call->reps == reps)
		return 0;
	return fail_hypercall(call->code, call->status, -err, "cannot %s", what);
}

int mshv_set_property(int fd, uint32_t code, uint64_t value)
{
	struct hv_input_set_partition_property in = {
		.property_code = code,
		.property_value = value,
	};
	struct mshv_root_hvcall call = {
		.code = HVCALL_SET_PARTITION_PROPERTY,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};
	int err = hypercall(fd, &call);

	if (err)
		return fail_hypercall(call.code, call.status, -err,
				      "cannot set partition property 0x%x to 0x%llx", code,
				      (unsigned long long)value);
	return 0;
}

int mshv_get_property(int fd, uint32_t code, uint64_t *value)
{
	struct hv_input_get_partition_property in = { .property_code = code };
	struct hv_output_get_partition_property out = { 0 };
	struct mshv_root_hvcall call = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
		.out_sz = sizeof(out),
		.out_ptr = (uintptr_t)&out,
	};
	int err = hypercall(fd, &call);

	if (err)
		return fail_hypercall(call.code, call.status, -err,
				      "cannot read partition property 0x%x", code);
	*value = out.property_value;
	return 0;
}

int mshv_assignable_features(int device, uint64_t *features)
{
	struct hv_input_get_partition_property_ex in = {
		.property_code = HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES,
	};
	struct hv_output_get_partition_property_ex out = { 0 };
	struct mshv_root_hvcall call = {
		.code = HVCALL_GET_PARTITION_PROPERTY_EX,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
		.out_sz = sizeof(out),
		.out_ptr = (uintptr_t)&out,
	};

	if (checked_hypercall(device, &call, "ask what a child may have of the hypervisor") < 0)
		return -1;
	/* A 16-bit count of banks and padding, then the banks, as in vmm_capabilities. */
	memcpy(features, out.property_value.buffer + 8, sizeof(*features));
	return 0;
}

int mshv_create_partition(int device, uint64_t pt_flags, uint64_t features)
{
	struct mshv_create_partition create = {
		.pt_flags = pt_flags,
		.pt_isolation = MSHV_PT_ISOLATION_NONE,
	};
	int fd = mshv_ioctl(device, MSHV_CREATE_PARTITION, &create, "create the partition");

	if (fd < 0)
		return -1;
	/* Only now: once initialized, the partition's features are fixed. */
	if (mshv_set_property(fd, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES, features) < 0 ||
	    mshv_ioctl(fd, MSHV_INITIALIZE_PARTITION, NULL, "initialize the partition") < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int mshv_map_memory(int fd, uint64_t gpa, uint64_t size, void *host)
{
	struct mshv_user_mem_region region = {
		.size = size,
		.guest_pfn = gpa / MSHV_HV_PAGE_SIZE,
		.userspace_addr = (uintptr_t)host,
		.flags = 1 << MSHV_SET_MEM_BIT_WRITABLE | 1 << MSHV_SET_MEM_BIT_EXECUTABLE,
	};

	return mshv_ioctl(fd, MSHV_SET_GUEST_MEMORY, &region, "map the guest's memory");
}

int mshv_set_registers(int vp_fd, uint32_t vp, const struct hv_register_assoc *regs,
		       unsigned int count)
{
	struct {
		struct hv_input_set_vp_registers header;
		struct hv_register_assoc regs[MSHV_MAX_REGISTERS];
	} in = { .header.vp_index = vp };
	struct mshv_root_hvcall call = {
		.code = HVCALL_SET_VP_REGISTERS,
		.reps = (uint16_t)count,
		.in_sz = (uint16_t)(sizeof(in.header) + count * sizeof(*regs)),
		.in_ptr = (uintptr_t)&in,
	};
	int err;

	memcpy(in.regs, regs, count * sizeof(*regs));
	err = hypercall(vp_fd, &call);
	if (!err && call.reps == count)
		return 0;
	/* The first that was not done is the one. */
	return fail_hypercall(call.code, call.status, -err, "cannot set register 0x%x of VP %u",
			      call.reps < count ? regs[call.reps].name : 0, vp);
}

struct get_registers {
	struct hv_input_get_vp_registers header;
	uint32_t names[MSHV_MAX_REGISTERS];
};

static struct mshv_root_hvcall get_call(struct get_registers *in, uint32_t vp,
					const uint32_t *names, union hv_register_value *values,
					unsigned int count)
{
	*in = (struct get_registers){ .header.vp_index = vp };
	memcpy(in->names, names, count * sizeof(*names));
	return (struct mshv_root_hvcall){
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = (uint16_t)count,
		.in_sz = (uint16_t)(sizeof(in->header) + count * sizeof(*names)),
		.out_sz = (uint16_t)(count * sizeof(*values)),
		.in_ptr = (uintptr_t)in,
		.out_ptr = (uintptr_t)values,
	};
}

int mshv_get_registers(int vp_fd, uint32_t vp, const uint32_t *names,
		       union hv_register_value *values, unsigned int count)
{
	struct get_registers in;
	struct mshv_root_hvcall call = get_call(&in, vp, names, values, count);

	return checked_hypercall(vp_fd, &call, "read registers of a VP");
}

int mshv_find_register(int vp_fd, uint32_t vp, uint32_t name, union hv_register_value *value)
{
	struct get_registers in;
	struct mshv_root_hvcall call = get_call(&in, vp, &name, value, 1);

	return hypercall(vp_fd, &call);
}

int mshv_get_vp_state(int vp_fd, uint8_t type, void *buf, uint32_t *size)
{
	struct mshv_get_set_vp_state args = {
		.type = type,
		.buf_sz = *size,
		.buf_ptr = (uintptr_t)buf,
	};

	if (mshv_ioctl(vp_fd, MSHV_GET_VP_STATE, &args, "read the state of a VP") < 0)
		return -1;
	*size = args.buf_sz;
	return 0;
}

int mshv_set_vp_state(int vp_fd, uint8_t type, const void *buf, uint32_t size)
{
	struct mshv_get_set_vp_state args = {
		.type = type,
		.buf_sz = size,
		.buf_ptr = (uintptr_t)buf,
	};

	return mshv_ioctl(vp_fd, MSHV_SET_VP_STATE, &args, "set the state of a VP");
}

int mshv_assert_interrupt(int fd, union hv_interrupt_control control, uint64_t destination,
			  uint32_t vector)
{
	struct hv_input_assert_virtual_interrupt in = {
		.control = control,
		.dest_addr = destination,
		.vector = vector,
	};
	struct mshv_root_hvcall call = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return checked_hypercall(fd, &call, "send the guest an interrupt");
}
