// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel itself refuses after the hypervisor has done its part: no
 * file descriptor for a partition or a VP, memory that ends in a hole, too many regions.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "faults.h"
#include "ktap.h"
#include "testhv.h"
#include "world.h"

#define SLACK	256
#define MAX_REGIONS	32768

/* From now on no file can be opened; returns the limit that was. */
static struct rlimit limit_fds(void)
{
	struct rlimit old, limit;
	int fd = dup(0);

	if (fd < 0 || getrlimit(RLIMIT_NOFILE, &old))
		ktap_bail("RLIMIT_NOFILE: %s", strerror(errno));
	close(fd);
	limit = old;
	limit.rlim_cur = (rlim_t)fd;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		ktap_bail("RLIMIT_NOFILE: %s", strerror(errno));
	return old;
}

static void test_partition(void)
{
	struct account before;
	struct rlimit old;
	int fd, error;

	account_take(&before, dev);
	old = limit_fds();
	fd = mshv_create_partition(dev, 0);
	error = errno;
	setrlimit(RLIMIT_NOFILE, &old);
	ktap_ok(fd == -1 && error == EMFILE, "no descriptor for a partition: EMFILE");
	ktap_ok(account_same(&before, dev, SLACK), "... and there is none");
}

static void test_vp(void)
{
	struct rlimit old;
	int fd, error;

	make(INITIALIZED);
	old = limit_fds();
	fd = mshv_create_vp(child.pt, 0);
	error = errno;
	setrlimit(RLIMIT_NOFILE, &old);
	ktap_ok(fd == -1 && error == EMFILE, "no descriptor for a VP: EMFILE");
	child.vp[0].fd = mshv_create_vp(child.pt, 0);
	ktap_ok(child.vp[0].fd >= 0, "... and it can be created afterwards");
	unmake();
}

static void test_hole(void)
{
	uint8_t *memory = mmap(NULL, 32 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct account before;

	if (memory == MAP_FAILED || munmap(memory + 20 * PAGE, PAGE))
		ktap_bail("no memory with a hole: %s", strerror(errno));
	make(INITIALIZED);
	account_take(&before, dev);
	ktap_errno(mshv_set_memory(child.pt, 0, memory, 32 * PAGE, MEM_W), EFAULT,
		   "memory with a hole: EFAULT");
	ktap_ok(account_same(&before, dev, SLACK), "... and nothing is pinned");
	ktap_ok(!mshv_set_memory(child.pt, 0, memory, 20 * PAGE, MEM_W),
		"... and what is before the hole can be mapped");
	unmake();
	munmap(memory, 32 * PAGE);
}

/* One page of the caller's in all of them: when it goes, each must be asked. */
static void test_regions(void)
{
	uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	unsigned long n = 0;

	if (page == MAP_FAILED)
		ktap_bail("no memory: %s", strerror(errno));
	make(INITIALIZED);
	while (n <= MAX_REGIONS && !mshv_set_memory(child.pt, n * PAGE, page, PAGE, MEM_W))
		n++;
	ktap_ok(n == MAX_REGIONS && errno == ENOSPC, "more than %lu regions: ENOSPC", n);
	ktap_ok(!mshv_set_memory(child.pt, 0, page, PAGE, MEM_UNMAP) &&
		!mshv_set_memory(child.pt, n * PAGE, page, PAGE, MEM_W),
		"... and one in place of another");
	ktap_ok(!munmap(page, PAGE), "... and the memory can be unmapped");
	unmake();
}

int main(void)
{
	ktap_plan(10);
	begin();
	test_partition();
	test_vp();
	test_hole();
	test_regions();
	return ktap_end();
}
