// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory accesses that the hypervisor cannot satisfy: what is not mapped, what
 * is mapped without the right.  The message names address, kind and
 * instruction; once the VMM has mapped the page the instruction completes.
 */
#include <string.h>
#include <sys/mman.h>

#include "child.h"
#include "ktap.h"

#define RAM		(1UL << 20)
#define HOLE		0x300000UL
#define WINDOW		0x400000UL

/* 32-bit code: what each test starts with is at its own multiple of 64. */
ASMBLOB(accesses, 32,
	"mov 0x300010, %eax\n"			/* a1, moffs32: 5 bytes */
	"mov %eax, 0x8000\n"
	"out %al, $0x80\n"
	".balign 64, 0x90\n"
	"movb $0x5a, 0x300123\n"		/* c6 05, disp32, imm8: 7 bytes */
	"out %al, $0x81\n"
	".balign 64, 0x90\n"
	"mov $0x300000, %eax\n"
	"jmp *%eax\n"
	".balign 64, 0x90\n"
	"mov 0x400000, %eax\n"
	"movl $0x11223344, 0x400004\n"		/* c7 05, disp32, imm32: 10 bytes */
	"out %al, $0x83\n"
	".balign 64, 0x90\n"
	"mov $0x400000, %eax\n"
	"jmp *%eax\n");

enum { READ = 0, WRITE = 64, EXECUTE = 128, WINDOW_WRITE = 192, WINDOW_EXECUTE = 256 };

static struct hv_x64_memory_intercept_message *memory(struct hv_message *message)
{
	return (struct hv_x64_memory_intercept_message *)message->u.payload;
}

static void start(struct child *child, unsigned int offset)
{
	child_create(child, 0, RAM, 1);
	child_load(child, BLOB_GPA, &accesses);
	child_protected_mode(child, 0, BLOB_GPA + offset);
}

struct expectation {
	uint32_t type;
	uint8_t access;
	uint64_t gpa, rip;
	const uint8_t *bytes;
	uint8_t nr_bytes;
};

static bool field(const char *name, uint64_t got, uint64_t want)
{
	if (got != want)
		ktap_note("%s is %#llx, want %#llx", name, (unsigned long long)got,
			  (unsigned long long)want);
	return got == want;
}

static bool expect(struct child *child, const struct expectation *want)
{
	struct hv_x64_memory_intercept_message *m;
	struct hv_message message;
	bool good = true;

	if (!child_run_to(child, 0, want->type, &message))
		return false;
	m = memory(&message);
	good &= field("GPA", m->guest_physical_address, want->gpa);
	good &= field("RIP", m->header.rip, want->rip);
	good &= field("access", m->header.intercept_access_type, want->access);
	good &= field("payload size", message.header.payload_size, sizeof(*m));
	if (!want->nr_bytes)
		return good;
	/* The hypervisor need not know the virtual address; here it is the same. */
	if (m->memory_access_info.gva_valid)
		good &= field("GVA", m->guest_virtual_address, want->gpa);
	good &= field("enough bytes", m->instruction_byte_count >= want->nr_bytes, 1);
	good &= field("bytes are the instruction's",
		      !memcmp(m->instruction_bytes, want->bytes, want->nr_bytes), 1);
	return good;
}

static void *host_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		ktap_bail("mmap of %zu bytes", size);
	return memory;
}

static bool port_is(struct child *child, unsigned int port)
{
	struct hv_x64_io_port_intercept_message *io;
	struct hv_message message;

	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return false;
	io = (struct hv_x64_io_port_intercept_message *)message.u.payload;
	return field("port", io->port_number, port);
}

static void test_read(void)
{
	static const uint8_t bytes[] = { 0xa1, 0x10, 0x00, 0x30, 0x00 };
	const struct expectation want = {
		HVMSG_UNMAPPED_GPA, HV_INTERCEPT_ACCESS_READ, HOLE + 0x10, BLOB_GPA + READ,
		bytes, sizeof(bytes)
	};
	uint32_t *page = host_memory(PAGE);
	struct child child;

	start(&child, READ);
	ktap_ok(expect(&child, &want), "a read of nothing is reported with its instruction");
	page[4] = 0xfeedf00d;
	ktap_ok(!mshv_set_memory(child.pt, HOLE, page, PAGE, MEM_W) && port_is(&child, 0x80) &&
		*(uint32_t *)(child.ram + 0x8000) == 0xfeedf00d,
		"after the VMM mapped the page the read completes with its contents");
	child_destroy(&child);
	munmap(page, PAGE);
}

