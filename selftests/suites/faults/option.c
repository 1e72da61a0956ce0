// SPDX-License-Identifier: GPL-2.0-only
/* Faults that testhv's command line asks for: fault= and async=, as option.test has them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kick.h"
#include "ktap.h"
#include "world.h"

#define DELAY_MS	200

int main(void)
{
	unsigned long long start;

	ktap_plan(6);
	begin();
	ktap_errno(mshv_create_partition(dev, 0), EIO, "the first partition is not created");
	make(CREATED);
	ktap_errno(mshv_initialize(child.pt), EACCES, "INITIALIZE_PARTITION is denied once");
	ktap_errno(mshv_initialize(child.pt), EACCES, "... and twice");
	ktap_ok(!mshv_initialize(child.pt), "... and that is all");
	start = now_ms();
	ktap_ok(!mshv_set_property(child.pt, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, 1),
		"a property is set");
	ktap_ok(now_ms() - start >= DELAY_MS - 50, "... after %llu ms", now_ms() - start);
	unmake();
	return ktap_end();
}
