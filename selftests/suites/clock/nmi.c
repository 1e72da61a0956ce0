// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root's own NMIs reach the root, each exactly once, while testhv kicks the
 * same CPU by NMIs of its own.  They are sent by sysrq-l, which asks every other
 * CPU for a backtrace that way and waits for the answers.
 */
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"
#include "cpu.h"
#include "ktap.h"
#include "testhv.h"

#define BACKTRACES	20
#define PERIOD_US	500
#define SENDER		0
#define TARGET		1

static void all_backtraces(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "l", 1) != 1)
		ktap_bail("sysrq-l: %s", strerror(errno));
	close(fd);
}

int main(void)
{
	uint64_t counted, sent, injected, foreign, kicks;

	ktap_plan(6);
	testhv_required();
	run_on(SENDER);
	counted = nmi_count(TARGET);
	sent = clock_field(TARGET, TESTHV_ROOT_NMIS);
	injected = clock_field(TARGET, TESTHV_INJECTED_NMIS);
	foreign = clock_field(TARGET, TESTHV_FOREIGN_NMIS);

	clock_series_start(TARGET, 4000, PERIOD_US);
	for (unsigned int i = 0; i < BACKTRACES; i++)
		all_backtraces();
	kicks = clock_field(TARGET, TESTHV_SERIES_NOTICED);
	ktap_ok(kicks > BACKTRACES, "CPU is kicked meanwhile (%llu times)",
		(unsigned long long)kicks);
	ktap_ok(clock_series_wait(TARGET, 60), "every kick is noticed");

	sent = clock_field(TARGET, TESTHV_ROOT_NMIS) - sent;
	ktap_ok(sent >= BACKTRACES, "the root sent its NMIs (%llu)", (unsigned long long)sent);
	ktap_is(clock_field(TARGET, TESTHV_INJECTED_NMIS) - injected, sent,
		"as many were injected");
	ktap_is(nmi_count(TARGET) - counted, sent, "as many were counted by the root");
	ktap_is(clock_field(TARGET, TESTHV_FOREIGN_NMIS) - foreign, 0,
		"no NMI is of unknown origin");
	return ktap_end();
}
