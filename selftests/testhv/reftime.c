// SPDX-License-Identifier: GPL-2.0
/*
 * Reference time of partitions and the reference TSC page.
 *
 * Time is (TSC - base) * scale >> 64, the very formula that the guest applies
 * to the page, so the two ways of reading it agree.  The page speaks of the
 * guest's TSC, which differs by the TSC offset of the VPs; VP 0's stands for
 * all.
 *
 * Locking: hv_lock.
 */
#include "reftime.h"
#include "clock.h"
#include "partition.h"
#include "platform.h"
#include "stimer.h"
#include "vp.h"
#include "x86.h"

#define UNITS_PER_MS	10000UL

/* (units / TSC tick) * 2^64.  The last bit is lost to the division's width: 1e-16 of the time. */
static u64 scale(void)
{
	return mul_div(UNITS_PER_MS, BIT(63), tsc_khz) << 1;
}

static u64 to_units(u64 ticks)
{
	return (u64)((unsigned __int128)ticks * scale() >> 64);
}

u64 reftime_now(const struct partition *p)
{
	return p->time_frozen ? p->ref_frozen_at : to_units(time_now() - p->ref_tsc_base);
}

/* The base that makes the present reference time `value`. */
static u64 base_for(u64 value)
{
	return time_now() - mul_div(value, tsc_khz, UNITS_PER_MS);
}

void reftime_start(struct partition *p)
{
	if (!p->time_frozen && !p->ref_tsc_base)
		p->ref_tsc_base = time_now();
}

static void rearm_timers(struct partition *p)
{
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i] && p->vps[i]->synic)
			stimer_rearm(p->vps[i]);
}

void reftime_freeze(struct partition *p, bool freeze)
{
	if (freeze == p->time_frozen)
		return;
	if (freeze)
		p->ref_frozen_at = p->ref_tsc_base ? reftime_now(p) : 0;
	else
		p->ref_tsc_base = base_for(p->ref_frozen_at);
	p->time_frozen = freeze;
	reftime_update_page(p);
	rearm_timers(p);
}

void reftime_set(struct partition *p, u64 value)
{
	p->ref_frozen_at = value;
}

u64 reftime_deadline(const struct partition *p, u64 when)
{
	u64 now = reftime_now(p);

	if (when <= now)
		return 0;
	/* One more tick, lest the division's rest make it early. */
	return time_now() + mul_div(when - now, tsc_khz, UNITS_PER_MS) + 1;
}

/* Sequence 0 tells the guest to use the MSR: so it does while time stands still. */
void reftime_update_page(struct partition *p)
{
	struct ms_hyperv_tsc_page *page;
	u64 guest_tsc;

	if (!p->platform || !p->platform->tsc_page.enabled || !p->vps[0])
		return;
	page = spa_ptr(p->platform->tsc_page.page);
	WRITE_ONCE(page->tsc_sequence, 0);
	barrier();
	if (p->time_frozen)
		return;
	guest_tsc = time_now() + p->vps[0]->vmcb->control.tsc_offset;
	page->tsc_scale = scale();
	page->tsc_offset = (s64)(reftime_now(p) - to_units(guest_tsc));
	barrier();
	if (!++p->platform->tsc_sequence)
		p->platform->tsc_sequence = 1;
	WRITE_ONCE(page->tsc_sequence, p->platform->tsc_sequence);
}
