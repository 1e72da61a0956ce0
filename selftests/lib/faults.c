// SPDX-License-Identifier: GPL-2.0-only
/* Fault rules through test control, and the books that must balance. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../testhv/control.h"
#include "faults.h"
#include "ktap.h"
#include "leak.h"
#include "pages.h"
#include "testhv.h"

#define SETTLE_TRIES	50
#define SETTLE_US	20000
#define NR_FDS		32

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

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file))
		ktap_bail("%s: %s", path, strerror(errno));
}

/* Counted since the machine started; each CPU keeps a part back until it is asked. */
static uint64_t pins(void)
{
	unsigned long long value, sum = 0;
	char line[128];
	FILE *file;

	write_file("/proc/sys/vm/stat_refresh", "1");
	file = fopen("/proc/vmstat", "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "nr_foll_pin_acquired %llu", &value) == 1)
			sum += value;
		else if (sscanf(line, "nr_foll_pin_released %llu", &value) == 1)
			sum -= value;
	}
	if (file)
		fclose(file);
	return sum;
}

/* A number that was taken and given no file shows only by not being had again. */
static int far_fd(void)
{
	int fds[NR_FDS];

	for (unsigned int i = 0; i < NR_FDS; i++)
		fds[i] = dup(0);
	for (unsigned int i = 0; i < NR_FDS; i++)
		close(fds[i]);
	return fds[NR_FDS - 1];
}

void account_take(struct account *account, int dev)
{
	struct mshv_query_info info = query_info(dev);

	account->partitions = testhv_partitions();
	account->quarantined = info.quarantined;
	account->root_held = info.deposited - info.withdrawn;
	account->pinned = pinned_kb();
	account->pins = pins();
	account->far_fd = far_fd();
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
	good &= same("pinned pages", now.pins, before->pins);
	good &= same("far descriptor", (uint64_t)now.far_fd, (uint64_t)before->far_fd);
	return memory_same(before, &now, slack) && good;
}

uint64_t pages_lost(int dev)
{
	struct mshv_query_info info = query_info(dev);

	return pages_kept() - (info.deposited - info.withdrawn);
}

struct mshv_last_error last_error(int fd)
{
	struct mshv_last_error error = { .hypercall = 0 };

	if (ioctl(fd, MSHV_GET_LAST_ERROR, &error) && errno != ENOTTY)
		ktap_bail("MSHV_GET_LAST_ERROR: %s", strerror(errno));
	return error;
}
