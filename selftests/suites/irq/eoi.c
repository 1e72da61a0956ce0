// SPDX-License-Identifier: GPL-2.0-only
/*
 * A level-triggered interrupt ends with the guest's EOI, and the VMM must hear
 * of it, so that it can ask its device whether the line is still up.
 */
#include <string.h>

#include "ktap.h"
#include "lib/apic_child.h"

#define SECONDS	1000
#define VECTOR	0x66
#define ROUNDS	20

/* The VP's thread ends with a message; is it the EOI of our vector? */
static bool is_eoi(const struct vp_thread *thread)
{
	const struct hv_x64_apic_eoi_message *eoi = (const void *)thread->last.u.payload;

	return thread->last.header.message_type == HVMSG_X64_APIC_EOI &&
	       eoi->interrupt_vector == VECTOR && eoi->vp_index == 0;
}

static bool one_round(struct child *child, struct vp_thread *thread)
{
	bool good = !apic_assert_level(child, 0, VECTOR) && vp_thread_wait(thread, 10 * SECONDS);

	vp_thread_stop(thread);
	good = good && is_eoi(thread);
	vp_thread_start(thread);
	return good;
}

int main(void)
{
	struct vp_thread thread = { 0 };
	unsigned int good = 0;
	struct child child;

	ktap_plan(2);
	apic_child_create(&child, 1, NULL);
	apic_vp_start(&child, &thread, 0);
	for (unsigned int i = 0; i < ROUNDS; i++)
		good += one_round(&child, &thread);
	ktap_is(good, ROUNDS, "each EOI of a level-triggered vector comes to the VMM, once");
	ktap_is((long long)apic_data(&child, 0)->count[VECTOR], ROUNDS, "the guest took each once");
	vp_thread_stop(&thread);
	child_destroy(&child);
	return ktap_end();
}
