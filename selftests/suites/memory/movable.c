// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that Linux moves, swaps out, merges, copies and takes away, while a
 * child writes to it and checks each word that it reads: no byte may be wrong,
 * and no page may go while the child can reach it.  Of the latter testhv is the
 * witness: it says whether a page is mapped into a child, and refuses one that is
 * when it is deposited for another partition.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"
#include "vpthread.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define GPA		0x10000000UL
#define PAGES		1024UL
#define SIZE		(PAGES * PAGE)
#define ROUNDS		10
#define ROUND_MS	60000

/* In the child's RAM: rounds done, and a word that ends it. */
#define MAILBOX		0x8000

/*
 * R8: first page, R9: number of pages.  Both ends of a page hold its address and the number of
 * rounds; each round checks that and adds one.  RBX counts rounds.
 */
ASMBLOB(churn, 64,
	"1: mov %r8, %rsi\n"
	"mov %r9, %rcx\n"
	"2: lea (%rsi,%rbx), %rax\n"
	"cmp (%rsi), %rax\n"
	"jne 3f\n"
	"cmp 0xff8(%rsi), %rax\n"
	"jne 3f\n"
	"inc %rax\n"
	"mov %rax, (%rsi)\n"
	"mov %rax, 0xff8(%rsi)\n"
	"add $0x1000, %rsi\n"
	"dec %rcx\n"
	"jnz 2b\n"
	"inc %rbx\n"
	"mov %rbx, 0x8000\n"
	"cmpl $0, 0x8008\n"
	"je 1b\n"
	"out %al, $0x10\n"
	"3: mov (%rsi), %rdx\n"
	"out %al, $0x66\n");

/* RSI: first page, RDI: number; RAX gets the sum of the first words. */
ASMBLOB(sum, 64,
	"xor %eax, %eax\n"
	"1: add (%rsi), %rax\n"
	"add $0x1000, %rsi\n"
	"dec %rdi\n"
	"jnz 1b\n"
	"out %al, $0x10\n");

static struct child child;
static uint8_t *memory;
static struct vp_thread runner;
static int swap_disk = -1;
static bool missing = true;	/* does the guest meet memory that its process has not got? */

static uint64_t *word(unsigned long page)
{
	return (uint64_t *)(memory + page * PAGE);
}

static void fill(void)
{
	for (unsigned long i = 0; i < PAGES; i++)
		word(i)[0] = word(i)[511] = GPA + i * PAGE;
}

/* Memory that is not there for a moment makes the VMM see the access; it lets it try again. */
static bool try_again(struct vp_thread *thread, struct hv_message *message)
{
	(void)thread;
	if (message->header.message_type != HVMSG_UNMAPPED_GPA &&
	    message->header.message_type != HVMSG_GPA_INTERCEPT)
		return false;
	usleep(200);
	return true;
}

static volatile uint64_t *mailbox(void)
{
	return (volatile uint64_t *)(child.ram + MAILBOX);
}

static void start_churn(void)
{
	fill();
	mailbox()[0] = mailbox()[1] = 0;
	child_load(&child, BLOB_GPA, &churn);
	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_RBX, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_R8, GPA);
	child_set_register(&child, 0, HV_X64_REGISTER_R9, PAGES);
	runner = (struct vp_thread){ .child = &child, .handler = try_again };
	vp_thread_start(&runner);
}

static bool all_pages(uint64_t rounds)
{
	for (unsigned long i = 0; i < PAGES; i++) {
		if (word(i)[0] != GPA + i * PAGE + rounds || word(i)[511] != word(i)[0]) {
			ktap_note("page %lu holds %#llx after %llu rounds", i,
				  (unsigned long long)word(i)[0], (unsigned long long)rounds);
			return false;
		}
	}
	return true;
}

