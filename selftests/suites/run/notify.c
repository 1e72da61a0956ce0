// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deliverability notifications: a VMM that cannot give its guest an interrupt,
 * an NMI or a message now is told when it can, once, and not before.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "child.h"
#include "ktap.h"

#define HANDLER		(BLOB_GPA + 64)
#define STACK		0x8000
#define REAL_MODE_RAM	(16 * PAGE)
#define IF		0x200

static struct child child;
static struct hv_message message;

static int ask(union hv_deliverability_notifications_register what)
{
	return mshv_set_register(child.pt, 0, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS,
				 what.as_uint64);
}

static bool refused(union hv_deliverability_notifications_register what)
{
	struct mshv_last_error error;

	return ask(what) && errno == EINVAL && !ioctl(child.pt, MSHV_GET_LAST_ERROR, &error) &&
	       error.status == HV_STATUS_INVALID_PARAMETER;
}

static uint64_t asked(void)
{
	return child_register(&child, 0, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS);
}

static bool stops_at_port(unsigned int port)
{
	struct hv_x64_io_port_intercept_message *io =
		(struct hv_x64_io_port_intercept_message *)message.u.payload;

	return child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
	       io->port_number == port;
}

static bool told_of(uint32_t type, uint64_t rip)
{
	struct hv_x64_interruption_deliverable_message *m =
		(struct hv_x64_interruption_deliverable_message *)message.u.payload;

	return child_run_to(&child, 0, HVMSG_X64_INTERRUPTION_DELIVERABLE, &message) &&
	       m->deliverable_type == type && m->header.rip == rip;
}

/* What goes into the guest at its next instruction. */
static void inject(uint32_t type, uint32_t vector)
{
	union hv_x64_pending_interruption_register r = {
		.interruption_pending = 1, .interruption_type = type, .interruption_vector = vector,
	};

	child_set_register(&child, 0, HV_REGISTER_PENDING_INTERRUPTION, r.as_uint64);
}

/* A child in real mode without a local APIC, one vector of which leads to HANDLER. */
static void start(const struct blob *code, unsigned int vector)
{
	const uint16_t handler[2] = { HANDLER, 0 };

	child_start_real(&child, 0, REAL_MODE_RAM, code);
	memcpy(child.ram + 4 * vector, handler, sizeof(handler));
	child_set_register(&child, 0, HV_X64_REGISTER_RSP, STACK);
}

ASMBLOB(window, 16,
	"cli\n"
	"out %al, $0x10\n"
	"nop\n"
	"out %al, $0x11\n"
	"sti\n"				/* its shadow takes in the next one */
	"nop\n"
	"1: jmp 1b\n"
	".org blob_window_start + 64, 0x90\n"
	"out %al, $0x20\n");

static void test_interrupt(void)
{
	start(&window, 0x20);
	stops_at_port(0x10);
	child_skip(&child, 0, BLOB_GPA + 3);
	ktap_ok(!ask((union hv_deliverability_notifications_register){
			.interrupt_notification = 1 }) && asked() == 2,
		"without a local APIC a VMM may ask for news of interrupts");
	ktap_ok(stops_at_port(0x11), "there is none while the guest does not allow them");
	child_skip(&child, 0, BLOB_GPA + 6);
	ktap_ok(told_of(HV_X64_PENDING_INTERRUPT, BLOB_GPA + 8),
		"it comes when it does, behind the shadow of STI");
	ktap_is((long long)asked(), 0, "once");
	inject(HV_X64_PENDING_INTERRUPT, 0x20);
	ktap_ok(stops_at_port(0x20), "the interrupt that is given then is taken");
	child_destroy(&child);
}

ASMBLOB(nmi, 16,
	"1: jmp 1b\n"
	".org blob_nmi_start + 64, 0x90\n"
	"out %al, $0x30\n"
	"out %al, $0x31\n"
	"iret\n");

static void test_nmi(void)
{
	start(&nmi, 2);
	inject(HV_X64_PENDING_NMI, 2);
	stops_at_port(0x30);
	ktap_ok(!ask((union hv_deliverability_notifications_register){ .nmi_notification = 1 }),
		"... of NMIs");
	child_skip(&child, 0, HANDLER + 2);
	ktap_ok(stops_at_port(0x31), "there is none while the guest handles one");
	child_skip(&child, 0, HANDLER + 4);
	ktap_ok(told_of(HV_X64_PENDING_NMI, BLOB_GPA) && !asked(), "it comes after the IRET, once");
	child_destroy(&child);
}

ASMBLOB(priority, 64,
	"out %al, $0x40\n"
	".balign 16, 0x90\n"
	"mov $4, %eax\n"
	"mov %rax, %cr8\n"
	"1: jmp 1b\n");

