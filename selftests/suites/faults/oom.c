// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own allocations fail, one after the other: the first that an
 * ioctl makes, the second, and so on until it makes no more.  Copies from and
 * to user space fail along with them.
 *
 * Needs a kernel with CONFIG_FAULT_INJECTION.  The ioctl may succeed all the
 * same where less memory does; if not, it says ENOMEM or EFAULT, leaves
 * nothing, and works when it is tried again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "failnth.h"
#include "faults.h"
#include "ktap.h"
#include "pages.h"
#include "testhv.h"
#include "world.h"

#define MOST	400
#define SLACK	512

static int open_device(void)
{
	int fd = mshv_open();

	if (fd >= 0)
		close(fd);
	return fd;
}

static int create_partition(void)
{
	return child.pt = mshv_create_partition(dev, 0);
}

static int initialize(void)
{
	return mshv_initialize(child.pt);
}

static int create_vp(void)
{
	return child.vp[0].fd = mshv_create_vp(child.pt, 0);
}

static int get_property(void)
{
	uint64_t value;

	return mshv_get_property(child.pt, HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH, &value);
}

static int set_property(void)
{
	return mshv_set_property(child.pt, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, 1);
}

static const struct {
	const char *name;
	enum stage stage;
	int (*act)(void);
} scenarios[] = {
	{ "open", NOTHING, open_device },
	{ "create_partition", NOTHING, create_partition },
	{ "initialize", CREATED, initialize },
	{ "create_vp", INITIALIZED, create_vp },
	{ "map", WITH_VP, map_extra },
	{ "unmap", WITH_EXTRA, unmap_extra },
	{ "run", WITH_VP, run_once },
	{ "touch", WITH_MOVABLE, touch_movable },
	{ "ioeventfd", INITIALIZED, set_ioeventfd },
	{ "irqfd", INITIALIZED, set_irqfd },
	{ "get_state", WITH_VP, get_xsave },
	{ "set_state", WITH_VP, set_timers },
	{ "hvcall get property", INITIALIZED, get_property },
	{ "hvcall set property", INITIALIZED, set_property },
};

#define NR_SCENARIOS	(sizeof(scenarios) / sizeof(scenarios[0]))

/* False when so many allocations are not made any more. */
static bool one_failure(unsigned int i, unsigned int n, unsigned int *failed, unsigned int *bad)
{
	uint64_t lost = pages_lost(dev);
	bool reached, good;
	int ret, error;

	make(scenarios[i].stage);
	failnth_set(n);
	ret = scenarios[i].act();
	error = errno;
	reached = failnth_end();
	good = ret >= 0 || (reached && (error == ENOMEM || error == EFAULT));
	if (ret < 0 && scenarios[i].act() < 0)
		good = false;
	unmake();
	lost = pages_lost(dev) - lost;
	if (!good || lost)
		ktap_note("%s, allocation %u: %s, %lld pages lost", scenarios[i].name, n,
			  ret < 0 ? strerror(error) : "success", (long long)lost);
	*failed += ret < 0;
	*bad += !good || lost;
	return reached;
}

static void sweep(unsigned int i)
{
	/* RUN_VP allocates nothing, and copies in a way that cannot be made to fail. */
	bool some = scenarios[i].act != run_once;
	unsigned int n = 1, failed = 0, bad = 0;
	struct account before;

	make(scenarios[i].stage);
	unmake();
	account_take(&before, dev);
	while (n < MOST && one_failure(i, n, &failed, &bad))
		n++;
	ktap_ok(!bad && (n > 1) == some && n < MOST,
		"%s: %u allocations and copies, without %u it fails",
		scenarios[i].name, n - 1, failed);
	ktap_ok(account_same(&before, dev, SLACK), "%s: nothing is left over", scenarios[i].name);
}

int main(void)
{
	ktap_plan(2 * NR_SCENARIOS);
	begin();
	failnth_begin();
	pages_watch(PAGES_ACCOUNTED);
	for (unsigned int i = 0; i < NR_SCENARIOS; i++)
		sweep(i);
	return ktap_end();
}
