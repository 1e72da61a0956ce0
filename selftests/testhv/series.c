// SPDX-License-Identifier: GPL-2.0
/*
 * A series of deadlines, each of which kicks one of the root's CPUs, and what
 * they tell about the clock: how late the service CPU was, how long the kick
 * took to end the guest's turn, what the root was doing, and whether any was lost.
 *
 * A kick that is still on its way when the next deadline passes is not sent
 * again, so that sent and noticed must agree at the end.
 *
 * Locking: hv_lock.
 */
#include "series.h"
#include "boot.h"
#include "clock.h"
#include "control.h"
#include "cpu.h"
#include "guest.h"
#include "log.h"
#include "npt.h"
#include "partition.h"
#include "string.h"
#include "vp.h"
#include "x86.h"

static struct {
	struct timer timer;
	struct cpu *target;
	u64 left, period, deadline;
	u64 sent, noticed;
	u64 user, off, idle, kernel, child;
	u32 nr_late;
	u32 late[SERIES_MAX], kick[SERIES_MAX];	/* ns */
} series;

/* The option "kicks=US": from boot on, one of the root's CPUs in turn is kicked each US. */
static struct {
	struct timer timer;
	u64 period;
	u32 next;
} steady;

static void steady_kick(struct timer *timer)
{
	clock_kick(&cpus[steady.next]);
	steady.next = (steady.next + 1) % nr_root_cpus;
	timer_arm(timer, rdtsc() + steady.period);
}

void series_init(void)
{
	u64 us = option_number("kicks", 0);

	if (!us)
		return;
	steady.period = mul_div(us, tsc_khz, 1000);
	steady.timer.expired = steady_kick;
	timer_arm(&steady.timer, rdtsc() + steady.period);
}

static u32 tsc_to_ns(u64 tsc)
{
	return MIN(mul_div(tsc, 1000000, tsc_khz), 0xffffffffUL);
}

static void deadline_passed(struct timer *timer)
{
	u64 now = rdtsc();

	series.late[series.nr_late++] = tsc_to_ns(now - series.deadline);
	if (series.sent == series.noticed) {
		series.sent++;
		clock_kick(series.target);
	}
	if (--series.left) {
		series.deadline = MAX(series.deadline + series.period, now + series.period / 2);
		timer_arm(timer, series.deadline);
	}
}

bool series_start(struct cpu *target, u64 count, u64 period_tsc)
{
	if (series.left || series.sent != series.noticed)
		return false;
	memset(&series, 0, sizeof(series));
	series.target = target;
	series.left = count;
	series.period = period_tsc;
	series.timer.expired = deadline_passed;
	series.deadline = rdtsc() + period_tsc;
	timer_arm(&series.timer, series.deadline);
	return true;
}

static void note_state(struct vp *vp)
{
	if (vp_cpl(vp))
		series.user++;
	else if (hlt_at(vp, vp->vmcb->save.rip - HLT_LENGTH))
		series.idle++;
	else if (!(vp->vmcb->save.rflags & RFLAGS_IF))
		series.off++;
	else
		series.kernel++;
}

/*
 * A kick for another reason may carry this one along; it counts all the same.
 */
void series_noticed(struct cpu *cpu, u64 sent)
{
	if (cpu != series.target || series.sent == series.noticed)
		return;
	series.kick[series.noticed++] = tsc_to_ns(rdtsc() - sent);
	if (cpu->vp == cpu->root_vp)
		note_state(cpu->root_vp);
	else
		series.child++;
}

static void sort(u32 *v, u32 n)
{
	for (u32 gap = n / 2; gap; gap /= 2)
		for (u32 i = gap; i < n; i++)
			for (u32 j = i; j >= gap && v[j - gap] > v[j]; j -= gap) {
				u32 swap = v[j];

				v[j] = v[j - gap];
				v[j - gap] = swap;
			}
}

/* The value below which per_mille of them lie, or are equal to it. */
static u64 percentile(u32 *v, u32 n, u32 per_mille)
{
	if (!n)
		return 0;
	sort(v, n);
	return v[(u64)(n - 1) * per_mille / 1000];
}

u64 series_read(u32 field)
{
	switch (field) {
	case TESTHV_SERIES_LEFT:
		return series.left;
	case TESTHV_SERIES_SENT:
		return series.sent;
	case TESTHV_SERIES_NOTICED:
		return series.noticed;
	case TESTHV_SERIES_USER:
		return series.user;
	case TESTHV_SERIES_OFF:
		return series.off;
	case TESTHV_SERIES_IDLE:
		return series.idle;
	case TESTHV_SERIES_KERNEL:
		return series.kernel;
	case TESTHV_SERIES_CHILD:
		return series.child;
	case TESTHV_LATE_P50:
		return percentile(series.late, series.nr_late, 500);
	case TESTHV_LATE_P99:
		return percentile(series.late, series.nr_late, 990);
	case TESTHV_LATE_MAX:
		return percentile(series.late, series.nr_late, 1000);
	case TESTHV_KICK_P50:
		return percentile(series.kick, series.noticed, 500);
	case TESTHV_KICK_P99:
		return percentile(series.kick, series.noticed, 990);
	default:
		return percentile(series.kick, series.noticed, 1000);
	}
}
