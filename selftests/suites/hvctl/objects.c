// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl partition, vp and stats see a child that somebody else runs.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "child.h"
#include "ktap.h"

#define RAM	(16 * PAGE)

ASMBLOB(one_exit, 16,
	"out %al, $0x10\n"
	"hlt\n");

/* Whether a command ends with success and a line of its output has this text. */
static bool says(const char *command, const char *text)
{
	FILE *pipe = popen(command, "r");
	bool found = false;
	char line[512];

	while (pipe && fgets(line, sizeof(line), pipe))
		found |= !!strstr(line, text);
	return pipe && !pclose(pipe) && found;
}

static unsigned long long partition_id(int pt)
{
	struct mshv_query_info info = { .size = sizeof(info) };

	if (ioctl(pt, MSHV_QUERY_INFO, &info))
		ktap_bail("no partition id");
	return info.partition_id;
}

int main(void)
{
	char command[128], text[128];
	struct hv_message message;
	unsigned long long id;
	struct child child;

	ktap_plan(5);
	child_create(&child, 0, RAM, 2);
	child_load(&child, BLOB_GPA, &one_exit);
	child_real_mode(&child, 0, BLOB_GPA);
	child_run(&child, 0, &message);
	id = partition_id(child.pt);
	snprintf(text, sizeof(text), "{\"partition\":%llu,\"vps\":2,", id);
	ktap_ok(says("hvctl -j partition list", text), "partition list has it");
	snprintf(command, sizeof(command), "hvctl -j vp list %llu", id);
	snprintf(text, sizeof(text), "{\"partition\":%llu,\"vp\":1,\"run_time_100ns\":0,", id);
	ktap_ok(says(command, text), "vp list has its VPs");
	snprintf(command, sizeof(command), "hvctl stats vp %llu 0", id);
	ktap_ok(says(command, "VpIoInterceptMessages                        1"),
		"stats has the exit that its VP made");
	ktap_ok(says("hvctl -j stats lp 0", "\"LpRootVpIndex\":0"), "stats has a processor");
	child_destroy(&child);
	snprintf(command, sizeof(command), "hvctl partition show %llu 2>&1; test $? = 1", id);
	ktap_ok(says(command, "cannot read"), "a partition that has gone is not there");
	return ktap_end();
}
