// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the ledger of deposited memory, against a hypervisor of an array.
 *
 * The fake takes and returns pages as the real one does, fails where it is told to, and lies
 * where it is told to.
 */
#define NOTRACE		/* trace.c is not linked in */
#include <kunit/test.h>

#include "deposit.c"

#define FAKE_MAX	4096

static struct {
	u64 held[FAKE_MAX];
	unsigned int count;
	unsigned int take;		/* of the next deposit, before it fails */
	u16 fail_deposit;
	u16 fail_withdraw;
	bool empty_success;
	unsigned int deposits;
	unsigned int withdrawals;
	unsigned int largest;
	u64 lie;			/* a page that it returns besides its own */
	u64 last_partition;
} fake;

u64 hv_deposit_memory(u64 partition_id, const u64 *pfns, unsigned int count,
		      unsigned int *done)
{
	unsigned int i, take = fake.fail_deposit ? min(count, fake.take) : count;

	for (i = 0; i < take; i++)
		fake.held[fake.count++] = pfns[i];
	fake.deposits++;
	fake.largest = max(fake.largest, count);
	fake.last_partition = partition_id;
	*done = take;
	return fake.fail_deposit;
}

u64 hv_withdraw_memory(u64 partition_id, u64 *pfns, unsigned int count, unsigned int *done)
{
	unsigned int n = 0;

	*done = 0;
	fake.withdrawals++;
	if (fake.fail_withdraw || fake.empty_success)
		return fake.fail_withdraw;
	if (fake.lie && n < count) {
		pfns[n++] = fake.lie;
		fake.lie = 0;
	}
	while (n < count && fake.count)
		pfns[n++] = fake.held[--fake.count];
	*done = n;
	return n < count ? HV_STATUS_NO_RESOURCES : HV_STATUS_SUCCESS;
}

/* What a test left with the fake is ours after all. */
static void reclaim(void)
{
	while (fake.count)
		__free_page(pfn_to_page(fake.held[--fake.count]));
}

static int ledger_test_init(struct kunit *test)
{
	struct hv_ledger *ledger = kunit_kzalloc(test, sizeof(*ledger), GFP_KERNEL);

	memset(&fake, 0, sizeof(fake));
	memset(needed, 0, sizeof(needed));
	memset(&hv_root_ledger, 0, sizeof(hv_root_ledger));
	test->priv = ledger;
	if (!ledger || hv_ledger_init(ledger, 7))
		return -ENOMEM;
	return hv_root_ledger_init(1);
}

static void ledger_test_exit(struct kunit *test)
{
	struct hv_ledger *ledger = test->priv;

	reclaim();
	hv_ledger_free(ledger);
	hv_ledger_free(&hv_root_ledger);
}

static void all_comes_back(struct kunit *test)
{
	struct hv_ledger *ledger = test->priv;

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, DEPOSIT_MAX, false), (int)DEPOSIT_MAX);
	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 3, false), 3);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), (u64)DEPOSIT_MAX + 3);
	KUNIT_EXPECT_EQ(test, hv_ledger_withdraw(ledger, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), 0ULL);
	KUNIT_EXPECT_EQ(test, fake.count, 0U);
}

static void failed_deposit_keeps_what_was_taken(struct kunit *test)
{
	static const unsigned int takes[] = { 0, 1, 50, 99 };
	struct hv_ledger *ledger = test->priv;
	unsigned int i;

	fake.fail_deposit = HV_STATUS_OPERATION_FAILED;
	for (i = 0; i < ARRAY_SIZE(takes); i++) {
		fake.take = takes[i];
		KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 100, false), -EIO);
		KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), (u64)takes[i]);
		KUNIT_EXPECT_EQ(test, hv_ledger_withdraw(ledger, U64_MAX), 0);
		KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), 0ULL);
	}
}

