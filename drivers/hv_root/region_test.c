// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: mapping and unmapping of regions, against a hypervisor that keeps a bitmap of what is
 * mapped and fails at any page it is told to.
 */
#define NOTRACE		/* trace.c is not linked in */
#include <kunit/test.h>
#include <linux/bitmap.h>

#include "hv_root_test.h"
#include "region.c"

#define L	HV_LARGE_PAGES
#define FIRST	(3 * L - 5)	/* guest page at which the test's region begins */
#define SPACE	(16 * L)

static struct {
	DECLARE_BITMAP(mapped, SPACE);
	unsigned int calls;
	unsigned int fail_after;	/* successful pages, of whatever size; then fail */
	bool wrong;			/* mapped twice, or unmapped what was not there */
} fake;

static bool may_go_on(void)
{
	return fake.fail_after && fake.fail_after--;
}

static void change(u64 gfn, bool large, bool map)
{
	u64 i, end = gfn + (large ? L : 1);

	for (i = gfn; i < end; i++) {
		if (i >= SPACE || test_bit(i, fake.mapped) == map)
			fake.wrong = true;
		else
			__change_bit(i, fake.mapped);
	}
}

int hv_map_gpa_pages(struct hv_target *target, const struct hv_gpa_run *run,
		     unsigned int *done)
{
	fake.calls++;
	for (*done = 0; *done < run->count; (*done)++) {
		if (!may_go_on())
			return -EIO;
		change(run->gfn + *done * (run->large ? L : 1), run->large, true);
	}
	return 0;
}

int hv_unmap_gpa_pages(struct hv_target *target, u64 gfn, u64 count, bool large, u64 *done)
{
	fake.calls++;
	for (*done = 0; *done < count; (*done)++) {
		if (!may_go_on())
			return -EIO;
		change(gfn + *done * (large ? L : 1), large, false);
	}
	return 0;
}

/*
 * The frames behind the region, instead of pinned ones: small, large and small pages; a break,
 * and pages that are contiguous but aligned differently than the guest's; single ones.
 */
static const struct {
	u64 pfn, count;
} frames[] = {
	{ 100 * L - 5, 3 * L + 7 },
	{ 1000, 700 },
	{ 5, 1 },
	{ 9, 1 },
};

static int region_test_init(struct kunit *test)
{
	struct region *region = kunit_kzalloc(test, sizeof(*region), GFP_KERNEL);
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	if (!region)
		return -ENOMEM;
	region->gfn = FIRST;
	INIT_LIST_HEAD(&region->pins.chunks);
	for (i = 0; i < ARRAY_SIZE(frames); i++)
		if (pin_test_note(&region->pins, frames[i].pfn, frames[i].count))
			return -ENOMEM;
	region->pages = region->pins.pages;
	test->priv = region;
	return 0;
}

static void region_test_exit(struct kunit *test)
{
	struct region *region = test->priv;

	if (region)
		pin_test_free(&region->pins);
}

static struct mshv_partition *new_partition(struct kunit *test)
{
	struct mshv_partition *partition = kunit_kzalloc(test, sizeof(*partition), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, partition);
	return partition;
}

static void expect_mapped(struct kunit *test, u64 pages)
{
	KUNIT_EXPECT_EQ(test, (u64)bitmap_weight(fake.mapped, SPACE), pages);
	if (pages)
		KUNIT_EXPECT_EQ(test, find_first_bit(fake.mapped, SPACE), (unsigned long)FIRST);
	KUNIT_EXPECT_FALSE(test, fake.wrong);
}

static void maps_and_unmaps_all(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	struct region *region = test->priv;

	fake.fail_after = UINT_MAX;
	KUNIT_EXPECT_EQ(test, map_in_hypervisor(partition, region), 0);
	expect_mapped(test, region->pages);
	/* 5 small; 3 large; 702 + 2 small in two calls. */
	KUNIT_EXPECT_EQ(test, fake.calls, 4U);
	fake.calls = 0;
	KUNIT_EXPECT_EQ(test, unmap_in_hypervisor(partition, region), 0);
	expect_mapped(test, 0);
	KUNIT_EXPECT_EQ(test, fake.calls, 3U);
	KUNIT_EXPECT_EQ(test, region->mapped_from, region->pages);
}

/* Wherever mapping stops, exactly what was mapped is unmapped. */
static void failed_mapping_is_undone(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	struct region *region = test->priv;
	unsigned int n, ret;

	for (n = 0; n == 0 || ret; n++) {
		region->mapped_from = 0;
		region->mapped_to = 0;
		fake.fail_after = n;
		ret = map_in_hypervisor(partition, region);
		fake.fail_after = UINT_MAX;
		KUNIT_ASSERT_EQ(test, unmap_in_hypervisor(partition, region), 0);
		expect_mapped(test, 0);
	}
	KUNIT_EXPECT_EQ(test, n - 1, 5U + 3 + 2 + 702);
}

/* Unmapping that stops somewhere can be gone on with. */
static void failed_unmapping_goes_on(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	struct region *region = test->priv;
	unsigned int n;
	int ret;

	for (n = 1; n < 720; n += 7) {
		region->mapped_from = 0;
		region->mapped_to = 0;
		fake.fail_after = UINT_MAX;
		KUNIT_ASSERT_EQ(test, map_in_hypervisor(partition, region), 0);
		do {
			fake.fail_after = n;
			ret = unmap_in_hypervisor(partition, region);
		} while (ret);
		expect_mapped(test, 0);
	}
}

static void overlap_is_found(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	struct region a = { .gfn = 100, .pages = 10 }, b = { .gfn = 200, .pages = 1 };

	partition->regions = RB_ROOT;
	insert(partition, &b);
	insert(partition, &a);
	KUNIT_EXPECT_NULL(test, find_overlap(partition, 0, 100));
	KUNIT_EXPECT_PTR_EQ(test, find_overlap(partition, 0, 101), &a);
	KUNIT_EXPECT_PTR_EQ(test, find_overlap(partition, 109, 1), &a);
	KUNIT_EXPECT_NULL(test, find_overlap(partition, 110, 90));
	KUNIT_EXPECT_PTR_EQ(test, find_overlap(partition, 110, 91), &b);
	KUNIT_EXPECT_NULL(test, find_overlap(partition, 201, 1ULL << 39));
}

static struct kunit_case region_cases[] = {
	KUNIT_CASE(maps_and_unmaps_all),
	KUNIT_CASE(failed_mapping_is_undone),
	KUNIT_CASE(failed_unmapping_goes_on),
	KUNIT_CASE(overlap_is_found),
	{}
};

static struct kunit_suite region_suite = {
	.name = "hv_root_region",
	.init = region_test_init,
	.exit = region_test_exit,
	.test_cases = region_cases,
};

kunit_test_suite(region_suite);
