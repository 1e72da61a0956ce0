// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: runs of pinned pages, and how they are split into 4 KiB and 2 MiB mappings.
 */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "hv_root_test.h"
#include "pin.c"

#define L	HV_LARGE_PAGES

struct split_case {
	u64 gfn, pfn, count;
	u64 head, large, tail;
};

static const struct split_case split_cases[] = {
	{ 0, 0, 1, 1, 0, 0 },
	{ 0, 0, L, 0, 1, 0 },
	{ 0, 0, L - 1, L - 1, 0, 0 },
	{ 0, 0, L + 1, 0, 1, 1 },
	{ 1, 1, L, L, 0, 0 },
	{ 1, 1, 2 * L - 1, L - 1, 1, 0 },
	{ 1, 1, 2 * L, L - 1, 1, 1 },
	{ 5 * L, 9 * L, 8 * L, 0, 8, 0 },
	{ 5 * L - 3, 9 * L - 3, 8 * L, 3, 7, L - 3 },
	{ 0, 1, 8 * L, 8 * L, 0, 0 },
	{ 3, 4, 8 * L, 8 * L, 0, 0 },
	{ L - 1, 2 * L - 1, L, L, 0, 0 },
};

static void split_is_exact(struct kunit *test)
{
	const struct split_case *c;
	u64 head, large, tail;
	struct pin_span s[3];
	unsigned int i, j, n;

	for (i = 0; i < ARRAY_SIZE(split_cases); i++) {
		c = &split_cases[i];
		head = 0;
		large = 0;
		tail = 0;
		n = pin_split(c->gfn, c->pfn, c->count, s);
		for (j = 0; j < n; j++) {
			if (s[j].large)
				large += s[j].count;
			else if (large)
				tail += s[j].count;
			else
				head += s[j].count;
		}
		KUNIT_EXPECT_EQ_MSG(test, head, c->head, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, large, c->large, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, tail, c->tail, "case %u", i);
	}
}

/* Whatever the numbers: no gap, no overlap, no empty span, large ones aligned on both sides. */
static void split_covers_everything(struct kunit *test)
{
	struct rnd_state rnd;
	struct pin_span s[3];
	unsigned int i, j, n;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 10000; i++) {
		u64 gfn = prandom_u32_state(&rnd) % (4 * L);
		u64 pfn = i & 1 ? gfn + 16 * L : prandom_u32_state(&rnd) % (4 * L);
		u64 count = 1 + prandom_u32_state(&rnd) % (6 * L);
		u64 done = 0;

		n = pin_split(gfn, pfn, count, s);
		for (j = 0; j < n; j++) {
			KUNIT_ASSERT_EQ(test, s[j].gfn, gfn + done);
			KUNIT_ASSERT_EQ(test, s[j].pfn, pfn + done);
			KUNIT_ASSERT_GT(test, s[j].count, 0ULL);
			if (s[j].large)
				KUNIT_ASSERT_EQ(test, (s[j].gfn | s[j].pfn) % L, 0ULL);
			done += s[j].count * (s[j].large ? L : 1);
		}
		KUNIT_ASSERT_EQ(test, done, count);
	}
}

int pin_test_note(struct pin_list *pins, u64 pfn, u64 count)
{
	int ret = 0;

	while (count-- && !ret)
		ret = note_page(pins, pfn++);
	return ret;
}

void pin_test_free(struct pin_list *pins)
{
	struct chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &pins->chunks, list)
		free_page((unsigned long)chunk);
}

static unsigned int count_chunks(struct pin_list *pins)
{
	struct chunk *chunk;
	unsigned int n = 0;

	list_for_each_entry(chunk, &pins->chunks, list)
		n++;
	return n;
}

static void neighbours_are_one_run(struct kunit *test)
{
	struct pin_list pins = { .chunks = LIST_HEAD_INIT(pins.chunks) };

	KUNIT_EXPECT_EQ(test, pin_test_note(&pins, 5000, 1000), 0);
	KUNIT_EXPECT_EQ(test, note_page(&pins, 7000), 0);
	KUNIT_EXPECT_EQ(test, note_page(&pins, 6999), 0);
	KUNIT_EXPECT_EQ(test, count_chunks(&pins), 1U);
	KUNIT_EXPECT_EQ(test, last_chunk(&pins)->used, 3U);
	KUNIT_EXPECT_EQ(test, last_chunk(&pins)->runs[0].count, 1000ULL);
	KUNIT_EXPECT_EQ(test, pins.pages, 1002ULL);
	pin_test_free(&pins);
}

struct walked {
	struct kunit *test;
	u64 gfn;
	u64 pages;
	unsigned int visits;
	unsigned int stop;
};

/* Page n was noted as frame 3 * n, so none has a neighbour. */
static int check_visit(const struct pin_span *span, void *data)
{
	struct walked *walked = data;

	KUNIT_EXPECT_EQ(walked->test, span->gfn, walked->gfn + walked->pages);
	KUNIT_EXPECT_EQ(walked->test, span->pfn, 3 * walked->pages);
	KUNIT_EXPECT_EQ(walked->test, span->count, 1ULL);
	walked->pages += span->count;
	return ++walked->visits == walked->stop ? -EIO : 0;
}

static void walk_visits_all_in_order(struct kunit *test)
{
	struct walked walked = { .test = test, .gfn = 100 };
	struct pin_list pins = { .chunks = LIST_HEAD_INIT(pins.chunks) };
	unsigned int i, n = 3 * CHUNK_RUNS + 1;

	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, note_page(&pins, 3 * i), 0);
	KUNIT_EXPECT_EQ(test, count_chunks(&pins), 4U);
	KUNIT_EXPECT_EQ(test, pin_walk(&pins, 100, check_visit, &walked), 0);
	KUNIT_EXPECT_EQ(test, walked.visits, n);

	walked = (struct walked){ .test = test, .gfn = 100, .stop = 5 };
	KUNIT_EXPECT_EQ(test, pin_walk(&pins, 100, check_visit, &walked), -EIO);
	KUNIT_EXPECT_EQ(test, walked.visits, 5U);
	pin_test_free(&pins);
}

static void a_chunk_is_a_page(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, sizeof(struct chunk), PAGE_SIZE);
}

static struct kunit_case pin_cases[] = {
	KUNIT_CASE(split_is_exact),
	KUNIT_CASE(split_covers_everything),
	KUNIT_CASE(neighbours_are_one_run),
	KUNIT_CASE(walk_visits_all_in_order),
	KUNIT_CASE(a_chunk_is_a_page),
	{}
};

static struct kunit_suite pin_suite = {
	.name = "hv_root_pin",
	.test_cases = pin_cases,
};

kunit_test_suite(pin_suite);
