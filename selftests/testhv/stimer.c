// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic timers: one-shot (count is a reference time) or periodic (count is
 * a period).  Expiry is an interrupt in direct mode, else a message.
 *
 * A timer whose message slot is full delivers late: at the guest's next EOM or
 * EOI.  A periodic one stays on its grid; periods that nobody could see, and
 * those that end within MIN_PERIOD of the last expiry, are left out.
 *
 * Locking: hv_lock.
 */
#include "stimer.h"
#include "child.h"
#include "lapic.h"
#include "message.h"
#include "partition.h"
#include "reftime.h"
#include "vsynic.h"

#define CONFIG_VALID	0xf1fffUL
#define MIN_PERIOD	(TIMER_MIN_PERIOD_US * 10UL)	/* of reference time */

static union hv_stimer_config config_of(const struct stimer *t)
{
	return (union hv_stimer_config){ .as_uint64 = t->config };
}

static bool post(struct stimer *t, u64 expiry)
{
	struct hv_timer_message_payload payload = {
		.timer_index = t->index,
		.expiration_time = expiry,
		.delivery_time = reftime_now(t->vp->partition),
	};
	struct hv_message msg;

	message_init(&msg, HVMSG_TIMER_EXPIRED, 0, &payload, sizeof(payload));
	return vsynic_post_message(t->vp, (u32)config_of(t).sintx, &msg);
}

static void deliver(struct stimer *t, u64 expiry)
{
	if (config_of(t).direct_mode) {
		if (t->vp->lapic)
			lapic_request(t->vp->lapic, config_of(t).apic_vector, false);
		return;
	}
	t->undelivered = !post(t, expiry);
	t->undelivered_expiry = expiry;
}

static void arm(struct stimer *t)
{
	struct partition *p = t->vp->partition;

	if (!t->expiry || p->time_frozen)
		timer_cancel(&t->timer);
	else
		timer_arm(&t->timer, reftime_deadline(p, t->expiry) ?: time_now());
}

static void expire(struct stimer *t)
{
	u64 now = reftime_now(t->vp->partition);
	u64 expiry = t->expiry;

	if (config_of(t).periodic) {
		t->expiry += (MAX(now - expiry, MIN_PERIOD - 1) / t->count + 1) * t->count;
	} else {
		t->expiry = 0;
		t->config &= ~BIT(0);
	}
	if (!t->undelivered)
		deliver(t, expiry);
	arm(t);
}

static void timer_expired(struct timer *timer)
{
	struct stimer *t = container_of(timer, struct stimer, timer);

	if (t->expiry && reftime_now(t->vp->partition) >= t->expiry)
		expire(t);
	else
		arm(t);
}

static void start(struct stimer *t)
{
	union hv_stimer_config config = config_of(t);
	u64 now = reftime_now(t->vp->partition);

	t->undelivered = false;
	t->expiry = 0;
	if (config.enable && t->count)
		t->expiry = config.periodic ? now + t->count : t->count;
	if (t->expiry && t->expiry <= now && !t->vp->partition->time_frozen)
		expire(t);
	else
		arm(t);
}

/* A timer that sends messages to no source cannot be enabled. */
void stimer_write_config(struct vp *vp, u32 index, u64 config)
{
	struct stimer *t = &vp->synic->timers[index];
	union hv_stimer_config c = { .as_uint64 = config & CONFIG_VALID };

	if (!c.direct_mode && !c.sintx)
		c.enable = 0;
	t->config = c.as_uint64;
	start(t);
}

void stimer_write_count(struct vp *vp, u32 index, u64 count)
{
	struct stimer *t = &vp->synic->timers[index];
	union hv_stimer_config c = config_of(t);

	t->count = count;
	if (!count)
		c.enable = 0;
	else if (c.auto_enable)
		c.enable = 1;
	stimer_write_config(vp, index, c.as_uint64);
}

void stimer_redeliver(struct vp *vp, u32 sint)
{
	for (u32 i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		struct stimer *t = &vp->synic->timers[i];

		if (t->undelivered && config_of(t).sintx == sint)
			deliver(t, t->undelivered_expiry);
	}
}

void stimer_rearm(struct vp *vp)
{
	for (u32 i = 0; i < HV_SYNIC_STIMER_COUNT; i++)
		arm(&vp->synic->timers[i]);
}

u64 stimer_left(const struct vp *vp, u32 index)
{
	const struct stimer *t = &vp->synic->timers[index];
	u64 now = reftime_now(vp->partition);

	return t->expiry > now ? t->expiry - now : !!t->expiry;
}

void stimer_resume(struct vp *vp, u32 index, u64 left)
{
	struct stimer *t = &vp->synic->timers[index];

	t->expiry = left ? reftime_now(vp->partition) + left : 0;
	arm(t);
}

void stimer_stop_all(struct vsynic *synic)
{
	for (u32 i = 0; i < HV_SYNIC_STIMER_COUNT; i++)
		timer_cancel(&synic->timers[i].timer);
}

void stimer_reset(struct vp *vp)
{
	stimer_stop_all(vp->synic);
	for (u32 i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		struct stimer *t = &vp->synic->timers[i];

		t->config = t->count = t->expiry = 0;
		t->undelivered = false;
	}
}

void stimer_init(struct vsynic *synic)
{
	for (u32 i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		struct stimer *t = &synic->timers[i];

		t->vp = synic->vp;
		t->index = i;
		t->timer.expired = timer_expired;
	}
}
