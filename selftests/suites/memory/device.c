// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device's registers as guest memory: the child sees and changes what the
 * driver's area shows, until it is unmapped; and nothing else gets in that way.
 *
 * The device is a virtio disk that no driver has any more.  The first word of
 * its fourth region selects a half of its feature bits and can be read back.
 *
 * With an argument: what becomes of registers that the VMM takes away by halves.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../testhv/control.h"
#include "child.h"
#include "faults.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define GPA		0x10000000UL
#define BAR_SIZE	0x4000UL

/* RSI: where to read; RDI: where to write; EAX: what.  RDX gets what was read. */
ASMBLOB(poke, 64,
	"mov (%rsi), %rdx\n"
	"mov %eax, (%rdi)\n"
	"out %al, $0x10\n");

static struct child child;

static bool put_text(const char *folder, const char *file, const char *text)
{
	char path[256];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return good;
}

/* The registers of the first virtio device, taken from its driver; an fd. */
static int open_device(void)
{
	char path[256], driver[300];
	glob_t found;
	int fd;

	if (glob("/sys/bus/pci/drivers/virtio-pci/0*", 0, NULL, &found))
		return -1;
	snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	if (!realpath(path, driver) || !put_text("/sys/bus/pci/drivers/virtio-pci", "unbind",
						 strrchr(driver, '/') + 1))
		return -1;
	put_text(driver, "enable", "1");
	strcat(driver, "/resource4");
	fd = open(driver, O_RDWR | O_CLOEXEC);
	return fd;
}

static bool run_poke(uint64_t from, uint64_t to, uint32_t value, uint32_t type)
{
	struct hv_message message;

	child_load(&child, BLOB_GPA, &poke);
	child_long_mode(&child, 0, BLOB_GPA, to);
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, from);
	child_set_register(&child, 0, HV_X64_REGISTER_RAX, value);
	return child_run_to(&child, 0, type, &message);
}

static void test_device(volatile uint32_t *regs)
{
	uint64_t here;

	ktap_ok(!mshv_set_memory(child.pt, GPA, (void *)regs, BAR_SIZE, MEM_W),
		"registers can be given");
	here = *(volatile uint64_t *)(regs + 4);
	ktap_ok(run_poke(GPA + 16, GPA, 1, HVMSG_X64_IO_PORT_INTERCEPT) && regs[0] == 1,
		"the child writes to the device");
	ktap_is((long long)child.vp[0].regs->rdx, (long long)here, "and reads what is there");
	ktap_ok(run_poke(GPA + 16, GPA, 0, HVMSG_X64_IO_PORT_INTERCEPT) && regs[0] == 0,
		"and writes again");
	ktap_ok(!mshv_set_memory(child.pt, GPA, (void *)regs, BAR_SIZE, MEM_UNMAP) &&
		run_poke(GPA + 16, GPA, 1, HVMSG_UNMAPPED_GPA) && regs[0] == 0,
		"unmapped, the child has them no more");
}

/* The area goes while the region stays. */
static void test_area_gone(int fd)
{
	volatile uint32_t *regs = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (regs == MAP_FAILED || mshv_set_memory(child.pt, GPA, (void *)regs, BAR_SIZE, MEM_W))
		ktap_bail("registers: %s", strerror(errno));
	run_poke(GPA + 16, GPA, 0, HVMSG_X64_IO_PORT_INTERCEPT);
	munmap((void *)regs, BAR_SIZE);
	ktap_ok(run_poke(GPA + 16, GPA, 1, HVMSG_UNMAPPED_GPA),
		"munmap: the child has them no more");
	if (mshv_set_memory(child.pt, GPA, (void *)regs, BAR_SIZE, MEM_UNMAP))
		ktap_note("unmapping: %s", strerror(errno));
}

static void refused(void *at, size_t size, unsigned int flags, const char *name)
{
	ktap_errno(mshv_set_memory(child.pt, GPA, at, size, flags), EFAULT, name);
}

