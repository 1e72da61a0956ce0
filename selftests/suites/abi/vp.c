// SPDX-License-Identifier: GPL-2.0-only
/*
 * VP fds: running, state, pages to map, and the hypercalls that a VMM may make
 * through partition and VP fds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"
#include "lib/abi.h"

#define RAM	(16 * PAGE)

static struct child child;

ASMBLOB(out_code, 16, "1: out %al, $0x42\n jmp 1b\n");

static void test_run(void)
{
	struct hv_message message;
	void *read_only = read_only_copy(&message, sizeof(message));

	child_load(&child, BLOB_GPA, &out_code);
	child_real_mode(&child, 0, BLOB_GPA);
	refused(child.vp[0].fd, MSHV_RUN_VP, read_only, EFAULT, "RUN_VP: message read-only");
	refused(child.vp[0].fd, MSHV_RUN_VP, NULL, EFAULT, "RUN_VP: message at 0");
	ktap_ok(!mshv_run(child.vp[0].fd, &message) &&
		message.header.message_type == HVMSG_X64_IO_PORT_INTERCEPT,
		"RUN_VP: after both the VP is where it was");
}

static long map_vp(size_t length, int protection, int flags, off_t offset)
{
	void *page = mmap(NULL, length, protection, flags, child.vp[0].fd, offset);

	if (page == MAP_FAILED)
		return -1;
	munmap(page, length);
	return 0;
}

static void test_mmap(void)
{
	const int rw = PROT_READ | PROT_WRITE;
	uint8_t *page, *longer;

	ktap_ok(!map_vp(PAGE, rw, MAP_SHARED, 0) && !map_vp(PAGE, rw, MAP_SHARED, PAGE),
		"mmap: register page and intercept page");
	ktap_errno(map_vp(PAGE, rw, MAP_SHARED, MSHV_VP_MMAP_OFFSET_GHCB * PAGE), ENODEV,
		   "mmap: no GHCB page");
	ktap_errno(map_vp(PAGE, rw, MAP_SHARED, 3 * PAGE), EINVAL, "mmap: first unknown offset");
	ktap_errno(map_vp(PAGE, rw, MAP_SHARED, (off_t)(1UL << 40)), EINVAL, "mmap: far offset");
	ktap_errno(map_vp(2 * PAGE, rw, MAP_SHARED, 0), EINVAL, "mmap: two pages");
	ktap_errno(map_vp(PAGE, rw, MAP_PRIVATE, 0), EINVAL, "mmap: private");
	page = mmap(NULL, PAGE, rw, MAP_SHARED, child.vp[0].fd, 0);
	longer = mremap(page, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	if (ktap_ok(longer == MAP_FAILED, "mmap: it cannot be made longer"))
		munmap(page, PAGE);
	else
		munmap(longer, 2 * PAGE);
}

static int get_state(struct mshv_get_set_vp_state *args)
{
	return ioctl(child.vp[0].fd, MSHV_GET_VP_STATE, args);
}

static void refuse_state(struct mshv_get_set_vp_state args, int error, const char *name)
{
	struct mshv_get_set_vp_state copy = args;

	refused(child.vp[0].fd, MSHV_GET_VP_STATE, &args, error, name);
	refused(child.vp[0].fd, MSHV_SET_VP_STATE, &copy, error, name);
}

static void test_state_rules(void)
{
	uint8_t *buffer = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct mshv_get_set_vp_state good = {
		.type = MSHV_VP_STATE_LAPIC, .buf_sz = PAGE, .buf_ptr = (uintptr_t)buffer,
	};
	struct mshv_get_set_vp_state args = good;

	args.type = MSHV_VP_STATE_COUNT;
	refuse_state(args, EINVAL, "state: first unknown type");
	args.type = 255;
	refuse_state(args, EINVAL, "state: last unknown type");
	args = good;
	args.buf_sz = 0;
	refuse_state(args, EINVAL, "state: no buffer");
	args.buf_sz = PAGE - 1;
	refuse_state(args, EINVAL, "state: buffer not whole pages");
	args = good;
	args.buf_ptr += 8;
	refuse_state(args, EINVAL, "state: buffer not aligned");
	args = good;
	args.buf_ptr = 0xffffffffffff0000ULL;
	args.buf_sz = 0x100000;
	ktap_ok(get_state(&args) == -1 && (errno == EOVERFLOW || errno == EFAULT),
		"state: buffer beyond the end");
	munmap(buffer + PAGE, PAGE);
	args = good;
	args.buf_ptr = (uintptr_t)buffer + PAGE;
	refuse_state(args, EFAULT, "state: nothing at the buffer");
	args = good;
	refused_unless_zero(child.vp[0].fd, MSHV_GET_VP_STATE, &args,
			    offsetof(struct mshv_get_set_vp_state, rsvd), sizeof(args.rsvd),
			    "state: reserved field, get");
	args = good;
	refused_unless_zero(child.vp[0].fd, MSHV_SET_VP_STATE, &args,
			    offsetof(struct mshv_get_set_vp_state, rsvd), sizeof(args.rsvd),
			    "state: reserved field, set");
	args = good;
	refused_at_each_byte(child.vp[0].fd, MSHV_GET_VP_STATE, &args, sizeof(args),
			     "state: argument cut off, get");
	refused_at_each_byte(child.vp[0].fd, MSHV_SET_VP_STATE, &args, sizeof(args),
			     "state: argument cut off, set");
	munmap(buffer, PAGE);
}

/* Each state read, written back, read again: the same, and no byte of the buffer left alone. */
static void test_state_round_trip(void)
{
	static const char *const names[] = {
		"state: LAPIC", "state: XSAVE", "state: SIMP", "state: SIEFP", "state: timers",
	};
	const size_t size = 2 * PAGE;
	uint8_t *first = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *second = first + size;

	for (uint8_t type = 0; type < MSHV_VP_STATE_COUNT; type++) {
		struct mshv_get_set_vp_state args = {
			.type = type, .buf_sz = PAGE, .buf_ptr = (uintptr_t)first,
		};
		uint32_t data;
		bool good;

		memset(first, 0x11, size);
		memset(second, 0x22, size);
		good = !get_state(&args);
		data = args.buf_sz;
		args.buf_sz = PAGE;
		good = good && data && data <= PAGE &&
		       !ioctl(child.vp[0].fd, MSHV_SET_VP_STATE, &args);
		args.buf_sz = PAGE;
		args.buf_ptr = (uintptr_t)second;
		good = good && !get_state(&args) && args.buf_sz == data;
		ktap_ok(good && !memcmp(first, second, data) && second[PAGE] == 0x22,
			"%s, %u bytes, there and back", names[type], data);
	}
	munmap(first, 2 * size);
}

