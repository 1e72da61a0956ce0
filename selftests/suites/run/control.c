// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VMM decides about its guest besides memory and registers, and that
 * the guest then sees: suspension, time, CPUID, MSRs, intercepts, translation of
 * its addresses, state that is saved and restored, features that it does not get.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"

#define RAM		CHILD_LONG_MODE_RAM
#define FLAGS		(PT_LAPIC | PT_X2APIC)
#define READ		HV_INTERCEPT_ACCESS_MASK_READ
#define WRITE		HV_INTERCEPT_ACCESS_MASK_WRITE
#define EXECUTE		HV_INTERCEPT_ACCESS_MASK_EXECUTE

static struct child child;
static struct hv_message message;

/* Everything that a guest may be given of the hypervisor's own. */
static const union hv_partition_synthetic_processor_features features = {
	.hypervisor_present = 1, .hv1 = 1, .access_synic_regs = 1,
	.access_partition_reference_counter = 1, .access_hypercall_regs = 1,
};

static void start(const struct blob *code)
{
	child_create_with(&child, FLAGS, features.as_uint64[0], RAM, 1);
	child_load(&child, BLOB_GPA, code);
	child_long_mode(&child, 0, BLOB_GPA, 0);
}

static bool stops_at(uint32_t type)
{
	return child_run_to(&child, 0, type, &message);
}

static bool refused_with(int ret, int error, uint16_t status)
{
	struct mshv_last_error last;

	return ret && errno == error && !ioctl(child.pt, MSHV_GET_LAST_ERROR, &last) &&
	       last.status == status;
}

ASMBLOB(out, 64, "1: out %al, $0x10\n" "jmp 1b\n");

static void test_suspend(void)
{
	unsigned long long begin;
	int ret;

	start(&out);
	ktap_ok(!mshv_set_register(child.pt, 0, HV_REGISTER_DISPATCH_SUSPEND, 1) &&
		child_register(&child, 0, HV_REGISTER_DISPATCH_SUSPEND) == 1,
		"a VMM suspends a VP");
	begin = now_ms();
	kick_every_ms(200);
	ret = mshv_run(child.vp[0].fd, &message);
	kick_after_ms(0);
	ktap_ok(ret && errno == EINTR && now_ms() - begin >= 150, "... which then does not run");
	ktap_ok(!mshv_set_register(child.pt, 0, HV_REGISTER_DISPATCH_SUSPEND, 0) &&
		stops_at(HVMSG_X64_IO_PORT_INTERCEPT), "... until it lets go of it");
	ktap_ok(child_register(&child, 0, HV_REGISTER_INTERCEPT_SUSPEND) == 1,
		"a VP that waits for its VMM says so");
	ktap_ok(refused_with(mshv_set_register(child.pt, 0, HV_REGISTER_EXPLICIT_SUSPEND, 2),
			     EINVAL, HV_STATUS_INVALID_REGISTER_VALUE),
		"a suspension is on or off");
	child_destroy(&child);
}

ASMBLOB(clock_reader, 64,
	"1: mov $0x40000020, %ecx\n"	/* TIME_REF_COUNT */
	"rdmsr\n"
	"shl $32, %rdx\n"
	"or %rdx, %rax\n"
	"mov %rax, %rbx\n"
	"out %al, $0x10\n"
	"jmp 1b\n");

/* What the guest's clock says, in 100 ns. */
static uint64_t guest_time(void)
{
	child_set_register(&child, 0, HV_X64_REGISTER_RIP, BLOB_GPA);
	return stops_at(HVMSG_X64_IO_PORT_INTERCEPT) ? child.vp[0].regs->rbx : ~0ULL;
}

static void test_time(void)
{
	uint64_t first, second;

	start(&clock_reader);
	first = guest_time();
	second = guest_time();
	ktap_ok(second > first, "the guest's reference time goes by");
	ktap_ok(refused_with(mshv_set_property(child.pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, 5),
			     EIO, HV_STATUS_INVALID_PARTITION_STATE),
		"it cannot be set while it does");
	mshv_set_property(child.pt, HV_PARTITION_PROPERTY_TIME_FREEZE, 1);
	first = guest_time();
	usleep(20000);
	second = guest_time();
	ktap_ok(first == second, "frozen, it stands still");
	ktap_ok(!mshv_set_property(child.pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, 1ULL << 40) &&
		guest_time() == 1ULL << 40, "it is what the VMM sets");
	mshv_set_property(child.pt, HV_PARTITION_PROPERTY_TIME_FREEZE, 0);
	ktap_ok(guest_time() > 1ULL << 40, "and goes on from there");
	ktap_ok(refused_with(mshv_set_property(child.pt, HV_PARTITION_PROPERTY_TIME_FREEZE, 2),
			     EINVAL, HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE),
		"it is frozen or not");
	child_destroy(&child);
}

