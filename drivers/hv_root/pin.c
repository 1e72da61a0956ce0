// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's pages behind a region of guest memory, pinned, and kept as runs.
 *
 * A guest's memory is mostly long stretches of consecutive pages, so a list of runs takes a
 * fraction of what a pointer for each page would.  Guest and host addresses decide together
 * which part of a run can be mapped by 2 MiB pages: where both are aligned, wherever the
 * region begins.
 *
 * Locking: the owner of the list serializes.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "hv_root.h"

struct run {
	u64 pfn;
	u64 count;
};

#define CHUNK_RUNS	((PAGE_SIZE - 2 * sizeof(struct list_head)) / sizeof(struct run))

struct chunk {
	struct list_head list;
	unsigned int used;
	struct run runs[CHUNK_RUNS];
};

#define BATCH		(PAGE_SIZE / sizeof(struct page *))

static struct chunk *last_chunk(struct pin_list *pins)
{
	return list_last_entry(&pins->chunks, struct chunk, list);
}

static struct chunk *add_chunk(struct pin_list *pins)
{
	struct chunk *chunk = (struct chunk *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

	if (chunk)
		list_add_tail(&chunk->list, &pins->chunks);
	return chunk;
}

static int note_page(struct pin_list *pins, u64 pfn)
{
	struct chunk *chunk = list_empty(&pins->chunks) ? NULL : last_chunk(pins);
	struct run *run;

	if (chunk) {
		run = &chunk->runs[chunk->used - 1];
		if (run->pfn + run->count == pfn) {
			run->count++;
			pins->pages++;
			return 0;
		}
	}
	if (!chunk || chunk->used == CHUNK_RUNS) {
		chunk = add_chunk(pins);
		if (!chunk)
			return -ENOMEM;
	}
	chunk->runs[chunk->used++] = (struct run){ .pfn = pfn, .count = 1 };
	pins->pages++;
	return 0;
}

static int note_pages(struct pin_list *pins, struct page **pages, unsigned int count)
{
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++) {
		ret = note_page(pins, page_to_pfn(pages[i]));
		if (ret) {
			unpin_user_pages(pages + i, count - i);
			return ret;
		}
	}
	return 0;
}

/*
 * A page that the guest only reads is still taken for writing where that is allowed: it is
 * then the very page that the VMM sees, also after the VMM writes to it.
 */
static long pin_batch(u64 uaddr, unsigned int count, bool writable, struct page **pages)
{
	long got = pin_user_pages_fast(uaddr, count, FOLL_LONGTERM | FOLL_WRITE, pages);

	if (got == -EFAULT && !writable)
		got = pin_user_pages_fast(uaddr, count, FOLL_LONGTERM, pages);
	return got ?: -EFAULT;
}

static int pin_all(struct pin_list *pins, u64 uaddr, u64 count, struct page **pages)
{
	long got;
	int ret;

	while (pins->pages < count) {
		if (fatal_signal_pending(current))
			return -EINTR;
		got = pin_batch(uaddr + (pins->pages << PAGE_SHIFT),
				min_t(u64, count - pins->pages, BATCH), pins->writable, pages);
		if (got < 0)
			return got;
		ret = note_pages(pins, pages, got);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

/**
 * pin_pages() - pin a range of the caller's memory
 * @pins: where they are noted
 * @uaddr: page-aligned
 * @pages: how many
 * @writable: whether the guest may write to them
 *
 * Return: 0; -EFAULT if some of it is no memory of the caller's; -ENOMEM; -EINTR if killed.
 * Nothing is pinned after an error.
 */
int pin_pages(struct pin_list *pins, u64 uaddr, u64 pages, bool writable)
{
	struct page **batch = (struct page **)__get_free_page(GFP_KERNEL);
	int ret;

	INIT_LIST_HEAD(&pins->chunks);
	pins->pages = 0;
	pins->writable = writable;
	if (!batch)
		return -ENOMEM;
	ret = pin_all(pins, uaddr, pages, batch);
	free_page((unsigned long)batch);
	if (ret)
		unpin_pages(pins);
	return ret;
}

/* Lets all of them go; those that the guest could write to are dirty. */
void unpin_pages(struct pin_list *pins)
{
	struct chunk *chunk, *next;
	unsigned int i;

	list_for_each_entry_safe(chunk, next, &pins->chunks, list) {
		for (i = 0; i < chunk->used; i++)
			unpin_user_page_range_dirty_lock(pfn_to_page(chunk->runs[i].pfn),
							 chunk->runs[i].count, pins->writable);
		list_del(&chunk->list);
		free_page((unsigned long)chunk);
		cond_resched();
	}
	pins->pages = 0;
}

/* They stay pinned for ever, and nobody knows which they are. */
void forget_pins(struct pin_list *pins)
{
	struct chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &pins->chunks, list)
		free_page((unsigned long)chunk);
	INIT_LIST_HEAD(&pins->chunks);
	pins->pages = 0;
}

/**
 * pin_split() - how to map a run of pages with as few and as large pages as possible
 * @gfn: first guest page
 * @pfn: first page frame
 * @count: 4 KiB pages
 * @spans: up to three: small pages up to the first 2 MiB boundary, large ones, the rest
 *
 * Return: the number of spans.
 */
unsigned int pin_split(u64 gfn, u64 pfn, u64 count, struct pin_span spans[3])
{
	u64 mask = HV_LARGE_PAGES - 1;
	u64 head = min(-gfn & mask, count);
	u64 large = (count - head) & ~mask;
	u64 tail = count - head - large;
	unsigned int n = 0;

	if (((gfn ^ pfn) & mask) || !large) {
		spans[0] = (struct pin_span){ gfn, pfn, count, false };
		return 1;
	}
	if (head)
		spans[n++] = (struct pin_span){ gfn, pfn, head, false };
	spans[n++] = (struct pin_span){ gfn + head, pfn + head, large / HV_LARGE_PAGES, true };
	if (tail)
		spans[n++] = (struct pin_span){ gfn + head + large, pfn + head + large, tail,
						false };
	return n;
}

/**
 * pin_walk() - visit the spans by which a region is mapped, in order
 * @pins: the region's pages
 * @gfn: the guest page of the first
 * @visit: what to do; anything but 0 ends the walk
 * @data: for @visit
 *
 * Return: what the last visit returned.
 */
int pin_walk(const struct pin_list *pins, u64 gfn,
	     int (*visit)(const struct pin_span *span, void *data), void *data)
{
	struct pin_span spans[3];
	const struct run *run;
	struct chunk *chunk;
	unsigned int i, j, n;
	int ret;

	list_for_each_entry(chunk, &pins->chunks, list) {
		for (i = 0; i < chunk->used; i++) {
			run = &chunk->runs[i];
			n = pin_split(gfn, run->pfn, run->count, spans);
			for (j = 0; j < n; j++) {
				ret = visit(&spans[j], data);
				if (ret)
					return ret;
			}
			gfn += run->count;
		}
	}
	return 0;
}
