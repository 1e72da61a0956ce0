// SPDX-License-Identifier: GPL-2.0
/* Counters of partitions whose ids have begun again. */
#include "../partition.h"
#include "../stats.h"
#include "../vp.h"
#include "../../lib/ktap.h"

#define LAST_ID	65535UL

static void live_and_die(u64 id)
{
	counters_detach(counters_attach(id));
}

int main(void)
{
	struct partition_counters *c;

	ktap_plan(3);
	live_and_die(2);
	live_and_die(LAST_ID);
	c = counters_attach(2);
	ktap_ok(counters_find(2) == c && !c->dead, "a living partition is found before a dead one");
	counters_detach(c);
	ktap_ok(counters_find(2) == c, "and of two dead ones the younger");
	for (u64 id = 3; id < 3 + NR_KEPT - 1; id++)
		live_and_die(id);
	ktap_ok(!counters_find(LAST_ID) && counters_find(2) == c,
		"the oldest are forgotten first, whatever their ids");
	return ktap_end();
}
