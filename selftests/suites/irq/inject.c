// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that are left for a VP's next entry, seen from a VMM that has its VP to itself: what
 * it signals between two RUN_VP arrives with the second, and no hypercall was made for it, unless
 * there must be one.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"
#include "testhv.h"

#define NR_LINES	12
#define VECTOR(line)	(0x40 + 0x11 * (line))	/* most are of priorities of their own */
#define OWN_VECTOR	0x38
#define NUMBER		9			/* for an APIC that is not the VP's */

static struct child child;
static int lines[NR_LINES];

/* Interrupts enabled, it only ever goes to the VMM. */
ASMBLOB(out_loop, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"1: out %al, $0x77\n"
	"jmp 1b\n");

static uint64_t asserted(void)
{
	return testhv_root_calls(HVCALL_ASSERT_VIRTUAL_INTERRUPT);
}

static uint64_t arrived(unsigned int line)
{
	return apic_data(&child, 0)->count[VECTOR(line)];
}

/* To the next OUT, which is then behind it. */
static bool go_on(void)
{
	struct hv_message message;
	struct hv_x64_intercept_message_header *header = message_header(&message);

	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return false;
	child_skip(&child, 0, header->rip + header->instruction_length);
	return true;
}

static void set_routes(unsigned int apic_id)
{
	struct mshv_user_irq_entry routes[NR_LINES];

	for (unsigned int line = 0; line < NR_LINES; line++)
		routes[line] = msi_route(line, apic_id, VECTOR(line), false);
	if (mshv_set_routes(child.pt, routes, NR_LINES))
		ktap_bail("SET_MSI_ROUTING: %s", strerror(errno));
}

/* No entry yet, so the hypervisor has the last word on what such an APIC makes of it. */
static void test_new(void)
{
	uint64_t before = asserted();

	line_signal(lines[0]);
	ktap_is((long long)(asserted() - before), 1, "a VP that never ran: a hypercall");
	ktap_ok(go_on() && !apic_total(&child, 0), "... to an APIC that is not enabled");
}

static void test_left(void)
{
	uint64_t before = asserted();

	for (unsigned int line = 0; line < 3; line++)
		line_signal(lines[line]);
	ktap_ok(!apic_total(&child, 0) && go_on() && arrived(0) == 1 && arrived(1) == 1 &&
		arrived(2) == 1 && apic_total(&child, 0) == 3,
		"three are there after the next entry");
	ktap_ok(go_on() && apic_total(&child, 0) == 3, "... and come once");
	line_signal(lines[0]);
	line_signal(lines[0]);
	ktap_ok(go_on() && arrived(0) == 2, "signaled twice at once, it is one interrupt");
	ktap_is((long long)(asserted() - before), 0, "all without a hypercall");
}

static void test_full(void)
{
	uint64_t before = asserted(), all = apic_total(&child, 0);
	bool each = true;

	for (unsigned int line = 0; line < NR_LINES; line++) {
		each = each && arrived(line) == (line ? line < 3 : 2);
		line_signal(lines[line]);
	}
	ktap_ok(each && go_on() && apic_total(&child, 0) == all + NR_LINES, "%u at once",
		NR_LINES);
	ktap_is((long long)(asserted() - before),
		NR_LINES - HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT,
		"for which there is no room in the page, there are hypercalls");
}

/* The VMM leaves some itself, and says that there are more than can be. */
static void test_own(void)
{
	union hv_vp_register_page_interrupt_vectors list = {
		.vector_count = 255,
		.vector = { 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37 },
	};
	uint64_t before = asserted(), all = apic_total(&child, 0);
	struct vp_data *data = apic_data(&child, 0);

	child.vp[0].regs->interrupt_vectors = list;
	line_signal(lines[1]);
	ktap_ok(go_on() && data->count[0x31] && data->count[0x37] &&
		apic_total(&child, 0) == all + 8, "the VMM's own in the page arrive");
	ktap_is((long long)(asserted() - before), 1, "... beside one that then is a hypercall");
	list.vector_count = 0;
	child.vp[0].regs->interrupt_vectors = list;
	line_signal(lines[1]);
	ktap_ok(go_on() && apic_total(&child, 0) == all + 9, "of none that it leaves none arrives");
	ktap_is((long long)(asserted() - before), 2, "... and one is a hypercall again");
}

