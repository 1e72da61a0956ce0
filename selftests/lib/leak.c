// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaks are looked for from three sides: the driver's ledger, the
 * hypervisor's table of owners, and the root's own memory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "klog.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

/* What is freed after a grace period or by a worker is free soon. */
#define SETTLE_TRIES	20
#define SETTLE_US	250000

struct mshv_query_info query_info(int fd)
{
	struct mshv_query_info info = { .size = sizeof(info) };

	if (ioctl(fd, MSHV_QUERY_INFO, &info) && errno != ENOTTY)
		ktap_bail("MSHV_QUERY_INFO: %s", strerror(errno));
	return info;
}

bool ledger_agrees(int pt)
{
	struct mshv_query_info info = query_info(pt);
	uint64_t owned = testhv_owned(info.partition_id);

	if (info.deposited - info.withdrawn == owned && owned)
		return true;
	ktap_note("partition %llu: %llu pages deposited, %llu withdrawn, testhv has %llu",
		  (unsigned long long)info.partition_id, (unsigned long long)info.deposited,
		  (unsigned long long)info.withdrawn, (unsigned long long)owned);
	return false;
}

/* Of all partitions that are gone: only the device knows. */
static uint64_t quarantined(void)
{
	int dev = mshv_open();
	uint64_t pages;

	if (dev < 0)
		ktap_bail("/dev/mshv: %s", strerror(errno));
	pages = query_info(dev).quarantined;
	close(dev);
	return pages;
}

static unsigned int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static uint64_t meminfo_kb(const char *key)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long value = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), ": %llu", &value);
	if (file)
		fclose(file);
	return value;
}

static void write_sysctl(const char *name, const char *value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, value, 1) != 1)
		ktap_note("%s: %s", path, strerror(errno));
	close(fd);
}

/* Each CPU keeps some hundred free pages for itself, which MemFree leaves out. */
static uint64_t pages_on_cpu_lists(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	unsigned long long sum = 0, count;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " count: %llu", &count) == 1)
			sum += count;
	if (file)
		fclose(file);
	return sum;
}

uint64_t free_pages(void)
{
	write_sysctl("drop_caches", "3");
	write_sysctl("compact_memory", "1");
	return meminfo_kb("MemFree") * 1024 / PAGE + pages_on_cpu_lists();
}

bool keeps_freed_objects(void)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, " kasan_quarantine_put");
	if (file)
		fclose(file);
	return found;
}

void leak_check_memory(const struct leak_mark *mark)
{
	static const char name[] = "the root has its memory back";
	long long lost = 0;

	if (keeps_freed_objects()) {
		ktap_skip(name, "KASAN keeps freed objects");
		return;
	}
	for (unsigned int tries = 0; tries < SETTLE_TRIES; tries++) {
		lost = (long long)mark->free_pages - (long long)free_pages();
		if (lost <= LEAK_SLACK)
			break;
		usleep(SETTLE_US);
	}
	ktap_note("%lld pages less are free", lost);
	ktap_ok(lost <= LEAK_SLACK, "%s, to %d pages", name, LEAK_SLACK);
}

void leak_mark(struct leak_mark *mark)
{
	testhv_required();
	if (klog_mark())
		ktap_bail("/dev/kmsg: %s", strerror(errno));
	mark->partitions = testhv_partitions();
	mark->quarantined = quarantined();
	mark->free_pages = free_pages();
	mark->fds = open_fds();
}

void leak_check(const struct leak_mark *mark)
{
	ktap_is(testhv_partitions(), mark->partitions, "no child is left in the hypervisor");
	ktap_is(open_fds(), mark->fds, "no file descriptor is left");
	ktap_is((long long)(quarantined() - mark->quarantined), 0,
		"no page is lost between kernel and hypervisor");
	ktap_is(klog_count(), 0, "no line in the kernel's log");
}
