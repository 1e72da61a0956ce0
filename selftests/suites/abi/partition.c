// SPDX-License-Identifier: GPL-2.0-only
/*
 * Partition fds: life cycle, creating VPs, guest memory.  Each rule of each
 * ioctl is broken once, and nothing must remain of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/abi.h"

static int dev, pt;
static uint8_t *ram;

#define RAM_SIZE	(16 * PAGE)
#define GPA		0x100000UL

static void test_uninitialized(void)
{
	int raw = mshv_create_partition(dev, 0);

	ktap_ok(mshv_create_vp(raw, 0) == -1, "CREATE_VP before INITIALIZE is refused");
	ktap_ok(mshv_set_memory(raw, GPA, ram, PAGE, MEM_W) == -1,
		"SET_GUEST_MEMORY before INITIALIZE is refused");
	ktap_ok(!mshv_initialize(raw), "INITIALIZE after both refusals");
	ktap_ok(!mshv_initialize(raw), "INITIALIZE twice is no error");
	close(raw);
}

static void test_properties(void)
{
	uint64_t value = 77;
	struct mshv_last_error error;

	ktap_ok(!mshv_set_property(pt, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, 1) &&
		!mshv_get_property(pt, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, &value) &&
		value == 1, "a property is set and read back");
	ktap_ok(mshv_set_property(pt, HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS, 0) == -1 &&
		!ioctl(pt, MSHV_GET_LAST_ERROR, &error) &&
		error.status == HV_STATUS_INVALID_PARTITION_STATE &&
		error.hypercall == HVCALL_SET_PARTITION_PROPERTY,
		"an early property after INITIALIZE: the hypervisor's reason can be asked");
}

static void test_create_vp(void)
{
	struct mshv_create_vp args = { .vp_index = 1 };
	int vp = mshv_create_vp(pt, 1);

	ktap_ok(vp >= 0 && fcntl(vp, F_GETFD) == FD_CLOEXEC, "CREATE_VP gives a close-on-exec fd");
	refused(pt, MSHV_CREATE_VP, &args, EEXIST, "CREATE_VP: the same index again");
	close(vp);
	refused(pt, MSHV_CREATE_VP, &args, EEXIST, "CREATE_VP: also after its fd is closed");
	args.vp_index = 256;
	refused(pt, MSHV_CREATE_VP, &args, EINVAL, "CREATE_VP: index 256");
	args.vp_index = 0xffffffff;
	refused(pt, MSHV_CREATE_VP, &args, EINVAL, "CREATE_VP: index -1");
	args.vp_index = 2;
	refused_at_each_byte(pt, MSHV_CREATE_VP, &args, sizeof(args),
			     "CREATE_VP: argument cut off");
}

static struct mshv_user_mem_region region(uint64_t gpa, void *memory, uint64_t size, uint8_t flags)
{
	return (struct mshv_user_mem_region) {
		.size = size,
		.guest_pfn = gpa / PAGE,
		.userspace_addr = (uintptr_t)memory,
		.flags = flags,
	};
}

struct bad_region {
	const char *name;
	struct mshv_user_mem_region region;
	int error;
};

static void refuse_regions(const struct bad_region *bad, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct mshv_user_mem_region args = bad[i].region;

		refused(pt, MSHV_SET_GUEST_MEMORY, &args, bad[i].error, bad[i].name);
	}
}

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

static void test_bad_maps(void)
{
	const uint8_t rw = MEM_W;
	uint8_t *hole = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mshv_user_mem_region args = region(GPA, ram, PAGE, rw);

	munmap(hole, 4 * PAGE);
	{
		const struct bad_region bad[] = {
			{ "map: size 0", region(GPA, ram, 0, rw), EINVAL },
			{ "map: size of a byte", region(GPA, ram, 1, rw), EINVAL },
			{ "map: size not whole pages", region(GPA, ram, PAGE + 8, rw), EINVAL },
			{ "map: address not aligned", region(GPA, ram + 8, PAGE, rw), EINVAL },
			{ "map: lowest unknown flag", region(GPA, ram, PAGE, 8), EINVAL },
			{ "map: highest unknown flag", region(GPA, ram, PAGE, 0x80), EINVAL },
			{ "map: nothing at the address", region(GPA, hole, PAGE, rw), EINVAL },
			{ "map: address 0", region(GPA, NULL, PAGE, rw), EINVAL },
			{ "map: end of the guest's address space",
			  region(~0ULL & ~(PAGE - 1), ram, 2 * PAGE, rw), EINVAL },
		};

		refuse_regions(bad, NR(bad));
	}
	args.guest_pfn = ~0ULL;
	refused(pt, MSHV_SET_GUEST_MEMORY, &args, EINVAL, "map: guest page number -1");
	args = region(GPA, ram, ~0ULL & ~(PAGE - 1), rw);
	refused(pt, MSHV_SET_GUEST_MEMORY, &args, EINVAL, "map: size beyond any address space");
	args = region(GPA, (void *)0xffff888000000000UL, PAGE, rw);
	ktap_ok(ioctl(pt, MSHV_SET_GUEST_MEMORY, &args) == -1, "map: an address of the kernel");
	args = region(GPA, ram, PAGE, rw);
	refused_unless_zero(pt, MSHV_SET_GUEST_MEMORY, &args,
			    offsetof(struct mshv_user_mem_region, rsvd), sizeof(args.rsvd),
			    "map: reserved field");
	refused_at_each_byte(pt, MSHV_SET_GUEST_MEMORY, &args, sizeof(args),
			     "map: argument cut off");
}

/* Half of the range is backed by memory: nothing may stay pinned or mapped of the rest. */
static void test_partial_hole(void)
{
	uint8_t *memory = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mshv_user_mem_region args = region(GPA, memory, 4 * PAGE, MEM_W);

	munmap(memory + 2 * PAGE, PAGE);
	if (!ktap_ok(ioctl(pt, MSHV_SET_GUEST_MEMORY, &args) == -1, "map: a hole in the middle"))
		mshv_set_memory(pt, GPA, memory, 4 * PAGE, MEM_UNMAP);
	ktap_ok(!mshv_set_memory(pt, GPA, ram, 4 * PAGE, MEM_W) &&
		!mshv_set_memory(pt, GPA, ram, 4 * PAGE, MEM_UNMAP),
		"map: the guest's addresses are free after it");
	munmap(memory, 4 * PAGE);
}

