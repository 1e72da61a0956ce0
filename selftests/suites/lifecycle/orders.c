// SPDX-License-Identifier: GPL-2.0-only
/*
 * A partition ends well in whatever order its parts are given up: the device,
 * partition and VP fds, the mapping of a register page, the guest's memory.
 * All 720 orders of six; a VP has run before.
 *
 * Argument: try every n-th order only.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define RAM	(16 * PAGE)
#define PARTS	6
#define ORDERS	720

ASMBLOB(out_code, 16, "out %al, $0x42\n");

static void give_up(struct child *child, unsigned int part)
{
	switch (part) {
	case 0:
		close(child->dev);
		break;
	case 1:
		close(child->pt);
		break;
	case 2:
	case 3:
		close(child->vp[part - 2].fd);
		break;
	case 4:
		for (unsigned int i = 0; i < 2; i++) {
			munmap(child->vp[i].regs, PAGE);
			munmap(child->vp[i].intercept, PAGE);
		}
		break;
	case 5:
		munmap(child->ram, child->ram_size);
		break;
	}
}

/* The n-th permutation, by the digits of n in the factorial number system. */
static void order_number(unsigned int n, unsigned int *order)
{
	unsigned int left[PARTS], nr = PARTS;

	for (unsigned int i = 0; i < PARTS; i++)
		left[i] = i;
	for (unsigned int i = 0; i < PARTS; i++, nr--) {
		unsigned int pick = n % nr;

		n /= nr;
		order[i] = left[pick];
		left[pick] = left[nr - 1];
	}
}

/* Is the child gone when the last of its fds and mappings is, and not before? */
static bool one_order(unsigned int n)
{
	unsigned int order[PARTS], before = testhv_partitions();
	struct hv_message message;
	struct child child;
	bool good;

	order_number(n, order);
	child_create(&child, 0, RAM, 2);
	child_load(&child, BLOB_GPA, &out_code);
	child_real_mode(&child, 0, BLOB_GPA);
	good = child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message);
	for (unsigned int i = 0; i < PARTS; i++)
		give_up(&child, order[i]);
	if (testhv_partitions() == before && good)
		return true;
	ktap_note("order %u%u%u%u%u%u: the child is still there", order[0], order[1], order[2],
		  order[3], order[4], order[5]);
	return false;
}

/* A register page stays readable while it is mapped, though all fds are closed. */
static bool page_outlives_fds(void)
{
	struct child child;
	bool good;

	child_create(&child, 0, RAM, 2);
	for (unsigned int part = 0; part < 4; part++)
		give_up(&child, part);
	good = child.vp[0].regs->version == HV_VP_REGISTER_PAGE_VERSION_1;
	give_up(&child, 4);
	give_up(&child, 5);
	return good;
}

int main(int argc, char **argv)
{
	unsigned int step = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;
	unsigned int tried = 0, good = 0;
	struct leak_mark mark;

	ktap_plan(2 + LEAK_RESULTS);
	leak_mark(&mark);
	for (unsigned int n = 0; n < ORDERS; n += step, tried++)
		good += one_order(n);
	ktap_is(good, tried, "orders of closing and unmapping");
	ktap_ok(page_outlives_fds(), "a mapped register page outlives the fds");
	leak_check(&mark);
	return ktap_end();
}