static bool end_churn(void)
{
	const struct hv_x64_io_port_intercept_message *port;
	uint64_t rip = 0, rsi = 0, rdx = 0;

	mailbox()[1] = 1;
	if (!vp_thread_wait(&runner, ROUND_MS)) {
		ktap_note("the child does not end");
		vp_thread_stop(&runner);
		return false;
	}
	vp_thread_stop(&runner);
	port = (struct hv_x64_io_port_intercept_message *)runner.last.u.payload;
	if (runner.error || runner.last.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT ||
	    port->port_number != 0x10) {
		mshv_get_register(child.vp[0].fd, 0, HV_X64_REGISTER_RIP, &rip);
		mshv_get_register(child.vp[0].fd, 0, HV_X64_REGISTER_RSI, &rsi);
		mshv_get_register(child.vp[0].fd, 0, HV_X64_REGISTER_RDX, &rdx);
		ktap_note("ended by message %#x, errno %d, at %#llx, page %#llx, word %#llx",
			  runner.last.header.message_type, runner.error, (unsigned long long)rip,
			  (unsigned long long)rsi, (unsigned long long)rdx);
		return false;
	}
	return all_pages(mailbox()[0]);
}

/* @disturb again and again, while the child does ROUNDS rounds and more. */
static bool churn_while(void (*disturb)(void))
{
	unsigned long long end = now_ms() + ROUND_MS;

	start_churn();
	for (unsigned int n = 0; n < ROUNDS || mailbox()[0] < ROUNDS; n++) {
		if (runner.done || now_ms() > end)
			break;
		disturb();
		usleep(1000);
	}
	ktap_note("%llu rounds", (unsigned long long)mailbox()[0]);
	return end_churn();
}

static unsigned long long vmstat(const char *name)
{
	FILE *file = fopen("/proc/vmstat", "r");
	unsigned long long value = 0, n;
	char line[128], key[64];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %llu", key, &n) == 2 && !strcmp(key, name))
			value = n;
	if (file)
		fclose(file);
	return value;
}

static bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* Pages that Linux frees are soon deposited; this fails if a child could still reach one. */
static void use_free_pages(void)
{
	int pt = mshv_create_partition(child.dev, PT_LAPIC), vp = -1;

	if (pt >= 0 && !mshv_initialize(pt))
		vp = mshv_create_vp(pt, 0);
	if (vp < 0)
		ktap_note("a partition beside: %s", strerror(errno));
	if (vp >= 0)
		close(vp);
	if (pt >= 0)
		close(pt);
}

static void nothing(void)
{
}

/* A disk of the test's own becomes swap space: a header in its first page is all it takes. */
static bool add_swap(void)
{
	static struct {
		char boot[1024];
		uint32_t version, last_page, nr_bad;
		char rest[PAGE - 1036 - 10];
		char magic[10];
	} header = { .version = 1, .magic = "SWAPSPACE2" };
	off_t size;

	swap_disk = open("/dev/vda", O_RDWR | O_CLOEXEC);
	if (swap_disk < 0)
		return false;
	size = lseek(swap_disk, 0, SEEK_END);
	header.last_page = (uint32_t)(size / (off_t)PAGE - 1);
	if (pwrite(swap_disk, &header, sizeof(header), 0) == sizeof(header) &&
	    !fsync(swap_disk) && !swapon("/dev/vda", 0))
		return true;
	close(swap_disk);
	return false;
}

static void page_out(void)
{
	madvise(memory, SIZE, MADV_PAGEOUT);
	use_free_pages();
}

static void test_swap(void)
{
	unsigned long long before = vmstat("pswpout");

	if (!add_swap()) {
		ktap_skip("the child's memory is swapped out under it", "no disk to swap to");
		return;
	}
	ktap_ok(churn_while(page_out) && vmstat("pswpout") > before + PAGES,
		"the child's memory is swapped out under it");
	ktap_note("%llu pages swapped out", vmstat("pswpout") - before);
	swapoff("/dev/vda");
	close(swap_disk);
}

