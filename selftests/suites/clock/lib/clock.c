// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers of the clock's tests.
 */
#define _GNU_SOURCE
#include "clock.h"

#include <time.h>
#include <unistd.h>

#include "ktap.h"

uint64_t clock_field(unsigned int cpu, enum testhv_clock_field field)
{
	struct testhv_result r = testhv_control(TESTHV_CLOCK, cpu, field, 0);

	if (r.status != TESTHV_OK)
		ktap_bail("clock field %u of CPU %u: status %llu", field, cpu,
			  (unsigned long long)r.status);
	return r.a;
}

void clock_series_start(unsigned int cpu, unsigned int count, unsigned int period_us)
{
	struct testhv_result r = testhv_control(TESTHV_KICKS, cpu, count, period_us * 1000ULL);

	if (r.status != TESTHV_OK)
		ktap_bail("series of kicks on CPU %u: status %llu", cpu,
			  (unsigned long long)r.status);
}

static bool series_over(unsigned int cpu)
{
	return !clock_field(cpu, TESTHV_SERIES_LEFT) &&
	       clock_field(cpu, TESTHV_SERIES_SENT) == clock_field(cpu, TESTHV_SERIES_NOTICED);
}

bool clock_series_wait(unsigned int cpu, unsigned int seconds)
{
	double give_up = now() + seconds;

	while (!series_over(cpu)) {
		if (now() > give_up)
			return false;
		usleep(20000);
	}
	return true;
}

bool clock_series_in_time(unsigned int cpu)
{
	static const struct {
		enum testhv_clock_field field;
		uint64_t ns;
	} bounds[] = {
		{ TESTHV_LATE_P50, 1000000 }, { TESTHV_KICK_P50, 1000000 },
		{ TESTHV_LATE_P99, 100000000 }, { TESTHV_KICK_P99, 100000000 },
		{ TESTHV_LATE_MAX, 2000000000 }, { TESTHV_KICK_MAX, 2000000000 },
	};

	for (unsigned int i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (clock_field(cpu, bounds[i].field) >= bounds[i].ns)
			return false;
	return true;
}

uint64_t nmi_count(unsigned int cpu)
{
	FILE *file = fopen("/proc/interrupts", "r");
	uint64_t count = 0;
	char line[512], *at;

	if (!file)
		ktap_bail("/proc/interrupts: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		at = strstr(line, "NMI:");
		if (!at)
			continue;
		at += strlen("NMI:");
		for (unsigned int i = 0; i <= cpu; i++)
			count = strtoull(at, &at, 10);
	}
	fclose(file);
	return count;
}

unsigned int nr_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}
