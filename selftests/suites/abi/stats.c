// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters in debugfs: each kind of object has its file, what a VP does is
 * counted, and a partition's files go with it.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"

#define ROOT	"/sys/kernel/debug/mshv/"
#define EXITS	25

ASMBLOB(exits, 16,
	"mov $25, %cx\n"
	"1: out %al, $0x10\n"
	"loop 1b\n"
	"hlt\n");

/* The value of a counter in a file, or -1. */
static long long counter(const char *path, const char *name)
{
	long long value = -1, found;
	char line[128], word[64];
	FILE *file = fopen(path, "r");

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63[^ :] : %lld", word, &found) == 2 && !strcmp(word, name))
			value = found;
	fclose(file);
	return value;
}

static void __attribute__((format(printf, 2, 3))) path_of(char path[128], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, 128, format, args);
	va_end(args);
}

static unsigned long long partition_id(int pt)
{
	struct mshv_query_info info = { .size = sizeof(info) };

	if (ioctl(pt, MSHV_QUERY_INFO, &info))
		ktap_bail("no partition id");
	return info.partition_id;
}

static void test_machine(void)
{
	ktap_is(counter(ROOT "stats", "HvLogicalProcessors"), sysconf(_SC_NPROCESSORS_CONF),
		"the hypervisor's file tells how many processors there are");
	ktap_is(counter(ROOT "lp/0/stats", "LpRootVpIndex"), 0, "a logical processor has a file");
	ktap_is(counter(ROOT "stats", "LpRootVpIndex"), -1, "with counters of its own kind");
}

static void test_partition(struct child *child)
{
	void *locked = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	unsigned long long id = partition_id(child->pt);
	char stats[128];

	path_of(stats, ROOT "partition/%llu/stats", id);
	ktap_is(counter(stats, "PtVirtualProcessors"), 2, "a partition's file counts its VPs");
	ktap_is(counter(stats, "PtGpaPages"), 0, "and the pages that it touched");
	ktap_ok(!mshv_set_memory(child->pt, 0x100000, locked, 16 * PAGE, MEM_W) &&
		counter(stats, "PtGpaPages") == 16, "and those that are pinned for it");
	ktap_ok(counter(ROOT "stats", "HvPartitions") >= 2, "the hypervisor counts the partition");
	ktap_ok(!access(stats, F_OK), "the file is there");
}

static void test_vp(struct child *child)
{
	unsigned long long id = partition_id(child->pt);
	struct hv_message message;
	char ran[128], other[128];
	unsigned int n = 0;

	path_of(ran, ROOT "partition/%llu/vp/0/stats", id);
	path_of(other, ROOT "partition/%llu/vp/1/stats", id);
	while (child_run(child, 0, &message) &&
	       message.header.message_type == HVMSG_X64_IO_PORT_INTERCEPT) {
		child_skip(child, 0, child->vp[0].regs->rip + 2);
		n++;
	}
	ktap_is(n, EXITS, "the VP made its exits");
	ktap_is(counter(ran, "VpIoInstructionsCount"), EXITS, "each is counted");
	ktap_is(counter(ran, "VpIoInterceptMessages"), EXITS, "and the messages for them");
	ktap_is(counter(ran, "VpHltInstructionsCount"), 1, "its HLT as well");
	ktap_ok(counter(ran, "VpTotalRunTime") > 0, "it has run for some time");
	ktap_is(counter(other, "VpIoInstructionsCount"), 0, "the other VP has done nothing");
}

/* A reader that keeps the file open when the partition goes gets an error, no more. */
static void test_gone(struct child *child)
{
	unsigned long long id = partition_id(child->pt);
	char stats[128], buffer[16];
	int fd;

	path_of(stats, ROOT "partition/%llu/vp/0/stats", id);
	fd = open(stats, O_RDONLY);
	ktap_is(read(fd, buffer, sizeof(buffer)), sizeof(buffer), "a VP's file can be kept open");
	child_destroy(child);
	ktap_ok(pread(fd, buffer, sizeof(buffer), 0) <= 0, "what is gone has no counters");
	close(fd);
	ktap_ok(access(stats, F_OK), "and no file");
}

int main(void)
{
	struct child child;

	ktap_plan(3 + 5 + 6 + 3);
	child_create(&child, 0, 16 * PAGE, 2);
	child_load(&child, BLOB_GPA, &exits);
	child_real_mode(&child, 0, BLOB_GPA);
	test_machine();
	test_partition(&child);
	test_vp(&child);
	test_gone(&child);
	return ktap_end();
}
