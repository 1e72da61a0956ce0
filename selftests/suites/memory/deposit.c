// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deposit of which the hypervisor takes three pages and then fails: these are its own, and
 * whoever takes them for free memory is reported when he uses it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults.h"
#include "ktap.h"
#include "mshv.h"
#include "testhv.h"

#define ALL	(256UL << 20)	/* of the machine's memory; freed pages are the first to be used */

int main(void)
{
	struct fault fault = {
		.code = HVCALL_DEPOSIT_MEMORY, .status = HV_STATUS_OPERATION_FAILED,
		.nth = 1, .reps = 3,
	};
	uint64_t violations;
	int dev, pt;
	void *memory;

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
	memory = mmap(NULL, ALL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		ktap_bail("no memory: %s", strerror(errno));
	/* Page by page: whole large pages would come from elsewhere. */
	madvise(memory, ALL, MADV_NOHUGEPAGE);
	memset(memory, 1, ALL);
	ktap_is((long long)(testhv_violations().count - violations), 0,
		"nobody uses the pages that the hypervisor has");
	munmap(memory, ALL);
	close(pt);
	close(dev);
	ktap_is((long long)(testhv_violations().count - violations), 0, "nor later");
	return ktap_end();
}
