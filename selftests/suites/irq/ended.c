// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM ends its guest's level-triggered interrupt by a register: the device behind the line hears
 * of it as if the guest had done it, and the guest goes on where it was.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"

#define GSI		9
#define VECTOR		0x61
#define HANDLER_GPA	0x9000

static struct child child;
static int line, resample;

/* It ends nothing. */
ASMBLOB(handler, 64, "out %al, $0x78\n iretq\n");

ASMBLOB(out_loop, 64,
	"sti\n"
	"1: out %al, $0x77\n"
	"jmp 1b\n");

static uint64_t resampled(unsigned int ms)
{
	struct pollfd p = { .fd = resample, .events = POLLIN };

	poll(&p, 1, (int)ms);
	return line_value(resample);
}

/* To the next OUT, which is then behind it; its port. */
static unsigned int go_on(void)
{
	struct hv_message message;
	struct hv_x64_intercept_message_header *header = message_header(&message);

	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return 0;
	child_skip(&child, 0, header->rip + header->instruction_length);
	return ((struct hv_x64_io_port_intercept_message *)message.u.payload)->port_number;
}

static void end_by_register(void)
{
	child_set_register(&child, 0, HV_X64_REGISTER_SYNTHETIC_EOI, 0);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(5 + LEAK_RESULTS);
	leak_mark(&mark);
	apic_child_create(&child, 1, &out_loop);
	child_load(&child, HANDLER_GPA, &handler);
	child_set_gate(&child, VECTOR, HANDLER_GPA);
	line_route(child.pt, GSI, 0, VECTOR, true);
	line = line_eventfd();
	resample = line_eventfd();
	if (mshv_irqfd(child.pt, line, resample, GSI, IRQFD_RESAMPLE))
		ktap_bail("IRQFD: %s", strerror(errno));
	ktap_is(go_on(), 0x77, "the guest takes interrupts");
	line_signal(line);
	ktap_ok(go_on() == 0x78 && !resampled(50), "it has one, and does not end it");
	end_by_register();
	ktap_is((long long)resampled(5000), 1, "the VMM does: the device is told");
	ktap_is(go_on(), 0x77, "... and the guest goes on");
	line_signal(line);
	ktap_ok(go_on() == 0x78 && !resampled(50), "... to the next one");
	close(line);
	close(resample);
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
