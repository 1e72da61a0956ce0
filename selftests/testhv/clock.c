// SPDX-License-Identifier: GPL-2.0
/*
 * The service CPU: the queue of deadlines, the loop that serves it, and
 * testhv's notion of time.
 *
 * The timer is the service CPU's own local APIC's, one-shot: the TSC-deadline
 * mode is absent in QEMU's TCG.  The CPU sleeps in HLT between deadlines and
 * never spins, which under icount would eat the time of all others.
 *
 * Locking: the queue is protected by hv_lock.
 */
#include "clock.h"
#include "acpi.h"
#include "boot.h"
#include "cpu.h"
#include "host.h"
#include "log.h"
#include "schedule.h"
#include "series.h"
#include "x86.h"

#define PM_TIMER_HZ	3579545		/* the ACPI timer's, by definition */
#define PM_TIMER_MASK	0xffffff	/* it has 24 bits at least */
#define CALIBRATE_MS	100
#define SAMPLE_TRIES	16
#define REFERENCE_HZ	10000000	/* reference time counts 100 ns */

u64 tsc_khz;
const u64 apic_khz = 1000000;
u64 clock_tsc_scale, clock_tsc_offset;
static struct timer *queue;		/* by deadline */

/* Two clocks at one moment. */
struct sample {
	u64 tsc;
	u32 pm;
};

/*
 * Somebody else may get the host's CPU between two reads, so the moment is the
 * best of some tries.
 */
static struct sample take_sample(void)
{
	struct sample best = { 0 };
	u64 best_width = ~0UL;

	for (u32 i = 0; i < SAMPLE_TRIES; i++) {
		u64 start = rdtsc();
		struct sample s = { .pm = inl(acpi_pm_timer) };
		u64 width = rdtsc() - start;

		s.tsc = start + width / 2;
		if (width < best_width) {
			best_width = width;
			best = s;
		}
	}
	return best;
}

/*
 * The TSC against the ACPI timer.  QEMU's APIC timer counts nanoseconds; it
 * is not measured, because QEMU gives up ("Bad icount read") when its count is
 * read under icount.
 */
void clock_calibrate(void)
{
	struct sample from, to;
	u64 ticks;

	from = take_sample();
	do {
		to = take_sample();
		ticks = (to.pm - from.pm) & PM_TIMER_MASK;
	} while (ticks < PM_TIMER_HZ / 1000 * CALIBRATE_MS);
	tsc_khz = (mul_div(to.tsc - from.tsc, PM_TIMER_HZ, ticks) + 500) / 1000;
	clock_tsc_scale = mul_div(REFERENCE_HZ / 1000, BIT(63), tsc_khz) << 1;
	clock_tsc_offset = -clock_reference();
	log_info("TSC %lu kHz", tsc_khz);
}

/* The formula that clients of the reference TSC page apply. */
u64 clock_reference(void)
{
	return (u64)((__uint128_t)rdtsc() * clock_tsc_scale >> 64) + clock_tsc_offset;
}

void timer_cancel(struct timer *timer)
{
	for (struct timer **at = &queue; *at; at = &(*at)->next)
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	timer->deadline = 0;
}

/* A count of 0 would stop the timer, so an overdue deadline gets the shortest there is. */
static void program_timer(void)
{
	u64 now = rdtsc(), count = 0;

	if (queue) {
		u64 left = queue->deadline > now ? queue->deadline - now : 0;

		left = MIN(left, tsc_khz * 1000);	/* a second, so that nothing overflows */
		count = MAX(mul_div(left, apic_khz, tsc_khz), 1UL);
	}
	wrmsr(MSR_X2APIC_TIMER_INIT, count);
}

void timer_arm(struct timer *timer, u64 tsc_deadline)
{
	struct timer **at = &queue;

	timer_cancel(timer);
	timer->deadline = MAX(tsc_deadline, 1UL);
	while (*at && (*at)->deadline <= timer->deadline)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	if (queue != timer)
		return;
	/* The service CPU may be about to enter a child that never exits by itself. */
	if (this_cpu() == service_cpu)
		program_timer();
	else
		host_wake(service_cpu);
}

/* Those that are due now; what they arm anew waits for the next round, after others had hv_lock. */
static void run_expired(void)
{
	u64 now = rdtsc();

	while (queue && queue->deadline <= now) {
		struct timer *timer = queue;

		queue = timer->next;
		timer->deadline = 0;
		timer->expired(timer);
	}
}

void clock_service_loop(void)
{
	struct cpu *cpu = this_cpu();
	bool busy;

	wrmsr(MSR_X2APIC_TIMER_DIV, X2APIC_DIV_1);
	wrmsr(MSR_X2APIC_LVT_TIMER, VECTOR_TIMER);
	log_rings_ready();
	series_init();
	for (;;) {
		cpu->awake = false;
		spin_lock(&hv_lock);
		run_expired();
		program_timer();
		busy = schedule_service();
		spin_unlock(&hv_lock);
		log_flush();
		if (busy)
			host_window();
		else
			host_sleep(&cpu->awake);
	}
}