static void test_hvcall_rules(void)
{
	const int fd = child.vp[0].fd;
	struct hv_input_get_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH,
	};
	uint64_t value;
	const struct mshv_root_hvcall good = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in_sz = sizeof(in), .in_ptr = (uintptr_t)&in,
		.out_sz = sizeof(value), .out_ptr = (uintptr_t)&value,
	};
	struct mshv_root_hvcall args = good;

	ktap_ok(!ioctl(fd, MSHV_ROOT_HVCALL, &args), "HVCALL: good");
	args = good;
	args.status = 1;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: status not zero");
	args = good;
	refused_unless_zero(fd, MSHV_ROOT_HVCALL, &args, offsetof(struct mshv_root_hvcall, rsvd),
			    sizeof(args.rsvd), "HVCALL: reserved field");
	args = good;
	args.in_ptr = 0;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: no input");
	args = good;
	args.in_sz = 0;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: input of size 0");
	args.in_sz = 7;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: input too short for a partition id");
	args.in_sz = PAGE + 1;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: input longer than a page");
	args = good;
	args.out_sz = 0;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: output of size 0");
	args.out_sz = PAGE + 1;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: output longer than a page");
	args = good;
	args.out_ptr = 0;
	ktap_ok(!ioctl(fd, MSHV_ROOT_HVCALL, &args) && args.status == HV_STATUS_SUCCESS,
		"HVCALL: nobody wants to see the output");
	args = good;
	args.in_sz = 8;
	ktap_ok(ioctl(fd, MSHV_ROOT_HVCALL, &args) == -1 && errno == EINVAL &&
		args.status == HV_STATUS_UNKNOWN_PROPERTY,
		"HVCALL: what is missing of the input is zero");
	args = good;
	args.code = HVCALL_GET_GPA_PAGES_ACCESS_STATES;
	args.reps = 4096;
	args.out_sz = PAGE;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: more reps than there can be");
	args = good;
	args.reps = 1;
	refused(fd, MSHV_ROOT_HVCALL, &args, EINVAL, "HVCALL: reps of a call that has none");
	args = good;
	args.in_ptr = 8;
	refused(fd, MSHV_ROOT_HVCALL, &args, EFAULT, "HVCALL: nothing at the input");
	args = good;
	args.out_ptr = 8;
	refused(fd, MSHV_ROOT_HVCALL, &args, EFAULT, "HVCALL: nothing at the output");
	args = good;
	refused(fd, MSHV_ROOT_HVCALL, read_only_copy(&args, sizeof(args)), EFAULT,
		"HVCALL: argument read-only");
	refused_at_each_byte(fd, MSHV_ROOT_HVCALL, &args, sizeof(args), "HVCALL: argument cut off");
}

