// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercalls that a VMM passes through, each doing what it is for:
 * properties, CPUID results, address translation, interrupts of all kinds that
 * a VMM asserts, intercepts, notifications.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "child.h"
#include "ktap.h"

#define RAM	CHILD_LONG_MODE_RAM

static struct child child;

static void test_properties(void)
{
	static const uint32_t readable[] = {
		HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES,
		HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE,
		HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY,
		HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
		HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS,
		HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
	};
	unsigned int good = 0, nr = sizeof(readable) / sizeof(readable[0]);
	uint64_t first, second;

	for (unsigned int i = 0; i < nr; i++)
		good += !mshv_get_property(child.pt, readable[i], &first);
	ktap_is(good, nr, "properties that VMMs ask for can be read");
	ktap_ok(!mshv_get_property(child.pt, HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE, &first) &&
		first >= 576, "XSAVE data has at least legacy area and header");
	ktap_ok(!mshv_set_property(child.pt, HV_PARTITION_PROPERTY_TIME_FREEZE, 1) &&
		!mshv_get_property(child.pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, &first) &&
		!mshv_get_property(child.pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, &second) &&
		first == second, "frozen time stands still");
	ktap_ok(!mshv_set_property(child.pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, 123456789) &&
		!mshv_set_property(child.pt, HV_PARTITION_PROPERTY_TIME_FREEZE, 0) &&
		!mshv_get_property(child.pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, &first) &&
		first >= 123456789, "it can be set, and goes on from there when let go");
}

/* What CPUID @leaf gives VP 0, EAX to EDX. */
static int cpuid_values(uint32_t leaf, uint32_t *values)
{
	struct {
		struct hv_input_get_vp_cpuid_values header;
		struct hv_cpuid_leaf_info leaf;
	} in = { .leaf.eax = leaf };
	struct mshv_call call = {
		.code = HVCALL_GET_VP_CPUID_VALUES, .nr_reps = 1,
		.in = &in, .in_size = sizeof(in), .out = values, .out_size = 16,
	};

	in.header.flags.apply_registered_values = 1;
	return mshv_hvcall(child.vp[0].fd, &call);
}

ASMBLOB(ask_cpuid, 64,
	"xor %ecx, %ecx\n"
	"cpuid\n"
	"out %al, $0x10\n");

static uint64_t guest_ebx_of(uint32_t leaf)
{
	struct hv_message message;

	child_load(&child, BLOB_GPA, &ask_cpuid);
	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_RAX, leaf);
	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return ~0ULL;
	return child.vp[0].regs->rbx;
}

static void test_cpuid(void)
{
	/* A size of 60 bytes, or of 64 where a VMM's compiler padded it. */
	struct {
		struct hv_input_register_intercept_result result;
		uint32_t padding;
	} in = {
		.result.vp_index = HV_ANY_VP,
		.result.intercept_type = HV_INTERCEPT_TYPE_X64_CPUID,
		.result.parameters.cpuid.input.eax = 0x40000081,
		.result.parameters.cpuid.input.always_override = 1,
		.result.parameters.cpuid.result.ebx = 0x4d564d4d,
		.result.parameters.cpuid.result.ebx_mask = 0xffffffff,
	};
	struct mshv_call call = {
		.code = HVCALL_REGISTER_INTERCEPT_RESULT,
		.in = &in, .in_size = sizeof(in.result),
	};
	uint32_t values[4] = { 0 };

	ktap_ok(!cpuid_values(0, values) && values[0] >= 1 && guest_ebx_of(0) == values[1],
		"CPUID values as the VP sees them");
	ktap_ok(!mshv_hvcall(child.pt, &call) && guest_ebx_of(0x40000081) == 0x4d564d4d,
		"a registered CPUID result reaches the guest");
	call.in_size = sizeof(in);
	in.result.parameters.cpuid.result.ebx = 0x12345678;
	ktap_ok(!mshv_hvcall(child.pt, &call) && guest_ebx_of(0x40000081) == 0x12345678,
		"registered anew, with padding behind it");
}

static int translate(uint64_t gva, uint64_t flags,
		     struct hv_output_translate_virtual_address *out)
{
	struct hv_input_translate_virtual_address in = {
		.control_flags = flags,
		.gva_page = gva / PAGE,
	};
	struct mshv_call call = {
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		.in = &in, .in_size = sizeof(in), .out = out, .out_size = sizeof(*out),
	};

	memset(out, 0xff, sizeof(*out));
	return mshv_hvcall(child.vp[0].fd, &call);
}

static void test_translate(void)
{
	struct hv_output_translate_virtual_address out;

	child_long_mode(&child, 0, BLOB_GPA, 0);
	ktap_ok(!translate(0x5000, HV_TRANSLATE_GVA_VALIDATE_READ, &out) &&
		out.translation_result.result_code == 0 && out.gpa_page == 5,
		"a mapped address is translated");
	ktap_ok(!translate(0x7f0000000000, HV_TRANSLATE_GVA_VALIDATE_READ, &out) &&
		out.translation_result.result_code == 1, "one without a page is said to have none");
}

static void test_interrupts(void)
{
	ktap_ok(!mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_EXTINT, 0, 0) &&
		!mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_EXTINT, 0, 0),
		"an ExtINT, twice");
	ktap_ok(mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 0, 5) == -1,
		"a vector below 16 is refused");
	ktap_ok(mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 0, 256) == -1,
		"a vector above 255 is refused");
	ktap_ok(mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_MAXIMUM, 0, 0x40) == -1,
		"an unknown type of interrupt is refused");
}

static void test_intercepts(void)
{
	const uint32_t execute = HV_INTERCEPT_ACCESS_MASK_EXECUTE;

	ktap_ok(!mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_CPUID, execute, 0x100) &&
		!mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_CPUID, execute, 0x101) &&
		!mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_CPUID, 0, 0x100),
		"CPUID intercepts are installed and removed");
	ktap_errno(mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_CPUID, 0x80, 0x100),
		   EINVAL, "an intercept of an unknown access is refused");
	ktap_errno(mshv_install_intercept(child.pt, 0x7777, execute, 0), EINVAL,
		   "an intercept of an unknown type is refused");
}

static void test_notifications(void)
{
	const uint32_t name = HV_REGISTER_DELIVERABILITY_NOTIFICATIONS;
	struct mshv_last_error error;

	ktap_ok(!mshv_set_register(child.pt, 0, name, 0), "no deliverability notification");
	ktap_ok(mshv_set_register(child.pt, 0, name, 1) == -1 &&
		!ioctl(child.pt, MSHV_GET_LAST_ERROR, &error) &&
		error.status == HV_STATUS_INVALID_PARAMETER &&
		error.hypercall == HVCALL_SET_VP_REGISTERS,
		"one of NMIs is an invalid parameter where there is a local APIC");
}

int main(void)
{
	ktap_plan(18);
	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	test_properties();
	test_cpuid();
	test_translate();
	test_interrupts();
	test_intercepts();
	test_notifications();
	child_destroy(&child);
	return ktap_end();
}
