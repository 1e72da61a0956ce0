// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM that dies: SIGKILL while a VP spins, while one sleeps, while both do,
 * while memory is mapped and unmapped, and an exit that closes nothing.  Each
 * time the child is gone soon after the process is, and nothing is left.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"
#include "vpthread.h"

#define RAM	(64 * PAGE)
#define FLAG	0x8000

ASMBLOB(spin, 16, "movb $1, 0x8000\n 1: jmp 1b\n");
ASMBLOB(sleep_on, 16, "movb $1, 0x8000\n cli\n 1: hlt\n jmp 1b\n");

/* The parent sees through this page that the VMM has come far enough. */
static volatile uint8_t *ready;

static void start_vp(struct child *child, struct vp_thread *thread, unsigned int vp,
		     const struct blob *code)
{
	uint64_t gpa = BLOB_GPA + vp * PAGE;

	child_load(child, gpa, code);
	child_real_mode(child, vp, (uint16_t)gpa);
	thread->child = child;
	thread->vp = vp;
	vp_thread_start(thread);
}

static void run_vps(const struct blob *first, const struct blob *second)
{
	struct vp_thread threads[2] = { 0 };
	struct child child;

	child_create(&child, PT_LAPIC, RAM, second ? 2 : 1);
	start_vp(&child, &threads[0], 0, first);
	if (second)
		start_vp(&child, &threads[1], 1, second);
	while (!child.ram[FLAG])
		usleep(1000);
	*ready = 1;
	for (;;)
		pause();
}

static void vmm_spins(void)
{
	run_vps(&spin, NULL);
}

static void vmm_sleeps(void)
{
	run_vps(&sleep_on, NULL);
}

static void vmm_both(void)
{
	run_vps(&spin, &sleep_on);
}

static void vmm_maps(void)
{
	struct child child;
	void *memory = mmap(NULL, 512 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

	child_create(&child, PT_LAPIC, RAM, 1);
	*ready = 1;
	for (;;) {
		mshv_set_memory(child.pt, 0x1000000, memory, 512 * PAGE, MEM_W);
		mshv_set_memory(child.pt, 0x1000000, memory, 512 * PAGE, MEM_UNMAP);
	}
}

static void vmm_exits(void)
{
	struct hv_message message;
	struct child child;

	child_start_real(&child, PT_LAPIC, RAM, &spin);
	kick_every_ms(20);
	mshv_run(child.vp[0].fd, &message);
	*ready = 1;
	_exit(0);
}

static bool partitions_become(unsigned int want, unsigned int ms)
{
	unsigned long long end = now_ms() + ms;

	while (testhv_partitions() != want && now_ms() < end)
		usleep(1000);
	return testhv_partitions() == want;
}

static bool one_death(void (*vmm)(void), unsigned int delay_us)
{
	unsigned int before = testhv_partitions();
	unsigned long long end = now_ms() + 20000;
	pid_t pid;

	*ready = 0;
	pid = fork();
	if (!pid)
		vmm();
	while (!*ready && now_ms() < end)
		usleep(1000);
	usleep(delay_us);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return *ready && partitions_become(before, 5000);
}

static const struct {
	const char *name;
	void (*vmm)(void);
} ways[] = {
	{ "killed while its VP spins", vmm_spins },
	{ "killed while its VP sleeps", vmm_sleeps },
	{ "killed while one VP spins and one sleeps", vmm_both },
	{ "killed while it maps and unmaps memory", vmm_maps },
	{ "exits and closes nothing", vmm_exits },
};

#define NR_WAYS	(sizeof(ways) / sizeof(ways[0]))

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 10;
	struct leak_mark mark;

	ktap_plan(NR_WAYS + 1 + LEAK_RESULTS);
	ready = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < NR_WAYS; i++)
		one_death(ways[i].vmm, 0);
	leak_mark(&mark);
	for (size_t i = 0; i < NR_WAYS; i++) {
		unsigned int good = 0;

		for (unsigned int round = 0; round < rounds; round++)
			good += one_death(ways[i].vmm, round * 777);
		ktap_is(good, rounds, ways[i].name);
	}
	leak_check_memory(&mark);
	leak_check(&mark);
	return ktap_end();
}
