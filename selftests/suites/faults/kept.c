// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor does not let go of pages that Linux takes back from a child:
 * none of them may be free for somebody else, until it does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "faults.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define GPA		0x10000000UL
#define NR		64U
#define FLAG_ANON	(1ULL << 12)	/* of /proc/kpageflags; a page that is freed loses it */

/* RSI: first page, RDI: number; each is written to. */
static struct child child;
static uint8_t *memory;
static uint64_t spa[NR];

static bool touch_all(uint32_t type)
{
	struct hv_message message;

	child_touch(&child, 0, GPA, NR);
	return child_run_to(&child, 0, type, &message);
}

static unsigned int count_mapped(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < NR; i++)
		count += testhv_maps(spa[i]) > 0;
	return count;
}

static unsigned int count_kept(void)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	unsigned int count = 0;
	uint64_t flags;

	if (fd < 0)
		ktap_bail("/proc/kpageflags: %s", strerror(errno));
	for (unsigned int i = 0; i < NR; i++) {
		if (pread(fd, &flags, sizeof(flags), (off_t)(spa[i] / PAGE * 8)) != sizeof(flags))
			ktap_bail("/proc/kpageflags ends");
		count += !!(flags & FLAG_ANON);
	}
	close(fd);
	return count;
}

static void refuse_unmapping(uint16_t reps)
{
	struct fault fault = {
		.code = HVCALL_UNMAP_GPA_PAGES, .status = HV_STATUS_OPERATION_FAILED,
		.reps = reps, .nth = 1, .times = 1,
	};

	fault_set(&fault);
}

/* Of NR pages the hypervisor lets go of @reps. */
static void test_kept(uint16_t reps)
{
	if (mshv_set_memory(child.pt, GPA, memory, NR * PAGE, MEM_W))
		ktap_bail("mapping: %s", strerror(errno));
	touch_all(HVMSG_X64_IO_PORT_INTERCEPT);
	for (unsigned int i = 0; i < NR; i++)
		spa[i] = testhv_physical(memory + i * PAGE);
	refuse_unmapping(reps);
	madvise(memory, NR * PAGE, MADV_DONTNEED);
	fault_clear();
	ktap_ok(count_mapped() == NR - reps, "%u unmapped: the child has the others", reps);
	ktap_ok(count_kept() >= NR - reps, "... none of which is free: %u", count_kept());
	ktap_ok(touch_all(reps ? HVMSG_UNMAPPED_GPA : HVMSG_X64_IO_PORT_INTERCEPT),
		"... and gets no new ones");
	ktap_ok(!mshv_set_memory(child.pt, GPA, memory, NR * PAGE, MEM_UNMAP) && !count_mapped(),
		"unmapped after all");
	ktap_ok(count_kept() <= NR / 4, "... and free: all but %u", count_kept());
}

int main(void)
{
	ktap_plan(10);
	testhv_required();
	child_create(&child, PT_LAPIC | PT_X2APIC, CHILD_LONG_MODE_RAM, 1);
	memory = mmap(NULL, NR * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, NR * PAGE, MADV_NOHUGEPAGE);
	test_kept(0);
	test_kept(20);
	child_destroy(&child);
	munmap(memory, NR * PAGE);
	return ktap_end();
}
