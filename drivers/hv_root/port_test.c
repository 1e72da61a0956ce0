// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: ids of doorbells, and event rings, against a hypervisor that is these functions.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "port.c"

static struct {
	int connect;			/* what it answers */
	int delete;
	struct hv_synic_event_ring *full;	/* that it fills when it is asked to */
	unsigned int asked;
} fake;

static unsigned int rings;

int hv_create_doorbell_port(struct hv_target *target, u32 id)
{
	return 0;
}

int hv_connect_doorbell_port(struct hv_target *target, u32 id,
			     const struct hv_connection_info *info)
{
	return fake.connect;
}

int hv_disconnect_doorbell_port(struct hv_target *target, u32 id)
{
	return 0;
}

int hv_delete_port(struct hv_target *target, u32 id)
{
	return fake.delete;
}

static void fill(struct hv_synic_event_ring *shared, u32 id)
{
	unsigned int i;

	for (i = 0; i < HV_SYNIC_EVENT_RING_MESSAGE_COUNT; i++)
		shared->data[i] = id;
}

void hv_notify_port_ring_empty(u32 sint)
{
	fake.asked++;
	if (!fake.full)
		return;
	fill(fake.full, 1);
	fake.full->ring_full = 1;
}

static void count_ring(struct doorbell *doorbell)
{
	rings++;
}

static struct mshv_partition *new_partition(struct kunit *test)
{
	struct mshv_partition *partition = kunit_kzalloc(test, sizeof(*partition), GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, partition);
	memset(&fake, 0, sizeof(fake));
	rings = 0;
	return partition;
}

static void ids_begin_anew_after_the_last(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	static const u32 want[] = { 1, MAX_PORT_ID, 2, 3 };
	struct doorbell bells[4] = { };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		if (i < 2)
			next_id = want[i];
		KUNIT_EXPECT_EQ(test, doorbell_create(partition, &bells[i], NULL) < 0, false);
		KUNIT_EXPECT_EQ(test, bells[i].id, want[i]);
	}
	for (i = 0; i < ARRAY_SIZE(want); i++)
		doorbell_delete(partition, &bells[i]);
	KUNIT_EXPECT_TRUE(test, xa_empty(&doorbells));
}

static void an_id_that_is_lost_is_not_used_again(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	struct doorbell bell = { .ring = count_ring };

	next_id = 7;
	fake.connect = -EIO;
	KUNIT_EXPECT_EQ(test, doorbell_create(partition, &bell, NULL), -EIO);
	KUNIT_EXPECT_TRUE(test, xa_empty(&doorbells));
	next_id = 7;
	fake.delete = -EIO;
	KUNIT_EXPECT_EQ(test, doorbell_create(partition, &bell, NULL), -EIO);
	rang(7);
	KUNIT_EXPECT_EQ(test, rings, 0U);
	memset(&fake, 0, sizeof(fake));
	next_id = 7;
	KUNIT_EXPECT_EQ(test, doorbell_create(partition, &bell, NULL), 0);
	KUNIT_EXPECT_EQ(test, bell.id, 8U);
	doorbell_delete(partition, &bell);
	xa_erase(&doorbells, 7);
}

static struct hv_synic_event_ring *new_ring(struct kunit *test)
{
	struct hv_synic_event_ring *shared = kunit_kzalloc(test, sizeof(*shared), GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, shared);
	return shared;
}

static void a_ring_is_emptied_and_unmasked(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	struct hv_synic_event_ring *shared = new_ring(test);
	struct event_ring ring = { .shared = shared, .tail = 17 };
	struct doorbell bell = { .ring = count_ring };

	next_id = 1;
	KUNIT_ASSERT_EQ(test, doorbell_create(partition, &bell, NULL), 0);
	fill(shared, bell.id);
	shared->signal_masked = 1;
	shared->ring_full = 1;
	KUNIT_EXPECT_TRUE(test, drain(&ring));
	KUNIT_EXPECT_EQ(test, rings, (unsigned int)HV_SYNIC_EVENT_RING_MESSAGE_COUNT);
	KUNIT_EXPECT_EQ(test, fake.asked, 1U);
	KUNIT_EXPECT_EQ(test, shared->signal_masked, 0);
	KUNIT_EXPECT_EQ(test, shared->ring_full, 0);
	doorbell_delete(partition, &bell);
}

static void a_ring_without_end_takes_a_budget(struct kunit *test)
{
	struct mshv_partition *partition = new_partition(test);
	struct hv_synic_event_ring *shared = new_ring(test);
	struct event_ring ring = { .shared = shared };
	struct doorbell bell = { .ring = count_ring };

	next_id = 1;
	KUNIT_ASSERT_EQ(test, doorbell_create(partition, &bell, NULL), 0);
	fake.full = shared;
	shared->signal_masked = 1;
	shared->ring_full = 1;
	KUNIT_EXPECT_FALSE(test, drain(&ring));
	KUNIT_EXPECT_EQ(test, rings + fake.asked, (unsigned int)BUDGET);
	KUNIT_EXPECT_EQ(test, shared->signal_masked, 1);
	event_ring_finish(&ring);
	KUNIT_EXPECT_EQ(test, rings + fake.asked, (unsigned int)BUDGET * (MAX_BUDGETS + 1));
	doorbell_delete(partition, &bell);
}

static struct kunit_case port_cases[] = {
	KUNIT_CASE(ids_begin_anew_after_the_last),
	KUNIT_CASE(an_id_that_is_lost_is_not_used_again),
	KUNIT_CASE(a_ring_is_emptied_and_unmasked),
	KUNIT_CASE(a_ring_without_end_takes_a_budget),
	{}
};

static struct kunit_suite port_suite = {
	.name = "hv_root_port",
	.test_cases = port_cases,
};

kunit_test_suite(port_suite);
