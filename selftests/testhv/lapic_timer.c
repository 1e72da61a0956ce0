// SPDX-License-Identifier: GPL-2.0
/*
 * The timer of a child's local APIC: one-shot and periodic.
 *
 * Nothing counts: the current count follows from the TSC at the start, and a
 * deadline on the service CPU fires the LVT entry.  TSC-deadline mode is not
 * offered (CPUID says so).
 *
 * Locking: hv_lock.
 */
#include "lapic.h"
#include "reftime.h"
#include "vp.h"

/* Register value to divisor: bits 0, 1 and 3 make a number n, the divisor is 2^(n+1), 7 is 1. */
static u32 divisor_shift(u32 divide)
{
	u32 n = (divide & 3) | (divide >> 1 & 4);

	return (n + 1) & 7;
}

static u64 ticks_to_tsc(const struct lapic *lapic, u32 count)
{
	return mul_div((u64)count << divisor_shift(lapic->timer_divide), tsc_khz, LAPIC_KHZ);
}

static bool periodic(const struct lapic *lapic)
{
	return lapic->lvt[LVT_TIMER] & LVT_PERIODIC;
}

u32 lapic_timer_current(const struct lapic *lapic)
{
	u64 gone;

	if (!lapic->timer_initial)
		return 0;
	gone = mul_div(time_now() - lapic->timer_start, LAPIC_KHZ, tsc_khz) >>
	       divisor_shift(lapic->timer_divide);
	if (periodic(lapic))
		return lapic->timer_initial - (u32)(gone % lapic->timer_initial);
	return gone < lapic->timer_initial ? lapic->timer_initial - (u32)gone : 0;
}

void lapic_timer_stop(struct lapic *lapic)
{
	timer_cancel(&lapic->timer);
}

void lapic_timer_start(struct lapic *lapic, u32 initial)
{
	lapic->timer_initial = initial;
	lapic->timer_start = time_now();
	if (initial)
		timer_arm(&lapic->timer, lapic->timer_start + ticks_to_tsc(lapic, initial));
	else
		timer_cancel(&lapic->timer);
}

/* A count that was saved in the middle. */
void lapic_timer_restore(struct lapic *lapic, u32 initial, u32 current)
{
	u64 now = time_now();

	lapic->timer_initial = initial;
	if (!initial)
		return;
	lapic->timer_start = now - ticks_to_tsc(lapic, initial - MIN(current, initial));
	if (current)
		timer_arm(&lapic->timer, now + ticks_to_tsc(lapic, current));
}

/* What is left of the count goes on at the new speed. */
void lapic_timer_divide(struct lapic *lapic, u32 divide)
{
	u32 left = lapic_timer_current(lapic);
	u64 now = time_now();

	lapic->timer_divide = divide & 0xb;
	if (!left)
		return;
	lapic->timer_start = now - ticks_to_tsc(lapic, lapic->timer_initial - left);
	timer_arm(&lapic->timer, now + ticks_to_tsc(lapic, left));
}

/*
 * A period that has passed altogether while nobody looked is not made up for, and one that is
 * shorter than TIMER_MIN_PERIOD_US does not shorten the wait.
 */
void lapic_timer_expired(struct timer *timer)
{
	struct lapic *lapic = container_of(timer, struct lapic, timer);
	u64 least = mul_div(TIMER_MIN_PERIOD_US, tsc_khz, 1000);
	u64 period = ticks_to_tsc(lapic, lapic->timer_initial);
	u64 now = time_now();

	if (periodic(lapic) && period) {
		lapic->timer_start += (now - lapic->timer_start) / period * period;
		timer_arm(&lapic->timer, MAX(lapic->timer_start + period, now + least));
	}
	lapic_local(lapic, LVT_TIMER);
}
