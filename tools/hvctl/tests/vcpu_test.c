// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the run loop without a hypervisor: ioctl() and mmap() are wrapped, MSHV_RUN_VP returns
 * the messages of a script, and register hypercalls work on an array. Everything is done twice,
 * with the register page and with hypercalls, and must come out the same.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <hvabi/hypercall.h>

#include "../cpu_state.h"
#include "../failure.h"
#include "../mshv.h"
#include "../pause.h"
#include "../vcpu.h"
#include "ktap.h"

#define VP_FD		1000
#define PARTITION_FD	1001
#define RIP		0x1000

/* --- the driver ---------------------------------------------------------------------------- */

static struct {
	bool has_page;
	struct hv_vp_register_page page;
	uint64_t reg[18];		/* RAX to R15, RIP, RFLAGS, as the page has them */
	uint64_t mtrr_def_type;
	struct hv_message script[4];
	unsigned int played;
	unsigned int hypercalls;
	uint16_t fail_status;		/* of the next register hypercall */
	int interrupts;			/* how often RUN_VP is interrupted first */
} driver;

/* What the hypervisor does before it runs the VP: take over what is marked in the page. */
static void consume_page(void)
{
	struct hv_vp_register_page *page = &driver.page;

	if (page->dirty & 1u << HV_X64_REGISTER_CLASS_GENERAL)
		memcpy(driver.reg, page->gp_registers, sizeof(page->gp_registers));
	if (page->dirty & 1u << HV_X64_REGISTER_CLASS_IP)
		driver.reg[16] = page->rip;
	if (page->dirty & 1u << HV_X64_REGISTER_CLASS_FLAGS)
		driver.reg[17] = page->rflags;
	page->dirty = 0;
}

static void refresh_page(void)
{
	driver.page.isvalid = 1;
	memcpy(driver.page.registers, driver.reg, sizeof(driver.reg));
}

static int run_vp(struct hv_message *message)
{
	consume_page();
	if (driver.interrupts) {
		driver.interrupts--;
		errno = EINTR;
		return -1;
	}
	*message = driver.script[driver.played++];
	refresh_page();
	return 0;
}

static uint64_t *reg_of(uint32_t name)
{
	if (name >= HV_X64_REGISTER_RAX && name <= HV_X64_REGISTER_RFLAGS)
		return &driver.reg[name - HV_X64_REGISTER_RAX];
	EXPECT_EQ(name, HV_X64_REGISTER_MSR_MTRR_DEF_TYPE);
	return &driver.mtrr_def_type;
}

static int register_hypercall(struct mshv_root_hvcall *call)
{
	struct hv_input_set_vp_registers *set = (void *)(uintptr_t)call->in_ptr;
	struct hv_input_get_vp_registers *get = (void *)(uintptr_t)call->in_ptr;
	union hv_register_value *values = (void *)(uintptr_t)call->out_ptr;
	unsigned int i;

	driver.hypercalls++;
	EXPECT_EQ(set->vp_index, 3);
	if (driver.fail_status) {
		call->status = driver.fail_status;
		call->reps = 0;
		errno = EINVAL;
		return -1;
	}
	for (i = 0; i < call->reps; i++) {
		if (call->code == HVCALL_SET_VP_REGISTERS)
			*reg_of(set->elements[i].name) = set->elements[i].value.reg64;
		else
			values[i].reg64 = *reg_of(get->names[i]);
	}
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == MSHV_CREATE_VP) {
		EXPECT_EQ(fd, PARTITION_FD);
		return VP_FD;
	}
	EXPECT_EQ(fd, VP_FD);
	if (request == MSHV_RUN_VP)
		return run_vp(arg);
	if (request == MSHV_ROOT_HVCALL)
		return register_hypercall(arg);
	errno = ENOTTY;
	return -1;
}