static void test_write(void)
{
	static const uint8_t bytes[] = { 0xc6, 0x05, 0x23, 0x01, 0x30, 0x00, 0x5a };
	const struct expectation want = {
		HVMSG_UNMAPPED_GPA, HV_INTERCEPT_ACCESS_WRITE, HOLE + 0x123, BLOB_GPA + WRITE,
		bytes, sizeof(bytes)
	};
	struct child child;

	start(&child, WRITE);
	ktap_ok(expect(&child, &want), "a write to nothing is reported with its instruction");
	child_skip(&child, 0, BLOB_GPA + WRITE + sizeof(bytes));
	ktap_ok(port_is(&child, 0x81), "the VMM may emulate it: step over, and the child goes on");
	child_destroy(&child);
}

static void test_execute(void)
{
	const struct expectation want = {
		HVMSG_UNMAPPED_GPA, HV_INTERCEPT_ACCESS_EXECUTE, HOLE, HOLE, NULL, 0
	};
	struct child child;

	start(&child, EXECUTE);
	ktap_ok(expect(&child, &want), "a jump into nothing is reported as execution");
	child_destroy(&child);
}

static void test_read_only(void)
{
	static const uint8_t bytes[] = {
		0xc7, 0x05, 0x04, 0x00, 0x40, 0x00, 0x44, 0x33, 0x22, 0x11
	};
	const struct expectation want = {
		HVMSG_GPA_INTERCEPT, HV_INTERCEPT_ACCESS_WRITE, WINDOW + 4,
		BLOB_GPA + WINDOW_WRITE + 5, bytes, sizeof(bytes)
	};
	uint32_t *page = host_memory(PAGE);
	struct child child;

	page[1] = 0x77777777;
	start(&child, WINDOW_WRITE);
	if (mshv_set_memory(child.pt, WINDOW, page, PAGE, MEM_X))
		ktap_bail("mapping a read-only page");
	ktap_ok(expect(&child, &want), "a write to a read-only region is reported, a read is not");
	child_skip(&child, 0, BLOB_GPA + WINDOW_WRITE + 15);
	ktap_ok(port_is(&child, 0x83) && page[1] == 0x77777777,
		"the read-only page is unchanged");
	child_destroy(&child);
	munmap(page, PAGE);
}

static void test_no_execute(void)
{
	const struct expectation want = {
		HVMSG_GPA_INTERCEPT, HV_INTERCEPT_ACCESS_EXECUTE, WINDOW, WINDOW, NULL, 0
	};
	void *page = host_memory(PAGE);
	struct child child;

	start(&child, WINDOW_EXECUTE);
	if (mshv_set_memory(child.pt, WINDOW, page, PAGE, MEM_W))
		ktap_bail("mapping a page without execution");
	ktap_ok(expect(&child, &want), "a jump into a region without execution is reported");
	child_destroy(&child);
	munmap(page, PAGE);
}

/* Unmapped memory is gone for the child, and stays the process's own. */
static void test_unmap(void)
{
	const struct expectation want = {
		HVMSG_UNMAPPED_GPA, HV_INTERCEPT_ACCESS_READ, HOLE + 0x10, BLOB_GPA + READ, NULL, 0
	};
	uint32_t *page = host_memory(PAGE);
	struct child child;
	bool good;

	start(&child, READ);
	page[4] = 1;
	good = !mshv_set_memory(child.pt, HOLE, page, PAGE, MEM_W) && port_is(&child, 0x80) &&
	       !mshv_set_memory(child.pt, HOLE, page, PAGE, MEM_UNMAP);
	child_skip(&child, 0, BLOB_GPA + READ);
	ktap_ok(good && expect(&child, &want) && page[4] == 1,
		"after UNMAP the child has the hole again");
	child_destroy(&child);
	munmap(page, PAGE);
}

int main(void)
{
	ktap_plan(9);
	test_read();
	test_write();
	test_execute();
	test_read_only();
	test_no_execute();
	test_unmap();
	return ktap_end();
}