static void test_priority(void)
{
	child_start_long(&child, 0, CHILD_LONG_MODE_RAM, &priority);
	stops_at_port(0x40);
	child_set_register(&child, 0, HV_X64_REGISTER_RFLAGS, 2 | IF);
	child_set_register(&child, 0, HV_X64_REGISTER_CR8, 5);
	ask((union hv_deliverability_notifications_register){
		.interrupt_notification = 1, .interrupt_priority = 5 });
	child_skip(&child, 0, BLOB_GPA + 16);
	ktap_ok(told_of(HV_X64_PENDING_INTERRUPT, BLOB_GPA + 25) &&
		child_register(&child, 0, HV_X64_REGISTER_CR8) == 4,
		"news of an interrupt of some priority waits for CR8");
	child_destroy(&child);
}

/* RDI: the slot of SINT 2.  Takes the message, and says so if that is wanted. */
ASMBLOB(reader, 64,
	"out %al, $0x50\n"
	".balign 16, 0x90\n"
	"movl $0, (%rdi)\n"
	"testb $1, 5(%rdi)\n"
	"jz 1f\n"
	"mov $0x40000084, %ecx\n"	/* EOM */
	"xor %eax, %eax\n"
	"xor %edx, %edx\n"
	"wrmsr\n"
	"1: out %al, $0x51\n");

#define SIMP_GPA	0x30000
#define SINT		2

static int post_message(uint16_t *status)
{
	struct hv_input_post_message_direct in = { .sint_index = SINT };
	struct hv_message text = { .header = { .message_type = 1, .payload_size = 8 } };
	struct mshv_call call = {
		.code = HVCALL_POST_MESSAGE_DIRECT, .in = &in, .in_size = sizeof(in),
	};
	int ret;

	memcpy(in.message, &text, sizeof(text));
	ret = mshv_hvcall(child.pt, &call);
	*status = call.status;
	return ret;
}

static void start_reader(void)
{
	const union hv_partition_synthetic_processor_features features = {
		.hypervisor_present = 1, .hv1 = 1, .access_synic_regs = 1,
	};

	child_create_with(&child, PT_LAPIC | PT_X2APIC, features.as_uint64[0],
			  CHILD_LONG_MODE_RAM, 1);
	child_load(&child, BLOB_GPA, &reader);
	child_long_mode(&child, 0, BLOB_GPA, SIMP_GPA + SINT * sizeof(struct hv_message));
	child_set_register(&child, 0, HV_REGISTER_SCONTROL, 1);
	child_set_register(&child, 0, HV_REGISTER_SIMP, SIMP_GPA | 1);
	child_set_register(&child, 0, HV_REGISTER_SINT0 + SINT, 0x40);
}

static void test_sint(void)
{
	struct hv_x64_sint_deliverable_message *m =
		(struct hv_x64_sint_deliverable_message *)message.u.payload;
	uint16_t first, second, third;

	start_reader();
	stops_at_port(0x50);
	post_message(&first);
	ktap_ok(post_message(&second) && first == HV_STATUS_SUCCESS &&
		second == HV_STATUS_INSUFFICIENT_BUFFERS,
		"a message slot takes one message");
	ktap_ok(!ask((union hv_deliverability_notifications_register){ .sints = 1 << SINT }),
		"a VMM may ask for news of the slot");
	child_skip(&child, 0, BLOB_GPA + 16);
	ktap_ok(child_run_to(&child, 0, HVMSG_SYNIC_SINT_DELIVERABLE, &message) &&
		m->deliverable_sints == 1 << SINT && !asked(),
		"it comes when the guest has emptied it, once");
	ktap_ok(!post_message(&third) && stops_at_port(0x51),
		"then there is room for the next, and the guest goes on");
	ask((union hv_deliverability_notifications_register){ .sints = 0xffff });
	ktap_ok(child_run_to(&child, 0, HVMSG_SYNIC_SINT_DELIVERABLE, &message) &&
		m->deliverable_sints == (uint16_t)~(1 << SINT) && asked() >> 48 == 1 << SINT,
		"of slots that are free it comes at once, of the others it stays asked for");
	child_destroy(&child);
}

static void test_refusals(void)
{
	unsigned int good = 0;

	child_create(&child, PT_LAPIC, REAL_MODE_RAM, 1);
	ktap_ok(refused((union hv_deliverability_notifications_register){
			.nmi_notification = 1 }) &&
		refused((union hv_deliverability_notifications_register){
			.interrupt_notification = 1 }) && !asked(),
		"with a local APIC there is no news of interrupts");
	for (unsigned int bit = 6; bit < 48; bit++)
		good += refused((union hv_deliverability_notifications_register){
				.as_uint64 = 1ULL << bit });
	ktap_is(good, 42, "reserved bits are refused");
	child_destroy(&child);
}

int main(void)
{
	ktap_plan(5 + 3 + 1 + 5 + 2);
	test_interrupt();
	test_nmi();
	test_priority();
	test_sint();
	test_refusals();
	return ktap_end();
}
