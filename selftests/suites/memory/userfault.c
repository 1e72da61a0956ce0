// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the VMM itself brings when it is missing (userfaultfd): the guest's
 * access waits for that, a signal ends the wait, and once the memory is there the
 * guest goes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"

#define GPA		0x10000000UL
#define SIZE		(16 * PAGE)
#define GIVE_UP_S	5U
#define VALUE		0x5eedULL

ASMBLOB(look, 64,
	"mov (%rdi), %rax\n"
	"out %al, $0x10\n");

static struct child child;
static uint8_t *memory;
static int faults;

static void watch_memory(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)memory, .len = SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api) ||
	    ioctl(faults, UFFDIO_REGISTER, &range))
		ktap_bail("userfaultfd: %s", strerror(errno));
}

static int bring_page(void)
{
	static uint64_t page[512] __attribute__((aligned(4096))) = { VALUE };
	struct uffdio_copy copy = {
		.dst = (uintptr_t)memory, .src = (uintptr_t)page, .len = PAGE,
	};

	return ioctl(faults, UFFDIO_COPY, &copy);
}

/* Lest the test waits for ever. */
static void *bring_late(void *unused)
{
	sleep(GIVE_UP_S);
	bring_page();
	return unused;
}

static void test_signal(void)
{
	struct hv_message message;
	int ret, error;

	kick_every_ms(50);
	ret = mshv_run(child.vp[0].fd, &message);
	error = errno;
	kick_after_ms(0);
	ktap_ok(ret == -1 && error == EINTR, "a signal ends the wait for the memory");
}

int main(void)
{
	struct hv_message message;
	struct leak_mark mark;
	pthread_t thread;

	ktap_plan(3 + LEAK_RESULTS);
	leak_mark(&mark);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		ktap_bail("mmap: %s", strerror(errno));
	watch_memory();
	child_create(&child, PT_LAPIC | PT_X2APIC, CHILD_LONG_MODE_RAM, 1);
	if (mshv_set_memory(child.pt, GPA, memory, SIZE, MEM_W))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
	child_load(&child, BLOB_GPA, &look);
	child_long_mode(&child, 0, BLOB_GPA, GPA);
	if (pthread_create(&thread, NULL, bring_late, NULL))
		ktap_bail("no thread");
	test_signal();
	ktap_ok(!bring_page(), "... which nobody has brought");
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
		child.vp[0].regs->rax == VALUE, "... and when it is there the guest reads it");
	pthread_join(thread, NULL);
	child_destroy(&child);
	close(faults);
	munmap(memory, SIZE);
	leak_check(&mark);
	return ktap_end();
}