/* Which codes pass, of all 65,536: those of the list and no other. */
static void test_hvcall_list(void)
{
	static const uint16_t list[] = {
		HVCALL_GET_PARTITION_PROPERTY, HVCALL_GET_PARTITION_PROPERTY_EX,
		HVCALL_SET_PARTITION_PROPERTY, HVCALL_INSTALL_INTERCEPT, HVCALL_GET_VP_REGISTERS,
		HVCALL_SET_VP_REGISTERS, HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		HVCALL_CLEAR_VIRTUAL_INTERRUPT, HVCALL_REGISTER_INTERCEPT_RESULT,
		HVCALL_ASSERT_VIRTUAL_INTERRUPT, HVCALL_GET_GPA_PAGES_ACCESS_STATES,
		HVCALL_SIGNAL_EVENT_DIRECT, HVCALL_POST_MESSAGE_DIRECT, HVCALL_GET_VP_CPUID_VALUES,
	};
	struct mshv_root_hvcall args = { .in_sz = 8, .in_ptr = 8 };
	unsigned int passed = 0, listed = 0;

	/* Input that cannot be read: EFAULT comes after the list and the sizes were checked. */
	for (unsigned int code = 0; code < 0x10000; code++) {
		bool is_listed = false;

		for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
			is_listed |= list[i] == code;
		args = (struct mshv_root_hvcall) {
			.code = (uint16_t)code, .in_sz = PAGE, .in_ptr = 8,
		};
		if (ioctl(child.pt, MSHV_ROOT_HVCALL, &args) == -1 && errno == EINVAL)
			continue;
		passed++;
		listed += is_listed;
		if (!is_listed)
			ktap_note("code %#x passes", code);
	}
	ktap_ok(passed == listed && listed == sizeof(list) / sizeof(list[0]),
		"HVCALL: of 65,536 codes the 14 of the list pass (%u, %u of the list)", passed,
		listed);
}

/* An fd is good for its own partition, whatever partition id the input has. */
static void test_hvcall_own_partition(void)
{
	int other = mshv_create_partition(child.dev, 0);
	struct hv_input_set_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
		.property_value = 1,
	};
	struct mshv_call call = {
		.code = HVCALL_SET_PARTITION_PROPERTY, .in = &in, .in_size = sizeof(in),
	};
	uint64_t mine = 77, others = 77;

	mshv_initialize(other);
	in.partition_id = query_info(other).partition_id;
	ktap_ok(!mshv_hvcall(child.pt, &call) &&
		!mshv_get_property(child.pt, in.property_code, &mine) &&
		!mshv_get_property(other, in.property_code, &others) && mine == 1 && others == 0,
		"HVCALL: another partition's id in the input does not reach it");
	ktap_errno(mshv_hvcall(child.vp[0].fd, &call), EINVAL,
		   "HVCALL: setting properties is not for VP fds");
	close(other);
}

