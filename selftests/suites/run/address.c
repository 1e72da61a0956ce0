// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual address in the message of a memory access that cannot be satisfied. VMMs take
 * it, with the physical one, as a translation that they need not ask for; and cannot ask for,
 * since nothing is mapped there. Only the addresses of a window differ from those behind it.
 */
#include <string.h>

#include "child.h"
#include "ktap.h"

#define RAM		CHILD_LONG_MODE_RAM
#define WINDOW		0x400000UL	/* virtual */
#define BEHIND		0x40800000UL	/* physical: nothing */
#define LARGE	0x200000UL
#define PDE_FLAGS	0x83UL		/* present, writable, large */

ASMBLOB(accesses, 64,
	"mov $0x400000, %ebx\n"
	"mov $0x400000, %r13d\n"
	"mov $8, %ecx\n"
	"mov $0x400700, %esi\n"
	"mov $0x400800, %edi\n"
	"out %al, $0x80\n"
	"mov (%rbx), %eax\n"
	"mov %ax, 0x10(%rbx)\n"
	"movzbl 0x1000(%rbx,%rcx,4), %eax\n"
	"mov %rax, (%r13,%rcx,8)\n"
	"orl $5, 0x20(%r13)\n"
	"lock addb $1, 0x400300(,%rcx,2)\n"
	"mov %eax, %ds:0x400400\n"
	"movabs 0x400500, %eax\n"
	"addr32 mov (%ebx), %eax\n"
	"lodsb\n"
	"stosl\n"
	"movl $0x12345678, 0x400000(%rip)\n"
	"out %al, $0x81\n");

/* In the order of the code: how far into the window, and how long the instruction is. */
static const struct {
	const char *what;
	uint32_t offset;
	uint8_t length;
} forms[] = {
	{ "a register", 0, 2 },
	{ "a register and a byte", 0x10, 4 },
	{ "a scaled index", 0x1020, 8 },
	{ "a base that needs REX", 0x40, 5 },
	{ "... in arithmetic", 0x20, 5 },
	{ "an index alone", 0x310, 9 },
	{ "an address of four bytes", 0x400, 7 },
	{ "an address of eight bytes", 0x500, 9 },
	{ "32-bit addressing", 0, 3 },
	{ "a string's source", 0x700, 1 },
	{ "a string's destination", 0x800, 1 },
};

static struct child child;

static void map_window(void)
{
	uint64_t *directory = (uint64_t *)(child.ram + CHILD_TABLES + 2 * PAGE);

	directory[WINDOW / LARGE] = BEHIND | PDE_FLAGS;
}

/* Stops there with both addresses; steps over it. */
static bool stops(uint64_t offset, uint8_t length)
{
	struct hv_x64_memory_intercept_message *m;
	struct hv_message message;

	if (!child_run_to(&child, 0, HVMSG_UNMAPPED_GPA, &message))
		return false;
	m = (struct hv_x64_memory_intercept_message *)message.u.payload;
	child_skip(&child, 0, m->header.rip + length);
	if (m->guest_physical_address != BEHIND + offset ||
	    m->guest_virtual_address != WINDOW + offset)
		ktap_note("GPA %#llx, GVA %#llx, for offset %#llx",
			  (unsigned long long)m->guest_physical_address,
			  (unsigned long long)m->guest_virtual_address,
			  (unsigned long long)offset);
	return m->memory_access_info.gva_valid && m->memory_access_info.gva_gpa_valid &&
	       m->guest_physical_address == BEHIND + offset &&
	       m->guest_virtual_address == WINDOW + offset;
}

/* The instruction that follows it, plus 4 MiB. */
static bool stops_relative(void)
{
	return stops(child_register(&child, 0, HV_X64_REGISTER_RIP) + 10, 10);
}

int main(void)
{
	struct hv_message message;
	unsigned int i;

	ktap_plan(2 + sizeof(forms) / sizeof(forms[0]));
	child_start_long(&child, 0, RAM, &accesses);
	map_window();
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message), "the child runs");
	child_skip(&child, 0, ((struct hv_x64_io_port_intercept_message *)
			       message.u.payload)->header.rip + 2);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		ktap_ok(stops(forms[i].offset, forms[i].length), "%s: its virtual address is said",
			forms[i].what);
	ktap_ok(stops_relative(), "relative to RIP: its virtual address is said");
	child_destroy(&child);
	return ktap_end();
}
