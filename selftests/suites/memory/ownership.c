// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever touches a deposited page is found out: a module does so on purpose,
 * and testhv must report both touches with address and code, and no other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ktap.h"
#include "modload.h"
#include "testhv.h"

#define MODULE	"touch_deposit"

static void load(void)
{
	if (modload_path(MODULE ".ko"))
		ktap_bail("loading " MODULE ": %s", strerror(errno));
}

/* A parameter as text: a number, or Y and N. */
static char *parameter(const char *name)
{
	static char text[64];
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/" MODULE "/parameters/%s", name);
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file))
		ktap_bail("%s: %s", path, strerror(errno));
	fclose(file);
	return text;
}

static unsigned long number(const char *name)
{
	return strtoul(parameter(name), NULL, 0);
}

static bool yes(const char *name)
{
	return parameter(name)[0] == 'Y';
}

int main(void)
{
	struct testhv_violations before, after;

	ktap_plan(7);
	testhv_required();
	before = testhv_violations();
	load();
	after = testhv_violations();
	ktap_is((long long)number("deposit_status"), 0, "the module deposits a page");
	ktap_is((long long)(after.count - before.count), 2,
		"a read and a write of it are reported");
	ktap_is((long long)after.address, (long long)number("address"), "with the address");
	ktap_is((long long)after.rip, (long long)number("write_rip"), "with the code's address");
	ktap_is((long long)number("read_value"), 0x600dcafe600dcafe, "the read got nothing");
	ktap_is((long long)number("withdraw_status"), 0, "the page is withdrawn");
	ktap_ok(yes("same_page") && yes("zeroed"), "it is the same page, and zeroed");
	modunload(MODULE);
	return ktap_end();
}
