// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port I/O of a real-mode child: every size and form of IN and OUT is reported
 * with port, size, direction, RAX and length, RIP stays on the instruction, and
 * what the VMM writes to the register page is what the child goes on with.
 */
#include <stdio.h>

#include "child.h"
#include "ktap.h"

#define SLOT	16	/* each instruction starts at a multiple of this */
#define NEXT	".balign 16, 0x90\n"

ASMBLOB(ports, 16,
	NEXT "out %al, $0x42\n"
	NEXT "out %ax, $0x42\n"
	NEXT "out %eax, $0x42\n"
	NEXT "out %al, %dx\n"
	NEXT "out %ax, %dx\n"
	NEXT "out %eax, %dx\n"
	NEXT "in $0x42, %al\n"
	NEXT "in $0x42, %ax\n"
	NEXT "in $0x42, %eax\n"
	NEXT "in %dx, %al\n"
	NEXT "in %dx, %ax\n"
	NEXT "in %dx, %eax\n"
	NEXT "out %al, $0x43\n");

struct access {
	const char *name;
	uint16_t port;
	uint8_t size, length, direction;
};

#define DX_PORT	0xfea8

static const struct access accesses[] = {
	{ "out %al, imm",  0x42, 1, 2, HV_INTERCEPT_ACCESS_WRITE },
	{ "out %ax, imm",  0x42, 2, 2, HV_INTERCEPT_ACCESS_WRITE },
	{ "out %eax, imm", 0x42, 4, 3, HV_INTERCEPT_ACCESS_WRITE },
	{ "out %al, %dx",  DX_PORT, 1, 1, HV_INTERCEPT_ACCESS_WRITE },
	{ "out %ax, %dx",  DX_PORT, 2, 1, HV_INTERCEPT_ACCESS_WRITE },
	{ "out %eax, %dx", DX_PORT, 4, 2, HV_INTERCEPT_ACCESS_WRITE },
	{ "in imm, %al",   0x42, 1, 2, HV_INTERCEPT_ACCESS_READ },
	{ "in imm, %ax",   0x42, 2, 2, HV_INTERCEPT_ACCESS_READ },
	{ "in imm, %eax",  0x42, 4, 3, HV_INTERCEPT_ACCESS_READ },
	{ "in %dx, %al",   DX_PORT, 1, 1, HV_INTERCEPT_ACCESS_READ },
	{ "in %dx, %ax",   DX_PORT, 2, 1, HV_INTERCEPT_ACCESS_READ },
	{ "in %dx, %eax",  DX_PORT, 4, 2, HV_INTERCEPT_ACCESS_READ },
};

#define NR_ACCESSES	(sizeof(accesses) / sizeof(accesses[0]))

static struct hv_x64_io_port_intercept_message *io_port(struct hv_message *message)
{
	return (struct hv_x64_io_port_intercept_message *)message->u.payload;
}

static bool same(const char *name, const char *field, uint64_t got, uint64_t want)
{
	if (got != want)
		ktap_note("%s: %s is %#llx, want %#llx", name, field,
			  (unsigned long long)got, (unsigned long long)want);
	return got == want;
}

static bool check_message(const struct access *want, struct hv_message *message,
			  uint64_t rip, uint64_t rax)
{
	struct hv_x64_io_port_intercept_message *io = io_port(message);
	bool good = true;

	good &= same(want->name, "port", io->port_number, want->port);
	good &= same(want->name, "access size", io->access_info.access_size, want->size);
	good &= same(want->name, "string op", io->access_info.string_op, 0);
	good &= same(want->name, "rep prefix", io->access_info.rep_prefix, 0);
	good &= same(want->name, "direction", io->header.intercept_access_type, want->direction);
	good &= same(want->name, "length", io->header.instruction_length, want->length);
	good &= same(want->name, "RIP", io->header.rip, rip);
	good &= same(want->name, "RAX", io->rax, rax);
	good &= same(want->name, "VP", io->header.vp_index, 0);
	good &= same(want->name, "CPL", io->header.execution_state.cpl, 0);
	good &= same(want->name, "CR0.PE", io->header.execution_state.cr0_pe, 0);
	good &= same(want->name, "payload size", message->header.payload_size, sizeof(*io));
	return good;
}

/* One access; on the way out give the child a new RAX by the register page. */
static bool one_access(struct child *child, unsigned int i, uint64_t *rax)
{
	struct hv_vp_register_page *regs = child->vp[0].regs;
	const struct access *want = &accesses[i];
	uint64_t rip = BLOB_GPA + i * SLOT;
	struct hv_message message;

	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return false;
	if (!check_message(want, &message, rip, *rax))
		return false;
	if (!same(want->name, "RIP in the register page", regs->rip, rip) ||
	    !same(want->name, "RAX in the register page", regs->rax, *rax))
		return false;
	*rax = 0x10203040 + 0x01010101 * i;
	regs->rax = *rax;
	regs->dirty |= 1u << HV_X64_REGISTER_CLASS_GENERAL;
	child_skip(child, 0, rip + want->length);
	return true;
}

static void test_forms(void)
{
	uint64_t rax = 0x55667788;
	struct hv_message message;
	struct child child;

	child_start_real(&child, 0, 16 * PAGE, &ports);
	child_set_register(&child, 0, HV_X64_REGISTER_RAX, rax);
	child_set_register(&child, 0, HV_X64_REGISTER_RDX, DX_PORT);
	for (unsigned int i = 0; i < NR_ACCESSES; i++)
		ktap_ok(one_access(&child, i, &rax), "%s", accesses[i].name);
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
		io_port(&message)->port_number == 0x43 && io_port(&message)->rax == rax,
		"what the VMM returned for the last IN reaches the child");
	child_destroy(&child);
}

/* Without a step forward the same instruction comes again. */
static void test_not_advanced(void)
{
	struct hv_message first, second;
	struct child child;

	child_start_real(&child, 0, 16 * PAGE, &ports);
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &first) &&
		child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &second) &&
		io_port(&first)->header.rip == BLOB_GPA &&
		io_port(&second)->header.rip == BLOB_GPA,
		"an access that the VMM does not step over comes again");
	child_destroy(&child);
}

ASMBLOB(string_out, 16,
	"mov $0x80, %si\n"
	"mov $3, %cx\n"
	"mov $0x42, %dx\n"
	"cld\n"
	".balign 16, 0x90\n"
	"rep outsb\n");

static void test_string(void)
{
	struct hv_x64_io_port_intercept_message *io;
	struct hv_message message;
	struct child child;

	child_start_real(&child, 0, 16 * PAGE, &string_out);
	io = io_port(&message);
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
		same("rep outsb", "string op", io->access_info.string_op, 1) &&
		same("rep outsb", "rep prefix", io->access_info.rep_prefix, 1) &&
		same("rep outsb", "access size", io->access_info.access_size, 1) &&
		same("rep outsb", "port", io->port_number, 0x42) &&
		same("rep outsb", "RCX", io->rcx, 3) &&
		same("rep outsb", "RSI", io->rsi, 0x80) &&
		same("rep outsb", "DS base", io->ds_segment.base, 0) &&
		same("rep outsb", "length", io->header.instruction_length, 2),
		"rep outsb is reported as a string operation with its registers");
	child_destroy(&child);
}

int main(void)
{
	ktap_plan(NR_ACCESSES + 3);
	test_forms();
	test_not_advanced();
	test_string();
	return ktap_end();
}
