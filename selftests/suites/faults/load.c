// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading the driver while the hypervisor fails, and unloading it when the
 * root's own ledger holds pages.
 *
 * Argument: path of hv_root.ko.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../testhv/control.h"
#include "faults.h"
#include "klog.h"
#include "ktap.h"
#include "leak.h"
#include "modload.h"
#include "testhv.h"
#include "world.h"

static void test_fails(int module)
{
	struct fault fault = {
		.code = HVCALL_GET_SYSTEM_PROPERTY, .status = HV_STATUS_OPERATION_FAILED, .nth = 1,
	};

	if (modunload("hv_root"))
		ktap_bail("hv_root cannot be unloaded: %s", strerror(errno));
	fault_set(&fault);
	ktap_errno(modload(module), EIO, "the hypervisor hides its scheduler: not loaded");
	fault_clear();
	ktap_ok(access("/dev/mshv", F_OK) == -1, "... and there is no device");
	ktap_ok(!modload(module), "... and it can be loaded afterwards");
}

/* Pages that calls needed which create partitions: unloading brings them all back. */
static void test_root_ledger(int module)
{
	struct fault fault = {
		.code = HVCALL_CREATE_PARTITION, .status = HV_STATUS_INSUFFICIENT_ROOT_MEMORY,
		.nth = 1, .times = 7,
	};
	uint64_t withdrawn, held;
	struct mshv_query_info info;

	begin();
	fault_set(&fault);
	make(INITIALIZED);
	fault_clear();
	unmake();
	info = query_info(dev);
	held = info.deposited - info.withdrawn;
	ktap_ok(held > 500, "the root's ledger holds %llu pages", (unsigned long long)held);
	close(dev);
	if (klog_mark())
		ktap_bail("/dev/kmsg: %s", strerror(errno));
	withdrawn = testhv_counter(TESTHV_ROOT, TESTHV_PAGES_WITHDRAWN, 0);
	ktap_ok(!modunload("hv_root"), "unloaded");
	withdrawn = testhv_counter(TESTHV_ROOT, TESTHV_PAGES_WITHDRAWN, 0) - withdrawn;
	ktap_ok(withdrawn >= held, "%llu pages come back", (unsigned long long)withdrawn);
	ktap_is(klog_count(), 0, "... and the log has no complaint");
	ktap_ok(!modload(module), "loaded again");
}

int main(int argc, char **argv)
{
	int module;

	ktap_plan(8);
	testhv_required();
	if (argc < 2)
		ktap_bail("usage: load FILE");
	module = modload_open(argv[1]);
	test_fails(module);
	test_root_ledger(module);
	return ktap_end();
}
