// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU comes online after the driver was loaded: it runs VPs like the others, and the driver
 * can be unloaded afterwards, which the runner does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "cpu.h"
#include "ktap.h"

#define ONLINE	"/sys/devices/system/cpu/cpu1/online"

ASMBLOB(out_code, 16, "1: out %al, $0x42\n jmp 1b\n");

static bool bring_up(void)
{
	int fd = open(ONLINE, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "1", 1) == 1;

	if (!good)
		ktap_note(ONLINE ": %s", strerror(errno));
	close(fd);
	return good;
}

int main(void)
{
	struct hv_message message;
	struct child child;

	ktap_plan(2);
	ktap_ok(bring_up(), "a CPU comes online");
	run_on(1);
	child_create(&child, PT_LAPIC | PT_X2APIC, 16 * PAGE, 1);
	child_load(&child, BLOB_GPA, &out_code);
	child_real_mode(&child, 0, BLOB_GPA);
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message), "it runs a VP");
	child_destroy(&child);
	return ktap_end();
}
