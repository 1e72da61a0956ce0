// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deposit of which the hypervisor takes three pages and then fails: these are its own, and
 * whoever takes them for free memory is reported when it is used.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "faults.h"
#include "ktap.h"
#include "mshv.h"
#include "testhv.h"

#define PIPES	3000	/* of 64 KiB each */

/* Pages of pipes are of the kernel's own kind, as those of deposits are. */
static void use_memory(void)
{
	struct rlimit files = { 2 * PIPES + 64, 2 * PIPES + 64 };
	static char bytes[16 * PAGE];
	int ends[2];

	if (setrlimit(RLIMIT_NOFILE, &files))
		ktap_bail("RLIMIT_NOFILE: %s", strerror(errno));
	for (unsigned int i = 0; i < PIPES; i++)
		if (pipe2(ends, O_NONBLOCK) || write(ends[1], bytes, sizeof(bytes)) < 0)
			ktap_bail("pipe %u: %s", i, strerror(errno));
	closefrom(16);
}

int main(void)
{
	struct fault fault = {
		.code = HVCALL_DEPOSIT_MEMORY, .status = HV_STATUS_OPERATION_FAILED,
		.nth = 1, .reps = 3,
	};
	uint64_t violations;
	int dev, pt;

	ktap_plan(3);
	testhv_required();
	violations = testhv_violations().count;
	dev = mshv_open();
	pt = mshv_create_partition(dev, 0);
	if (pt < 0)
		ktap_bail("CREATE_PARTITION: %s", strerror(errno));
	fault_set(&fault);
	ktap_ok(mshv_initialize(pt) == -1, "a deposit that fails half-way fails the ioctl");
	fault_clear();
	use_memory();
	ktap_is((long long)(testhv_violations().count - violations), 0,
		"nobody uses the pages that the hypervisor has");
	close(pt);
	close(dev);
	use_memory();
	ktap_is((long long)(testhv_violations().count - violations), 0, "nor later");
	return ktap_end();
}
