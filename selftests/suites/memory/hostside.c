// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the process does to its memory while the guest has it: keeps it from being written, gives
 * it back.  The guest gets what there is, or its VMM hears of it; the host has no complaint.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"

#define GPA	0x10000000UL
#define WORD	0x600dcafe12345678ULL
#define RAM	CHILD_LONG_MODE_RAM

/* RDI: an address to read; the value stays in RAX. */
ASMBLOB(look, 64,
	"mov (%rdi), %rax\n"
	"out %al, $0x10\n");

static struct child child;

static uint32_t read_at(uint64_t gpa)
{
	struct hv_message message;

	child_load(&child, BLOB_GPA, &look);
	child_long_mode(&child, 0, BLOB_GPA, gpa);
	return child_run(&child, 0, &message) ? message.header.message_type : 0;
}

/* A file's page, of which the process itself has no right to write. */
static void test_read_only(void)
{
	const uint64_t word = WORD;
	int fd = memfd_create("rom", MFD_CLOEXEC);
	void *memory;

	if (fd < 0 || ftruncate(fd, PAGE) || pwrite(fd, &word, sizeof(word), 0) != sizeof(word))
		ktap_bail("memfd: %s", strerror(errno));
	memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ktap_ok(!mshv_set_memory(child.pt, GPA, memory, PAGE, MEM_X),
		"memory that may only be read is given to the guest to read");
	ktap_ok(read_at(GPA) == HVMSG_X64_IO_PORT_INTERCEPT && child.vp[0].regs->rax == WORD,
		"the guest reads what is in it");
	ktap_ok(!mshv_set_memory(child.pt, GPA, memory, PAGE, MEM_UNMAP), "it is taken back");
	munmap(memory, PAGE);
	close(fd);
}

/* Pinned, the guest has the page still; otherwise the VMM is told of the access, or has EFAULT. */
static void test_gone(void)
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t type;

	if (mshv_set_memory(child.pt, GPA, memory, PAGE, MEM_W))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
	*(volatile uint64_t *)memory = WORD;
	munmap(memory, PAGE);
	type = read_at(GPA);
	ktap_ok(type == HVMSG_X64_IO_PORT_INTERCEPT || type == HVMSG_GPA_INTERCEPT ||
		type == HVMSG_UNMAPPED_GPA || (!type && errno == EFAULT),
		"memory given back: the guest's access has a definite end");
	ktap_ok(!mshv_set_memory(child.pt, GPA, memory, PAGE, MEM_UNMAP),
		"memory given back: its region is unmapped");
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(5 + LEAK_RESULTS);
	leak_mark(&mark);
	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	test_read_only();
	test_gone();
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
