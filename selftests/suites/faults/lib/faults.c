// SPDX-License-Identifier: GPL-2.0-only
/* Fault rules through test control, and the books that must balance. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../../testhv/control.h"
#include "faults.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define SETTLE_TRIES	50
#define SETTLE_US	20000

static struct testhv_result control(uint64_t op, uint64_t x, uint64_t y, uint64_t z)
{
	struct testhv_result r = testhv_control(op, x, y, z);

	if (r.status != TESTHV_OK)
		ktap_bail("test control %llu: status %llu", (unsigned long long)op,
			  (unsigned long long)r.status);
	return r;
}

unsigned int fault_set(const struct fault *fault)
{
	return (unsigned int)control(TESTHV_FAULT,
				     TESTHV_FAULT_WHAT(fault->code, fault->status, fault->reps),
				     TESTHV_FAULT_WHEN(fault->nth, fault->times ? fault->times : 1),
				     0).a;
}

unsigned int fault_fired(unsigned int rule)
{
	return (unsigned int)control(TESTHV_FAULT_FIRED, rule, 0, 0).a;
}

void fault_clear(void)
{
	control(TESTHV_FAULT_CLEAR, 0, 0, 0);
}

void fault_async(int ms)
{
	control(TESTHV_ASYNC, ms >= 0, ms >= 0 ? (uint64_t)ms : 0, 0);
}

static uint64_t pinned_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long long value = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "VmPin: %llu", &value);
	if (file)
		fclose(file);
	return value;
}

void account_take(struct account *account, int dev)
{
	struct mshv_query_info info = query_info(dev);

	account->partitions = testhv_partitions();
	account->quarantined = info.quarantined;
	account->root_held = info.deposited - info.withdrawn;
	account->pinned = pinned_kb();
	account->free_pages = free_pages();
}

static bool same(const char *what, uint64_t is, uint64_t was)
{
	if (is != was)
		ktap_note("%s: %llu, was %llu", what, (unsigned long long)is,
			  (unsigned long long)was);
	return is == was;
}

static bool memory_same(const struct account *before, const struct account *now, uint64_t slack)
{
	int64_t expected = (int64_t)(before->free_pages - (now->root_held - before->root_held));
	int64_t gone = 0;

	/* What is freed after a grace period has its time. */
	for (unsigned int tries = 0; tries < SETTLE_TRIES; tries++) {
		gone = expected - (int64_t)free_pages();
		if (gone <= (int64_t)slack || keeps_freed_objects())
			return true;
		usleep(SETTLE_US);
	}
	ktap_note("%lld pages of memory are gone", (long long)gone);
	return false;
}

bool account_same(const struct account *before, int dev, uint64_t slack)
{
	struct account now;
	bool good;

	account_take(&now, dev);
	good = same("partitions", now.partitions, before->partitions);
	good &= same("quarantined pages", now.quarantined, before->quarantined);
	good &= same("pinned kB", now.pinned, before->pinned);
	return memory_same(before, &now, slack) && good;
}

struct mshv_last_error last_error(int fd)
{
	struct mshv_last_error error;

	if (ioctl(fd, MSHV_GET_LAST_ERROR, &error))
		ktap_bail("MSHV_GET_LAST_ERROR: %s", strerror(errno));
	return error;
}
