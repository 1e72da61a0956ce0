// SPDX-License-Identifier: GPL-2.0-only
/*
 * What undoes a failure fails as well; and hypervisors that want memory of
 * every kind, or more than there is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"
#include "world.h"

#define HARD	HV_STATUS_OPERATION_FAILED
#define SLACK	512

static struct account before;

static void start(enum stage stage)
{
	account_take(&before, dev);
	make(stage);
}

static void end(const char *name)
{
	fault_clear();
	unmake();
	ktap_ok(account_same(&before, dev, SLACK), "%s: nothing is left over", name);
}

static void set(uint16_t code, uint16_t status, uint32_t nth, uint16_t reps, uint32_t times)
{
	struct fault fault = {
		.code = code, .status = status, .reps = reps, .nth = nth, .times = times,
	};

	fault_set(&fault);
}

/* The pages that were mapped, and could not be unmapped, keep others from their place. */
static void test_lost_region(void)
{
	start(WITH_VP);
	set(HVCALL_MAP_GPA_PAGES, HARD, 2, 3, 1);
	set(HVCALL_UNMAP_GPA_PAGES, HARD, 1, 5, 1);
	ktap_errno(map_extra(), EIO, "lost region: it is not mapped");
	ktap_errno(map_extra(), EEXIST, "lost region: nothing else goes there");
	ktap_errno(unmap_extra(), ENOENT, "lost region: it is none of the user's");
	end("lost region");
}

/* A deposit that ends in the middle: what the hypervisor has is on the books. */
static void test_partial_deposit(void)
{
	uint64_t held;

	start(WITH_VP);
	held = query_info(child.pt).deposited;
	set(HVCALL_MAP_GPA_PAGES, HV_STATUS_INSUFFICIENT_MEMORY, 1, 100, 1);
	set(HVCALL_DEPOSIT_MEMORY, HARD, 1, 3, 1);
	ktap_errno(map_extra(), ENOMEM, "partial deposit: no memory");
	ktap_is((long long)(query_info(child.pt).deposited - held), 3,
		"partial deposit: three pages are gone");
	ktap_ok(ledger_agrees(child.pt), "partial deposit: the hypervisor says so too");
	ktap_ok(!map_extra(), "partial deposit: the region can be mapped afterwards");
	end("partial deposit");
}

static void test_vp_stays(void)
{
	start(INITIALIZED);
	set(HVCALL_MAP_VP_STATE_PAGE, HARD, 2, 0, 1);
	set(HVCALL_UNMAP_VP_STATE_PAGE, HARD, 1, 0, 1);
	set(HVCALL_DELETE_VP, HARD, 1, 0, 1);
	ktap_errno(mshv_create_vp(child.pt, 0), EIO, "VP that stays: it is not the user's");
	ktap_ok(mshv_create_vp(child.pt, 0) == -1, "VP that stays: nor is there another");
	end("VP that stays");
}

/* Thousands of pages go there and back, and some stay on the kernel's own lists at first. */
static void warm_up(void)
{
	make(CREATED);
	set(HVCALL_INITIALIZE_PARTITION, HV_STATUS_INSUFFICIENT_MEMORY, 1, 0, 1000);
	mshv_initialize(child.pt);
	fault_clear();
	unmake();
}

static void test_never_enough(void)
{
	struct mshv_query_info info;

	warm_up();
	start(CREATED);
	set(HVCALL_INITIALIZE_PARTITION, HV_STATUS_INSUFFICIENT_MEMORY, 1, 0, 1000);
	ktap_errno(mshv_initialize(child.pt), ENOMEM, "never enough: it ends");
	info = query_info(child.pt);
	ktap_ok(info.deposited > 1000 && info.deposited == info.withdrawn,
		"never enough: %llu pages went there and back",
		(unsigned long long)info.deposited);
	fault_clear();
	ktap_ok(!mshv_initialize(child.pt), "never enough: until it is");
	end("never enough");
}

/* The root's own ledger keeps what it gets until the driver goes. */
static void test_kinds_of_memory(void)
{
	static const struct {
		uint16_t status;
		bool root;
		const char *name;
	} kinds[] = {
		{ HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY, false, "contiguous memory" },
		{ HV_STATUS_INSUFFICIENT_ROOT_MEMORY, true, "the root's memory" },
		{ HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY, true, "the root's, contiguous" },
	};

	for (unsigned int i = 0; i < 3; i++) {
		uint64_t root, child_got;
		int fd;

		start(INITIALIZED);
		root = query_info(dev).deposited;
		child_got = query_info(child.pt).deposited;
		set(HVCALL_CREATE_VP, kinds[i].status, 1, 0, 1);
		fd = child.vp[0].fd = mshv_create_vp(child.pt, 0);
		root = query_info(dev).deposited - root;
		child_got = query_info(child.pt).deposited - child_got;
		ktap_ok(fd >= 0 && (kinds[i].root ? root == 8 : child_got >= 8 && !root),
			"CREATE_VP lacks %s: %llu pages for the root, %llu for the child",
			kinds[i].name, (unsigned long long)root, (unsigned long long)child_got);
		end(kinds[i].name);
	}
}

/* A failed initialization cannot take its deposit back: the end does. */
static void test_late_withdrawal(void)
{
	start(CREATED);
	set(HVCALL_INITIALIZE_PARTITION, HARD, 2, 0, 1);
	set(HVCALL_WITHDRAW_MEMORY, HARD, 1, 2, 1);
	ktap_errno(mshv_initialize(child.pt), EIO, "late withdrawal: not initialized");
	ktap_ok(query_info(child.pt).deposited > query_info(child.pt).withdrawn,
		"late withdrawal: the hypervisor still has pages");
	end("late withdrawal");
}

/*
 * Nobody can say that the guest does not write to these pages any more, so
 * they are not used again; but the process is not charged for them.
 */
static void test_cannot_be_unmapped(void)
{
	struct account after;

	start(WITH_VP);
	set(HVCALL_MAP_GPA_PAGES, HARD, 2, 0, 1);
	set(HVCALL_UNMAP_GPA_PAGES, HARD, 1, 0, 1000);
	set(HVCALL_FINALIZE_PARTITION, HARD, 1, 0, 1);
	ktap_errno(map_extra(), EIO, "cannot be unmapped: it is not mapped");
	unmake();
	fault_clear();
	account_take(&after, dev);
	ktap_is(after.partitions - before.partitions, 1, "cannot be unmapped: a partition stays");
	ktap_ok(after.quarantined > before.quarantined, "cannot be unmapped: pages are lost");
	ktap_is((long long)after.pinned, (long long)before.pinned,
		"cannot be unmapped: the process is not charged");
}

int main(void)
{
	ktap_plan(4 + 5 + 3 + 4 + 6 + 3 + 4);
	begin();
	test_lost_region();
	test_partial_deposit();
	test_vp_stays();
	test_never_enough();
	test_kinds_of_memory();
	test_late_withdrawal();
	test_cannot_be_unmapped();
	return ktap_end();
}