ASMBLOB(asks_cpuid, 64,
	"1: mov %rsi, %rax\n"
	"mov %rdi, %rcx\n"
	"cpuid\n"
	"out %al, $0x10\n"
	"jmp 1b\n");

static uint64_t guest_ecx(uint32_t leaf, uint32_t subleaf)
{
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, leaf);
	child_set_register(&child, 0, HV_X64_REGISTER_RDI, subleaf);
	child_set_register(&child, 0, HV_X64_REGISTER_RIP, BLOB_GPA);
	return stops_at(HVMSG_X64_IO_PORT_INTERCEPT) ? child.vp[0].regs->rcx : ~0ULL;
}

static int register_ecx(int fd, uint32_t vp, uint32_t leaf, int subleaf, uint32_t ecx,
			uint32_t mask)
{
	struct hv_input_register_intercept_result in = {
		.vp_index = vp,
		.intercept_type = HV_INTERCEPT_TYPE_X64_CPUID,
		.parameters.cpuid.input.eax = leaf,
		.parameters.cpuid.input.ecx = subleaf < 0 ? 0 : (uint32_t)subleaf,
		.parameters.cpuid.input.subleaf_specific = subleaf >= 0,
		.parameters.cpuid.input.always_override = 1,
		.parameters.cpuid.result.ecx = ecx,
		.parameters.cpuid.result.ecx_mask = mask,
	};
	struct mshv_call call = {
		.code = HVCALL_REGISTER_INTERCEPT_RESULT, .in = &in, .in_size = sizeof(in),
	};

	return mshv_hvcall(fd, &call);
}

/* ECX of a leaf as the hypervisor has it for VP 0, with what is registered or without. */
static uint64_t value_of_ecx(uint32_t leaf, uint32_t subleaf, bool registered)
{
	struct {
		struct hv_input_get_vp_cpuid_values header;
		struct hv_cpuid_leaf_info leaf;
	} in = { .leaf.eax = leaf, .leaf.ecx = subleaf };
	uint32_t values[4];
	struct mshv_call call = {
		.code = HVCALL_GET_VP_CPUID_VALUES, .nr_reps = 1,
		.in = &in, .in_size = sizeof(in), .out = values, .out_size = sizeof(values),
	};

	in.header.flags.apply_registered_values = registered;
	return mshv_hvcall(child.vp[0].fd, &call) ? ~0ULL : values[2];
}

static void test_cpuid(void)
{
	uint64_t plain;

	start(&asks_cpuid);
	plain = guest_ecx(1, 0);
	ktap_ok(!register_ecx(child.pt, HV_ANY_VP, 1, -1, 0, 1u << 19) &&
		guest_ecx(1, 0) == (plain & ~(1ULL << 19)),
		"a bit of a leaf is cleared, the others stay");
	ktap_ok(!register_ecx(child.vp[0].fd, 0, 1, -1, ~0u, 1u << 19) &&
		guest_ecx(1, 0) == (plain | 1u << 19), "what a VP has of its own comes first");
	ktap_ok(value_of_ecx(1, 0, true) == (plain | 1u << 19) &&
		value_of_ecx(1, 0, false) == plain,
		"the query has it with what is registered, and without");
	ktap_ok(!register_ecx(child.pt, HV_ANY_VP, 0xb, 1, 0x5500, ~0u) &&
		guest_ecx(0xb, 1) == 0x5500 && guest_ecx(0xb, 0) != 0x5500,
		"one subleaf");
	ktap_ok(refused_with(register_ecx(child.pt, 63, 1, -1, 0, 1), EINVAL,
			     HV_STATUS_INVALID_VP_INDEX), "for a VP that there is not");
	child_destroy(&child);
}

#define UNKNOWN_MSR	"0x7f000123"

ASMBLOB(reads_msr, 64,
	"mov $" UNKNOWN_MSR ", %ecx\n"
	"mov $-1, %rax\n"
	"mov $-1, %rdx\n"
	"rdmsr\n"
	"out %al, $0x10\n"
	"wrmsr\n"
	"out %al, $0x11\n"
	".org blob_reads_msr_start + 64, 0x90\n"
	"out %al, $0x0d\n");		/* #GP */

