// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger of deposited memory.
 *
 * The hypervisor has no memory of its own for the objects we ask it to create: when it lacks
 * some, a hypercall fails, and we deposit pages and issue it again.  From then on those pages
 * are the hypervisor's, and touching one may stop the machine.  The ledger counts them by
 * partition, and a page goes back to Linux only when the hypervisor has handed that very page
 * back; one that it never hands back is lost, counted and reported, but not freed.
 *
 * Deposits are sized to the need: a call is fed what the last one of its kind turned out to
 * take, and if that is too little, as much again.  A withdrawal allocates nothing, so that
 * partitions can be destroyed when memory is short.
 *
 * The root's account is the kernel's own too, and holds pages deposited before this module was
 * loaded.  The hypervisor hands out those as readily as ours; they are kept apart until there is
 * nothing more to be had, and then deposited again.
 *
 * Locking: hv_ledger.lock is held over one deposit or withdrawal, with its list of pages.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/topology.h>

#include "hv_root.h"
#include "trace.h"

/* The list is a page; the call's header takes the place of one entry. */
#define LIST_MAX	(HV_HYP_PAGE_SIZE / sizeof(u64))
#define DEPOSIT_MAX	(LIST_MAX - 1)
#define FIRST_FEED	8
#define MAX_ROUNDS	16

/* The end of a chain of pages; neither a page nor a mark nor what a page begins with. */
#define END_OF_CHAIN	(~0UL)

/* The root's own: what calls need that create partitions. */
struct hv_ledger hv_root_ledger;
atomic64_t hv_quarantined_total;

/* Pages that the last successful call of a kind needed. */
static u16 needed[HVCALL_MAP_STATS_PAGE2 + 1];

static atomic_long_t last_mark;

int hv_ledger_init(struct hv_ledger *ledger, u64 partition_id)
{
	ledger->list = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!ledger->list)
		return -ENOMEM;
	mutex_init(&ledger->lock);
	ledger->partition_id = partition_id;
	ledger->mark = atomic_long_inc_return(&last_mark);
	return 0;
}

void hv_ledger_free(struct hv_ledger *ledger)
{
	free_page((unsigned long)ledger->list);
}

u64 hv_ledger_held(const struct hv_ledger *ledger)
{
	return READ_ONCE(ledger->deposited) - READ_ONCE(ledger->withdrawn);
}

static void free_listed(const u64 *list, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		__free_page(pfn_to_page(list[i]));
}

/* New pages, near the caller's CPU; returns how many. */
static unsigned int alloc_chained(struct list_head *chain, unsigned int count, unsigned int order)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	unsigned int i, n = 0;
	struct page *page;

	while (n < count) {
		page = alloc_pages_node(numa_mem_id(), gfp, order);
		if (!page)
			break;
		split_page(page, order);
		for (i = 0; i < 1U << order; i++)
			list_add_tail(&page[i].lru, chain);
		n += i;
	}
	return n;
}

static void list_chained(u64 *list, struct list_head *chain)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, chain, lru) {
		list_del(&page->lru);
		*list++ = page_to_pfn(page);
	}
}

/* The first @count pages of the list now belong to the hypervisor. */
static void book_deposit(struct hv_ledger *ledger, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		set_page_private(pfn_to_page(ledger->list[i]), ledger->mark);
	WRITE_ONCE(ledger->deposited, ledger->deposited + count);
}

static int deposit_listed(struct hv_ledger *ledger, unsigned int count)
{
	unsigned int done = 0;
	u64 result;

	result = hv_deposit_memory(ledger->partition_id, ledger->list, count, &done);
	trace_hv_deposit(ledger->partition_id, count, done, hv_result(result));
	/* Also of a call that failed, the hypervisor keeps what it had taken. */
	book_deposit(ledger, done);
	free_listed(ledger->list + done, count - done);
	return hv_success(result) ? done : hv_status_errno(hv_result(result));
}