static void test_rules(int fd)
{
	uint8_t *area = mmap(NULL, 2 * BAR_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *at;

	at = mmap(area, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	refused(at, BAR_SIZE + PAGE, MEM_W, "further than the device's area reaches");
	at = mmap(area, BAR_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	refused(at, BAR_SIZE, MEM_W, "to write, what the VMM may only read");
	at = mmap(area, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0);
	if (at == MAP_FAILED)
		ktap_skip("a private copy", "the kernel makes none of registers");
	else
		refused(at, BAR_SIZE, MEM_W, "a private copy");
	munmap(area, 2 * BAR_SIZE);
}

/* RAM in an area like that has an owner who does not know of the guest. */
static void test_ram(void)
{
	int fd = open("/dev/mem", O_RDWR | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED :
		   mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0x10000);

	if (at == MAP_FAILED) {
		ktap_skip("RAM of the kernel's", "/dev/mem shows none");
	} else {
		ktap_ok(mshv_set_memory(child.pt, GPA, at, PAGE, MEM_W) ||
			run_poke(GPA, GPA, 1, HVMSG_UNMAPPED_GPA),
			"RAM that is shown as a device's does not reach the child");
		munmap(at, PAGE);
	}
	close(fd);
}

static volatile uint32_t *map_regs(int fd)
{
	volatile uint32_t *regs = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (regs == MAP_FAILED || mshv_set_memory(child.pt, GPA, (void *)regs, BAR_SIZE, MEM_W))
		ktap_bail("registers: %s", strerror(errno));
	run_poke(GPA + 16, GPA, 0, HVMSG_X64_IO_PORT_INTERCEPT);
	return regs;
}

/* What the VMM may not touch any more, its child may not either. */
static void test_fenced(int fd)
{
	volatile uint32_t *regs = map_regs(fd);

	mprotect((void *)regs, BAR_SIZE, PROT_READ);
	ktap_ok(run_poke(GPA + 16, GPA, 1, HVMSG_UNMAPPED_GPA) ||
		run_poke(GPA + 16, GPA, 1, HVMSG_GPA_INTERCEPT),
		"mprotect to read-only: the child does not write");
	mprotect((void *)regs, BAR_SIZE, PROT_NONE);
	ktap_ok(run_poke(GPA + 16, GPA, 1, HVMSG_UNMAPPED_GPA), "mprotect to nothing: nor read");
	mprotect((void *)regs, BAR_SIZE, PROT_READ | PROT_WRITE);
	ktap_ok(run_poke(GPA + 16, GPA, 1, HVMSG_X64_IO_PORT_INTERCEPT) && regs[0] == 1,
		"given back, they are there again");
	mshv_set_memory(child.pt, GPA, (void *)regs, BAR_SIZE, MEM_UNMAP);
	munmap((void *)regs, BAR_SIZE);
}

/* The hypervisor does not let go of registers, which have no struct page to hold. */
static void test_kept(int fd)
{
	struct fault fault = {
		.code = HVCALL_UNMAP_GPA_PAGES, .status = HV_STATUS_OPERATION_FAILED, .nth = 1,
	};
	volatile uint32_t *regs = map_regs(fd);

	fault_set(&fault);
	munmap((void *)regs, BAR_SIZE);
	fault_clear();
	ktap_ok(!mshv_set_memory(child.pt, GPA, (void *)regs, BAR_SIZE, MEM_UNMAP),
		"munmap that the hypervisor refuses: the region can be unmapped later");
	ktap_ok(run_poke(GPA + 16, GPA, 1, HVMSG_UNMAPPED_GPA), "then the child has them no more");
}

static int taken_away(int fd)
{
	ktap_plan(5);
	child_create(&child, PT_LAPIC | PT_X2APIC, CHILD_LONG_MODE_RAM, 1);
	test_fenced(fd);
	test_kept(fd);
	child_destroy(&child);
	return ktap_end();
}

int main(int argc, char **argv)
{
	volatile uint32_t *regs;
	struct leak_mark mark;
	int fd = open_device();

	(void)argv;
	if (argc > 1)
		return taken_away(fd);
	ktap_plan(10 + LEAK_RESULTS);
	leak_mark(&mark);
	regs = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (regs == MAP_FAILED)
		ktap_bail("a device's registers: %s", strerror(errno));
	child_create(&child, PT_LAPIC | PT_X2APIC, CHILD_LONG_MODE_RAM, 1);
	test_device(regs);
	test_area_gone(fd);
	test_rules(fd);
	test_ram();
	child_destroy(&child);
	munmap((void *)regs, BAR_SIZE);
	leak_check(&mark);
	close(fd);
	return ktap_end();
}