void *__real_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (fd != VP_FD)
		return __real_mmap(addr, size, prot, flags, fd, offset);
	if (driver.has_page)
		return &driver.page;
	errno = ENODEV;
	return MAP_FAILED;
}

/* --- the rest of the program --------------------------------------------------------------- */

static struct {
	uint16_t port;
	unsigned int size;
	uint32_t value;
	int writes;
} port;
static uint64_t device_register;
static uint8_t eoi_vector;
static char failure[256];
static uint16_t failure_status;

uint32_t ports_read(struct vm *vm, uint16_t number, unsigned int size)
{
	(void)vm;
	port.port = number;
	port.size = size;
	return (uint32_t)(0xa1b2c3d4u & ((1ULL << (8 * size)) - 1));
}

void ports_write(struct vm *vm, uint16_t number, unsigned int size, uint32_t value)
{
	(void)vm;
	port.port = number;
	port.size = size;
	port.value = value;
	port.writes++;
}

uint64_t mmio_read(struct vm *vm, uint64_t gpa, unsigned int size)
{
	(void)vm;
	EXPECT_EQ(gpa, 0xfec00010);
	EXPECT_EQ(size, 4);
	return device_register;
}

void mmio_write(struct vm *vm, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vm;
	EXPECT_EQ(gpa, 0xfec00010);
	EXPECT_EQ(size, 4);
	device_register = value;
}

void devices_flush(struct vm *vm)
{
	(void)vm;
}

void ioapic_eoi(struct ioapic *ioapic, uint8_t vector)
{
	(void)ioapic;
	eoi_vector = vector;
}

bool memory_contains(const struct memory *memory, uint64_t gpa)
{
	(void)memory;
	return gpa < 0x10000000;
}

void *memory_at(const struct memory *memory, uint64_t gpa, uint64_t size)
{
	(void)memory;
	(void)gpa;
	(void)size;
	return NULL;
}

void vm_stop(struct vm *vm, enum vm_outcome outcome)
{
	int running = VM_RUNNING;

	atomic_compare_exchange_strong(&vm->outcome, &running, outcome);
}

/* The guest also ends when its script does. */
void vm_park(struct vm *vm)
{
	(void)vm;
	EXPECT(!"nobody pauses it");
}

bool vm_stopped(struct vm *vm)
{
	return vm->outcome != VM_RUNNING ||
	       driver.script[driver.played].header.message_type == HVMSG_NONE;
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(failure, sizeof(failure), fmt, args);
	va_end(args);
	return -1;
}

int fail_errno(int err, const char *fmt, ...)
{
	(void)err;
	return fail("%s", fmt);
}

int fail_hypercall(uint16_t code, uint16_t status, int err, const char *fmt, ...)
{
	(void)code;
	(void)err;
	failure_status = status;
	return fail("%s", fmt);
}

void fail_hint(const char *fmt, ...)
{
	(void)fmt;
}

void fail_as_device(void)
{
}

/* --- scripts ------------------------------------------------------------------------------- */

static struct hv_x64_intercept_message_header header(bool write, unsigned int length)
{
	struct hv_x64_intercept_message_header header = {
		.instruction_length = length,
		.intercept_access_type = write ? HV_INTERCEPT_ACCESS_WRITE
					       : HV_INTERCEPT_ACCESS_READ,
		.rip = RIP,
	};

	header.execution_state.efer_lma = 1;
	header.cs_segment._long = 1;
	return header;
}

static void script_io(unsigned int n, bool write, uint16_t number, unsigned int size, bool string)
{
	struct hv_message *message = &driver.script[n];
	struct hv_x64_io_port_intercept_message *io = (void *)message->u.payload;

	message->header.message_type = HVMSG_X64_IO_PORT_INTERCEPT;
	io->header = header(write, 2);
	io->port_number = number;
	io->access_info.access_size = size;
	io->access_info.string_op = string;
	io->rax = driver.reg[0];
}