/* A call with much output, so that this is what a page has that nobody cleared. */
static void leave_output(void)
{
	union hv_register_value values[MSHV_MAX_REGISTERS];
	uint32_t names[MSHV_MAX_REGISTERS];

	for (unsigned int i = 0; i < MSHV_MAX_REGISTERS; i++)
		names[i] = HV_X64_REGISTER_RBX;
	child_set_register(&child, 0, HV_X64_REGISTER_RBX, ~0ULL);
	if (mshv_get_registers(child.vp[0].fd, 0, names, values, MSHV_MAX_REGISTERS))
		ktap_bail("registers: %s", strerror(errno));
}

/* What the hypervisor did not write does not reach the user. */
static void test_hvcall_no_leak(void)
{
	struct hv_input_get_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH,
	};
	uint8_t out[256];
	struct mshv_call call = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in = &in, .in_size = sizeof(in), .out = out, .out_size = sizeof(out),
	};
	unsigned int odd = 0;

	memset(out, 0x77, sizeof(out));
	leave_output();
	ktap_ok(!mshv_hvcall(child.pt, &call), "HVCALL: more room than output");
	for (size_t i = 8; i < sizeof(out); i++)
		odd += out[i] != 0x77 && out[i] != 0;
	ktap_is(odd, 0, "HVCALL: nothing but the output comes back");
	in.property_code = 0x7fffffff;
	memset(out, 0x77, sizeof(out));
	mshv_hvcall(child.pt, &call);
	for (size_t i = odd = 0; i < sizeof(out); i++)
		odd += out[i] != 0x77;
	ktap_is(odd, 0, "HVCALL: a failed call writes no output");
}

/* A rep call that stops half-way says how far it came. */
static void test_hvcall_reps(void)
{
	const uint32_t names[] = { HV_X64_REGISTER_RAX, HV_X64_REGISTER_RBX, 0x7fffffff,
				   HV_X64_REGISTER_RCX };
	struct {
		struct hv_input_get_vp_registers header;
		uint32_t names[4];
	} in = { .names = { names[0], names[1], names[2], names[3] } };
	union hv_register_value out[4];
	struct mshv_call call = {
		.code = HVCALL_GET_VP_REGISTERS, .nr_reps = 4,
		.in = &in, .in_size = sizeof(in), .out = out, .out_size = sizeof(out),
	};

	ktap_ok(mshv_hvcall(child.vp[0].fd, &call) == -1 && call.reps == 2 && call.status,
		"HVCALL: reps done before the one that failed (%u, status %#x)", call.reps,
		call.status);
	in.names[2] = names[0];
	ktap_ok(!mshv_hvcall(child.vp[0].fd, &call) && call.reps == 4 && !call.status,
		"HVCALL: all reps done");
	in.header.vp_index = 200;
	ktap_errno(mshv_hvcall(child.pt, &call), EINVAL, "HVCALL: registers of no VP");
	ktap_is(call.status, HV_STATUS_INVALID_VP_INDEX, "HVCALL: its status");
}

int main(void)
{
	static const unsigned char known[] = { 0x00, 0x01, 0x02, 0x07, 0x80, 0x81, 0x82 };
	struct leak_mark mark;

	ktap_plan(64 + LEAK_RESULTS);
	leak_mark(&mark);
	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	test_run();
	test_mmap();
	test_state_rules();
	test_state_round_trip();
	test_hvcall_rules();
	test_hvcall_list();
	test_hvcall_own_partition();
	test_hvcall_no_leak();
	test_hvcall_reps();
	ktap_ok(query_info(child.vp[0].fd).vp_index == 0 &&
		query_info(child.vp[0].fd).partition_id == query_info(child.pt).partition_id,
		"QUERY_INFO: a VP fd knows VP and partition");
	unknown_are_enotty(child.vp[0].fd, known, sizeof(known), "a VP knows no other ioctl");
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
