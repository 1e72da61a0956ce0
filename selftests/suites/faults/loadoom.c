// SPDX-License-Identifier: GPL-2.0-only
/*
 * An allocation fails while the driver is loaded: each that the driver makes,
 * from the last one backwards.  Where it can do without, it is loaded and goes
 * again; else there is ENOMEM and no device, and no page is left.
 *
 * The kernel's module loader makes hundreds before it calls the driver, and
 * those are no business of ours.  The driver's begin somewhat before its first
 * hypercall: the sweep ends when EARLY failures came before that.
 *
 * Argument: path of hv_root.ko.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <hvabi/hvabi.h>

#include "failnth.h"
#include "ktap.h"
#include "modload.h"
#include "pages.h"
#include "testhv.h"

#define PLENTY	1000000U
#define EARLY	8	/* not less than the driver makes before its first hypercall */

static unsigned int count_allocations(int module)
{
	unsigned int left;

	failnth_set(PLENTY);
	if (modload(module))
		ktap_bail("the driver cannot be loaded: %s", strerror(errno));
	left = failnth_left();
	failnth_set(0);
	if (modunload("hv_root"))
		ktap_bail("the driver cannot be unloaded: %s", strerror(errno));
	return PLENTY - left;
}

static bool no_device(void)
{
	return access("/dev/mshv", F_OK) == -1;
}

/*
 * Counts those failures that are why it is not loaded.  The first few may be of allocations that
 * are not made this time.
 */
static bool one_failure(int module, unsigned int n, unsigned int *refused)
{
	uint64_t kept = pages_kept();
	bool reached, good;
	int ret, error;

	failnth_set(n);
	ret = modload(module);
	error = errno;
	reached = failnth_end();
	*refused += ret < 0;
	good = ret ? reached && error == ENOMEM && no_device() : !modunload("hv_root");
	kept = pages_kept() - kept;
	if (!good || kept)
		ktap_note("allocation %u%s: %s; %lld pages stay", n, reached ? "" : " is not made",
			  ret ? strerror(error) : "loaded", (long long)kept);
	return good && !kept;
}

static void sweep(int module)
{
	unsigned int n, early = 0, bad = 0, tried = 0, refused = 0;

	count_allocations(module);	/* the first time there are more */
	n = count_allocations(module);
	while (n && early < EARLY) {
		uint64_t calls = testhv_root_calls(HVCALL_GET_SYSTEM_PROPERTY);

		bad += !one_failure(module, n--, &refused);
		tried++;
		early += testhv_root_calls(HVCALL_GET_SYSTEM_PROPERTY) == calls;
	}
	ktap_is(bad, 0, "no failure leaves anything");
	ktap_ok(early == EARLY && refused > EARLY,
		"%u allocations, after %u of the loader's: without %u it is not loaded", tried, n,
		refused);
}

int main(int argc, char **argv)
{
	int module;

	ktap_plan(3);
	testhv_required();
	if (argc < 2)
		ktap_bail("usage: loadoom FILE");
	module = modload_open(argv[1]);
	if (modunload("hv_root"))
		ktap_bail("the driver cannot be unloaded: %s", strerror(errno));
	failnth_begin();
	pages_watch(PAGES_ZEROED);
	sweep(module);
	ktap_ok(!modload(module) && !no_device(), "it can be loaded afterwards");
	return ktap_end();
}