/* All pages become copy-on-write, and the copies must be the child's. */
static void fork_once(void)
{
	pid_t pid = fork();

	if (!pid) {
		usleep(20000);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void compact(void)
{
	put_text("/proc/sys/vm/compact_memory", "1");
	use_free_pages();
}

/* Small pages are gathered into a large one, and parts of that taken out again. */
static void collapse(void)
{
	madvise(memory, SIZE, MADV_COLLAPSE);
	usleep(2000);
	if (missing) {
		mprotect(memory + 7 * PAGE, PAGE, PROT_READ);
		mprotect(memory + 7 * PAGE, PAGE, PROT_READ | PROT_WRITE);
	}
	use_free_pages();
}

static void test_moving(void)
{
	unsigned long long before = vmstat("thp_collapse_alloc");

	madvise(memory, SIZE, MADV_HUGEPAGE);
	ktap_ok(churn_while(collapse), "small pages are moved into large ones");
	ktap_ok(vmstat("thp_collapse_alloc") > before, "... which happened");
	madvise(memory, SIZE, MADV_NOHUGEPAGE);
	ktap_ok(churn_while(compact), "memory is compacted");
}

static void protect(void)
{
	mprotect(memory, SIZE, PROT_READ);
	usleep(1000);
	mprotect(memory, SIZE, PROT_READ | PROT_WRITE);
}

/* The memory is elsewhere for a while, and comes back with what it holds. */
static void remap(void)
{
	uint8_t *other = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, other) != other)
		ktap_note("mremap: %s", strerror(errno));
	usleep(1000);
	if (mremap(other, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, memory) != memory)
		ktap_bail("mremap back: %s", strerror(errno));
}

static uint64_t sum_by_child(unsigned long first, unsigned long pages)
{
	struct hv_message message;

	child_load(&child, BLOB_GPA, &sum);
	child_long_mode(&child, 0, BLOB_GPA, pages);
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, GPA + first * PAGE);
	if (!child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return ~0ULL;
	return child.vp[0].regs->rax;
}

static unsigned int reachable(const uint64_t *spa, unsigned int nr)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < nr; i++)
		count += testhv_maps(spa[i]) > 0;
	return count;
}

#define NR	64

static void where(uint64_t *spa)
{
	for (unsigned int i = 0; i < NR; i++)
		spa[i] = testhv_physical(word(i));
}

