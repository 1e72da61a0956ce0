// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor puts a call off for some seconds.  Who waits for it can be killed, and others
 * have their answers meanwhile.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "kick.h"
#include "ktap.h"
#include "testhv.h"

#define DELAY_MS	10000
#define SOON_MS		(DELAY_MS / 2)	/* who waits for the other call waits longer */
#define PROPERTY	HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION

/* A process whose call is under way. */
static pid_t set_property(int pt)
{
	uint64_t calls = testhv_root_calls(HVCALL_SET_PARTITION_PROPERTY);
	unsigned long long end = now_ms() + 20000;
	pid_t pid = fork();

	if (pid < 0)
		ktap_bail("fork: %s", strerror(errno));
	if (!pid) {
		mshv_set_property(pt, PROPERTY, 1);
		_exit(0);
	}
	while (testhv_root_calls(HVCALL_SET_PARTITION_PROPERTY) == calls && now_ms() < end)
		usleep(10000);
	return pid;
}

int main(void)
{
	int dev = mshv_open(), pt = mshv_create_partition(dev, 0);
	unsigned long long begin;
	uint64_t value;
	pid_t pid;

	ktap_plan(3);
	testhv_required();
	if (pt < 0 || mshv_initialize(pt))
		ktap_bail("no partition: %s", strerror(errno));
	fault_async(DELAY_MS);
	pid = set_property(pt);
	begin = now_ms();
	ktap_ok(!mshv_get_property(pt, HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH, &value),
		"a call is answered while another is put off");
	ktap_ok(now_ms() - begin < SOON_MS, "... at once");
	waitpid(pid, NULL, 0);
	pid = set_property(pt);
	begin = now_ms();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ktap_ok(now_ms() - begin < SOON_MS, "who waits for a call that is put off can be killed");
	fault_async(-1);
	close(pt);
	close(dev);
	return ktap_end();
}
