// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ioeventfds: which writes of the guest signal which eventfd, and that the
 * guest goes on without its VMM.
 *
 * The guest is a list of stores in 64-bit code, each to the address in RSI or
 * to the port in DX, that ends with an OUT to a port nobody waits for.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "lib/irqline.h"
#include "testhv.h"

#define GPA		0x3ffff000UL	/* not memory; within what the tables map */
#define PORT		0xc040
#define END_PORT	0x77

static struct child child;

/* AL, AX, EAX and RAX = 0x0123456789abcdef to memory and to a port, then the end. */
ASMBLOB(stores, 64,
	"mov $0x3ffff000, %esi\n"
	"mov $0xc040, %edx\n"
	"movabs $0x0123456789abcdef, %rax\n"
	"mov %al, (%rsi)\n"
	"mov %ax, (%rsi)\n"
	"mov %eax, (%rsi)\n"
	"mov %rax, (%rsi)\n"
	"movl $5, (%rsi)\n"
	"out %al, (%dx)\n"
	"out %ax, (%dx)\n"
	"out %eax, (%dx)\n"
	"mov $5, %eax\n"
	"out %eax, (%dx)\n"
	"out %al, $0x77\n");

static struct mshv_user_ioeventfd at(uint64_t addr, uint32_t len, int fd, uint32_t flags)
{
	return (struct mshv_user_ioeventfd) {
		.addr = addr, .len = len, .fd = fd, .flags = flags,
	};
}

static bool try_change(struct mshv_user_ioeventfd args, uint32_t flags, uint64_t value)
{
	args.flags |= flags;
	args.datamatch = value;
	return !mshv_ioeventfd(child.pt, &args);
}

static void change(struct mshv_user_ioeventfd args, uint32_t flags, uint64_t value)
{
	if (!try_change(args, flags, value))
		ktap_bail("IOEVENTFD at %#llx: %s", (unsigned long long)args.addr, strerror(errno));
}

/* Doorbells come by interrupt, so they may be on their way. */
static uint64_t value_in_time(int fd, uint64_t want)
{
	unsigned long long end = now_ms() + (want ? 5000 : 50);
	uint64_t value = line_value(fd);

	while (value < want && now_ms() < end) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		poll(&p, 1, 10);
		value += line_value(fd);
	}
	return value + line_value(fd);
}

/* Run the stores to their end; those nobody wants come back to us, and are counted. */
static unsigned int run_stores(void)
{
	struct hv_x64_memory_intercept_message *memory;
	struct hv_message message;
	unsigned int back = 0;

	child_long_mode(&child, 0, BLOB_GPA, 0);
	while (child_run(&child, 0, &message)) {
		struct hv_x64_intercept_message_header *header = message_header(&message);
		struct hv_x64_io_port_intercept_message *io = (void *)message.u.payload;

		memory = (void *)message.u.payload;
		if (message.header.message_type == HVMSG_X64_IO_PORT_INTERCEPT) {
			if (io->port_number == END_PORT)
				return back;
			child_skip(&child, 0, header->rip + header->instruction_length);
		} else if (message.header.message_type == HVMSG_UNMAPPED_GPA) {
			/* Our stores: 88 06, 66 89 06, 89 06, 48 89 06, c7 06 and 4 bytes. */
			static const uint8_t lengths[256] = {
				[0x88] = 2, [0x66] = 3, [0x89] = 2, [0x48] = 3, [0xc7] = 6,
			};

			child_skip(&child, 0, header->rip + lengths[memory->instruction_bytes[0]]);
		} else {
			ktap_bail("message %#x", message.header.message_type);
		}
		back++;
	}
	return 1000;
}

struct expected {
	const char *name;
	uint64_t addr;
	uint32_t len, flags;
	uint64_t value;
	uint64_t signals;
};

#define PIO	IOEVENTFD_PIO
#define MATCH	IOEVENTFD_DATAMATCH

/* While it is there, and none when it is gone. */
static bool signals_as(const struct expected *e)
{
	int fd = line_eventfd();
	struct mshv_user_ioeventfd args = at(e->addr, e->len, fd, e->flags);
	unsigned int back;
	uint64_t got;

	if (!try_change(args, 0, e->value)) {
		ktap_note("IOEVENTFD: %s", strerror(errno));
		close(fd);
		return false;
	}
	back = run_stores();
	got = value_in_time(fd, e->signals);
	change(args, IOEVENTFD_DEASSIGN, e->value);
	if (got != e->signals || back != 9 - e->signals)
		ktap_note("%llu signals, %u stores came back", (unsigned long long)got, back);
	close(fd);
	return got == e->signals && back == 9 - e->signals && run_stores() == 9;
}

