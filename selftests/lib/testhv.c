// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test control, from user space.
 *
 * The root's guest physical addresses are found through /proc/self/pagemap;
 * pages of hypercalls are shared mappings, because those stay where they are
 * when a process forks.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hvabi/hvabi.h>

#include "../testhv/control.h"
#include "ktap.h"
#include "testhv.h"

#define PAGE			4096UL
#define PAGEMAP_PRESENT		(1ULL << 63)
#define PAGEMAP_PFN		((1ULL << 55) - 1)

static sigjmp_buf no_testhv;

static void illegal(int signal)
{
	siglongjmp(no_testhv, signal);
}

void testhv_required(void)
{
	struct sigaction action = { .sa_handler = illegal }, old;
	struct testhv_result r;

	sigaction(SIGILL, &action, &old);
	if (sigsetjmp(no_testhv, 1))
		ktap_bail("this needs testhv below the root");
	r = testhv_control(TESTHV_VERSION, 0, 0, 0);
	if (r.status != TESTHV_OK || r.a != TESTHV_CONTROL_VERSION)
		ktap_bail("testhv's control has version %llu, not %u", (unsigned long long)r.a,
			  TESTHV_CONTROL_VERSION);
	sigaction(SIGILL, &old, NULL);
}

static struct testhv_result control(uint64_t op, uint64_t x, uint64_t y, uint64_t z)
{
	struct testhv_result r = testhv_control(op, x, y, z);

	if (r.status != TESTHV_OK)
		ktap_bail("test control %llu (%#llx, %#llx, %#llx): status %llu",
			  (unsigned long long)op, (unsigned long long)x, (unsigned long long)y,
			  (unsigned long long)z, (unsigned long long)r.status);
	return r;
}

uint64_t testhv_counter(uint64_t partition, uint32_t kind, uint64_t index)
{
	return control(TESTHV_COUNTER, partition, kind, index).a;
}

uint64_t testhv_root_calls(uint16_t code)
{
	return testhv_counter(TESTHV_ROOT, TESTHV_CALLS, code);
}

uint64_t testhv_root_reps(uint16_t code)
{
	return testhv_counter(TESTHV_ROOT, TESTHV_REPS, code);
}

/* Below are flushes of the root's own address spaces, and its IPIs. */
#define FIRST_CODE	HVCALL_CREATE_PARTITION
#define NR_CODES	0x140

uint64_t testhv_root_all_calls(void)
{
	uint64_t sum = 0;

	for (uint16_t code = FIRST_CODE; code < NR_CODES; code++)
		sum += testhv_root_calls(code);
	return sum;
}

uint64_t testhv_owned(uint64_t partition)
{
	return control(TESTHV_OWNED, partition, 0, 0).a;
}

struct testhv_violations testhv_violations(void)
{
	struct testhv_result r = control(TESTHV_VIOLATIONS, 0, 0, 0);

	return (struct testhv_violations) { .count = r.a, .address = r.b, .rip = r.c };
}

uint64_t testhv_physical(const void *page)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || pread(fd, &entry, sizeof(entry),
			    (off_t)((uintptr_t)page / PAGE * sizeof(entry))) != sizeof(entry))
		ktap_bail("/proc/self/pagemap: %s", strerror(errno));
	close(fd);
	if (!(entry & PAGEMAP_PRESENT) || !(entry & PAGEMAP_PFN))
		ktap_bail("/proc/self/pagemap does not tell where a page is");
	return (entry & PAGEMAP_PFN) * PAGE;
}

/* A locked page stays in memory, but not where it is: compaction moves it unless told not to. */
static void forbid_moving(void)
{
	static const char path[] = "/proc/sys/vm/compact_unevictable_allowed";
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || write(fd, "0", 1) != 1)
		ktap_bail("%s: %s", path, strerror(errno));
	close(fd);
}

void *testhv_page(uint64_t *gpa)
{
	void *page;

	forbid_moving();
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mlock(page, PAGE))
		ktap_bail("no locked page: %s", strerror(errno));
	memset(page, 0, PAGE);
	*gpa = testhv_physical(page);
	return page;
}

uint64_t testhv_maps(uint64_t spa)
{
	return control(TESTHV_MAPS, spa, 0, 0).a;
}

uint64_t testhv_hypercall(uint64_t word, uint64_t in_gpa, uint64_t out_gpa)
{
	return control(TESTHV_HYPERCALL, word, in_gpa, out_gpa).a;
}

/* Counters of the dead are kept for a while, so the hypervisor is asked as any parent asks. */
static bool is_alive(uint64_t partition)
{
	static struct hv_input_get_partition_property *in;
	static uint64_t in_gpa, out_gpa;
	uint64_t result;

	if (!in) {
		in = testhv_page(&in_gpa);
		testhv_page(&out_gpa);
	}
	in->partition_id = partition;
	in->property_code = HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH;
	result = testhv_hypercall(HVCALL_GET_PARTITION_PROPERTY, in_gpa, out_gpa);
	return result != HV_STATUS_INVALID_PARTITION_ID;
}

unsigned int testhv_partitions(void)
{
	uint64_t id = TESTHV_ROOT;
	unsigned int count = 0;

	while ((id = control(TESTHV_NEXT_PARTITION, id, 0, 0).a))
		count += is_alive(id);
	return count;
}

uint64_t testhv_child(void)
{
	uint64_t id = TESTHV_ROOT, found = 0;

	while ((id = control(TESTHV_NEXT_PARTITION, id, 0, 0).a)) {
		if (is_alive(id) && found)
			ktap_bail("there is more than one child");
		if (is_alive(id))
			found = id;
	}
	if (!found)
		ktap_bail("there is no child");
	return found;
}
