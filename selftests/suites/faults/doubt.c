// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's answers are such that the driver must not go on: a CPU that
 * has no page for messages or for event rings, or whose messages another driver
 * receives; a state page that is not in memory.
 *
 * What the driver had done until then is undone, so it can be loaded as soon as
 * the answers are right again: a source of messages that it left unmasked would
 * be taken for another driver's.
 *
 * Argument: path of hv_root.ko.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../testhv/control.h"
#include "cpu.h"
#include "faults.h"
#include "ktap.h"
#include "modload.h"
#include "testhv.h"
#include "world.h"

#define SLACK	256

static void lie(enum testhv_lie about, uint64_t vps)
{
	if (testhv_control(TESTHV_LIE, about, vps, 0).status != TESTHV_OK)
		ktap_bail("testhv does not lie");
}

/* The first CPUs have their controllers open when it is found out about the last. */
static void test_not_loaded(int module, enum testhv_lie about, int error, const char *name)
{
	unsigned int cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	char text[80];

	if (modunload("hv_root"))
		ktap_bail("hv_root cannot be unloaded: %s", strerror(errno));
	run_on(cpus - 1);
	lie(about, 1ULL << (cpus - 1));
	snprintf(text, sizeof(text), "%s on the last CPU: not loaded", name);
	ktap_errno(modload(module), error, text);
	lie(about, 0);
	ktap_ok(access("/dev/mshv", F_OK) == -1, "... and there is no device");
	for (unsigned int cpu = 0; cpu < cpus - 1; cpu++) {
		run_on(cpu);
		if (modload(module) || modunload("hv_root"))
			ktap_bail("CPU %u was left open: %s", cpu, strerror(errno));
	}
	run_on(cpus - 1);
	ktap_ok(!modload(module), "... and it can be loaded afterwards, from each CPU");
}

static void test_stray_page(void)
{
	uint64_t unmapped, deleted;
	struct account before;

	begin();
	make(INITIALIZED);
	unmake();
	account_take(&before, dev);
	make(INITIALIZED);
	unmapped = testhv_root_calls(HVCALL_UNMAP_VP_STATE_PAGE);
	deleted = testhv_root_calls(HVCALL_DELETE_VP);
	lie(TESTHV_STRAY_STATE_PAGE, 1);
	ktap_errno(mshv_create_vp(child.pt, 0), EIO, "a state page outside of memory: no VP");
	lie(TESTHV_STRAY_STATE_PAGE, 0);
	ktap_is((long long)(testhv_root_calls(HVCALL_UNMAP_VP_STATE_PAGE) - unmapped), 1,
		"... the page is unmapped");
	ktap_is((long long)(testhv_root_calls(HVCALL_DELETE_VP) - deleted), 1,
		"... the VP is deleted");
	child.vp[0].fd = mshv_create_vp(child.pt, 0);
	ktap_ok(child.vp[0].fd >= 0, "... and it can be created afterwards");
	unmake();
	ktap_ok(account_same(&before, dev, SLACK), "... and nothing is left over");
}

int main(int argc, char **argv)
{
	int module;

	ktap_plan(3 * 3 + 5);
	testhv_required();
	if (argc < 2)
		ktap_bail("usage: doubt FILE");
	module = modload_open(argv[1]);
	test_not_loaded(module, TESTHV_NO_MESSAGE_PAGE, ENXIO, "no page for messages");
	test_not_loaded(module, TESTHV_NO_RING_PAGE, ENXIO, "no page for event rings");
	test_not_loaded(module, TESTHV_FOREIGN_SINT, EBUSY, "another driver's messages");
	test_stray_page();
	return ktap_end();
}
