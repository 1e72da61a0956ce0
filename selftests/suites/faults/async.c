// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor puts SET_PARTITION_PROPERTY off: the caller waits, gets the
 * status in the end, deposits memory if that is what it says, can be killed,
 * and then nobody can set another property until the first is done.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "kick.h"
#include "ktap.h"
#include "testhv.h"
#include "leak.h"
#include "world.h"

#define DELAY_MS	300
#define LONG_MS		3000

static int set_property(uint64_t value)
{
	return mshv_set_property(child.pt, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, value);
}

static uint64_t property(void)
{
	uint64_t value = ~0ULL;

	mshv_get_property(child.pt, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, &value);
	return value;
}

static unsigned int refuse(uint16_t status)
{
	struct fault fault = {
		.code = HVCALL_SET_PARTITION_PROPERTY, .status = status, .nth = 1,
	};

	return fault_set(&fault);
}

static void test_wait(void)
{
	unsigned long long begin = now_ms();

	fault_async(DELAY_MS);
	ktap_ok(!set_property(1), "a call that is put off succeeds");
	ktap_ok(now_ms() - begin >= DELAY_MS - 50, "... when it is done, after %llu ms",
		now_ms() - begin);
	ktap_is((long long)property(), 1, "... and has done what it should");
	/* A signal that does not kill has to wait as well. */
	kick_after_ms(DELAY_MS / 3);
	ktap_ok(!set_property(0), "a signal does not end it");
	kick_after_ms(0);
}

static void test_statuses(void)
{
	uint64_t deposited = query_info(child.pt).deposited;
	struct mshv_last_error error;
	unsigned int rule;

	fault_async(1);
	rule = refuse(HV_STATUS_INSUFFICIENT_MEMORY);
	ktap_ok(!set_property(1), "it says in the end that it lacks memory, and gets some");
	ktap_ok(fault_fired(rule) == 1 && query_info(child.pt).deposited > deposited,
		"... %llu pages", (unsigned long long)(query_info(child.pt).deposited - deposited));
	fault_clear();
	refuse(HV_STATUS_OPERATION_DENIED);
	ktap_errno(set_property(1), EACCES, "it says in the end that it is denied");
	fault_clear();
	error = last_error(child.pt);
	ktap_ok(error.hypercall == HVCALL_SET_PARTITION_PROPERTY &&
		error.status == HV_STATUS_OPERATION_DENIED, "... and so does the last error");
}

/* A process that waits for the property and is killed; how long until it was gone? */
static unsigned long long kill_waiting(void)
{
	uint64_t calls = testhv_root_calls(HVCALL_SET_PARTITION_PROPERTY);
	unsigned long long begin, end = now_ms() + 20000;
	pid_t pid = fork();

	if (pid < 0)
		ktap_bail("fork: %s", strerror(errno));
	if (!pid) {
		set_property(1);
		_exit(0);
	}
	while (testhv_root_calls(HVCALL_SET_PARTITION_PROPERTY) == calls && now_ms() < end)
		usleep(10000);
	begin = now_ms();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return now_ms() - begin;
}

static void test_killed(void)
{
	unsigned long long begin, took;

	fault_async(LONG_MS);
	begin = now_ms();
	took = kill_waiting();
	ktap_ok(took < LONG_MS / 3, "who waits can be killed, in %llu ms", took);
	ktap_errno(set_property(0), EBUSY, "the call is still under way, and there is no other");
	ktap_ok(now_ms() - begin < LONG_MS, "... which is said at once");
	fault_async(-1);
	while (set_property(0) && errno == EBUSY && now_ms() - begin < 3 * LONG_MS)
		usleep(10000);
	ktap_ok(!set_property(0) && now_ms() - begin >= LONG_MS - 100,
		"when it is done there may be one again, after %llu ms", now_ms() - begin);
}

/* The completion finds nobody. */
static void test_closed(void)
{
	fault_async(DELAY_MS);
	kill_waiting();
	fault_async(2 * DELAY_MS);
	kill_waiting();
	unmake();
	usleep(3 * DELAY_MS * 1000);
	fault_async(-1);
	make(WITH_VP);
	ktap_ok(!run_once(), "a completion for a partition that is gone does no harm");
	unmake();
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(4 + 4 + 4 + 1 + LEAK_RESULTS);
	begin();
	leak_mark(&mark);
	make(INITIALIZED);
	test_wait();
	test_statuses();
	test_killed();
	test_closed();
	leak_check(&mark);
	return ktap_end();
}
