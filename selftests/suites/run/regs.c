// SPDX-License-Identifier: GPL-2.0-only
/*
 * The register page and the registers by hypercall are two views of one VP:
 * valid from creation on, fresh at each intercept, and what is written through
 * one is seen through the other and by the child.
 */
#include <errno.h>
#include <string.h>

#include "child.h"
#include "ktap.h"

#define GENERAL	(1u << HV_X64_REGISTER_CLASS_GENERAL)
#define IP	(1u << HV_X64_REGISTER_CLASS_IP)
#define FLAGS	(1u << HV_X64_REGISTER_CLASS_FLAGS)
#define SEGMENT	(1u << HV_X64_REGISTER_CLASS_SEGMENT)
#define XMM	(1u << HV_X64_REGISTER_CLASS_XMM)

/* Each OUT shows the registers as they are at that point. */
ASMBLOB(stops, 16,
	"out %al, $0x10\n"
	".balign 16, 0x90\n"
	"out %al, $0x11\n"
	".balign 16, 0x90\n"
	"out %al, $0x12\n");

static void start(struct child *child)
{
	child_start_real(child, 0, 16 * PAGE, &stops);
}

static bool stop_at(struct child *child, unsigned int port, struct hv_message *message)
{
	struct hv_x64_io_port_intercept_message *io;

	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, message))
		return false;
	io = (struct hv_x64_io_port_intercept_message *)message->u.payload;
	if (io->port_number != port)
		ktap_note("port %#x, want %#x", io->port_number, port);
	return io->port_number == port;
}

static void test_before_first_run(void)
{
	struct hv_vp_register_page *regs;
	uint64_t suspended = ~0ULL;
	struct child child;

	child_create(&child, 0, 16 * PAGE, 1);
	regs = child.vp[0].regs;
	ktap_ok(regs->version == HV_VP_REGISTER_PAGE_VERSION_1 && regs->isvalid == 1 &&
		regs->dirty == 0, "the register page is valid and clean before the first run");
	child_set_register(&child, 0, HV_X64_REGISTER_RBX, 0x1234);
	ktap_ok(regs->version == HV_VP_REGISTER_PAGE_VERSION_1 && regs->isvalid == 1 &&
		regs->dirty == 0, "and after SET_VP_REGISTERS");
	suspended = child_register(&child, 0, HV_REGISTER_EXPLICIT_SUSPEND);
	ktap_is((long long)suspended, 1, "a VP that never ran is explicitly suspended");
	suspended = child_register(&child, 0, HV_REGISTER_INTERCEPT_SUSPEND);
	ktap_is((long long)suspended, 0, "and not suspended by an intercept");
	child_destroy(&child);
}

static void test_intercept_page(void)
{
	struct hv_message message;
	struct child child;

	start(&child);
	ktap_ok(stop_at(&child, 0x10, &message) &&
		!memcmp(&message, child.vp[0].intercept, sizeof(message)),
		"the intercept page holds the message that RUN_VP returned");
	child_destroy(&child);
}

static void test_dirty_honoured(void)
{
	struct hv_x64_io_port_intercept_message *io;
	struct hv_vp_register_page *regs;
	struct hv_message message;
	struct child child;
	bool good;

	start(&child);
	regs = child.vp[0].regs;
	good = stop_at(&child, 0x10, &message);
	regs->rip = BLOB_GPA + 16;
	regs->rax = 0xabcd1234;
	regs->rflags |= 0x8d5;		/* OF SF ZF AF PF CF */
	regs->dirty |= IP | GENERAL | FLAGS;
	good = good && stop_at(&child, 0x11, &message);
	io = (struct hv_x64_io_port_intercept_message *)message.u.payload;
	ktap_ok(good && io->rax == 0xabcd1234, "dirty general registers reach the child");
	ktap_ok(good && (io->header.rflags & 0x8d5) == 0x8d5, "dirty flags reach the child");
	ktap_ok(good && regs->dirty == 0, "the hypervisor clears the dirty bits it took");
	child_destroy(&child);
}

/* What is written without its dirty bit is a scribble that the next intercept overwrites. */
static void test_clean_ignored(void)
{
	struct hv_vp_register_page *regs;
	struct hv_message message;
	struct child child;
	bool good;

	start(&child);
	regs = child.vp[0].regs;
	good = stop_at(&child, 0x10, &message);
	regs->rip = BLOB_GPA + 32;
	regs->rax = 0x5555;
	ktap_ok(good && stop_at(&child, 0x10, &message) && regs->rip == BLOB_GPA &&
		regs->rax != 0x5555, "registers without their dirty bit are not taken");
	child_destroy(&child);
}

