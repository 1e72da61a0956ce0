// SPDX-License-Identifier: GPL-2.0-only
/*
 * SET_GUEST_MEMORY in a storm of signals, while the hypervisor refuses to map: it may be
 * interrupted, and it may fail, but it must not say that memory is there which is not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "faults.h"
#include "ktap.h"
#include "testhv.h"

#define GPA		0x10000000UL
#define SIZE		(64UL << 20)	/* the longer it takes, the more signals meet it */
#define ATTEMPTS	100
#define RAM		CHILD_LONG_MODE_RAM

ASMBLOB(look, 64,
	"mov (%rdi), %rax\n"
	"out %al, $0x10\n");

static struct child child;
static pthread_t target;
static volatile bool enough;
static volatile sig_atomic_t taken;

static void count(int signal)
{
	(void)signal;
	taken++;
}

static void *storm(void *unused)
{
	while (!enough)
		pthread_kill(target, SIGUSR1);
	return unused;
}

/* What a process of its own does: the first region of a process is the one that can be hurt. */
static int map_in_storm(void *memory)
{
	struct sigaction action = { .sa_handler = count };
	pthread_t thread;
	int ret;

	sigaction(SIGUSR1, &action, NULL);
	target = pthread_self();
	pthread_create(&thread, NULL, storm, NULL);
	while (!taken)
		usleep(100);
	ret = mshv_set_memory(child.pt, GPA, memory, SIZE, MEM_W);
	enough = true;
	pthread_join(thread, NULL);
	return ret;
}

/* 0: it failed, or the memory is there. */
static int attempt(void)
{
	void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct hv_message message;
	int ret = map_in_storm(memory);

	fault_clear();
	if (ret)
		return errno != EINTR && errno != EIO;
	child_load(&child, BLOB_GPA, &look);
	child_long_mode(&child, 0, BLOB_GPA, GPA);
	ret = mshv_run(child.vp[0].fd, &message) ||
	      message.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT;
	mshv_set_memory(child.pt, GPA, memory, SIZE, MEM_UNMAP);
	return ret;
}

static bool honest(void)
{
	struct fault fault = {
		.code = HVCALL_MAP_GPA_PAGES, .status = HV_STATUS_OPERATION_FAILED,
		.nth = 1, .times = 1000,
	};
	int status;
	pid_t pid;

	fault_set(&fault);
	pid = fork();
	if (!pid)
		_exit(attempt());
	waitpid(pid, &status, 0);
	fault_clear();
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(void)
{
	unsigned int good = 0;

	ktap_plan(1);
	testhv_required();
	child_create(&child, PT_LAPIC | PT_X2APIC, RAM, 1);
	while (good < ATTEMPTS && honest())
		good++;
	ktap_is(good, ATTEMPTS, "signals make no region of what cannot be mapped");
	child_destroy(&child);
	return ktap_end();
}