static void script_memory(unsigned int n, uint64_t gpa, const char *bytes, unsigned int count)
{
	struct hv_message *message = &driver.script[n];
	struct hv_x64_memory_intercept_message *mem = (void *)message->u.payload;

	message->header.message_type = HVMSG_UNMAPPED_GPA;
	mem->header = header(false, 0);
	mem->guest_physical_address = gpa;
	mem->instruction_byte_count = (uint8_t)count;
	memcpy(mem->instruction_bytes, bytes, count);
}

static void reset(bool page)
{
	unsigned int i;

	memset(&driver, 0, sizeof(driver));
	memset(&port, 0, sizeof(port));
	failure[0] = '\0';
	failure_status = 0;
	driver.has_page = page;
	for (i = 0; i < 16; i++)
		driver.reg[i] = 0x1111111111111111ULL * i;
	driver.reg[0] = 0x8877665544332211ULL;
	driver.reg[16] = RIP;
	driver.reg[17] = 0x2;
}

/* Play the script to its end. Returns how the guest ended. */
static enum vm_outcome play(void)
{
	static struct vm_config config;
	static struct vcpu vcpu;
	static struct vm vm;

	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	vm.config = &config;
	vm.fd = PARTITION_FD;
	pthread_mutex_init(&vm.lock, NULL);
	EXPECT_EQ(vcpu_create(&vm, &vcpu, 3), 0);
	EXPECT_EQ(driver.mtrr_def_type, 0x806);
	EXPECT_EQ(vcpu_start(&vcpu), 0);
	while (!vm_stopped(&vm))
		sched_yield();
	vcpu_join(&vcpu);
	consume_page();
	return (enum vm_outcome)vm.outcome;
}

static void check_in(bool page, unsigned int size, uint64_t rax)
{
	reset(page);
	script_io(0, false, 0x1f0, size, false);
	EXPECT_EQ(play(), VM_RUNNING);
	EXPECT_EQ(port.port, 0x1f0);
	EXPECT_EQ(port.size, size);
	EXPECT_EQ(driver.reg[0], rax);
	EXPECT_EQ(driver.reg[1], 0x1111111111111111);
	EXPECT_EQ(driver.reg[16], RIP + 2);
}

static void check_io(bool page)
{
	check_in(page, 1, 0x88776655443322d4);
	check_in(page, 2, 0x887766554433c3d4);
	check_in(page, 4, 0xa1b2c3d4);

	reset(page);
	script_io(0, true, 0x3f8, 1, false);
	EXPECT_EQ(play(), VM_RUNNING);
	EXPECT_EQ(port.writes, 1);
	EXPECT_EQ(port.value & 0xff, 0x11);
	EXPECT_EQ(driver.reg[0], 0x8877665544332211ULL);
	EXPECT_EQ(driver.reg[16], RIP + 2);
}

/* The register page saves every hypercall but the one that creates the VP. */
static void test_io_page(void)
{
	check_io(true);
	EXPECT_EQ(driver.hypercalls, 1);
}

static void test_io_hypercall(void)
{
	check_io(false);
	EXPECT_EQ(driver.hypercalls, 2);
}

static void check_mmio(bool page)
{
	/* mov %ecx,0x10(%rax), then mov 0x10(%rax),%edx, then cmp $0,0x10(%rax) */
	reset(page);
	script_memory(0, 0xfec00010, "\x89\x48\x10", 3);
	script_memory(1, 0xfec00010, "\x8b\x50\x10", 3);
	script_memory(2, 0xfec00010, "\x83\x78\x10\x00", 4);
	EXPECT_EQ(play(), VM_RUNNING);
	EXPECT_EQ(driver.played, 3);
	EXPECT_EQ(device_register, 0x11111111);
	EXPECT_EQ(driver.reg[2], 0x11111111);
	EXPECT_EQ(driver.reg[15], 0xffffffffffffffff);
	EXPECT_EQ(driver.reg[16], RIP + 4);
	EXPECT_EQ(driver.reg[17], 0x2 | 0x04);	/* parity of 0x11 is even */
}