static void failed_withdrawal_changes_nothing(struct kunit *test)
{
	struct hv_ledger *ledger = test->priv;

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 10, false), 10);
	fake.fail_withdraw = HV_STATUS_INVALID_PARTITION_STATE;
	KUNIT_EXPECT_EQ(test, hv_ledger_withdraw(ledger, U64_MAX), -EIO);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), 10ULL);
}

static void withdrawal_has_a_limit(struct kunit *test)
{
	struct hv_ledger *ledger = test->priv;

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 10, false), 10);
	KUNIT_EXPECT_EQ(test, hv_ledger_withdraw(ledger, 4), 0);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), 6ULL);
	KUNIT_EXPECT_EQ(test, fake.count, 6U);
}

/* The page of somebody else must survive. */
static void stranger_is_not_freed(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	struct hv_ledger *ledger = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 5, false), 5);
	fake.lie = page_to_pfn(page);
	hv_ledger_withdraw(ledger, U64_MAX);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), 0ULL);
	__free_page(page);
}

/* The hypervisor names a page twice: the second time it is not ours any more. */
static void page_is_freed_once(struct kunit *test)
{
	struct hv_ledger *ledger = test->priv;

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 5, false), 5);
	fake.lie = fake.held[2];
	hv_ledger_withdraw(ledger, U64_MAX);
	KUNIT_EXPECT_EQ(test, ledger->withdrawn, 5ULL);
}

static void page_outside_of_memory_is_refused(struct kunit *test)
{
	struct hv_ledger *ledger = test->priv;

	fake.lie = 1ULL << 50;
	hv_ledger_withdraw(ledger, U64_MAX);
	KUNIT_EXPECT_EQ(test, ledger->withdrawn, 0ULL);
}

static bool fake_has(u64 pfn)
{
	unsigned int i;

	for (i = 0; i < fake.count; i++)
		if (fake.held[i] == pfn)
			return true;
	return false;
}

/* As many pages of the kernel's, deposited after ours, so that they come out first. */
static void deposit_as_kernel(struct kunit *test, struct page **pages, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		fake.held[fake.count++] = page_to_pfn(pages[i]);
	}
}

/*
 * The kernel deposited for itself before us; those pages stay where they are, and do not keep
 * ours from coming back, although no more are asked for than are ours.
 */
static void roots_own_pages_go_back(struct kunit *test)
{
	struct page *pages[7];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(&hv_root_ledger, 2, false), 2);
	deposit_as_kernel(test, pages, ARRAY_SIZE(pages));
	KUNIT_EXPECT_EQ(test, hv_ledger_withdraw(&hv_root_ledger, 2), 0);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(&hv_root_ledger), 0ULL);
	KUNIT_EXPECT_EQ(test, fake.count, (unsigned int)ARRAY_SIZE(pages));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		KUNIT_EXPECT_TRUE(test, fake_has(page_to_pfn(pages[i])));
		KUNIT_EXPECT_EQ(test, page_count(pages[i]), 1);
		KUNIT_EXPECT_EQ(test, page_private(pages[i]), 0UL);
	}
}

/* More of them than one deposit takes. */
static void many_of_roots_own_pages_go_back(struct kunit *test)
{
	static struct page *pages[DEPOSIT_MAX + 100];

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(&hv_root_ledger, 3, false), 3);
	deposit_as_kernel(test, pages, ARRAY_SIZE(pages));
	KUNIT_EXPECT_EQ(test, hv_ledger_withdraw(&hv_root_ledger, 3), 0);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(&hv_root_ledger), 0ULL);
	KUNIT_EXPECT_EQ(test, fake.count, (unsigned int)ARRAY_SIZE(pages));
}

/* What is in use by somebody is not deposited, whatever the hypervisor says. */
static void page_in_use_is_not_deposited(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, page);
	set_page_private(page, 0x1234);
	fake.lie = page_to_pfn(page);
	hv_ledger_withdraw(&hv_root_ledger, U64_MAX);
	KUNIT_EXPECT_EQ(test, page_private(page), 0x1234UL);
	KUNIT_EXPECT_EQ(test, fake.deposits, 0U);
	set_page_private(page, 0);
	__free_page(page);
}

