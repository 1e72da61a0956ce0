// SPDX-License-Identifier: GPL-2.0-only
/* IOEVENTFD: each rule is broken once, and nothing must remain of it. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/abi.h"
#include "lib/events.h"

#define GPA	0xe7e85004UL
#define PORT	0xcf8

#define MATCH	IOEVENTFD_DATAMATCH
#define PIO	IOEVENTFD_PIO
#define GONE	IOEVENTFD_DEASSIGN

static struct mshv_user_ioeventfd make(uint64_t addr, uint32_t len, uint32_t flags, uint64_t value,
				       int fd)
{
	return (struct mshv_user_ioeventfd) {
		.addr = addr, .len = len, .flags = flags, .datamatch = value, .fd = fd,
	};
}

static int set(uint64_t addr, uint32_t len, uint32_t flags, uint64_t value, int fd)
{
	struct mshv_user_ioeventfd args = make(addr, len, flags, value, fd);

	return mshv_ioeventfd(pt, &args);
}

static void test_bad(void)
{
	const struct {
		const char *name;
		struct mshv_user_ioeventfd args;
		int error;
	} bad[] = {
		{ "lowest unknown flag", make(GPA, 0, 8, 0, event), EINVAL },
		{ "highest unknown flag", make(GPA, 0, 1u << 31, 0, event), EINVAL },
		{ "3 bytes", make(GPA, 3, 0, 0, event), EINVAL },
		{ "16 bytes", make(GPA, 16, 0, 0, event), EINVAL },
		{ "width -1", make(GPA, 0xffffffff, 0, 0, event), EINVAL },
		{ "beyond the end of memory", make(~0ULL - 2, 4, 0, 0, event), EINVAL },
		{ "a port of 8 bytes", make(PORT, 8, PIO, 0, event), EINVAL },
		{ "a port beyond the last", make(0x10000, 0, PIO, 0, event), EINVAL },
		{ "a port that ends beyond the last", make(0xfffd, 4, PIO, 0, event), EINVAL },
		{ "no such fd", make(GPA, 0, 0, 0, -1), EBADF },
		{ "a pipe", make(GPA, 0, 0, 0, pipes[0]), EINVAL },
		{ "the partition itself", make(GPA, 0, 0, 0, pt), EINVAL },
		{ "deassign, no such fd", make(GPA, 0, GONE, 0, -1), EBADF },
		{ "deassign, a pipe", make(GPA, 0, GONE, 0, pipes[0]), EINVAL },
		{ "deassign, nothing there", make(GPA, 0, GONE, 0, event), ENOENT },
		{ "deassign, no port there", make(PORT, 0, PIO | GONE, 0, event), ENOENT },
	};
	struct mshv_user_ioeventfd args;

	for (size_t i = 0; i < NR(bad); i++) {
		args = bad[i].args;
		refused(pt, MSHV_IOEVENTFD, &args, bad[i].error, bad[i].name);
	}
	args = make(GPA, 0, 0, 0, event);
	refused_unless_zero(pt, MSHV_IOEVENTFD, &args,
			    offsetof(struct mshv_user_ioeventfd, rsvd), sizeof(args.rsvd),
			    "reserved field");
	refused_at_each_byte(pt, MSHV_IOEVENTFD, &args, sizeof(args), "argument cut off");
}

/* The same rules for addresses and for ports, which know nothing of each other. */
static void test_space(const char *space, uint64_t addr, uint32_t flags)
{
	ktap_ok(!set(addr, 4, flags, 0, event), "%s: any value", space);
	ktap_ok(set(addr, 4, flags, 0, other) == -1 && errno == EEXIST, "%s: twice", space);
	ktap_ok(set(addr, 4, flags | MATCH, 7, other) == -1 && errno == EEXIST,
		"%s: a value besides any", space);
	ktap_ok(!set(addr, 2, flags, 0, other) && !set(addr, 2, flags | GONE, 0, other),
		"%s: another width", space);
	ktap_ok(set(addr, 4, flags | GONE, 0, other) == -1 && errno == ENOENT,
		"%s: deassign, another eventfd", space);
	ktap_ok(set(addr, 2, flags | GONE, 0, event) == -1 && errno == ENOENT,
		"%s: deassign, another width", space);
	ktap_ok(set(addr + 4, 4, flags | GONE, 0, event) == -1 && errno == ENOENT,
		"%s: deassign, another place", space);
	ktap_ok(set(addr, 4, flags | MATCH | GONE, 0, event) == -1 && errno == ENOENT,
		"%s: deassign, a value of any", space);
	ktap_ok(!set(addr, 4, flags | GONE, 0, event), "%s: deassign", space);
	ktap_ok(!set(addr, 4, flags | MATCH, 7, event) && !set(addr, 4, flags | MATCH, 8, event),
		"%s: two values", space);
	ktap_ok(set(addr, 4, flags | MATCH, 8, other) == -1 && errno == EEXIST,
		"%s: one of them again", space);
	ktap_ok(set(addr, 4, flags, 0, other) == -1 && errno == EEXIST,
		"%s: any value besides them", space);
	ktap_ok(set(addr, 4, flags | MATCH | GONE, 9, event) == -1 && errno == ENOENT,
		"%s: deassign, another value", space);
	ktap_ok(!set(addr, 4, flags | MATCH | GONE, 7, event) &&
		!set(addr, 4, flags | MATCH | GONE, 8, event), "%s: deassign both", space);
}

/* As many as a partition may have, and what makes room again. */
static void test_many(void)
{
	unsigned int port = 0;

	while (port < 0x10000 && !set(port, 1, PIO, 0, event))
		port++;
	if (port != 1024)
		ktap_note("%u ports: %s", port, strerror(errno));
	ktap_ok(port == 1024 && errno == ENOSPC, "a partition has 1024 at most");
	ktap_ok(!set(0, 1, PIO | GONE, 0, event) && !set(port, 1, PIO, 0, event),
		"one that goes makes room for another");
	do
		set(port, 1, PIO | GONE, 0, event);
	while (port--);
}

static void test_wrong_fd(void)
{
	struct mshv_user_ioeventfd args = make(GPA, 0, 0, 0, event);
	int vp = mshv_create_vp(pt, 0);

	refused(dev, MSHV_IOEVENTFD, &args, ENOTTY, "the device has no addresses");
	refused(vp, MSHV_IOEVENTFD, &args, ENOTTY, "a VP has no ioeventfds");
	close(vp);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(19 + 2 * 14 + 2 + 2 + 1 + LEAK_RESULTS);
	leak_mark(&mark);
	events_open();
	test_bad();
	test_space("memory", GPA, 0);
	test_space("port", PORT, PIO);
	test_many();
	test_wrong_fd();
	ktap_ok(ledger_agrees(pt), "the ledger agrees with the hypervisor's table of owners");
	events_close();
	leak_check(&mark);
	return ktap_end();
}