/* Small pages in one area, whatever was there before; the region stays as it is. */
static void get_memory(void)
{
	memory = mmap((void *)0x100000000000UL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (memory == MAP_FAILED)
		ktap_bail("4 MiB: %s", strerror(errno));
	madvise(memory, SIZE, MADV_NOHUGEPAGE);
}

/* When the system call is over, no page that it freed may be in reach of the child. */
static void test_given_back(void)
{
	uint64_t spa[NR];

	fill();
	sum_by_child(0, NR);
	where(spa);
	ktap_is(reachable(spa, NR), NR, "the child has the pages that it read");
	madvise(memory, NR * PAGE, MADV_DONTNEED);
	ktap_is(reachable(spa, NR), 0, "MADV_DONTNEED: it has none of them any more");
	ktap_is((long long)sum_by_child(0, NR), 0, "... and reads zeroes");
	fill();
	ktap_is((long long)sum_by_child(0, 2), (long long)(2 * GPA + PAGE),
		"... and what the VMM writes then");
}

static void test_unmapped(void)
{
	struct hv_message message;
	uint64_t spa[NR];

	fill();
	sum_by_child(0, NR);
	where(spa);
	munmap(memory, NR * PAGE);
	ktap_is(reachable(spa, NR), 0, "munmap: the child has none of the pages any more");
	child_load(&child, BLOB_GPA, &sum);
	child_long_mode(&child, 0, BLOB_GPA, NR);
	child_set_register(&child, 0, HV_X64_REGISTER_RSI, GPA);
	ktap_ok(child_run(&child, 0, &message) &&
		message.header.message_type == HVMSG_UNMAPPED_GPA &&
		((struct hv_x64_memory_intercept_message *)message.u.payload)
			->guest_physical_address == GPA, "... and the VMM sees its access");
	if (mmap(memory, NR * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != memory)
		ktap_bail("mmap: %s", strerror(errno));
	fill();
	ktap_ok(child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message) &&
		child.vp[0].regs->rax == NR * GPA + NR * (NR - 1) / 2 * PAGE,
		"... and goes on with what is mapped there next");
	get_memory();
}

#define ROM_GPA		0x18000000UL
#define ROM_PAGES	32

/* A file that the VMM itself may only read: the child reads it too, and cannot write. */
static void test_read_only(void)
{
	int fd = memfd_create("rom", MFD_CLOEXEC);
	struct hv_message message;
	uint64_t page[512] = { 7 };
	void *rom;

	for (off_t i = 0; i < ROM_PAGES; i++)
		if (pwrite(fd, page, PAGE, i * (off_t)PAGE) != PAGE)
			ktap_bail("memfd: %s", strerror(errno));
	rom = mmap(NULL, ROM_PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (mshv_set_memory(child.pt, ROM_GPA, rom, ROM_PAGES * PAGE, MEM_X))
		ktap_bail("mapping a file: %s", strerror(errno));
	ktap_is((long long)sum_by_child((ROM_GPA - GPA) / PAGE, ROM_PAGES), 7 * ROM_PAGES,
		"memory that may only be read");
	child_load(&child, BLOB_GPA, &churn);
	child_long_mode(&child, 0, BLOB_GPA, 0);
	child_set_register(&child, 0, HV_X64_REGISTER_RBX, 7 - ROM_GPA);
	child_set_register(&child, 0, HV_X64_REGISTER_R8, ROM_GPA);
	child_set_register(&child, 0, HV_X64_REGISTER_R9, 1);
	page[511] = 7;
	if (pwrite(fd, page, PAGE, 0) != PAGE)
		ktap_bail("memfd: %s", strerror(errno));
	ktap_ok(child_run_to(&child, 0, HVMSG_GPA_INTERCEPT, &message) &&
		message_header(&message)->intercept_access_type == HV_INTERCEPT_ACCESS_WRITE,
		"the VMM sees that the child writes to it");
	if (mshv_set_memory(child.pt, ROM_GPA, rom, ROM_PAGES * PAGE, MEM_UNMAP))
		ktap_note("unmapping: %s", strerror(errno));
	munmap(rom, ROM_PAGES * PAGE);
	close(fd);
}

#define MISSING_RESULTS	7

static void test_missing(void)
{
	test_unmapped();
	ktap_ok(churn_while(protect), "memory is write-protected for a while");
	ktap_ok(churn_while(remap), "memory is moved away and back");
	test_read_only();
}

static unsigned long ksm_sharing(void)
{
	unsigned long n = 0;
	FILE *file = fopen("/sys/kernel/mm/ksm/pages_sharing", "r");

	if (file && fscanf(file, "%lu", &n) != 1)
		n = 0;
	if (file)
		fclose(file);
	return n;
}

/* Pages that are equal become one; each that the child writes to is its own again. */
static void test_merged(void)
{
	unsigned long long end = now_ms() + 20000;

	if (!put_text("/sys/kernel/mm/ksm/run", "1")) {
		ktap_skip("equal pages are merged", "no KSM");
		ktap_skip("the child reads merged pages", "no KSM");
		ktap_skip("the child writes to merged pages", "no KSM");
		return;
	}
	put_text("/sys/kernel/mm/ksm/sleep_millisecs", "5");
	put_text("/sys/kernel/mm/ksm/pages_to_scan", "5000");
	for (unsigned long i = 0; i < PAGES; i++)
		memset(word(i), 0x5a, PAGE);
	sum_by_child(0, PAGES);
	madvise(memory, SIZE, MADV_MERGEABLE);
	while (ksm_sharing() < PAGES / 2 && now_ms() < end)
		usleep(10000);
	ktap_note("%lu pages shared", ksm_sharing());
	ktap_ok(ksm_sharing() >= PAGES / 2, "equal pages are merged");
	ktap_ok(sum_by_child(0, PAGES) == 0x5a5a5a5a5a5a5a5aULL * PAGES,
		"the child reads merged pages");
	ktap_ok(churn_while(nothing), "the child writes to merged pages");
	madvise(memory, SIZE, MADV_UNMERGEABLE);
	put_text("/sys/kernel/mm/ksm/run", "0");
}

int main(int argc, char **argv)
{
	struct leak_mark mark;

	missing = argc == 1 || strcmp(argv[1], "there");
	ktap_plan(13 + (missing ? MISSING_RESULTS : 0) + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	child_create(&child, PT_LAPIC | PT_X2APIC | PT_SUPER_PAGES, CHILD_LONG_MODE_RAM, 1);
	get_memory();
	if (mshv_set_memory(child.pt, GPA, memory, SIZE, MEM_W))
		ktap_bail("mapping 4 MiB: %s", strerror(errno));
	ktap_ok(churn_while(nothing), "the child's memory is left alone");
	test_given_back();
	if (missing)
		test_missing();
	ktap_ok(churn_while(fork_once), "the process forks");
	test_moving();
	test_merged();
	test_swap();
	child_destroy(&child);
	munmap(memory, SIZE);
	leak_check(&mark);
	return ktap_end();
}
