// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls to create a partition and its VPs, and to destroy them.
 *
 * Each is counted twice: the first of its kind teaches the driver how much memory
 * the hypervisor wants for one, and the second is what all others cost.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define MAX_VPS		8
#define FIRST_CODE	HVCALL_CREATE_PARTITION
#define NR_CODES	0x140

struct bill {
	uint64_t of[NR_CODES], sum;
};

static void start_bill(struct bill *bill)
{
	for (uint16_t code = FIRST_CODE; code < NR_CODES; code++)
		bill->of[code] = testhv_root_calls(code);
}

static void end_bill(struct bill *bill, unsigned int nr_vps, const char *what)
{
	char text[256] = "";
	size_t at = 0;

	bill->sum = 0;
	for (uint16_t code = FIRST_CODE; code < NR_CODES; code++) {
		bill->of[code] = testhv_root_calls(code) - bill->of[code];
		bill->sum += bill->of[code];
		if (bill->of[code] && at < sizeof(text) - 16)
			at += (size_t)sprintf(text + at, ", %#x: %llu", code,
					      (unsigned long long)bill->of[code]);
	}
	ktap_note("%s with %u VPs: %llu hypercalls%s", what, nr_vps,
		  (unsigned long long)bill->sum, text);
}

static void cycle(int dev, unsigned int nr_vps, struct bill *create, struct bill *destroy)
{
	int vps[MAX_VPS], pt;

	start_bill(create);
	pt = mshv_create_partition(dev, PT_LAPIC | PT_X2APIC);
	if (pt < 0 || mshv_initialize(pt))
		ktap_bail("a partition: %s", strerror(errno));
	for (unsigned int i = 0; i < nr_vps; i++) {
		vps[i] = mshv_create_vp(pt, i);
		if (vps[i] < 0)
			ktap_bail("VP %u: %s", i, strerror(errno));
	}
	end_bill(create, nr_vps, "to create a partition");
	start_bill(destroy);
	for (unsigned int i = 0; i < nr_vps; i++)
		close(vps[i]);
	close(pt);
	end_bill(destroy, nr_vps, "to destroy a partition");
}

static void test(int dev, unsigned int nr_vps, uint64_t may_create, uint64_t may_destroy)
{
	struct bill create, destroy;

	cycle(dev, nr_vps, &create, &destroy);
	cycle(dev, nr_vps, &create, &destroy);
	ktap_ok(create.sum <= may_create, "hypercalls: to create a partition with %u VPs", nr_vps);
	ktap_ok(destroy.sum <= may_destroy, "hypercalls: to destroy a partition with %u VPs",
		nr_vps);
}

int main(void)
{
	struct leak_mark mark;
	int dev;

	ktap_plan(2 * 2 + LEAK_RESULTS);
	leak_mark(&mark);
	dev = mshv_open();
	test(dev, 1, 9, 7);
	test(dev, MAX_VPS, 40, 35);
	close(dev);
	leak_check(&mark);
	return ktap_end();
}
