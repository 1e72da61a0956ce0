// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module cannot be unloaded while anybody has the device, a partition, a
 * VP or a VP's page; afterwards it goes, comes back, and works.
 *
 * Argument: path of hv_root.ko.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "klog.h"
#include "ktap.h"
#include "modload.h"
#include "testhv.h"

#define RAM	(16 * PAGE)
#define ROUNDS	5

ASMBLOB(out_code, 16, "out %al, $0x42\n");

static int unload(void)
{
	return modunload("hv_root");
}

static bool busy(const char *what)
{
	bool good = unload() == -1 && (errno == EAGAIN || errno == EBUSY);

	return ktap_ok(good, "not unloaded while %s is there", what);
}

static bool device_exists(void)
{
	return !access("/dev/mshv", F_OK);
}

static void test_busy(void)
{
	struct child child;

	child_create(&child, 0, RAM, 1);
	busy("everything");
	close(child.dev);
	busy("a partition");
	close(child.pt);
	busy("a VP");
	munmap(child.vp[0].intercept, PAGE);
	close(child.vp[0].fd);
	busy("a VP's page");
	munmap(child.vp[0].regs, PAGE);
	munmap(child.ram, child.ram_size);
	ktap_ok(!unload(), "unloaded when nothing is");
	ktap_ok(!device_exists(), "the device is gone with it");
	ktap_is(testhv_partitions(), 0, "the hypervisor has no child");
}

static bool works(void)
{
	struct hv_message message;
	struct child child;
	bool good;

	child_start_real(&child, 0, RAM, &out_code);
	good = child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message);
	child_destroy(&child);
	return good;
}

static void test_reload(const char *path)
{
	unsigned int good = 0;

	for (unsigned int i = 0; i < ROUNDS; i++)
		good += !modload_path(path) && device_exists() && works() && !unload() &&
			!device_exists();
	ktap_is(good, ROUNDS, "loaded, used and unloaded, five times");
	ktap_ok(!modload_path(path) && works(), "loaded for good");
	errno = 0;
	ktap_ok(modload_path(path) == -1 && errno == EEXIST, "not twice at once");
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/lib/modules/hv_root.ko";

	ktap_plan(10);
	testhv_required();
	test_busy();
	test_reload(path);
	return ktap_end();
}
