// SPDX-License-Identifier: GPL-2.0-only
/*
 * An L1VH parent with a VMBus client, for which a module stands in (mod/): the
 * two share the pages of the synthetic interrupt controller if the client was
 * there first, and it cannot come later.
 *
 * Arguments: paths of hv_root.ko and of the client's hv_vmbus.ko.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "klog.h"
#include "ktap.h"
#include "modload.h"
#include "testhv.h"

#define RAM	(16 * PAGE)
#define ROUNDS	100

/* More than one message: each needs the slot that the one before has left. */
ASMBLOB(out_code, 16,
	"1: out %al, $0x42\n"
	"jmp 1b\n");

static bool intact(void)
{
	FILE *file = fopen("/sys/module/hv_vmbus/parameters/intact", "re");
	int answer = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return answer == 'Y';
}

static unsigned int messages(void)
{
	struct hv_message message;
	struct child child;
	unsigned int good = 0;

	child_start_real(&child, 0, RAM, &out_code);
	while (good < ROUNDS && child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message)) {
		child_skip(&child, 0, BLOB_GPA + 2);
		good++;
	}
	child_destroy(&child);
	return good;
}

static void test_later(const char *vmbus)
{
	if (klog_mark())
		ktap_bail("/dev/kmsg: %s", strerror(errno));
	ktap_errno(modload_path(vmbus), EBUSY, "a VMBus client that comes later is not let in");
	ktap_is(klog_count(), 1, "... and the log says so in one line");
	ktap_is(messages(), ROUNDS, "... and guests run");
}

static void test_before(const char *hv_root, const char *vmbus)
{
	ktap_ok(!modunload("hv_root") && !modload_path(vmbus) && intact(), "the client alone");
	ktap_ok(!modload_path(hv_root), "hv_root is loaded beside it");
	ktap_ok(intact(), "... and has changed nothing of the client's");
	ktap_is(messages(), ROUNDS, "... and guests run");
	ktap_ok(modunload("hv_vmbus") == -1 && errno == EAGAIN, "the client must stay");
	ktap_ok(!modunload("hv_root") && intact(), "hv_root leaves it as it was");
	ktap_ok(!modunload("hv_vmbus"), "then it may go");
	ktap_ok(!modload_path(hv_root), "hv_root is loaded alone again");
	ktap_is(messages(), ROUNDS, "... and guests run");
}

int main(int argc, char **argv)
{
	ktap_plan(12);
	testhv_required();
	if (argc < 3)
		ktap_bail("usage: vmbus HV_ROOT HV_VMBUS");
	test_later(argv[2]);
	test_before(argv[1], argv[2]);
	return ktap_end();
}