/* A hypervisor that claims to succeed and gives nothing is not asked for ever. */
static void empty_success_ends(struct kunit *test)
{
	struct hv_ledger *ledger = test->priv;

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 1, false), 1);
	fake.empty_success = true;
	KUNIT_EXPECT_EQ(test, hv_ledger_withdraw(ledger, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(ledger), 1ULL);
	KUNIT_EXPECT_EQ(test, fake.withdrawals, 1U);
}

static void lost_pages_are_quarantined(struct kunit *test)
{
	s64 before = atomic64_read(&hv_quarantined_total);
	struct hv_ledger *ledger = test->priv;

	KUNIT_EXPECT_EQ(test, hv_ledger_deposit(ledger, 6, false), 6);
	hv_ledger_close(ledger);
	KUNIT_EXPECT_EQ(test, atomic64_read(&hv_quarantined_total) - before, 6LL);
	KUNIT_ASSERT_EQ(test, hv_ledger_init(ledger, 7), 0);
}

static void contiguous_pages_are_contiguous(struct kunit *test)
{
	struct hv_feed feed = { .ledger = test->priv, .code = HVCALL_CREATE_VP };
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY));
	KUNIT_ASSERT_EQ(test, fake.count, HV_MAX_CONTIGUOUS_ALLOCATION_PAGES);
	for (i = 1; i < fake.count; i++)
		KUNIT_EXPECT_EQ(test, fake.held[i], fake.held[0] + i);
	KUNIT_EXPECT_EQ(test, fake.last_partition, 7ULL);
}

/* A call that needs @need pages; returns how many times it was issued. */
static unsigned int issue_needing(struct hv_feed *feed, unsigned int need)
{
	unsigned int before = fake.count, issued = 0;
	u16 status;

	do {
		issued++;
		status = fake.count - before < need ? HV_STATUS_INSUFFICIENT_MEMORY :
						      HV_STATUS_SUCCESS;
	} while (hv_feed(feed, status));
	if (status == HV_STATUS_SUCCESS)
		hv_feed_done(feed);
	return issued;
}

static void feeds_are_sized_to_the_need(struct kunit *test)
{
	static const unsigned int needs[] = { 1, 8, 9, 90, 208, 511 };
	struct hv_feed feed;
	unsigned int i, first;

	for (i = 0; i < ARRAY_SIZE(needs); i++) {
		memset(needed, 0, sizeof(needed));
		feed = (struct hv_feed){ .ledger = test->priv, .code = HVCALL_CREATE_VP };
		first = issue_needing(&feed, needs[i]);
		KUNIT_EXPECT_LE(test, first, 8U);
		KUNIT_EXPECT_GE(test, feed.pages, needs[i]);
		KUNIT_EXPECT_LT(test, feed.pages, 2 * needs[i] + FIRST_FEED);

		feed = (struct hv_feed){ .ledger = test->priv, .code = HVCALL_CREATE_VP };
		KUNIT_EXPECT_EQ(test, issue_needing(&feed, needs[i]), 2U);
		reclaim();
	}
	KUNIT_EXPECT_LE(test, fake.largest, (unsigned int)DEPOSIT_MAX);
}

static void root_memory_is_the_roots(struct kunit *test)
{
	struct hv_feed feed = { .ledger = test->priv, .code = HVCALL_CREATE_VP };

	KUNIT_EXPECT_TRUE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_ROOT_MEMORY));
	KUNIT_EXPECT_EQ(test, fake.last_partition, 1ULL);
	KUNIT_EXPECT_TRUE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY));
	KUNIT_EXPECT_EQ(test, fake.last_partition, 1ULL);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(test->priv), 0ULL);
	KUNIT_EXPECT_EQ(test, hv_ledger_held(&hv_root_ledger), 16ULL);
}

