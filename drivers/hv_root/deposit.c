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

/* Fills the list with the numbers of new pages, near the caller's CPU; returns how many. */
static unsigned int alloc_listed(u64 *list, unsigned int count, unsigned int order)
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
			list[n++] = page_to_pfn(page + i);
	}
	return n;
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
 * Return: the number of pages deposited, or an errno.
 */
int hv_ledger_deposit(struct hv_ledger *ledger, unsigned int count, bool contiguous)
{
	unsigned int order = contiguous ? ilog2(HV_MAX_CONTIGUOUS_ALLOCATION_PAGES) : 0;
	unsigned int got;
	int ret;

	mutex_lock(&ledger->lock);
	got = alloc_listed(ledger->list, count, order);
	if (got == count) {
		ret = deposit_listed(ledger, count);
	} else {
		free_listed(ledger->list, got);
		ret = -ENOMEM;
	}
	mutex_unlock(&ledger->lock);
	return ret;
}

/* Whether the hypervisor may hand this page back to this ledger: only once, and if it had it. */
static bool page_is_ours(const struct hv_ledger *ledger, u64 pfn)
{
	return pfn_valid(pfn) && page_private(pfn_to_page(pfn)) == ledger->mark;
}

/*
 * Frees those pages of the list that are ours; returns how many are not, and they are then the
 * first of the list.
 */
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

/*
 * The root's account is the kernel's own too, and holds pages deposited before this module was
 * loaded: those go back.  Nobody but us deposits for a child.
 */
static void return_strangers(struct hv_ledger *ledger, unsigned int count)
{
	unsigned int done = 0;

	if (ledger == &hv_root_ledger)
		hv_deposit_memory(ledger->partition_id, ledger->list, count, &done);
	if (done < count)
		pr_err_ratelimited("partition %lld: the hypervisor handed out %u pages that were not deposited, first %#llx\n",
				   ledger->partition_id, count - done, ledger->list[done]);
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
	u16 status = HV_STATUS_SUCCESS;
	unsigned int done, strangers;
	u64 result;

	mutex_lock(&ledger->lock);
	while (max && status == HV_STATUS_SUCCESS) {
		done = 0;
		result = hv_withdraw_memory(ledger->partition_id, ledger->list,
					    min_t(u64, max, LIST_MAX), &done);
		status = hv_result(result);
		trace_hv_withdraw(ledger->partition_id, done, status);
		strangers = book_withdrawal(ledger, done);
		if (strangers)
			return_strangers(ledger, strangers);
		max -= done;
		if (!done)
			break;
	}
	mutex_unlock(&ledger->lock);
	return status == HV_STATUS_NO_RESOURCES ? 0 : hv_status_errno(status);
}

/* The partition is gone, and what it still holds with it: those pages are never used again. */
void hv_ledger_close(struct hv_ledger *ledger)
{
	u64 held = hv_ledger_held(ledger);

	if (held) {
		ledger->quarantined = held;
		atomic64_add(held, &hv_quarantined_total);
		pr_err("partition %lld: the hypervisor did not give back %llu deposited pages; they stay unused\n",
		       ledger->partition_id, held);
	}
	hv_ledger_free(ledger);
}

static unsigned int feed_size(const struct hv_feed *feed)
{
	unsigned int size = feed->pages;

	if (!size && feed->code < ARRAY_SIZE(needed))
		size = READ_ONCE(needed[feed->code]);
	return clamp_t(unsigned int, size, FIRST_FEED, DEPOSIT_MAX);
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
	struct hv_ledger *ledger = feed->ledger;
	unsigned int count = feed_size(feed);
	bool contiguous = false;
	int got;

	switch (hv_result(result)) {
	case HV_STATUS_INSUFFICIENT_MEMORY:
		break;
	case HV_STATUS_INSUFFICIENT_ROOT_MEMORY:
		ledger = &hv_root_ledger;
		break;
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY:
		ledger = &hv_root_ledger;
		fallthrough;
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY:
		count = HV_MAX_CONTIGUOUS_ALLOCATION_PAGES;
		contiguous = true;
		break;
	default:
		return false;
	}

	if (feed->rounds++ == MAX_ROUNDS)
		return false;
	got = hv_ledger_deposit(ledger, count, contiguous);
	if (got <= 0)
		return false;
	feed->pages += got;
	return true;
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