/* To what can see it the state is as if there were nothing but the APIC. */
static void test_state(void)
{
	static struct hv_local_interrupt_controller_state apic;
	static uint8_t page[PAGE] __attribute__((aligned(4096)));
	struct mshv_get_set_vp_state state = {
		.type = MSHV_VP_STATE_LAPIC, .buf_sz = PAGE, .buf_ptr = (uintptr_t)page,
	};
	const union hv_vp_register_page_interrupt_vectors list = {
		.vector_count = 1, .vector = { OWN_VECTOR },
	};
	uint64_t before = asserted(), count = arrived(3);

	line_signal(lines[3]);
	if (ioctl(child.vp[0].fd, MSHV_GET_VP_STATE, &state))
		ktap_bail("GET_VP_STATE: %s", strerror(errno));
	memcpy(&apic, page, sizeof(apic));
	ktap_ok(apic.apic_irr[VECTOR(3) / 32] >> VECTOR(3) % 32 & 1 && asserted() == before + 1,
		"who reads the APIC's state sees it there");
	ktap_ok(go_on() && arrived(3) == count + 1, "... and it comes once");
	child.vp[0].regs->interrupt_vectors = list;
	state.buf_sz = PAGE;
	if (ioctl(child.vp[0].fd, MSHV_GET_VP_STATE, &state))
		ktap_bail("GET_VP_STATE: %s", strerror(errno));
	memcpy(&apic, page, sizeof(apic));
	ktap_ok(apic.apic_irr[1] >> (OWN_VECTOR - 32) & 1, "... also one that is in the page");
	count = apic_data(&child, 0)->count[OWN_VECTOR];
	ktap_ok(go_on() && go_on() && apic_data(&child, 0)->count[OWN_VECTOR] == count + 1,
		"... which comes once, too");
}

static void test_cancel(void)
{
	uint64_t before = asserted(), count = arrived(4);
	struct hv_message message;

	line_signal(lines[4]);
	if (ioctl(child.vp[0].fd, MSHV_CANCEL_RUN_VP))
		ktap_bail("CANCEL_RUN_VP: %s", strerror(errno));
	ktap_errno(mshv_run(child.vp[0].fd, &message), ECANCELED, "canceled before its entry");
	ktap_ok(go_on() && arrived(4) == count + 1 && asserted() == before,
		"... it comes with the one after that");
}

/* A route is to an APIC by its number, and one number can be another VP's. */
static void test_number(void)
{
	uint64_t before = asserted(), all = apic_total(&child, 0), count = arrived(5);

	child_set_register(&child, 0, HV_X64_REGISTER_APIC_ID, NUMBER);
	line_signal(lines[5]);
	ktap_ok(go_on() && apic_total(&child, 0) == all, "nothing comes to an APIC's old number");
	set_routes(NUMBER);
	line_signal(lines[5]);
	ktap_ok(go_on() && arrived(5) == count + 1, "... but to its new one");
	ktap_is((long long)(asserted() - before), 2, "... and by hypercall");
	child_set_register(&child, 0, HV_X64_REGISTER_APIC_ID, 0);
	set_routes(0);
	before = asserted();
	ktap_ok(go_on(), "the VP has its own number again");
	line_signal(lines[5]);
	ktap_ok(go_on() && arrived(5) == count + 2 && asserted() == before,
		"... and needs no hypercall any more");
}

/* Reset of a local APIC, as a VMM makes it: what it had is gone, and so is what was left. */
static void test_reset(void)
{
	static uint8_t page[PAGE] __attribute__((aligned(4096)));
	struct mshv_get_set_vp_state state = {
		.type = MSHV_VP_STATE_LAPIC, .buf_sz = PAGE, .buf_ptr = (uintptr_t)page,
	};
	uint64_t all = apic_total(&child, 0);

	if (ioctl(child.vp[0].fd, MSHV_GET_VP_STATE, &state))
		ktap_bail("GET_VP_STATE: %s", strerror(errno));
	line_signal(lines[6]);
	state.buf_sz = PAGE;
	if (ioctl(child.vp[0].fd, MSHV_SET_VP_STATE, &state))
		ktap_bail("SET_VP_STATE: %s", strerror(errno));
	ktap_ok(go_on() && apic_total(&child, 0) == all, "an APIC's new state is all that it has");
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(24 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	apic_child_create(&child, 1, &out_loop);
	for (unsigned int line = 0; line < NR_LINES; line++)
		lines[line] = line_assign(child.pt, line);
	set_routes(0);
	test_new();
	test_left();
	test_full();
	test_own();
	test_state();
	test_cancel();
	test_number();
	test_reset();
	line_signal(lines[7]);	/* there when the partition goes */
	for (unsigned int line = 0; line < NR_LINES; line++)
		line_deassign(child.pt, lines[line], line);
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