/**
 * hv_ledger_deposit() - give pages to the hypervisor
 * @ledger: on whose account
 * @count: pages, at most 511; HV_MAX_CONTIGUOUS_ALLOCATION_PAGES if @contiguous
 * @contiguous: whether they must be physically contiguous
 *
 * If there is less memory than that, what there is may do, and is deposited.
 *
 * Return: the number of pages deposited, or an errno.
 */
int hv_ledger_deposit(struct hv_ledger *ledger, unsigned int count, bool contiguous)
{
	unsigned int order = contiguous ? ilog2(HV_MAX_CONTIGUOUS_ALLOCATION_PAGES) : 0;
	unsigned int got;
	LIST_HEAD(chain);
	int ret;

	/* Without the lock: this may have to wait for reclaim in the caller's memory cgroup. */
	got = alloc_chained(&chain, count, order);
	if (!got)
		return -ENOMEM;
	mutex_lock(&ledger->lock);
	list_chained(ledger->list, &chain);
	ret = deposit_listed(ledger, got);
	mutex_unlock(&ledger->lock);
	return ret;
}

/* Whether the hypervisor may hand this page back to this ledger: only once, and if it had it. */
static bool page_is_ours(const struct hv_ledger *ledger, u64 pfn)
{
	return pfn_valid(pfn) && page_private(pfn_to_page(pfn)) == ledger->mark;
}

/* Frees those pages of the list that are ours, and moves the others to its front. */
static unsigned int book_withdrawal(struct hv_ledger *ledger, unsigned int count)
{
	unsigned int i, strangers = 0;

	for (i = 0; i < count; i++) {
		u64 pfn = ledger->list[i];

		if (page_is_ours(ledger, pfn)) {
			set_page_private(pfn_to_page(pfn), 0);
			__free_page(pfn_to_page(pfn));
		} else {
			ledger->list[strangers++] = pfn;
		}
	}
	WRITE_ONCE(ledger->withdrawn, ledger->withdrawn + count - strangers);
	return strangers;
}

static void report_stranger(const struct hv_ledger *ledger, u64 pfn)
{
	pr_err_ratelimited("partition %lld: the hypervisor handed out page %#llx, which was not deposited\n",
			   ledger->partition_id, pfn);
}

/*
 * Chains the first @count pages of the list to the others that were set aside.  They are the
 * kernel's, which forgot them when it deposited them, so the link has a place in the page's own
 * structure; one that is in use by somebody was not deposited.
 */
static void set_aside(struct hv_ledger *ledger, unsigned int count, unsigned long *chain)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < count; i++) {
		u64 pfn = ledger->list[i];

		page = pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
		if (ledger != &hv_root_ledger || !page || page_private(page)) {
			report_stranger(ledger, pfn);
			continue;
		}
		set_page_private(page, *chain);
		*chain = pfn;
	}
}

/* Deposits the pages of a chain again, which are then where they were. */
static void put_back(struct hv_ledger *ledger, unsigned long chain)
{
	unsigned int count, done;
	unsigned long next;

	while (chain != END_OF_CHAIN) {
		for (count = 0; count < DEPOSIT_MAX && chain != END_OF_CHAIN; count++) {
			ledger->list[count] = chain;
			next = page_private(pfn_to_page(chain));
			set_page_private(pfn_to_page(chain), 0);
			chain = next;
		}
		hv_deposit_memory(ledger->partition_id, ledger->list, count, &done);
		if (done < count)
			pr_err_ratelimited("partition %lld: the hypervisor does not take %u of the kernel's pages back\n",
					   ledger->partition_id, count - done);
	}
}

/* What came of one round: how many of our pages, and whether there may be more. */
static unsigned int withdraw_once(struct hv_ledger *ledger, unsigned int count, u16 *status,
				  unsigned long *chain)
{
	unsigned int done = 0, strangers;
	u64 result;

	result = hv_withdraw_memory(ledger->partition_id, ledger->list, count, &done);
	*status = hv_result(result);
	trace_hv_withdraw(ledger->partition_id, done, *status);
	if (!done && *status == HV_STATUS_SUCCESS)
		*status = HV_STATUS_NO_RESOURCES;
	strangers = book_withdrawal(ledger, done);
	set_aside(ledger, strangers, chain);
	return done - strangers;
}

