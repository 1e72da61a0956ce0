// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that are put off, and their completion by message.
 *
 * What the call does it has done before its caller hears that it is pending:
 * no caller may rely on either.  One that finds all slots taken is not put
 * off.
 *
 * Locking: hv_lock.
 */
#include "async.h"
#include "boot.h"
#include "clock.h"
#include "cpu.h"
#include "message.h"
#include "synic.h"
#include "vp.h"
#include "x86.h"

#define SLOTS	16

static struct pending {
	struct timer timer;
	struct vp *vp;		/* the caller, which gets the message; NULL: free */
	u64 partition;
	u64 status;
} slots[SLOTS];

static bool enabled;
static u32 delay_ms;

void async_init(void)
{
	if (option_value("async"))
		async_set(true, MIN(option_number("async", 0), ASYNC_MAX_MS));
}

void async_set(bool on, u32 ms)
{
	enabled = on;
	delay_ms = ms;
}

static void completed(struct timer *timer)
{
	struct pending *slot = container_of(timer, struct pending, timer);
	struct hv_async_completion_message_payload payload = {
		.partition_id = slot->partition,
		.status = slot->status,
		.completion_count = 1,
	};
	struct hv_message msg;

	message_init(&msg, HVMSG_ASYNC_CALL_COMPLETION, slot->partition, &payload,
		     sizeof(payload));
	root_post_message(slot->vp, HV_SYNIC_INTERCEPTION_SINT_INDEX, &msg);
	slot->vp = NULL;
}

u64 async_status(struct vp *vp, u16 code, u64 partition, u64 status)
{
	struct pending *slot;

	if (!enabled || code != HVCALL_SET_PARTITION_PROPERTY)
		return status;
	for (slot = slots; slot < slots + SLOTS; slot++) {
		if (slot->vp)
			continue;
		slot->vp = vp;
		slot->partition = partition;
		slot->status = status;
		slot->timer.expired = completed;
		timer_arm(&slot->timer, rdtsc() + delay_ms * tsc_khz + 1);
		return HV_STATUS_CALL_PENDING;
	}
	return status;
}
