// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message that nobody can use must not stay in its slot: nothing else would
 * get through to that CPU.  After each one a VP that halts is woken, which takes
 * a message; the root has one CPU.
 */
#include <stdlib.h>

#include "../../testhv/control.h"
#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"
#include "testhv.h"

#define GSI	3
#define VECTOR	0x51

/* What they say is wrong as well: a VP that is not, a source that is not, zeroes. */
static const struct {
	const char *name;
	uint32_t type;
	bool of_child;
	uint64_t payload;
} messages[] = {
	{ "an unknown type", 0xdeadbeef, false, 0 },
	{ "an unknown type of the child", 0x80004242, true, 0 },
	{ "a timer's", HVMSG_TIMER_EXPIRED, false, 0 },
	{ "an intercept that should be in its page", HVMSG_GPA_INTERCEPT, true, 0 },
	{ "an intercept of an unknown partition", HVMSG_OPAQUE_INTERCEPT, false, 0 },
	{ "an intercept of a VP that is not", HVMSG_OPAQUE_INTERCEPT, true, 200 },
	{ "an intercept of a VP that cannot be", HVMSG_OPAQUE_INTERCEPT, true, 0xffffffff },
	{ "an EOI of an unknown partition", HVMSG_X64_APIC_EOI, false, 0x51ULL << 32 },
	{ "an EOI that nobody waits for", HVMSG_X64_APIC_EOI, true, 0x99ULL << 32 },
	{ "an EOI of a vector that cannot be", HVMSG_X64_APIC_EOI, true, ~0ULL },
	{ "news of a source that is not ours", HVMSG_SYNIC_SINT_INTERCEPT, false, 7 },
	{ "news of a source that cannot be", HVMSG_SYNIC_SINT_INTERCEPT, false, 0xffffffff },
	{ "news of doorbells, but none rang", HVMSG_SYNIC_SINT_INTERCEPT, false,
	  HV_SYNIC_DOORBELL_SINT_INDEX },
	{ "the end of a call that nobody made", HVMSG_ASYNC_CALL_COMPLETION, true, 0 },
	{ "a set of VPs of an unknown partition", HVMSG_SCHEDULER_VP_SIGNAL_BITSET, false, 99 },
	{ "pairs, none of them", HVMSG_SCHEDULER_VP_SIGNAL_PAIR, false, 0 },
	{ "pairs, more than there can be", HVMSG_SCHEDULER_VP_SIGNAL_PAIR, false, 0xffffffff },
};

#define NR_MESSAGES	(sizeof(messages) / sizeof(messages[0]))
#define ROUNDS		5

int main(void)
{
	struct vp_thread thread = { 0 };
	struct leak_mark mark;
	struct child child;
	uint64_t id, n = 0;
	bool good = true;
	int line;

	ktap_plan(NR_MESSAGES + 1 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	apic_child_create(&child, 1, NULL);
	apic_vp_start(&child, &thread, 0);
	id = query_info(child.pt).partition_id;
	line = line_assign(child.pt, GSI);
	line_route(child.pt, GSI, 0, VECTOR, false);
	for (size_t i = 0; i < NR_MESSAGES; i++) {
		/* What is held up once is so for good. */
		for (unsigned int round = 0; round < ROUNDS && good; round++) {
			uint64_t sender = messages[i].of_child ? id : id + 1000;
			struct testhv_result r = testhv_control(TESTHV_MESSAGE, messages[i].type,
								sender, messages[i].payload);

			line_signal(line);
			good = r.status == TESTHV_OK &&
			       wait_until(&apic_data(&child, 0)->count[VECTOR], ++n, 5000);
		}
		ktap_ok(good, "%s holds up nothing", messages[i].name);
	}
	vp_thread_stop(&thread);
	ktap_ok(!thread.messages && !thread.error, "the VMM saw nothing of it");
	line_deassign(child.pt, line, GSI);
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
