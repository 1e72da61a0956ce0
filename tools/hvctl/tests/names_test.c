// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the names of numbers: every status of the ABI headers is explained, once, and found
 * by number and by name.
 */
#include <errno.h>
#include <string.h>

#include <hvabi/hypercall.h>
#include <hvabi/status.h>

#include "../names.h"
#include "ktap.h"

#define CODE(name, value) value,
static const uint16_t codes[] = { HV_STATUS_LIST(CODE) };

static void test_every_status_explained(void)
{
	size_t i;

	EXPECT_EQ(status_count, sizeof(codes) / sizeof(codes[0]));
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const struct status_info *info = status_by_code(codes[i]);

		if (!info) {
			ktap_fail("status 0x%x has no meaning", codes[i]);
			continue;
		}
		EXPECT(strcmp(info->name, status_name(codes[i])) == 0);
		EXPECT(strlen(info->meaning) > 20);
		EXPECT((info->err == 0) == (codes[i] == 0));
		EXPECT(status_by_name(info->name) == info);
	}
}

static void test_lookup(void)
{
	const struct status_info *info = status_by_name("invalid_parameter");

	EXPECT(info && info->code == HV_STATUS_INVALID_PARAMETER && info->err == EINVAL);
	EXPECT(status_by_name("HV_STATUS_ACCESS_DENIED") == status_by_code(6));
	EXPECT(!status_by_name("HV_STATUS_"));
	EXPECT(!status_by_name(""));
	EXPECT(!status_by_code(0xfff0));
	EXPECT(strcmp(status_name(0xfff0), "HV_STATUS_?") == 0);
}

static void test_hypercalls_and_errno(void)
{
	EXPECT(strcmp(hypercall_name(HVCALL_SET_VP_REGISTERS), "HVCALL_SET_VP_REGISTERS") == 0);
	EXPECT(strcmp(hypercall_name(0xfff0), "HVCALL_?") == 0);
	EXPECT(strcmp(errno_name(EINVAL), "EINVAL") == 0);
	EXPECT(strcmp(errno_name(4000), "errno 4000") == 0);
}

int main(void)
{
	ktap_start();
	ktap_run("names_every_status_explained", test_every_status_explained);
	ktap_run("names_lookup", test_lookup);
	ktap_run("names_hypercalls_and_errno", test_hypercalls_and_errno);
	return ktap_finish();
}