static unsigned int port(void)
{
	struct hv_x64_io_port_intercept_message *io =
		(struct hv_x64_io_port_intercept_message *)message.u.payload;

	return stops_at(HVMSG_X64_IO_PORT_INTERCEPT) ? io->port_number : ~0u;
}

static void test_msr_policy(void)
{
	const uint32_t policy = HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION;

	start(&reads_msr);
	child_set_gate(&child, 13, BLOB_GPA + 64);
	ktap_is(port(), 0x0d, "an MSR that there is not is a fault");
	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_gate(&child, 13, BLOB_GPA + 64);
	ktap_ok(!mshv_set_property(child.pt, policy,
				   HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO) &&
		port() == 0x10 && !child.vp[0].regs->rax && !child.vp[0].regs->rdx,
		"by another policy it reads as zero");
	child_skip(&child, 0, child.vp[0].regs->rip + 2);
	ktap_is(port(), 0x11, "and may be written");
	ktap_ok(refused_with(mshv_set_property(child.pt, policy, 7), EINVAL,
			     HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE), "there is no third policy");
	child_destroy(&child);
}

ASMBLOB(star, 64,
	"1: mov $0xc0000081, %ecx\n"
	"mov $0x1234, %eax\n"
	"xor %edx, %edx\n"
	"wrmsr\n"
	"rdmsr\n"
	"out %al, $0x10\n"
	"jmp 1b\n");

/* An MSR that a guest otherwise has to itself. */
static void test_msr_index(void)
{
	struct hv_x64_msr_intercept_message *m =
		(struct hv_x64_msr_intercept_message *)message.u.payload;

	start(&star);
	ktap_is(port(), 0x10, "an MSR of the processor is the guest's own");
	mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_MSR_INDEX, WRITE, 0xc0000081);
	child_set_register(&child, 0, HV_X64_REGISTER_RIP, BLOB_GPA);
	child_set_register(&child, 0, HV_X64_REGISTER_STAR, 0x77);
	ktap_ok(stops_at(HVMSG_X64_MSR_INTERCEPT) && m->msr_number == 0xc0000081 &&
		m->header.intercept_access_type == HV_INTERCEPT_ACCESS_WRITE && m->rax == 0x1234,
		"an intercept of this very MSR");
	child_skip(&child, 0, m->header.rip + m->header.instruction_length);
	ktap_ok(port() == 0x10 && child.vp[0].regs->rax == 0x77,
		"... of writing only, and nothing was written");
	mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_MSR_INDEX, 0, 0xc0000081);
	child_set_register(&child, 0, HV_X64_REGISTER_RIP, BLOB_GPA);
	ktap_ok(port() == 0x10 && child.vp[0].regs->rax == 0x1234, "... until it is removed");
	ktap_ok(refused_with(mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_MSR_INDEX,
						    EXECUTE, 0xc0000081), EINVAL,
			     HV_STATUS_INVALID_PARAMETER), "an MSR is not executed");
	child_destroy(&child);
}

ASMBLOB(calls, 64,
	"1: mov %rdi, %rcx\n"
	"vmmcall\n"
	"out %al, $0x10\n"
	"jmp 1b\n");

/* The guest calls @code; what the VMM sees. */
static bool calls_reach_vmm(uint16_t code)
{
	struct hv_x64_hypercall_intercept_message *m =
		(struct hv_x64_hypercall_intercept_message *)message.u.payload;

	child_set_register(&child, 0, HV_X64_REGISTER_RDI, code);
	child_set_register(&child, 0, HV_X64_REGISTER_RIP, BLOB_GPA);
	return child_run(&child, 0, &message) &&
	       message.header.message_type == HVMSG_HYPERCALL_INTERCEPT && m->rcx == code;
}

