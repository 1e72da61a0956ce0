// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VP that is blocked, and a VMM that interrupts RUN_VP, suspends the VP and
 * wakes it in between.  testhv reports a dispatch that nobody announced.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "kick.h"
#include "ktap.h"
#include "testhv.h"
#include "world.h"

ASMBLOB(halt_code, 16, "1: hlt\n" "out %al, $0x42\n" "jmp 1b\n");

static void set(uint32_t name, uint64_t value)
{
	if (mshv_set_register(child.pt, 0, name, value))
		ktap_bail("register %#x: %s", name, strerror(errno));
}

static void wake(void)
{
	set(HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0);
}

static unsigned long long cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (unsigned long long)usage.ru_stime.tv_sec * 1000 +
	       (unsigned long long)usage.ru_stime.tv_usec / 1000;
}

/* RUN_VP until the OUT behind the HLT, and past it. */
static bool goes_on(void)
{
	bool good = !run_once();

	if (good)
		child_skip(&child, 0, child.vp[0].regs->rip + 2);
	return good;
}

/* RUN_VP that a signal ends, without the kernel working all the time. */
static void waits(const char *what)
{
	unsigned long long cpu = cpu_ms();

	kick_every_ms(500);
	ktap_errno(run_once(), EINTR, what);
	kick_after_ms(0);
	cpu = cpu_ms() - cpu;
	ktap_ok(cpu < 250, "... and takes little of the processor, %llu ms", cpu);
}

static void start(void)
{
	make(WITH_VP);
	child_load(&child, BLOB_GPA, &halt_code);
}

static void test_halted(void)
{
	start();
	waits("a halted VP waits");
	waits("... also in the next RUN_VP");
	wake();
	ktap_ok(goes_on(), "... and goes on when it was woken between two");
	waits("halted again");
	unmake();
}

/* RUN_VP lifts the explicit suspension, whenever it was set. */
static void test_explicit(void)
{
	start();
	waits("halted");
	set(HV_REGISTER_EXPLICIT_SUSPEND, 1);
	wake();
	ktap_ok(goes_on(), "suspended while it was halted: it goes on");
	set(HV_REGISTER_EXPLICIT_SUSPEND, 1);
	waits("suspended after an intercept: it goes on to the next HLT");
	unmake();
}

static void test_dispatch(void)
{
	start();
	set(HV_REGISTER_DISPATCH_SUSPEND, 1);
	waits("a VP that may not be dispatched waits");
	set(HV_REGISTER_DISPATCH_SUSPEND, 0);
	waits("... goes to its HLT when it may");
	wake();
	set(HV_REGISTER_DISPATCH_SUSPEND, 1);
	waits("... waits again, although it was woken");
	set(HV_REGISTER_DISPATCH_SUSPEND, 0);
	ktap_ok(goes_on(), "... and goes on");
	unmake();
}

int main(void)
{
	ktap_plan(7 + 5 + 7);
	begin();
	child_flags = PT_LAPIC;		/* without one, HLT is an intercept */
	test_halted();
	test_explicit();
	test_dispatch();
	return ktap_end();
}