static void test_mmio_page(void)
{
	check_mmio(true);
}

static void test_mmio_hypercall(void)
{
	check_mmio(false);
	/* One when the VP is created, and for each access one to read and one to write. */
	EXPECT_EQ(driver.hypercalls, 1 + 3 * 2);
}

static void expect_failure(const char *text)
{
	EXPECT_EQ(play(), VM_FAILED);
	if (!strstr(failure, text))
		ktap_fail("'%s' is not about '%s'", failure, text);
}

static void test_refused(void)
{
	struct hv_x64_memory_intercept_message *mem = (void *)driver.script[0].u.payload;

	reset(true);
	script_io(0, true, 0x3f8, 1, true);
	expect_failure("string I/O on port 0x3f8");
	reset(true);
	script_io(0, true, 0x3f8, 3, false);
	expect_failure("3 bytes");
	reset(true);
	script_memory(0, 0xfec00010, "\x8b\x80", 2);
	expect_failure("cut short: [8b80]");
	reset(true);
	script_memory(0, 0xfec00010, "\xd9\x00\x90\x90", 4);
	expect_failure("not one this VMM knows: [d9009090]");
	reset(true);
	script_memory(0, 0x1000, "\x8b\x00", 2);
	expect_failure("its RAM at 0x1000");
	reset(true);
	script_memory(0, 0xd0000000, "", 0);
	mem->header.intercept_access_type = HV_INTERCEPT_ACCESS_EXECUTE;
	expect_failure("jumped to 0xd0000000");
	reset(true);
	driver.script[0].header.message_type = HVMSG_X64_MSR_INTERCEPT;
	expect_failure("message 0x80010001");
}

/* A count of instruction bytes beyond the array is the hypervisor's mistake, not an overrun. */
static void test_wild_count(void)
{
	struct hv_x64_memory_intercept_message *mem = (void *)driver.script[0].u.payload;

	reset(true);
	script_memory(0, 0xfec00010, "\xd9\x00", 2);
	mem->instruction_byte_count = 255;
	expect_failure("not one this VMM knows: [d900000000000000000000000000000");
}

static void test_status_passed_on(void)
{
	static struct vm vm;
	static struct vcpu vcpu;

	reset(false);
	vm.fd = PARTITION_FD;
	driver.fail_status = 0x15;
	EXPECT_EQ(vcpu_create(&vm, &vcpu, 3), -1);
	EXPECT_EQ(failure_status, 0x15);
}

static void test_ends_and_events(void)
{
	struct hv_x64_apic_eoi_message *eoi = (void *)driver.script[0].u.payload;

	reset(true);
	driver.interrupts = 3;
	driver.script[0].header.message_type = HVMSG_X64_APIC_EOI;
	eoi->interrupt_vector = 0x51;
	driver.script[1].header.message_type = HVMSG_UNRECOVERABLE_EXCEPTION;
	EXPECT_EQ(play(), VM_TRIPLE_FAULT);
	EXPECT_EQ(eoi_vector, 0x51);
	EXPECT_EQ(driver.played, 2);
	EXPECT_EQ(driver.interrupts, 0);
}

int main(void)
{
	ktap_start();
	ktap_run("vcpu_io_page", test_io_page);
	ktap_run("vcpu_io_hypercall", test_io_hypercall);
	ktap_run("vcpu_mmio_page", test_mmio_page);
	ktap_run("vcpu_mmio_hypercall", test_mmio_hypercall);
	ktap_run("vcpu_refused", test_refused);
	ktap_run("vcpu_wild_count", test_wild_count);
	ktap_run("vcpu_status_passed_on", test_status_passed_on);
	ktap_run("vcpu_ends_and_events", test_ends_and_events);
	return ktap_finish();
}