/**
 * hv_ledger_withdraw() - take back and free what the hypervisor does not need any more
 * @ledger: on whose account
 * @max: at most so many pages
 *
 * Allocates nothing.
 *
 * Return: 0 if all that could be had is back, or an errno.
 */
int hv_ledger_withdraw(struct hv_ledger *ledger, u64 max)
{
	unsigned long chain = END_OF_CHAIN;
	u16 status = HV_STATUS_SUCCESS;

	mutex_lock(&ledger->lock);
	while (max && status == HV_STATUS_SUCCESS)
		max -= withdraw_once(ledger, min_t(u64, max, LIST_MAX), &status, &chain);
	put_back(ledger, chain);
	mutex_unlock(&ledger->lock);
	return status == HV_STATUS_NO_RESOURCES ? 0 : hv_status_errno(status);
}

/* The partition is gone, and what it still holds with it: those pages are never used again. */
void hv_ledger_close(struct hv_ledger *ledger)
{
	u64 held = hv_ledger_held(ledger);

	if (held) {
		atomic64_add(held, &hv_quarantined_total);
		pr_err("partition %lld: the hypervisor did not give back %llu deposited pages; they stay unused\n",
		       ledger->partition_id, held);
	}
	hv_ledger_free(ledger);
}

/*
 * What this call had so far is doubled; a call that had nothing gets what the last one took, or
 * what its caller expects.
 */
static unsigned int feed_size(const struct hv_feed *feed, bool root)
{
	unsigned int size = root ? feed->root_pages : feed->pages;

	if (!size && !root && feed->code < ARRAY_SIZE(needed))
		size = max_t(unsigned int, READ_ONCE(needed[feed->code]), feed->expected);
	return clamp_t(unsigned int, size, FIRST_FEED, DEPOSIT_MAX);
}

static bool feed_ledger(struct hv_feed *feed, bool root, bool contiguous)
{
	unsigned int count = contiguous ? HV_MAX_CONTIGUOUS_ALLOCATION_PAGES :
					  feed_size(feed, root);
	int got;

	if (feed->rounds++ == MAX_ROUNDS)
		return false;
	got = hv_ledger_deposit(root ? &hv_root_ledger : feed->ledger, count, contiguous);
	if (got <= 0)
		return false;
	if (root)
		feed->root_pages += got;
	else
		feed->pages += got;
	return true;
}

/**
 * hv_feed() - deposit what a hypercall lacks
 * @feed: what was deposited for this call so far; begins zeroed but for ledger and code
 * @result: what the hypercall returned
 *
 * Return: true if the call lacked memory and got some, so that it is worth issuing again.
 */
bool hv_feed(struct hv_feed *feed, u64 result)
{
	switch (hv_result(result)) {
	case HV_STATUS_INSUFFICIENT_MEMORY:
		return feed_ledger(feed, false, false);
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY:
		return feed_ledger(feed, false, true);
	case HV_STATUS_INSUFFICIENT_ROOT_MEMORY:
		return feed_ledger(feed, true, false);
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY:
		return feed_ledger(feed, true, true);
	default:
		return false;
	}
}

/* The call got somewhere with what it had: what it lacks next is another matter. */
void hv_feed_progress(struct hv_feed *feed)
{
	feed->rounds = 0;
	feed->pages = 0;
	feed->root_pages = 0;
}

/* The call is through: remember its appetite. */
void hv_feed_done(const struct hv_feed *feed)
{
	if (feed->pages && feed->code < ARRAY_SIZE(needed))
		WRITE_ONCE(needed[feed->code], min_t(unsigned int, feed->pages, DEPOSIT_MAX));
}

int hv_root_ledger_init(u64 partition_id)
{
	return hv_ledger_init(&hv_root_ledger, partition_id);
}

void hv_root_ledger_exit(void)
{
	hv_ledger_withdraw(&hv_root_ledger, hv_ledger_held(&hv_root_ledger));
	hv_ledger_close(&hv_root_ledger);
}
