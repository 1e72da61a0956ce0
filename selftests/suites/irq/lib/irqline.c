// SPDX-License-Identifier: GPL-2.0-only
/* Eventfds as a VMM's devices use them. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "irqline.h"
#include "ktap.h"
#include "mshv.h"

int line_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		ktap_bail("eventfd: %s", strerror(errno));
	return fd;
}

void line_signal(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		ktap_bail("writing an eventfd: %s", strerror(errno));
}

uint64_t line_value(int fd)
{
	uint64_t value;

	return read(fd, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

int line_assign(int pt, uint32_t gsi)
{
	int fd = line_eventfd();

	if (mshv_irqfd(pt, fd, -1, gsi, 0))
		ktap_bail("IRQFD for gsi %u: %s", gsi, strerror(errno));
	return fd;
}

void line_deassign(int pt, int fd, uint32_t gsi)
{
	if (mshv_irqfd(pt, fd, -1, gsi, IRQFD_DEASSIGN))
		ktap_bail("IRQFD for gsi %u, deassign: %s", gsi, strerror(errno));
	close(fd);
}

void line_route(int pt, uint32_t gsi, unsigned int apic_id, unsigned int vector, bool level)
{
	struct mshv_user_irq_entry entry = msi_route(gsi, apic_id, vector, level);

	if (mshv_set_routes(pt, &entry, 1))
		ktap_bail("SET_MSI_ROUTING: %s", strerror(errno));
}
