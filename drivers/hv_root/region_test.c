// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: mapping and unmapping of regions, against a hypervisor that keeps a bitmap of what is
 * mapped and fails at any page it is told to.
 */
#define NOTRACE		/* trace.c is not linked in */
#include <kunit/test.h>
#include <linux/bitmap.h>

#include "hv_root_test.h"
#include "pinned.c"
#include "blocks.c"
#include "movable.c"
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

static struct mshv_partition *new_partition(struct kunit *test)
{
	struct mshv_partition *partition = kunit_kzalloc(test, sizeof(*partition), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, partition);
	spin_lock_init(&partition->regions_lock);
	mutex_init(&partition->map_lock);
	return partition;
}

static int region_test_init(struct kunit *test)
{
	struct region *region = kunit_kzalloc(test, sizeof(*region), GFP_KERNEL);
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	if (!region)
		return -ENOMEM;
	region->gfn = FIRST;
	region->partition = new_partition(test);
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

static void expect_mapped(struct kunit *test, u64 pages)
{
	KUNIT_EXPECT_EQ(test, (u64)bitmap_weight(fake.mapped, SPACE), pages);
	if (pages)
		KUNIT_EXPECT_EQ(test, find_first_bit(fake.mapped, SPACE), (unsigned long)FIRST);
	KUNIT_EXPECT_FALSE(test, fake.wrong);
}

static void maps_and_unmaps_all(struct kunit *test)
{
	struct region *region = test->priv;

	fake.fail_after = UINT_MAX;
	KUNIT_EXPECT_EQ(test, map_in_hypervisor(region), 0);
	expect_mapped(test, region->pages);
	/* 5 small; 3 large; 702 + 2 small in two calls. */
	KUNIT_EXPECT_EQ(test, fake.calls, 4U);
	fake.calls = 0;
	KUNIT_EXPECT_EQ(test, pinned_unmap(region), 0);
	expect_mapped(test, 0);
	KUNIT_EXPECT_EQ(test, fake.calls, 3U);
	KUNIT_EXPECT_EQ(test, region->mapped_from, region->pages);
}

/* Wherever mapping stops, exactly what was mapped is unmapped. */
static void failed_mapping_is_undone(struct kunit *test)
{
	struct region *region = test->priv;
	unsigned int n, ret;

	for (n = 0; n == 0 || ret; n++) {
		region->mapped_from = 0;
		region->mapped_to = 0;
		fake.fail_after = n;
		ret = map_in_hypervisor(region);
		fake.fail_after = UINT_MAX;
		KUNIT_ASSERT_EQ(test, pinned_unmap(region), 0);
		expect_mapped(test, 0);
	}
	KUNIT_EXPECT_EQ(test, n - 1, 5U + 3 + 2 + 702);
}

/* Unmapping that stops somewhere can be gone on with. */
static void failed_unmapping_goes_on(struct kunit *test)
{
	struct region *region = test->priv;
	unsigned int n;
	int ret;

	for (n = 1; n < 720; n += 7) {
		region->mapped_from = 0;
		region->mapped_to = 0;
		fake.fail_after = UINT_MAX;
		KUNIT_ASSERT_EQ(test, map_in_hypervisor(region), 0);
		do {
			fake.fail_after = n;
			ret = pinned_unmap(region);
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
	KUNIT_EXPECT_NULL(test, region_find(partition, 0, 100));
	KUNIT_EXPECT_PTR_EQ(test, region_find(partition, 0, 101), &a);
	KUNIT_EXPECT_PTR_EQ(test, region_find(partition, 109, 1), &a);
	KUNIT_EXPECT_NULL(test, region_find(partition, 110, 90));
	KUNIT_EXPECT_PTR_EQ(test, region_find(partition, 110, 91), &b);
	KUNIT_EXPECT_NULL(test, region_find(partition, 201, 1ULL << 39));
}

/* A movable region of four blocks: small pages, a hole, large ones, small ones that follow them. */
static struct region *new_movable(struct kunit *test)
{
	struct region *region = kunit_kzalloc(test, sizeof(*region), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, region);
	xa_init(&region->blocks);
	region->kind = REGION_MOVABLE;
	region->partition = new_partition(test);
	region->gfn = 2 * L;
	region->pages = 5 * L;
	memset(&fake, 0, sizeof(fake));
	fake.fail_after = UINT_MAX;
	return region;
}

static void map_fake_small(struct kunit *test, struct region *region, u64 gfn, u64 bits)
{
	struct block *block = block_prepare(region, gfn);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_EQ(test, block_prepare_small(block), 0);
	block->small[gfn % L] = gfn | MAPPING_PRESENT | bits;
	block->nr_small++;
	change(gfn, false, true);
}

static void map_fake_large(struct kunit *test, struct region *region, u64 gfn, u64 bits)
{
	struct block *block = block_prepare(region, gfn);

	KUNIT_ASSERT_NOT_NULL(test, block);
	block->large = (10 * L) | MAPPING_PRESENT | bits;
	change(gfn, true, true);
}

static struct region *fill_movable(struct kunit *test)
{
	struct region *region = new_movable(test);
	unsigned int i;

	for (i = 0; i < 5; i++)
		map_fake_small(test, region, 2 * L + 10 + i, i & 1 ? MAPPING_WRITABLE : 0);
	map_fake_large(test, region, 4 * L, MAPPING_WRITABLE);
	map_fake_large(test, region, 5 * L, 0);
	for (i = 0; i < 3; i++)
		map_fake_small(test, region, 6 * L + i, MAPPING_WRITABLE);
	return region;
}

static int unmap_range(struct region *region, u64 gfn, u64 end)
{
	return unmap_all(region, &gfn, end, false);
}

static void blocks_unmap_all_by_few_calls(struct kunit *test)
{
	struct region *region = fill_movable(test);

	fake.calls = 0;
	KUNIT_EXPECT_EQ(test, unmap_range(region, region->gfn, region_end(region)), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake.mapped, SPACE), 0);
	KUNIT_EXPECT_FALSE(test, fake.wrong);
	KUNIT_EXPECT_EQ(test, fake.calls, 3U);
	blocks_free(region);
}

/* Of a large page that the range cuts, the whole goes; of small ones, those in it. */
static void blocks_unmap_a_part(struct kunit *test)
{
	struct region *region = fill_movable(test);

	KUNIT_EXPECT_EQ(test, unmap_range(region, 2 * L + 12, 4 * L + 1), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(fake.mapped, SPACE), (int)(2 + L + 3));
	KUNIT_EXPECT_TRUE(test, test_bit(2 * L + 11, fake.mapped));
	KUNIT_EXPECT_FALSE(test, test_bit(2 * L + 12, fake.mapped));
	KUNIT_EXPECT_TRUE(test, test_bit(5 * L, fake.mapped));
	KUNIT_EXPECT_FALSE(test, fake.wrong);
	blocks_forget(region, region->gfn, region_end(region));
	blocks_free(region);
}

/* Wherever the hypervisor stops, what it has is still known, and goes when it is asked again. */
static void blocks_unmap_goes_on(struct kunit *test)
{
	struct region *region;
	unsigned int n;
	int ret;

	for (n = 1; n < 12; n++) {
		region = fill_movable(test);
		do {
			fake.fail_after = n;
			ret = unmap_range(region, region->gfn, region_end(region));
		} while (ret);
		KUNIT_EXPECT_EQ(test, bitmap_weight(fake.mapped, SPACE), 0);
		KUNIT_EXPECT_FALSE(test, fake.wrong);
		blocks_free(region);
	}
}

/* What left counts as accessed, and as dirty if the guest could write to it. */
static void blocks_remember_what_left(struct kunit *test)
{
	static DECLARE_BITMAP(bits, SPACE);
	struct access_query query = { .dirty = true, .bits = bits };
	struct region *region = fill_movable(test);

	bitmap_zero(bits, SPACE);
	blocks_forget(region, region->gfn, region_end(region));
	blocks_access(region, region->gfn, region_end(region), &query);
	KUNIT_EXPECT_EQ(test, bitmap_weight(bits, SPACE), (int)(2 + L + 3));
	query.dirty = false;
	query.op = MSHV_GPAP_ACCESS_OP_CLEAR;
	bitmap_zero(bits, SPACE);
	blocks_access(region, region->gfn, region_end(region), &query);
	KUNIT_EXPECT_EQ(test, bitmap_weight(bits, SPACE), (int)(5 + 2 * L + 3));
	bitmap_zero(bits, SPACE);
	blocks_access(region, region->gfn, region_end(region), &query);
	KUNIT_EXPECT_EQ(test, bitmap_weight(bits, SPACE), 0);
	blocks_free(region);
}

static void blocks_know_where_they_end(struct kunit *test)
{
	struct region *region = fill_movable(test);
	u64 end = region_end(region);

	KUNIT_EXPECT_EQ(test, blocks_unmapped_until(region, 2 * L, end), 2ULL * L + 10);
	KUNIT_EXPECT_EQ(test, blocks_mapped_until(region, 2 * L + 10, end), 2ULL * L + 15);
	KUNIT_EXPECT_EQ(test, blocks_unmapped_until(region, 2 * L + 15, end), 4ULL * L);
	KUNIT_EXPECT_EQ(test, blocks_unmapped_until(region, 4 * L + 7, end), 4ULL * L + 7);
	KUNIT_EXPECT_EQ(test, blocks_mapped_until(region, 4 * L, end), 6ULL * L + 3);
	KUNIT_EXPECT_EQ(test, blocks_mapped_until(region, 4 * L, 5 * L + 9), 5ULL * L + 9);
	KUNIT_EXPECT_EQ(test, blocks_unmapped_until(region, 6 * L + 3, end), end);
	blocks_forget(region, region->gfn, end);
	blocks_free(region);
}

/* Else each span of a large region would be looked at from where it starts to the region's end. */
static void blocks_come_in_parts(struct kunit *test)
{
	struct region *region = new_movable(test);
	unsigned int i, pages = 0, parts = 0;
	struct pin_span span;

	for (i = 0; i < 3 * L; i++)
		map_fake_small(test, region, 2 * L + i, 0);
	while (blocks_next(region, 2 * L + pages, 5 * L, &span)) {
		KUNIT_EXPECT_EQ(test, span.gfn, 2ULL * L + pages);
		pages += span_pages(&span);
		parts++;
	}
	KUNIT_EXPECT_EQ(test, pages, 3U * (unsigned int)L);
	KUNIT_EXPECT_EQ(test, parts, 3U);
	KUNIT_EXPECT_EQ(test, blocks_mapped_until(region, 2 * L, 5 * L), 5ULL * L);
	blocks_free(region);
}

static struct kunit_case region_cases[] = {
	KUNIT_CASE(blocks_unmap_all_by_few_calls),
	KUNIT_CASE(blocks_unmap_a_part),
	KUNIT_CASE(blocks_unmap_goes_on),
	KUNIT_CASE(blocks_remember_what_left),
	KUNIT_CASE(blocks_know_where_they_end),
	KUNIT_CASE(blocks_come_in_parts),
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
