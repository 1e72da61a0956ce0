// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mshv itself: how it may be opened, creating a partition, information
 * about driver and hypervisor, hypercalls about the parent.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/abi.h"

static int dev;

static void test_open(void)
{
	int fd = open("/dev/mshv", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int pt;

	pt = mshv_create_partition(fd, 0);
	ktap_ok(fd >= 0 && pt >= 0, "a device opened read-only can create a partition");
	ktap_ok(pt >= 0 && fcntl(pt, F_GETFD) == FD_CLOEXEC, "a partition fd is close-on-exec");
	close(fd);
	ktap_ok(!mshv_initialize(pt), "a partition outlives the device fd it came from");
	close(pt);
	ktap_errno(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, dev, 0) == MAP_FAILED ? -1 : 0, ENODEV,
		   "the device has nothing to map");
}

static void test_create(void)
{
	struct mshv_create_partition args = { .pt_flags = 0 };
	int pt;

	args.pt_flags = MSHV_PT_FLAGS_MASK + 1;
	refused(dev, MSHV_CREATE_PARTITION, &args, EINVAL, "CREATE_PARTITION: lowest unknown flag");
	args.pt_flags = 1ULL << 63;
	refused(dev, MSHV_CREATE_PARTITION, &args, EINVAL,
		"CREATE_PARTITION: highest unknown flag");
	args.pt_flags = 0;
	args.pt_isolation = MSHV_PT_ISOLATION_COUNT;
	refused(dev, MSHV_CREATE_PARTITION, &args, EINVAL, "CREATE_PARTITION: unknown isolation");
	args.pt_isolation = 1ULL << 32;
	refused(dev, MSHV_CREATE_PARTITION, &args, EINVAL,
		"CREATE_PARTITION: isolation in the upper half");
	args.pt_isolation = MSHV_PT_ISOLATION_NONE;
	refused_at_each_byte(dev, MSHV_CREATE_PARTITION, &args, sizeof(args),
			     "CREATE_PARTITION: argument cut off");
	for (unsigned int bit = 0; bit < 3; bit++) {
		pt = mshv_create_partition(dev, bit == 1 ? 3 : 1ULL << bit);
		ktap_ok(pt >= 0, "CREATE_PARTITION: flag %u", bit);
		close(pt);
	}
}

static void test_create_v2(void)
{
	struct mshv_create_partition_v2 args = {
		.pt_flags = 0xf,
		.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS,
		.pt_cpu_fbanks = { 1ULL << 63, ~0ULL << 54 },
		.pt_disabled_xsave = ~0ULL << 40,
	};
	const unsigned long request = MSHV_CREATE_PARTITION;
	int pt = ioctl(dev, request, &args);

	ktap_ok(pt >= 0, "CREATE_PARTITION v2: features that no hypervisor knows may be disabled");
	close(pt);
	args.pt_num_cpu_fbanks = 1;
	refused(dev, request, &args, EINVAL, "CREATE_PARTITION v2: one feature bank");
	args.pt_num_cpu_fbanks = 3;
	refused(dev, request, &args, EINVAL, "CREATE_PARTITION v2: three feature banks");
	args.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS;
	refused_unless_zero(dev, request, &args, offsetof(struct mshv_create_partition_v2, pt_rsvd),
			    sizeof(args.pt_rsvd), "CREATE_PARTITION v2: first reserved field");
	refused_unless_zero(dev, request, &args,
			    offsetof(struct mshv_create_partition_v2, pt_rsvd1),
			    sizeof(args.pt_rsvd1),
			    "CREATE_PARTITION v2: second reserved field");
	refused_at_each_byte(dev, request, &args, sizeof(args),
			     "CREATE_PARTITION v2: argument cut off");
}

/* What CPUID says that this partition is. */
static uint32_t role(void)
{
	uint32_t eax, ebx, ecx, edx;

	__cpuid(HYPERV_CPUID_FEATURES, eax, ebx, ecx, edx);
	if (!(ebx & HV_CPU_MANAGEMENT))
		return MSHV_ROLE_L1VH;
	__cpuid(HYPERV_CPUID_ENLIGHTMENT_INFO, eax, ebx, ecx, edx);
	return eax & HV_X64_HYPERV_NESTED ? MSHV_ROLE_NESTED_ROOT : MSHV_ROLE_ROOT;
}

