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

struct mshv_query_info query_info(int fd)
{
	struct mshv_query_info info = { .size = sizeof(info) };

	if (ioctl(fd, MSHV_QUERY_INFO, &info))
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

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "3", 1) != 1)
		ktap_note("drop_caches: %s", strerror(errno));
	close(fd);
}

uint64_t free_pages(void)
{
	sync();
	drop_caches();
	return meminfo_kb("MemFree") * 1024 / PAGE;
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