static void test_each(void)
{
	static const struct expected list[] = {
		{ "any width, any value", GPA, 0, 0, 0, 5 },
		{ "1 byte", GPA, 1, 0, 0, 1 },
		{ "2 bytes", GPA, 2, 0, 0, 1 },
		{ "4 bytes", GPA, 4, 0, 0, 2 },
		{ "8 bytes", GPA, 8, 0, 0, 1 },
		{ "1 byte of a value", GPA, 1, MATCH, 0xef, 1 },
		{ "1 byte of another value", GPA, 1, MATCH, 0xee, 0 },
		{ "2 bytes of a value", GPA, 2, MATCH, 0xcdef, 1 },
		{ "4 bytes of a value", GPA, 4, MATCH, 5, 1 },
		{ "4 bytes of a value that has more", GPA, 4, MATCH, 0x0123456789abcdef, 0 },
		{ "8 bytes of a value", GPA, 8, MATCH, 0x0123456789abcdef, 1 },
		{ "any width of a value", GPA, 0, MATCH, 5, 1 },
		{ "another address", GPA + 8, 0, 0, 0, 0 },
		{ "port, any width, any value", PORT, 0, PIO, 0, 4 },
		{ "port, 1 byte", PORT, 1, PIO, 0, 1 },
		{ "port, 2 bytes", PORT, 2, PIO, 0, 1 },
		{ "port, 4 bytes", PORT, 4, PIO, 0, 2 },
		{ "port, 1 byte of a value", PORT, 1, PIO | MATCH, 0xef, 1 },
		{ "port, 2 bytes of a value", PORT, 2, PIO | MATCH, 0xcdef, 1 },
		{ "port, 4 bytes of a value", PORT, 4, PIO | MATCH, 5, 1 },
		{ "port, any width of a value", PORT, 0, PIO | MATCH, 5, 1 },
		{ "port, 4 bytes of another value", PORT, 4, PIO | MATCH, 6, 0 },
		{ "another port", PORT + 1, 0, PIO, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		ktap_ok(signals_as(&list[i]), "%s", list[i].name);
}

/* Two of one address, by value; what has neither value comes back. */
static void test_two_values(void)
{
	int first = line_eventfd(), second = line_eventfd();

	change(at(GPA, 4, first, MATCH), 0, 5);
	change(at(GPA, 4, second, MATCH), 0, 0x89abcdef);
	ktap_is(run_stores(), 7, "two values at one address: the others come back");
	ktap_ok(value_in_time(first, 1) == 1 && value_in_time(second, 1) == 1,
		"and each signals its own eventfd");
	change(at(GPA, 4, first, MATCH | IOEVENTFD_DEASSIGN), 0, 5);
	ktap_ok(run_stores() == 8 && value_in_time(second, 1) == 1 && !line_value(first),
		"one goes, the other stays");
	change(at(GPA, 4, second, MATCH | IOEVENTFD_DEASSIGN), 0, 0x89abcdef);
	close(first);
	close(second);
}

/* The eventfd's own file is closed: the address still rings, and nobody hears it. */
static void test_closed(void)
{
	int fd = line_eventfd(), twin = dup(fd);

	change(at(GPA, 0, fd, 0), 0, 0);
	close(fd);
	ktap_ok(run_stores() == 4 && value_in_time(twin, 5) == 5, "an fd of many is closed");
	close(twin);
	ktap_is(run_stores(), 4, "after the last one is closed the guest still goes on");
}

/* The guest's own memory rings nothing, at either end of it; a port has nothing to do with it. */
static void test_in_memory(void)
{
	static const struct {
		uint64_t addr;
		uint32_t flags;
		bool may;
		const char *name;
	} places[] = {
		{ 0, 0, false, "not where the guest's memory begins" },
		{ CHILD_LONG_MODE_RAM - 1, 0, false, "not where it ends" },
		{ CHILD_LONG_MODE_RAM, 0, true, "but behind it" },
		{ 0, PIO, true, "and at the port of that number" },
	};
	int fd = line_eventfd();

	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct mshv_user_ioeventfd args = at(places[i].addr, 1, fd, places[i].flags);
		bool done = try_change(args, 0, 0);

		ktap_ok(done ? places[i].may : !places[i].may && errno == EINVAL, "%s",
			places[i].name);
		if (done)
			change(args, IOEVENTFD_DEASSIGN, 0);
	}
	close(fd);
}

/* The partition goes with ioeventfds of all kinds on it. */
static void test_left(void)
{
	for (unsigned int i = 0; i < 20; i++) {
		int fd = line_eventfd();

		change(at(GPA + 0x100 + 8 * i, i % 2 ? 4 : 0, fd, 0), 0, 0);
		try_change(at(PORT + 0x100 + i, 0, fd, PIO), 0, 0);
		close(fd);
	}
	child_destroy(&child);
	ktap_ok(true, "a partition goes with ioeventfds on it");
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(23 + 3 + 2 + 4 + 1 + LEAK_RESULTS);
	leak_mark(&mark);
	child_create(&child, PT_LAPIC, CHILD_LONG_MODE_RAM, 1);
	child_load(&child, BLOB_GPA, &stores);
	test_each();
	test_two_values();
	test_closed();
	test_in_memory();
	test_left();
	leak_check(&mark);
	return ktap_end();
}