static void test_overlap(void)
{
	const uint8_t rw = MEM_W;
	const struct bad_region bad[] = {
		{ "overlap: the same", region(GPA, ram, 4 * PAGE, rw), EEXIST },
		{ "overlap: its first page", region(GPA, ram, PAGE, rw), EEXIST },
		{ "overlap: its last page", region(GPA + 3 * PAGE, ram, PAGE, rw), EEXIST },
		{ "overlap: inside", region(GPA + PAGE, ram, 2 * PAGE, rw), EEXIST },
		{ "overlap: around", region(GPA - PAGE, ram, 6 * PAGE, rw), EEXIST },
		{ "overlap: from below", region(GPA - PAGE, ram, 2 * PAGE, rw), EEXIST },
		{ "overlap: to above", region(GPA + 3 * PAGE, ram, 2 * PAGE, rw), EEXIST },
	};

	if (mshv_set_memory(pt, GPA, ram, 4 * PAGE, MEM_W | MEM_X))
		ktap_bail("mapping 4 pages: %s", strerror(errno));
	refuse_regions(bad, NR(bad));
	ktap_ok(!mshv_set_memory(pt, GPA - PAGE, ram, PAGE, MEM_W) &&
		!mshv_set_memory(pt, GPA + 4 * PAGE, ram, PAGE, MEM_W),
		"neighbours are no overlap");
}

/* What test_overlap() left: one page below GPA, four at GPA, one above. */
static void test_bad_unmaps(void)
{
	const uint8_t unmap = MEM_UNMAP;
	const struct bad_region bad[] = {
		{ "unmap: nothing there", region(GPA + 64 * PAGE, ram, PAGE, unmap), ENOENT },
		{ "unmap: from the middle", region(GPA + PAGE, ram + PAGE, 3 * PAGE, unmap),
		  EINVAL },
		{ "unmap: a part", region(GPA, ram, PAGE, unmap), EINVAL },
		{ "unmap: too much", region(GPA, ram, 5 * PAGE, unmap), EINVAL },
		{ "unmap: another address", region(GPA, ram + PAGE, 4 * PAGE, unmap), EINVAL },
		{ "unmap: with another flag", region(GPA, ram, 4 * PAGE, unmap | MEM_W), EINVAL },
		{ "unmap: size 0", region(GPA, ram, 0, unmap), EINVAL },
	};

	refuse_regions(bad, NR(bad));
	ktap_ok(!mshv_set_memory(pt, GPA, ram, 4 * PAGE, MEM_UNMAP), "unmap: exactly the region");
	ktap_errno(mshv_set_memory(pt, GPA, ram, 4 * PAGE, MEM_UNMAP), ENOENT, "unmap: twice");
	ktap_ok(!mshv_set_memory(pt, GPA - PAGE, ram, PAGE, MEM_UNMAP) &&
		!mshv_set_memory(pt, GPA + 4 * PAGE, ram, PAGE, MEM_UNMAP),
		"unmap: the neighbours");
}