/* A program that knows a later, longer structure gets what there is. */
static void test_query_info(void)
{
	struct {
		struct mshv_query_info info;
		uint8_t more[64];
	} args;
	struct mshv_query_info *info = &args.info;
	bool untouched = true;

	memset(&args, 0xee, sizeof(args));
	info->size = sizeof(args);
	ktap_ok(!ioctl(dev, MSHV_QUERY_INFO, &args), "QUERY_INFO with a longer structure");
	for (size_t i = 0; i < sizeof(args.more); i++)
		untouched &= args.more[i] == 0xee;
	ktap_ok(info->size >= MSHV_QUERY_INFO_SIZE_V1 && info->size <= sizeof(*info) && untouched,
		"QUERY_INFO says how much it filled, and fills no more");
	ktap_ok(info->abi_version == MSHV_ABI_VERSION && info->caps & MSHV_CAP_QUERY_INFO &&
		info->parent_role == role() && info->partition_id == 0 &&
		info->self_partition_id != 0 && info->vp_index == 0xffffffff && !info->rsvd,
		"QUERY_INFO: what the device is");
	ktap_ok(memchr(info->driver_version, 0, sizeof(info->driver_version)) &&
		info->driver_version[0] > ' ', "QUERY_INFO: the driver's version is a string");
	info->size = MSHV_QUERY_INFO_SIZE_V1 - 1;
	refused(dev, MSHV_QUERY_INFO, info, EINVAL, "QUERY_INFO: a structure too short");
	info->size = 0;
	refused(dev, MSHV_QUERY_INFO, info, EINVAL, "QUERY_INFO: size zero");
	info->size = sizeof(*info);
	refused_at_each_byte(dev, MSHV_QUERY_INFO, info, sizeof(*info),
			     "QUERY_INFO: argument cut off");
	refused(dev, MSHV_QUERY_INFO, read_only_copy(info, sizeof(*info)), EFAULT,
		"QUERY_INFO: argument read-only");
}

static void test_hvcall(void)
{
	struct hv_input_get_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH,
	};
	uint64_t value = 0;
	struct mshv_call call = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in = &in, .in_size = sizeof(in), .out = &value, .out_size = sizeof(value),
	};
	static const uint16_t partition_only[] = {
		HVCALL_SET_PARTITION_PROPERTY, HVCALL_INSTALL_INTERCEPT, HVCALL_GET_VP_REGISTERS,
		HVCALL_SET_VP_REGISTERS, HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		HVCALL_ASSERT_VIRTUAL_INTERRUPT, HVCALL_GET_VP_CPUID_VALUES,
	};
	unsigned int good = 0, nr = sizeof(partition_only) / sizeof(partition_only[0]);

	ktap_ok(!mshv_hvcall(dev, &call) && value >= 36 && value <= 57,
		"HVCALL: a property of the parent: %llu address bits", (unsigned long long)value);
	for (unsigned int i = 0; i < nr; i++) {
		uint8_t page[512] = { 0 };
		struct mshv_call other = {
			.code = partition_only[i], .in = page, .in_size = sizeof(page),
		};

		good += mshv_hvcall(dev, &other) == -1 && errno == EINVAL;
	}
	ktap_is(good, nr, "HVCALL: calls about children are not for the device fd");
	in.property_code = 0x7fffffff;
	ktap_errno(mshv_hvcall(dev, &call), EINVAL, "HVCALL: unknown property");
	ktap_is(call.status, HV_STATUS_UNKNOWN_PROPERTY, "HVCALL: its status comes back raw");
}

static void test_last_error(void)
{
	struct mshv_last_error before, after;
	uint64_t value;

	ktap_ok(!ioctl(dev, MSHV_GET_LAST_ERROR, &before) &&
		!mshv_get_property(dev, HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH, &value) &&
		!ioctl(dev, MSHV_GET_LAST_ERROR, &after) && !memcmp(&before, &after, sizeof(after)),
		"LAST_ERROR: success changes nothing");
	mshv_get_property(dev, 0x7ffffffe, &value);
	ktap_ok(!ioctl(dev, MSHV_GET_LAST_ERROR, &after) && after.count == before.count + 1 &&
		after.hypercall == HVCALL_GET_PARTITION_PROPERTY &&
		after.status == HV_STATUS_UNKNOWN_PROPERTY,
		"LAST_ERROR: a refusal with call and status");
	refused(dev, MSHV_GET_LAST_ERROR, read_only_copy(&after, sizeof(after)), EFAULT,
		"LAST_ERROR: argument read-only");
}

int main(void)
{
	static const unsigned char known[] = { 0x00, 0x07, 0x80, 0x81 };
	struct leak_mark mark;

	ktap_plan(37 + LEAK_RESULTS);
	leak_mark(&mark);
	dev = mshv_open();
	if (dev < 0)
		ktap_bail("/dev/mshv: %s", strerror(errno));
	test_open();
	test_create();
	test_create_v2();
	test_query_info();
	test_hvcall();
	test_last_error();
	unknown_are_enotty(dev, known, sizeof(known), "the device knows no other ioctl");
	close(dev);
	leak_check(&mark);
	return ktap_end();
}
