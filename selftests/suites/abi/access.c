// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_GET_GPAP_ACCESS_BITMAP: each rule broken once, and what the operations
 * do to the bits of pages that no VP runs on.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/abi.h"

#define PAGES	100
#define GPA	0x100000UL

static int dev, pt;
static uint8_t bitmap[PAGES / 8 + 2];

static struct mshv_gpap_access_bitmap request(uint8_t type, uint8_t op, uint64_t pages)
{
	return (struct mshv_gpap_access_bitmap) {
		.access_type = type,
		.access_op = op,
		.page_count = pages,
		.gpap_base = GPA / PAGE,
		.bitmap_ptr = (uintptr_t)bitmap,
	};
}

static void refused_with(struct mshv_gpap_access_bitmap args, int error, const char *name)
{
	refused(pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args, error, name);
}

static void test_rules(void)
{
	const uint8_t dirty = MSHV_GPAP_ACCESS_TYPE_DIRTY, set = MSHV_GPAP_ACCESS_OP_SET;
	struct mshv_gpap_access_bitmap args = request(dirty, set, PAGES);

	refused_with(request(MSHV_GPAP_ACCESS_TYPE_COUNT, set, PAGES), EINVAL, "unknown type");
	refused_with(request(0xff, set, PAGES), EINVAL, "type 0xff");
	refused_with(request(dirty, MSHV_GPAP_ACCESS_OP_COUNT, PAGES), EINVAL, "unknown operation");
	refused_with(request(dirty, 0xff, PAGES), EINVAL, "operation 0xff");
	refused_with(request(dirty, set, 0), EINVAL, "no page");
	args.bitmap_ptr = 0;
	refused_with(args, EINVAL, "no bitmap");
	args = request(dirty, set, PAGES);
	args.gpap_base = 1ULL << 40;
	refused_with(args, EINVAL, "beyond any address space");
	args.gpap_base = ~0ULL;
	refused_with(args, EINVAL, "page number -1");
	refused_with(request(dirty, set, 1ULL << 40), E2BIG, "more than any address space");
	refused_with(request(dirty, set, ~0ULL), E2BIG, "more pages than can be counted");
	args = request(dirty, set, PAGES);
	refused_unless_zero(pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args,
			    offsetof(struct mshv_gpap_access_bitmap, rsvd), sizeof(args.rsvd),
			    "reserved field");
	refused_at_each_byte(pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args, sizeof(args),
			     "argument cut off");
	args.bitmap_ptr = 0xffff888000000000UL;
	refused_with(args, EFAULT, "bitmap in the kernel");
}

static unsigned int bits_set(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(bitmap); i++)
		count += __builtin_popcount(bitmap[i]);
	return count;
}

/* How many bits were set before the operation; -1 when it fails or tells a wrong count. */
static int apply(uint8_t type, uint8_t op)
{
	struct mshv_gpap_access_bitmap args = request(type, op, PAGES);

	memset(bitmap, 0xff, sizeof(bitmap));
	if (ioctl(pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args) || args.page_count != PAGES)
		return -1;
	if (bitmap[PAGES / 8 + 1] != 0xff)
		return -1;
	bitmap[PAGES / 8 + 1] = 0;
	return bits_set();
}

static void test_operations(void)
{
	const uint8_t accessed = MSHV_GPAP_ACCESS_TYPE_ACCESSED;
	const uint8_t dirty = MSHV_GPAP_ACCESS_TYPE_DIRTY;

	apply(accessed, MSHV_GPAP_ACCESS_OP_CLEAR);
	ktap_is(apply(accessed, MSHV_GPAP_ACCESS_OP_NOOP), 0, "cleared: none is accessed");
	ktap_is(apply(dirty, MSHV_GPAP_ACCESS_OP_NOOP), 0, "reading does not set: none is dirty");
	ktap_is(apply(dirty, MSHV_GPAP_ACCESS_OP_SET), 0, "SET tells what was before");
	ktap_is(apply(dirty, MSHV_GPAP_ACCESS_OP_NOOP), PAGES, "set: all are dirty");
	ktap_is(apply(accessed, MSHV_GPAP_ACCESS_OP_NOOP), PAGES, "what is dirty is accessed");
	ktap_is(apply(dirty, MSHV_GPAP_ACCESS_OP_CLEAR), PAGES, "CLEAR tells what was before");
	ktap_is(apply(dirty, MSHV_GPAP_ACCESS_OP_NOOP), 0, "cleared: none is dirty");
	ktap_is(apply(accessed, MSHV_GPAP_ACCESS_OP_CLEAR), PAGES, "and all are still accessed");
	apply(dirty, MSHV_GPAP_ACCESS_OP_SET);
	apply(accessed, MSHV_GPAP_ACCESS_OP_CLEAR);
	ktap_is(apply(dirty, MSHV_GPAP_ACCESS_OP_NOOP), 0, "what is not accessed is not dirty");
}

/* A bitmap that cannot be written is known before the first bit is cleared. */
static void test_unwritable_bitmap(void)
{
	struct mshv_gpap_access_bitmap args =
		request(MSHV_GPAP_ACCESS_TYPE_DIRTY, MSHV_GPAP_ACCESS_OP_CLEAR, PAGES);
	uint8_t zero = 0;

	apply(MSHV_GPAP_ACCESS_TYPE_DIRTY, MSHV_GPAP_ACCESS_OP_SET);
	args.bitmap_ptr = (uintptr_t)read_only_copy(&zero, sizeof(zero));
	refused_with(args, EFAULT, "bitmap that is read-only");
	ktap_is(apply(MSHV_GPAP_ACCESS_TYPE_DIRTY, MSHV_GPAP_ACCESS_OP_NOOP), PAGES,
		"no bit is lost by it");
}

int main(void)
{
	struct leak_mark mark;
	uint8_t *ram;

	ktap_plan(12 + EFAULT_RESULTS + 9 + 2 + LEAK_RESULTS);
	leak_mark(&mark);
	ram = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	dev = mshv_open();
	pt = mshv_create_partition(dev, PT_LAPIC);
	if (pt < 0 || mshv_initialize(pt) || mshv_set_memory(pt, GPA, ram, PAGES * PAGE, MEM_W))
		ktap_bail("no partition: %s", strerror(errno));
	test_rules();
	test_operations();
	test_unwritable_bitmap();
	close(pt);
	close(dev);
	leak_check(&mark);
	return ktap_end();
}
