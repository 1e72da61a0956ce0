// SPDX-License-Identifier: GPL-2.0-only
/* A partition, eventfds, and files that are none. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "events.h"
#include "ktap.h"
#include "mshv.h"

int dev, pt, event, other, pipes[2];

void events_open(void)
{
	dev = mshv_open();
	pt = mshv_create_partition(dev, PT_LAPIC);
	event = eventfd(0, EFD_NONBLOCK);
	other = eventfd(0, EFD_NONBLOCK);
	if (pt < 0 || mshv_initialize(pt) || event < 0 || other < 0 || pipe(pipes))
		ktap_bail("no partition or no eventfds: %s", strerror(errno));
}

void events_close(void)
{
	close(event);
	close(other);
	close(pipes[0]);
	close(pipes[1]);
	close(pt);
	close(dev);
}