/* The root's pages are no measure of what the child's ledger lacks. */
static void root_memory_does_not_swell_the_childs(struct kunit *test)
{
	struct hv_feed feed = { .ledger = test->priv, .code = HVCALL_CREATE_VP };
	unsigned int i;

	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_TRUE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_ROOT_MEMORY));
	KUNIT_EXPECT_EQ(test, hv_ledger_held(&hv_root_ledger), 256ULL);
	KUNIT_EXPECT_TRUE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_MEMORY));
	KUNIT_EXPECT_EQ(test, hv_ledger_held(test->priv), (u64)FIRST_FEED);
	hv_feed_done(&feed);
	KUNIT_EXPECT_EQ(test, needed[HVCALL_CREATE_VP], (u16)FIRST_FEED);
}

/* A call that gets on by small steps does not get ever larger deposits. */
static void progress_starts_anew(struct kunit *test)
{
	struct hv_feed feed = { .ledger = test->priv, .code = HVCALL_MAP_GPA_PAGES };
	unsigned int i;

	for (i = 0; i < 50; i++) {
		KUNIT_EXPECT_TRUE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_MEMORY));
		hv_feed_progress(&feed);
	}
	KUNIT_EXPECT_EQ(test, fake.largest, (unsigned int)FIRST_FEED);
}

static void feeding_ends(struct kunit *test)
{
	struct hv_feed feed = { .ledger = test->priv, .code = HVCALL_CREATE_VP };

	while (fake.count + DEPOSIT_MAX <= FAKE_MAX &&
	       hv_feed(&feed, HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY))
		;
	KUNIT_EXPECT_EQ(test, fake.deposits, (unsigned int)MAX_ROUNDS);
}

static void only_lack_of_memory_is_fed(struct kunit *test)
{
	struct hv_feed feed = { .ledger = test->priv, .code = HVCALL_CREATE_VP };

	KUNIT_EXPECT_FALSE(test, hv_feed(&feed, HV_STATUS_SUCCESS));
	KUNIT_EXPECT_FALSE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_BUFFERS));
	KUNIT_EXPECT_FALSE(test, hv_feed(&feed, HV_STATUS_NO_RESOURCES));
	KUNIT_EXPECT_EQ(test, fake.deposits, 0U);
	fake.fail_deposit = HV_STATUS_ACCESS_DENIED;
	KUNIT_EXPECT_FALSE(test, hv_feed(&feed, HV_STATUS_INSUFFICIENT_MEMORY));
}

static struct kunit_case deposit_cases[] = {
	KUNIT_CASE(all_comes_back),
	KUNIT_CASE(failed_deposit_keeps_what_was_taken),
	KUNIT_CASE(failed_withdrawal_changes_nothing),
	KUNIT_CASE(withdrawal_has_a_limit),
	KUNIT_CASE(stranger_is_not_freed),
	KUNIT_CASE(page_is_freed_once),
	KUNIT_CASE(page_outside_of_memory_is_refused),
	KUNIT_CASE(roots_own_pages_go_back),
	KUNIT_CASE(many_of_roots_own_pages_go_back),
	KUNIT_CASE(page_in_use_is_not_deposited),
	KUNIT_CASE(empty_success_ends),
	KUNIT_CASE(lost_pages_are_quarantined),
	KUNIT_CASE(contiguous_pages_are_contiguous),
	KUNIT_CASE(feeds_are_sized_to_the_need),
	KUNIT_CASE(root_memory_is_the_roots),
	KUNIT_CASE(root_memory_does_not_swell_the_childs),
	KUNIT_CASE(progress_starts_anew),
	KUNIT_CASE(feeding_ends),
	KUNIT_CASE(only_lack_of_memory_is_fed),
	{}
};

static struct kunit_suite deposit_suite = {
	.name = "hv_root_deposit",
	.init = ledger_test_init,
	.exit = ledger_test_exit,
	.test_cases = deposit_cases,
};

kunit_test_suite(deposit_suite);
