// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the process that is none of its own: a piece of the machine's firmware, which is no
 * RAM.  What the guest gets of it, if anything, is what the process sees at that address.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"

#define GPA		0x10000000UL
#define FIRMWARE	0xf0000L
#define PAGES		16UL
#define RAM		CHILD_LONG_MODE_RAM

/* RSI: where from; 512 words of it go to RDI. */
ASMBLOB(copy, 64,
	"mov $512, %rcx\n"
	"cld\n"
	"rep movsq\n"
	"out %al, $0x10\n");

#define COPY_GPA	0x100000UL

static struct child child;

static const uint8_t *firmware(void)
{
	int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	void *memory = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, FIRMWARE);

	if (fd < 0 || memory == MAP_FAILED)
		ktap_bail("/dev/mem: %s", strerror(errno));
	close(fd);
	return memory;
}

/* A page that the one before it is no copy of. */
static unsigned int telling_page(const uint8_t *memory)
{
	for (unsigned int i = PAGES - 1; i; i--)
		if (memcmp(memory + i * PAGE, memory, PAGE))
			return i;
	ktap_bail("the firmware is the same page over and over");
}

/* True: the guest was given nothing, or the same page. */
static bool same(const uint8_t *page)
{
	struct hv_message message;
	bool good;

	if (mshv_set_memory(child.pt, GPA, (void *)page, PAGE, 0))
		return true;
	child_load(&child, BLOB_GPA, &copy);
	child_long_mode(&child, 0, BLOB_GPA, COPY_GPA);
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, GPA);
	good = child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
	       !memcmp(child.ram + COPY_GPA, page, PAGE);
	mshv_set_memory(child.pt, GPA, (void *)page, PAGE, MEM_UNMAP);
	return good;
}

static uint32_t read_after_unmap(void)
{
	struct hv_message message;

	child_long_mode(&child, 0, BLOB_GPA, COPY_GPA);
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, GPA);
	return child_run(&child, 0, &message) ? message.header.message_type : 0;
}

int main(void)
{
	const uint8_t *memory = firmware();

	ktap_plan(3);
	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	ktap_ok(same(memory), "memory of the machine: its first page");
	ktap_ok(same(memory + telling_page(memory) * PAGE), "memory of the machine: a later page");
	child_load(&child, BLOB_GPA, &copy);
	ktap_is(read_after_unmap(), HVMSG_UNMAPPED_GPA, "memory of the machine: unmapped");
	child_destroy(&child);
	return ktap_end();
}
