// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the table of status codes.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include "status.c"

static void every_status_has_a_name(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(infos); i++)
		KUNIT_EXPECT_STRNEQ(test, hv_status_name(infos[i].status), "unknown status");
	KUNIT_EXPECT_STREQ(test, hv_status_name(0xffff), "unknown status");
	KUNIT_EXPECT_STREQ(test, hv_status_name(1), "unknown status");
}

static void no_status_is_there_twice(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(infos); i++)
		KUNIT_EXPECT_PTR_EQ(test, find_info(infos[i].status), &infos[i]);
}

static void only_success_is_no_error(struct kunit *test)
{
	unsigned int status;

	KUNIT_EXPECT_EQ(test, hv_status_errno(HV_STATUS_SUCCESS), 0);
	for (status = 1; status <= U16_MAX; status++)
		if (hv_status_errno(status) >= 0 || hv_status_errno(status) < -MAX_ERRNO)
			KUNIT_FAIL(test, "status %#x is no errno", status);
}

static void unknown_status_is_eio(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hv_status_errno(0xffff), -EIO);
	KUNIT_EXPECT_EQ(test, hv_status_errno(HV_STATUS_PARTIAL_PACKET), -EIO);
	KUNIT_EXPECT_FALSE(test, hv_status_is_callers_fault(0xffff));
}

static void lack_of_memory_is_enomem(struct kunit *test)
{
	unsigned int status, found = 0;

	for (status = 0; status <= U16_MAX; status++) {
		if (!hv_status_needs_memory(status))
			continue;
		KUNIT_EXPECT_EQ(test, hv_status_errno(status), -ENOMEM);
		KUNIT_EXPECT_FALSE(test, hv_status_is_callers_fault(status));
		found++;
	}
	KUNIT_EXPECT_EQ(test, found, 4U);
}

static void hypercalls_have_names(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, hv_code_name(HVCALL_CREATE_PARTITION), "CREATE_PARTITION");
	KUNIT_EXPECT_STREQ(test, hv_code_name(HVCALL_MAP_STATS_PAGE2), "MAP_STATS_PAGE2");
	KUNIT_EXPECT_STREQ(test, hv_code_name(0), "unknown hypercall");
	KUNIT_EXPECT_STREQ(test, hv_code_name(0xffff), "unknown hypercall");
}

static struct kunit_case status_cases[] = {
	KUNIT_CASE(every_status_has_a_name),
	KUNIT_CASE(no_status_is_there_twice),
	KUNIT_CASE(only_success_is_no_error),
	KUNIT_CASE(unknown_status_is_eio),
	KUNIT_CASE(lack_of_memory_is_enomem),
	KUNIT_CASE(hypercalls_have_names),
	{}
};

static struct kunit_suite status_suite = {
	.name = "hv_root_status",
	.test_cases = status_cases,
};

kunit_test_suite(status_suite);

MODULE_DESCRIPTION("KUnit tests of hv_root");
MODULE_LICENSE("GPL");
