// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a level-triggered interrupt comes as a message to the root, and here nobody has
 * asked for it.  It must not be in the way of the messages that come after it: of those that tell
 * that a VP which waits may run again.
 */
#include <string.h>

#include "ktap.h"
#include "lib/apic_child.h"

#define LEVEL_VECTOR	0x66
#define EDGE_VECTOR	0x55
#define ROUNDS		10

int main(void)
{
	struct vp_thread thread = { 0 };
	unsigned int good = 0;
	struct vp_data *data;
	struct child child;

	ktap_plan(2);
	apic_child_create(&child, 1, NULL);
	data = apic_data(&child, 0);
	apic_vp_start(&child, &thread, 0);
	ktap_ok(!apic_assert_level(&child, 0, LEVEL_VECTOR) &&
		wait_until(&data->count[LEVEL_VECTOR], 1, 10000),
		"the guest takes an interrupt and ends it");
	while (good < ROUNDS &&
	       !mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 0, EDGE_VECTOR) &&
	       wait_until(&data->count[EDGE_VECTOR], good + 1, 5000))
		good++;
	ktap_is(good, ROUNDS, "a VP that waits is woken after an end that nobody asked for");
	vp_thread_stop(&thread);
	if (thread.ended_itself)
		ktap_note("the VP ended with message %#x, error %d",
			  thread.last.header.message_type, thread.error);
	child_destroy(&child);
	return ktap_end();
}
