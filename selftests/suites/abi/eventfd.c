// SPDX-License-Identifier: GPL-2.0-only
/*
 * SET_MSI_ROUTING and IRQFD: each rule is broken once, and nothing must remain
 * of it.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/abi.h"
#include "lib/events.h"

#define MAX_GSIS	4096

static struct {
	struct mshv_user_irq_table head;
	struct mshv_user_irq_entry entries[MAX_GSIS + 1];
} table;

static int set_table(unsigned int nr)
{
	table.head.nr = nr;
	return ioctl(pt, MSHV_SET_MSI_ROUTING, &table);
}

static void test_routing(void)
{
	struct mshv_user_irq_table head = { .nr = 0 };

	ktap_ok(!set_table(0), "routing: none");
	for (unsigned int i = 0; i <= MAX_GSIS; i++)
		table.entries[i] = msi_route(i, 0, 0x40, false);
	ktap_ok(!set_table(MAX_GSIS), "routing: 4096 entries, the last of GSI 4095");
	ktap_errno(set_table(MAX_GSIS + 1), EINVAL, "routing: 4097 entries");
	ktap_errno(set_table(0xffffffff), EINVAL, "routing: as many as can be said");
	table.entries[1].gsi = MAX_GSIS;
	ktap_errno(set_table(2), EINVAL, "routing: GSI 4096");
	table.entries[1].gsi = 0xffffffff;
	ktap_errno(set_table(2), EINVAL, "routing: GSI -1");
	table.entries[1].gsi = 0;
	ktap_errno(set_table(2), EINVAL, "routing: a GSI twice");
	table.entries[1].gsi = 1;
	table.entries[1].address_hi = 1;
	ktap_errno(set_table(2), EINVAL, "routing: upper half of an address");
	table.entries[1].address_hi = 0;
	refused_unless_zero(pt, MSHV_SET_MSI_ROUTING, &head,
			    offsetof(struct mshv_user_irq_table, rsvd), sizeof(head.rsvd),
			    "routing: reserved field");
	table.head.nr = 2;
	refused_at_each_byte(pt, MSHV_SET_MSI_ROUTING, &table,
			     sizeof(table.head) + 2 * sizeof(table.entries[0]),
			     "routing: argument cut off");
	ktap_ok(!set_table(2), "routing: two entries, after all these");
}

static struct mshv_user_irqfd irqfd(int fd, int resample, uint32_t gsi, uint32_t flags)
{
	return (struct mshv_user_irqfd) {
		.fd = fd, .resamplefd = resample, .gsi = gsi, .flags = flags,
	};
}

static void test_bad_irqfds(void)
{
	const struct {
		const char *name;
		struct mshv_user_irqfd args;
		int error;
	} bad[] = {
		{ "irqfd: lowest unknown flag", irqfd(event, -1, 0, 4), EINVAL },
		{ "irqfd: highest unknown flag", irqfd(event, -1, 0, 1u << 31), EINVAL },
		{ "irqfd: GSI 4096", irqfd(event, -1, MAX_GSIS, 0), EINVAL },
		{ "irqfd: no such fd", irqfd(-1, -1, 0, 0), EBADF },
		{ "irqfd: a pipe", irqfd(pipes[0], -1, 0, 0), EINVAL },
		{ "irqfd: the partition itself", irqfd(pt, -1, 0, 0), EINVAL },
		{ "irqfd: no such resamplefd", irqfd(event, -1, 1, IRQFD_RESAMPLE), EBADF },
		{ "irqfd: a pipe to resample", irqfd(event, pipes[0], 1, IRQFD_RESAMPLE), EINVAL },
		{ "irqfd: resampling an edge", irqfd(event, other, 0, IRQFD_RESAMPLE), EINVAL },
		{ "irqfd: resampling without a route", irqfd(event, other, 9, IRQFD_RESAMPLE),
		  EINVAL },
		{ "irqfd: deassign, no such fd", irqfd(-1, -1, 0, IRQFD_DEASSIGN), EBADF },
		{ "irqfd: deassign, a pipe", irqfd(pipes[0], -1, 0, IRQFD_DEASSIGN), EINVAL },
	};
	struct mshv_user_irqfd args = irqfd(event, -1, 0, 0);

	table.entries[1] = msi_route(1, 0, 0x41, true);
	set_table(2);
	for (size_t i = 0; i < NR(bad); i++) {
		args = bad[i].args;
		refused(pt, MSHV_IRQFD, &args, bad[i].error, bad[i].name);
	}
	args = irqfd(event, -1, 0, 0);
	refused_at_each_byte(pt, MSHV_IRQFD, &args, sizeof(args), "irqfd: argument cut off");
}

static void test_irqfds(void)
{
	int second = mshv_create_partition(dev, PT_LAPIC);

	ktap_ok(!mshv_irqfd(pt, event, -1, 0, IRQFD_DEASSIGN), "irqfd: deassign what is not");
	ktap_ok(!mshv_irqfd(pt, event, -1, 0, 0), "irqfd: assign");
	ktap_errno(mshv_irqfd(pt, event, -1, 0, 0), EBUSY, "irqfd: the same again");
	ktap_errno(mshv_irqfd(pt, event, -1, 7, 0), EBUSY, "irqfd: the same eventfd, another GSI");
	ktap_ok(!mshv_irqfd(pt, other, -1, 0, 0), "irqfd: another eventfd, the same GSI");
	ktap_ok(!mshv_irqfd(second, event, -1, 0, 0), "irqfd: another partition");
	ktap_ok(!mshv_irqfd(pt, event, -1, 7, IRQFD_DEASSIGN), "irqfd: deassign with another GSI");
	ktap_errno(mshv_irqfd(pt, event, -1, 0, 0), EBUSY, "irqfd: which deassigned nothing");
	ktap_ok(!mshv_irqfd(pt, event, -1, 0, IRQFD_DEASSIGN | IRQFD_RESAMPLE) &&
		!mshv_irqfd(pt, other, -1, 0, IRQFD_DEASSIGN), "irqfd: deassign");
	ktap_ok(!mshv_irqfd(pt, event, other, 1, IRQFD_RESAMPLE), "irqfd: resample a level");
	ktap_ok(!mshv_irqfd(pt, event, -1, 1, IRQFD_DEASSIGN), "irqfd: and deassign");
	close(second);
}

static void test_wrong_fd(void)
{
	struct mshv_user_irqfd args = irqfd(event, -1, 0, 0);
	int vp = mshv_create_vp(pt, 0);

	refused(dev, MSHV_IRQFD, &args, ENOTTY, "the device has no interrupts");
	refused(vp, MSHV_IRQFD, &args, ENOTTY, "a VP has no irqfds");
	refused(vp, MSHV_SET_MSI_ROUTING, &args, ENOTTY, "a VP has no routes");
	close(vp);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(12 + 14 + 11 + 3 + LEAK_RESULTS);
	leak_mark(&mark);
	events_open();
	test_routing();
	test_bad_irqfds();
	test_irqfds();
	test_wrong_fd();
	events_close();
	leak_check(&mark);
	return ktap_end();
}
