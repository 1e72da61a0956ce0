// SPDX-License-Identifier: GPL-2.0-only
/*
 * An eventfd is signalled before the partition has a VP, and before its interrupt has a route:
 * there is nobody to interrupt, and nothing else happens.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/irqline.h"

#define GSI	17

int main(void)
{
	struct leak_mark mark;
	int dev, pt, fd;

	ktap_plan(2 + LEAK_RESULTS);
	leak_mark(&mark);
	dev = mshv_open();
	pt = mshv_create_partition(dev, PT_LAPIC | PT_X2APIC);
	if (pt < 0 || mshv_initialize(pt))
		ktap_bail("no partition: %s", strerror(errno));
	fd = line_assign(pt, GSI);
	line_signal(fd);
	ktap_is((long long)line_value(fd), 0, "a signal without route and VP is taken");
	line_route(pt, GSI, 0, 0x50, false);
	line_signal(fd);
	ktap_is((long long)line_value(fd), 0, "a signal without VP is taken");
	line_deassign(pt, fd, GSI);
	close(pt);
	close(dev);
	leak_check(&mark);
	return ktap_end();
}