static void test_hypercalls(void)
{
	start(&calls);
	child_set_register(&child, 0, HV_REGISTER_GUEST_OS_ID, 0x8100ULL << 48);
	child_set_register(&child, 0, HV_X64_REGISTER_HYPERCALL, 0x100001);
	ktap_ok(!calls_reach_vmm(HVCALL_POST_MESSAGE) && !calls_reach_vmm(0x7fff),
		"hypercalls are the hypervisor's");
	mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION, EXECUTE, 0);
	ktap_ok(calls_reach_vmm(HVCALL_POST_MESSAGE) && calls_reach_vmm(HVCALL_SIGNAL_EVENT) &&
		!calls_reach_vmm(HVCALL_RETARGET_INTERRUPT) && !calls_reach_vmm(0x7fff),
		"messages and events of unknown connections can be the VMM's");
	mshv_install_intercept(child.pt,
			       HV_INTERCEPT_TYPE_RETARGET_INTERRUPT_WITH_UNKNOWN_DEVICE_ID,
			       EXECUTE, 0);
	ktap_ok(calls_reach_vmm(HVCALL_RETARGET_INTERRUPT) && !calls_reach_vmm(0x7fff),
		"so can interrupts of unknown devices");
	mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_HYPERCALL, EXECUTE, 0);
	ktap_ok(calls_reach_vmm(0x7fff), "and all that the hypervisor does not know");
	child_destroy(&child);
}

static uint32_t translated(uint64_t gva, uint64_t flags, uint64_t *gpa)
{
	struct hv_input_translate_virtual_address in = {
		.control_flags = flags, .gva_page = gva / PAGE,
	};
	struct hv_output_translate_virtual_address result = { .gpa_page = 0 };
	struct mshv_call call = {
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		.in = &in, .in_size = sizeof(in), .out = &result, .out_size = sizeof(result),
	};

	if (mshv_hvcall(child.pt, &call))
		return ~0u;
	*gpa = result.gpa_page * PAGE;
	return result.translation_result.result_code;
}

#define WP		(1u << 16)
#define LARGE_PAGES	(CHILD_TABLES + 2 * PAGE)	/* entries of 2 MiB each */

static void test_translation(void)
{
	const uint64_t address = LARGE_PAGE + BLOB_GPA;
	uint64_t *entry, gpa = 0;

	/* Its tables and its code are where the hypervisor finds them once it has used them. */
	start(&out);
	stops_at(HVMSG_X64_IO_PORT_INTERCEPT);
	entry = (uint64_t *)(child.ram + LARGE_PAGES) + 1;
	child_set_register(&child, 0, HV_X64_REGISTER_CR0,
			   child_register(&child, 0, HV_X64_REGISTER_CR0) | WP);
	*entry = 0x83;			/* 0, 2 MiB, to write */
	ktap_ok(translated(address, HV_TRANSLATE_GVA_VALIDATE_WRITE, &gpa) ==
		HV_TRANSLATE_GVA_SUCCESS && gpa == BLOB_GPA, "an address within a large page");
	*entry = 0x81;
	ktap_ok(translated(address, HV_TRANSLATE_GVA_VALIDATE_WRITE, &gpa) ==
		HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION &&
		translated(address, HV_TRANSLATE_GVA_VALIDATE_READ, &gpa) ==
		HV_TRANSLATE_GVA_SUCCESS, "one that may only be read");
	ktap_ok(translated(address, HV_TRANSLATE_GVA_VALIDATE_READ | HV_TRANSLATE_GVA_USER_ACCESS,
			   &gpa) == HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION, "and not by programs");
	ktap_is((long long)(*entry & 0x60), 0, "looking leaves no trace in the tables");
	translated(address, HV_TRANSLATE_GVA_VALIDATE_READ | HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS,
		   &gpa);
	ktap_is((long long)(*entry & 0x60), 0x20, "unless that is asked for");
	*entry = 0x40000083;		/* no memory of the guest's */
	ktap_is(translated(address, HV_TRANSLATE_GVA_VALIDATE_READ, &gpa),
		HV_TRANSLATE_GVA_GPA_UNMAPPED, "one with nothing behind it");
	child_destroy(&child);
}

static bool move_state(unsigned long request, uint8_t type, void *page)
{
	struct mshv_get_set_vp_state args = {
		.type = type, .buf_sz = PAGE, .buf_ptr = (uintptr_t)page,
	};

	return !ioctl(child.vp[0].fd, request, &args);
}

static bool get_state(uint8_t type, void *page)
{
	return move_state(MSHV_GET_VP_STATE, type, page);
}

static bool set_state(uint8_t type, void *page)
{
	return move_state(MSHV_SET_VP_STATE, type, page);
}

#define SIMP_GPA	0x30000
#define SIEFP_GPA	0x31000

/* RDI: an address that the guest reads into RBX. */
ASMBLOB(reads, 64,
	"1: mov (%rdi), %rbx\n"
	"out %al, $0x10\n"
	"jmp 1b\n");

