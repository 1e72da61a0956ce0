// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exits that are neither ports nor memory: HLT in partitions with and
 * without a local APIC, MSRs, CPUID and exceptions as installed intercepts, a
 * triple fault.
 */
#include <errno.h>
#include <string.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"

#define RAM	CHILD_LONG_MODE_RAM

ASMBLOB(halt, 16,
	"hlt\n"
	"out %al, $0x80\n");

/* HLT without a local APIC: nothing in the hypervisor could ever end it. */
static void test_halt_reported(void)
{
	struct hv_message message;
	struct child child;
	bool good;

	child_start_real(&child, 0, RAM, &halt);
	good = ktap_ok(child_run_to(&child, 0, HVMSG_X64_HALT, &message) &&
		       message_header(&message)->rip == BLOB_GPA,
		       "HLT without a local APIC is reported, RIP on it");
	child_skip(&child, 0, BLOB_GPA + 1);
	ktap_ok(good && child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message),
		"stepped over, the child goes on");
	child_destroy(&child);
}

static void test_halt_absorbed(void)
{
	struct hv_message message;
	unsigned long long start;
	struct child child;
	int ret;

	child_start_real(&child, PT_LAPIC, RAM, &halt);
	start = now_ms();
	kick_every_ms(300);
	ret = mshv_run(child.vp[0].fd, &message);
	ktap_ok(ret == -1 && errno == EINTR && now_ms() - start >= 250,
		"HLT with a local APIC sleeps in RUN_VP until a signal");
	kick_every_ms(300);
	ret = mshv_run(child.vp[0].fd, &message);
	ktap_ok(ret == -1 && errno == EINTR, "it sleeps on in the next RUN_VP");
	kick_after_ms(0);
	child_destroy(&child);
}

ASMBLOB(msrs, 64,
	"mov $0x7f000123, %ecx\n"	/* an MSR that no processor has */
	".balign 16, 0x90\n"
	"rdmsr\n"
	"out %al, $0x80\n"
	".balign 16, 0x90\n"
	"mov $0x11223344, %eax\n"
	"mov $0x55667788, %edx\n"
	".balign 16, 0x90\n"
	"wrmsr\n"
	"out %al, $0x81\n");

static struct hv_x64_msr_intercept_message *msr(struct hv_message *message)
{
	return (struct hv_x64_msr_intercept_message *)message->u.payload;
}

/* The MSR intercept makes every MSR that the hypervisor does not know the parent's business. */
static void test_msr(void)
{
	struct hv_message message;
	struct child child;

	child_start_long(&child, PT_LAPIC, RAM, &msrs);
	if (mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_MSR,
				   HV_INTERCEPT_ACCESS_MASK_READ | HV_INTERCEPT_ACCESS_MASK_WRITE,
				   0))
		ktap_bail("INSTALL_INTERCEPT of MSRs: %s", strerror(errno));
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_MSR_INTERCEPT, &message) &&
		msr(&message)->msr_number == 0x7f000123 &&
		msr(&message)->header.intercept_access_type == HV_INTERCEPT_ACCESS_READ &&
		msr(&message)->header.rip == BLOB_GPA + 16 &&
		msr(&message)->header.instruction_length == 2,
		"RDMSR with its number");
	child_skip(&child, 0, BLOB_GPA + 18);
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message),
		"stepped over");
	child_skip(&child, 0, BLOB_GPA + 32);
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_MSR_INTERCEPT, &message) &&
		msr(&message)->msr_number == 0x7f000123 &&
		msr(&message)->header.intercept_access_type == HV_INTERCEPT_ACCESS_WRITE &&
		msr(&message)->rax == 0x11223344 && msr(&message)->rdx == 0x55667788,
		"WRMSR with number and value");
	child_destroy(&child);
}

ASMBLOB(cpuid, 64,
	"mov $0x40000000, %eax\n"
	"mov $7, %ecx\n"
	".balign 16, 0x90\n"
	"cpuid\n"
	"out %al, $0x80\n");

static void test_cpuid(void)
{
	struct hv_x64_cpuid_intercept_message *m;
	struct hv_message message;
	struct child child;

	child_start_long(&child, PT_LAPIC, RAM, &cpuid);
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message),
		"CPUID is the hypervisor's unless an intercept is installed");
	if (mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_CPUID,
				   HV_INTERCEPT_ACCESS_MASK_EXECUTE, 0x40000000))
		ktap_bail("INSTALL_INTERCEPT of CPUID: %s", strerror(errno));
	child_skip(&child, 0, BLOB_GPA);
	m = (struct hv_x64_cpuid_intercept_message *)message.u.payload;
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_CPUID_INTERCEPT, &message) &&
		m->rax == 0x40000000 && m->rcx == 7 && m->header.rip == BLOB_GPA + 16 &&
		m->header.instruction_length == 2,
		"an installed CPUID intercept reports leaf and subleaf");
	child_destroy(&child);
}

ASMBLOB(exceptions, 64,
	"ud2\n");

static void test_exception(void)
{
	struct hv_x64_exception_intercept_message *m;
	struct hv_message message;
	struct child child;

	child_start_long(&child, PT_LAPIC, RAM, &exceptions);
	if (mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_EXCEPTION,
				   HV_INTERCEPT_ACCESS_MASK_EXECUTE, 6))
		ktap_bail("INSTALL_INTERCEPT of #UD: %s", strerror(errno));
	m = (struct hv_x64_exception_intercept_message *)message.u.payload;
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_EXCEPTION_INTERCEPT, &message) &&
		m->exception_vector == 6 && m->header.rip == BLOB_GPA,
		"an installed exception intercept reports #UD");
	child_destroy(&child);
}

/* No gate anywhere: #UD becomes #DF, #DF a shutdown. */
static void test_triple_fault(void)
{
	struct hv_message message;
	struct child child;

	child_start_long(&child, PT_LAPIC, RAM, &exceptions);
	ktap_ok(child_run_to(&child, 0, HVMSG_UNRECOVERABLE_EXCEPTION, &message),
		"a triple fault is reported as unrecoverable exception");
	ktap_ok(child_run_to(&child, 0, HVMSG_UNRECOVERABLE_EXCEPTION, &message),
		"and again when the VP is run again");
	child_destroy(&child);
}

int main(void)
{
	ktap_plan(12);
	test_halt_reported();
	test_halt_absorbed();
	test_msr();
	test_cpuid();
	test_exception();
	test_triple_fault();
	return ktap_end();
}