/* Memory that the process may only read must not be given to a guest to write. */
static void test_read_only_memory(void)
{
	uint8_t *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mshv_user_mem_region args = region(GPA, page, PAGE, MEM_W);

	if (!ktap_ok(ioctl(pt, MSHV_SET_GUEST_MEMORY, &args) == -1,
		     "map: read-only memory is not given for writing"))
		mshv_set_memory(pt, GPA, page, PAGE, MEM_UNMAP);
	munmap(page, PAGE);
}

/*
 * Runs in a process without privileges, of its own limit, that locked @locked pages before: how
 * does mapping @pages end?
 */
static int map_as_nobody(unsigned int pages, unsigned int locked, unsigned int limit)
{
	struct rlimit memlock = { limit * PAGE, limit * PAGE };
	uint8_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if ((locked && mlock(memory, locked * PAGE)) || setrlimit(RLIMIT_MEMLOCK, &memlock) ||
	    setresuid(65534, 65534, 65534))
		return -1;
	if (mshv_set_memory(pt, GPA, memory, pages * PAGE, MEM_W))
		return errno;
	/* What should not be there is not to be in the way of what follows. */
	if (locked == pages && pages > limit)
		mshv_set_memory(pt, GPA, memory, pages * PAGE, MEM_UNMAP);
	return 0;
}

static int in_child(unsigned int pages, unsigned int locked, unsigned int limit)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(map_as_nobody(pages, locked, limit));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * Memory that is locked gets pinned, and counts against the limit for locked memory of who maps
 * it.
 */
static void test_memlock(void)
{
	ktap_is(in_child(16, 16, 8), ENOMEM, "map: 16 locked pages with a limit of 8");
	ktap_is(in_child(8, 8, 8), 0, "map: 8 locked pages with a limit of 8");
	ktap_errno(mshv_set_memory(pt, GPA, ram, PAGE, MEM_W), EEXIST,
		   "map: a region outlives who mapped it");
}

/* What is not locked, or not as a whole, stays movable and counts nowhere. */
static void test_movable_memlock(void)
{
	int other = mshv_create_partition(dev, PT_LAPIC), saved = pt;

	pt = other;
	if (other < 0 || mshv_initialize(pt))
		ktap_bail("no partition: %s", strerror(errno));
	ktap_is(in_child(16, 0, 8), 0, "map: 16 pages that are not locked with a limit of 8");
	close(other);
	other = mshv_create_partition(dev, PT_LAPIC);
	pt = other;
	if (other < 0 || mshv_initialize(pt))
		ktap_bail("no partition: %s", strerror(errno));
	ktap_is(in_child(16, 15, 8), 0, "map: 16 pages of which one is not locked");
	close(other);
	pt = saved;
}

static void test_wrong_fd(void)
{
	struct mshv_run_vp run;
	struct mshv_get_set_vp_state state = { .type = MSHV_VP_STATE_LAPIC };

	refused(pt, MSHV_RUN_VP, &run, ENOTTY, "a partition cannot be run");
	refused(pt, MSHV_GET_VP_STATE, &state, ENOTTY, "a partition has no VP state");
	ktap_errno(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, pt, 0) == MAP_FAILED ? -1 : 0, ENODEV,
		   "a partition has nothing to map");
}

int main(void)
{
	/* 0x03 to 0x06 are other people's business: eventfds, routing, access bitmaps. */
	static const unsigned char known[] = {
		0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x80, 0x81
	};
	struct leak_mark mark;

	ktap_plan(59 + LEAK_RESULTS);
	leak_mark(&mark);
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	dev = mshv_open();
	pt = mshv_create_partition(dev, PT_LAPIC);
	if (pt < 0 || mshv_initialize(pt))
		ktap_bail("no partition: %s", strerror(errno));
	test_uninitialized();
	test_properties();
	test_create_vp();
	test_bad_maps();
	test_partial_hole();
	test_overlap();
	test_bad_unmaps();
	test_read_only_memory();
	test_wrong_fd();
	test_memlock();
	test_movable_memlock();
	ktap_ok(ledger_agrees(pt), "the ledger agrees with the hypervisor's table of owners");
	unknown_are_enotty(pt, known, sizeof(known), "a partition knows no other ioctl");
	close(pt);
	close(dev);
	leak_check(&mark);
	return ktap_end();
}
