// SPDX-License-Identifier: GPL-2.0-only
/*
 * alive stay|leave COMMAND: the command restarts the machine, by whatever way,
 * while this process has partitions whose VPs run.  Before the machine goes,
 * which linger.ko puts off, the hypervisor has nothing left of them, and here
 * everything has come to a defined end.
 *
 * alive left: what has the kernel before this one left with the hypervisor?
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "testhv.h"

#define WAIT_MS		30000
#define PINNED		0x40000000UL
#define BELL		0x3ffff000UL
#define PAGES		64

struct runner {
	pthread_t thread;
	int vp;
	volatile int error;
};

static struct child child;
static struct runner runners[2];
static int bare;			/* a partition without anything */
static volatile bool bus_error;

/* One VP writes to memory all the time, the other halts for ever. */
ASMBLOB(work, 64,
	"1: incq 0x9000\n"
	"jmp 1b\n");
ASMBLOB(halt, 64,
	"1: hlt\n"
	"jmp 1b\n");

/* RUN_VP until it cannot be had any more. */
static void *run(void *data)
{
	struct runner *runner = data;
	struct hv_message message;

	while (!mshv_run(runner->vp, &message) || errno == EINTR || errno == ECANCELED)
		;
	runner->error = errno;
	return NULL;
}

static void on_bus_error(int signal)
{
	(void)signal;
	bus_error = true;
	for (;;)
		pause();
}

/* A VMM may look into a VP's pages at any time. */
static void *look(void *data)
{
	volatile struct hv_vp_register_page *regs = data;

	while (regs->version < 0xff)
		usleep(100);
	return NULL;
}

static void in_thread(pthread_t *thread, void *(*what)(void *), void *data)
{
	if (pthread_create(thread, NULL, what, data))
		ktap_bail("no thread");
}

/* Memory that is locked is pinned. */
static void pin_and_connect(void)
{
	void *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	int fd = eventfd(0, EFD_CLOEXEC);
	struct mshv_user_ioeventfd bell = { .addr = BELL, .len = 4, .fd = fd };

	if (memory == MAP_FAILED ||
	    mshv_set_memory(child.pt, PINNED, memory, PAGES * PAGE, MEM_W) ||
	    mshv_irqfd(child.pt, fd, -1, 17, 0) || mshv_ioeventfd(child.pt, &bell))
		ktap_bail("memory and eventfds: %s", strerror(errno));
}

static void start(void)
{
	static const struct blob *const code[] = { &work, &halt };
	pthread_t looker;

	signal(SIGBUS, on_bus_error);
	child_create(&child, PT_LAPIC | PT_X2APIC, CHILD_LONG_MODE_RAM, 2);
	pin_and_connect();
	bare = mshv_create_partition(child.dev, 0);
	if (bare < 0)
		ktap_bail("CREATE_PARTITION: %s", strerror(errno));
	for (unsigned int vp = 0; vp < 2; vp++) {
		child_load(&child, BLOB_GPA + vp * PAGE, code[vp]);
		child_long_mode(&child, vp, BLOB_GPA + vp * PAGE, 0);
		runners[vp].vp = child.vp[vp].fd;
		in_thread(&runners[vp].thread, run, &runners[vp]);
	}
	in_thread(&looker, look, child.vp[0].regs);
}

/* In a process of its own; what has the partitions goes on. */
static void restart(char **command)
{
	pid_t pid = fork();

	if (pid < 0)
		ktap_bail("fork: %s", strerror(errno));
	if (!pid) {
		/* Who reads our results waits until nobody can write any. */
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execvp(command[0], command);
		_exit(127);
	}
}

static bool has_run(void)
{
	volatile uint64_t *count = (uint64_t *)(child.ram + 0x9000);
	unsigned long long end = now_ms() + WAIT_MS;

	while (!*count && now_ms() < end)
		usleep(10000);
	return *count;
}

static bool ended(const struct runner *runner)
{
	unsigned long long end = now_ms() + WAIT_MS;

	while (!runner->error && now_ms() < end)
		usleep(10000);
	if (runner->error != ESHUTDOWN)
		ktap_note("error %d", runner->error);
	return runner->error == ESHUTDOWN;
}

static bool partitions_went(void)
{
	unsigned long long end = now_ms() + WAIT_MS;

	while (testhv_partitions() && now_ms() < end)
		usleep(10000);
	return !testhv_partitions();
}

/* The root's own pages go back last. */
static bool pages_came_back(void)
{
	unsigned long long end = now_ms() + WAIT_MS;

	while (testhv_owned(TESTHV_ROOT) && now_ms() < end)
		usleep(10000);
	if (testhv_owned(TESTHV_ROOT))
		ktap_note("%llu pages", (unsigned long long)testhv_owned(TESTHV_ROOT));
	return !testhv_owned(TESTHV_ROOT);
}

static bool all_refused(void)
{
	return mshv_create_partition(child.dev, 0) == -1 && errno == ESHUTDOWN &&
	       mshv_initialize(bare) == -1 && errno == ESHUTDOWN &&
	       mshv_map_page(child.vp[1].fd, MSHV_VP_MMAP_OFFSET_REGISTERS) == MAP_FAILED &&
	       errno == ESHUTDOWN;
}

static void go_on(void)
{
	int fd = open("/sys/module/linger/parameters/go", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		ktap_note("linger: %s", strerror(errno));
}

static void check_end(void)
{
	ktap_ok(ended(&runners[0]), "RUN_VP of a VP that runs ends, and cannot be had again");
	ktap_ok(ended(&runners[1]), "RUN_VP of a VP that halts ends, and cannot be had again");
	ktap_ok(partitions_went(), "no partition is left");
	ktap_ok(pages_came_back(), "the hypervisor has no page of the machine");
	ktap_ok(all_refused(), "no other ioctl begins");
	for (unsigned int i = 0; i < WAIT_MS / 10 && !bus_error; i++)
		usleep(10000);
	ktap_ok(bus_error, "a page of a VP that is still mapped is a bus error");
	go_on();
}

static int left(void)
{
	testhv_required();
	return testhv_partitions() || testhv_owned(TESTHV_ROOT);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "left"))
		return left();
	if (argc < 3)
		ktap_bail("usage: alive stay|leave COMMAND, alive left");
	testhv_required();
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* The script has planned them, and those of the next kernel. */
	ktap.planned = 7;
	start();
	ktap_ok(has_run() && testhv_partitions() == 2, "partitions live when the machine restarts");
	restart(argv + 2);
	check_end();
	while (!strcmp(argv[1], "stay"))
		pause();
	return ktap_end();
}