static uint64_t guest_reads(uint64_t address)
{
	child_set_register(&child, 0, HV_X64_REGISTER_RDI, address);
	child_set_register(&child, 0, HV_X64_REGISTER_RIP, BLOB_GPA);
	return stops_at(HVMSG_X64_IO_PORT_INTERCEPT) ? child.vp[0].regs->rbx : ~0ULL;
}

/* Each of the five kinds changed in one place, by the state and seen elsewhere. */
static void test_states(void)
{
	uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	struct hv_local_interrupt_controller_state *lapic = (void *)page;
	struct hv_synthetic_timers_state *timers = (void *)page;
	union hv_register_value xmm = { .reg128.low_part = 0x0123456789abcdefULL };
	const uint32_t name = HV_X64_REGISTER_XMM0 + 4;
	uint64_t text;

	start(&reads);
	ktap_ok(get_state(MSHV_VP_STATE_LAPIC, page) && (lapic->apic_lvt_lint0 = 0x8700) &&
		set_state(MSHV_VP_STATE_LAPIC, page) && get_state(MSHV_VP_STATE_LAPIC, page) &&
		(lapic->apic_lvt_lint0 & 0x700) == 0x700, "LINT0 by the local APIC's state");
	ktap_ok(get_state(MSHV_VP_STATE_XSAVE, page) &&
		!mshv_set_registers(child.vp[0].fd, 0, &name, &xmm, 1) &&
		get_state(MSHV_VP_STATE_XSAVE, page) &&
		!memcmp(page + 160 + 4 * 16, &xmm.reg128.low_part, 8), "XMM4 in the XSAVE area");
	memset(page, 0x5c, PAGE);
	child_set_register(&child, 0, HV_REGISTER_SIMP, SIMP_GPA | 1);
	child_set_register(&child, 0, HV_REGISTER_SIEFP, SIEFP_GPA | 1);
	memcpy(&text, page, sizeof(text));
	ktap_ok(set_state(MSHV_VP_STATE_SIMP, page) && guest_reads(SIMP_GPA + 0x400) == text &&
		guest_reads(SIEFP_GPA) == 0, "the guest reads messages that were restored");
	ktap_ok(set_state(MSHV_VP_STATE_SIEFP, page) && guest_reads(SIEFP_GPA + 0x400) == text,
		"and event flags");
	child_set_register(&child, 0, HV_REGISTER_STIMER0_COUNT + 4, 0x123456789);
	ktap_ok(get_state(MSHV_VP_STATE_SYNTHETIC_TIMERS, page) &&
		timers->timers[2].count == 0x123456789 && (timers->timers[2].count = 0x55) &&
		set_state(MSHV_VP_STATE_SYNTHETIC_TIMERS, page) &&
		child_register(&child, 0, HV_REGISTER_STIMER0_COUNT + 4) == 0x55,
		"a timer's count, both ways");
	munmap(page, PAGE);
	child_destroy(&child);
}

/* CPUID leaf 1, ECX bit 28, of a guest made with the longer argument. */
static bool has_avx(uint64_t disabled_xsave)
{
	struct mshv_create_partition_v2 args = {
		.pt_flags = FLAGS | 1 << MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES,
		.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS,
		.pt_disabled_xsave = disabled_xsave,
	};
	uint64_t value = 0;
	int dev = mshv_open(), pt = ioctl(dev, MSHV_CREATE_PARTITION, &args);
	union hv_partition_processor_xsave_features left = { .as_uint64 = 0 };

	if (pt < 0 || mshv_initialize(pt) ||
	    mshv_get_property(pt, HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES, &value))
		ktap_bail("a partition with fewer features: %s", strerror(errno));
	left.as_uint64 = value;
	close(pt);
	close(dev);
	return left.avx_support;
}

static void test_features(void)
{
	const union hv_partition_processor_xsave_features avx = { .avx_support = 1 };

	ktap_ok(has_avx(0) && !has_avx(avx.as_uint64),
		"a guest lacks the features that it is created without");
}

int main(void)
{
	ktap_plan(5 + 6 + 5 + 4 + 5 + 4 + 6 + 5 + 1);
	test_suspend();
	test_time();
	test_cpuid();
	test_msr_policy();
	test_msr_index();
	test_hypercalls();
	test_translation();
	test_states();
	test_features();
	return ktap_end();
}