static void test_mixed(void)
{
	struct hv_vp_register_page *regs;
	struct hv_message message;
	struct child child;
	bool good;

	start(&child);
	regs = child.vp[0].regs;
	good = stop_at(&child, 0x10, &message);
	regs->rip = BLOB_GPA + 16;
	regs->rbx = 0x1111;
	regs->dirty |= IP | GENERAL;
	ktap_is((long long)child_register(&child, 0, HV_X64_REGISTER_RBX), 0x1111,
		"GET_VP_REGISTERS sees what is dirty in the page");
	child_set_register(&child, 0, HV_X64_REGISTER_RCX, 0x2222);
	ktap_ok(good && stop_at(&child, 0x11, &message) && regs->rbx == 0x1111 &&
		regs->rcx == 0x2222, "dirty page and SET_VP_REGISTERS in one exit both count");
	child_set_register(&child, 0, HV_X64_REGISTER_RIP, BLOB_GPA + 32);
	ktap_ok(stop_at(&child, 0x12, &message), "SET_VP_REGISTERS alone moves RIP");
	child_destroy(&child);
}

static void test_segment_and_xmm(void)
{
	struct hv_vp_register_page *regs;
	struct hv_message message;
	union hv_register_value xmm = { .reg64 = 0 };
	const uint32_t name = HV_X64_REGISTER_XMM3;
	struct child child;
	bool good;

	start(&child);
	regs = child.vp[0].regs;
	good = stop_at(&child, 0x10, &message);
	regs->cs.base = 16;
	regs->cs.selector = 1;
	regs->xmm3.low_part = 0x0123456789abcdef;
	regs->xmm3.high_part = 0xfedcba9876543210;
	regs->dirty |= SEGMENT | XMM;
	ktap_ok(good && stop_at(&child, 0x11, &message) && regs->cs.base == 16 &&
		regs->cs.selector == 1, "a dirty code segment moves the child's code");
	good = !mshv_get_registers(child.vp[0].fd, 0, &name, &xmm, 1);
	ktap_ok(good && xmm.reg128.low_part == 0x0123456789abcdef &&
		xmm.reg128.high_part == 0xfedcba9876543210 &&
		regs->xmm3.low_part == xmm.reg128.low_part, "a dirty XMM register is taken");
	child_destroy(&child);
}

/* Write a value to each general register by hypercall and read all back at once. */
static void test_round_trip(void)
{
	uint32_t names[16];
	union hv_register_value in[16], out[16];
	struct child child;
	bool good;

	child_create(&child, 0, 16 * PAGE, 1);
	memset(in, 0, sizeof(in));
	memset(out, 0x5a, sizeof(out));
	for (unsigned int i = 0; i < 16; i++) {
		names[i] = HV_X64_REGISTER_RAX + i;
		in[i].reg64 = 0x1000200030004000ULL * (i + 1);
	}
	good = !mshv_set_registers(child.vp[0].fd, 0, names, in, 16) &&
	       !mshv_get_registers(child.vp[0].fd, 0, names, out, 16);
	ktap_ok(good && !memcmp(in, out, sizeof(in)), "16 general registers in one call, and back");
	child_destroy(&child);
}

static void test_reset_state(void)
{
	const uint32_t names[] = {
		HV_X64_REGISTER_CS, HV_X64_REGISTER_RIP, HV_X64_REGISTER_RFLAGS,
	};
	union hv_register_value values[3];
	struct child child;

	child_create(&child, 0, 16 * PAGE, 1);
	ktap_ok(!mshv_get_registers(child.vp[0].fd, 0, names, values, 3) &&
		values[0].segment.base == 0xffff0000 && values[0].segment.selector == 0xf000 &&
		values[1].reg64 == 0xfff0 && values[2].reg64 == 2,
		"a new VP is as a processor after reset");
	child_destroy(&child);
}

int main(void)
{
	ktap_plan(16);
	test_before_first_run();
	test_intercept_page();
	test_dirty_honoured();
	test_clean_ignored();
	test_mixed();
	test_segment_and_xmm();
	test_round_trip();
	test_reset_state();
	return ktap_end();
}
