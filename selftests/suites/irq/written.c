// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds with a history: written to before they raised interrupts, full with
 * somebody waiting for room, connected to two partitions.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"
#include "testhv.h"

#define SECONDS	1000
#define GSI	17
#define VECTOR	0x50
#define FULL	(UINT64_MAX - 1)

static struct child child;
static struct vp_thread vp;

/* More than so many. */
static bool arrives_after(uint64_t before)
{
	return wait_until(&apic_data(&child, 0)->count[VECTOR], before + 1, 10 * SECONDS);
}

/* Interrupts so far; two that come close together are one. */
static uint64_t so_far(void)
{
	uint64_t last, now = apic_data(&child, 0)->count[VECTOR];

	do {
		last = now;
		usleep(100000);
		now = apic_data(&child, 0)->count[VECTOR];
	} while (now != last);
	return now;
}

static void assign(int fd)
{
	if (mshv_irqfd(child.pt, fd, -1, GSI, 0))
		ktap_bail("IRQFD: %s", strerror(errno));
}

static void test_before(void)
{
	int fd = line_eventfd();

	line_signal(fd);
	line_signal(fd);
	assign(fd);
	ktap_ok(arrives_after(0), "what was written before raises the interrupt");
	ktap_is((long long)line_value(fd), 0, "... and is taken out of the eventfd");
	ktap_is((long long)so_far(), 1, "... and does so once");
	line_deassign(child.pt, fd, GSI);
}

struct writer {
	pthread_t thread;
	int fd;
	volatile bool through;
};

static void *write_one(void *data)
{
	struct writer *writer = data;
	uint64_t one = 1;

	writer->through = write(writer->fd, &one, sizeof(one)) == sizeof(one);
	return NULL;
}

static void test_full(void)
{
	struct writer writer = { .fd = eventfd(0, EFD_CLOEXEC) };
	uint64_t value = FULL, before = so_far();

	if (writer.fd < 0 || write(writer.fd, &value, sizeof(value)) != sizeof(value) ||
	    pthread_create(&writer.thread, NULL, write_one, &writer))
		ktap_bail("no eventfd: %s", strerror(errno));
	usleep(100000);
	ktap_ok(!writer.through, "a full eventfd has no room for a write");
	assign(writer.fd);
	ktap_ok(arrives_after(before), "... until it raises interrupts");
	for (unsigned int i = 0; i < 5000 && !writer.through; i++)
		usleep(1000);
	ktap_ok(writer.through, "... and the write returns");
	line_deassign(child.pt, writer.fd, GSI);
	pthread_cancel(writer.thread);
	pthread_join(writer.thread, NULL);
}

/* The second has no route for it, so it would take what the first does not get. */
static void test_two_partitions(void)
{
	uint64_t before = so_far();
	int fd = line_eventfd();
	struct child other;

	child_create(&other, PT_LAPIC, 0x10000, 1);
	assign(fd);
	line_signal(fd);
	ktap_ok(arrives_after(before), "an eventfd raises an interrupt of a partition");
	if (mshv_irqfd(other.pt, fd, -1, GSI, 0))
		ktap_bail("IRQFD: %s", strerror(errno));
	before = so_far();
	line_signal(fd);
	ktap_ok(arrives_after(before), "... also when it is connected to another one");
	if (mshv_irqfd(child.pt, fd, -1, GSI, IRQFD_DEASSIGN))
		ktap_bail("deassign: %s", strerror(errno));
	line_signal(fd);
	ktap_is((long long)line_value(fd), 0, "... which gets the writes when it is disconnected");
	child_destroy(&other);
	line_signal(fd);
	ktap_is((long long)line_value(fd), 1, "... and when both are gone, nobody");
	close(fd);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(3 + 3 + 4 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	apic_child_create(&child, 1, NULL);
	apic_vp_start(&child, &vp, 0);
	line_route(child.pt, GSI, 0, VECTOR, false);
	test_before();
	test_full();
	test_two_partitions();
	vp_thread_stop(&vp);
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
