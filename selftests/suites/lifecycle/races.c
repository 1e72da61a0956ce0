// SPDX-License-Identifier: GPL-2.0-only
/*
 * Things done at the same time: closing while a VP runs, one VP run by two
 * threads, memory taken from under a running VP, many partitions created at
 * once.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "vpthread.h"

#define RAM	(64 * PAGE)

ASMBLOB(count_up, 16, "1: incl 0x8000\n jmp 1b\n");
ASMBLOB(out_code, 16, "out %al, $0x42\n");

static volatile uint32_t *counter(struct child *child)
{
	return (volatile uint32_t *)(child->ram + 0x8000);
}

static bool counts_on(struct child *child)
{
	unsigned long long end = now_ms() + 10000;
	uint32_t before = *counter(child);

	while (*counter(child) == before && now_ms() < end)
		usleep(1000);
	return *counter(child) != before;
}

static void start(struct child *child, struct vp_thread *thread)
{
	child_start_real(child, 0, RAM, &count_up);
	memset(thread, 0, sizeof(*thread));
	thread->child = child;
	vp_thread_start(thread);
}

/* Partition and device fds go while the VP runs; the VP's own fd keeps all alive. */
static void test_close_while_running(void)
{
	struct vp_thread thread;
	struct child child;
	bool good;

	start(&child, &thread);
	good = counts_on(&child);
	close(child.pt);
	close(child.dev);
	ktap_ok(good && counts_on(&child), "the VP runs on when partition and device are closed");
	vp_thread_stop(&thread);
	munmap(child.vp[0].regs, PAGE);
	munmap(child.vp[0].intercept, PAGE);
	close(child.vp[0].fd);
	munmap(child.ram, child.ram_size);
}

/* Even the fd that is being run may be closed; RUN_VP ends by a signal as ever. */
static void test_close_vp(void)
{
	struct vp_thread thread;
	struct child child;
	bool good;

	start(&child, &thread);
	good = counts_on(&child);
	close(child.vp[0].fd);
	ktap_ok(good && counts_on(&child), "the VP runs on when its own fd is closed");
	vp_thread_stop(&thread);
	ktap_ok(thread.error == EBADF || !thread.error, "RUN_VP ends by a signal all the same");
	munmap(child.vp[0].regs, PAGE);
	munmap(child.vp[0].intercept, PAGE);
	close(child.pt);
	close(child.dev);
	munmap(child.ram, child.ram_size);
}

/* Two threads run one VP: they take turns, and each can be stopped. */
static void test_two_threads(void)
{
	struct vp_thread first, second;
	struct child child;
	bool good;

	start(&child, &first);
	memset(&second, 0, sizeof(second));
	second.child = &child;
	vp_thread_start(&second);
	good = counts_on(&child);
	vp_thread_stop(&first);
	good = good && counts_on(&child);
	vp_thread_stop(&second);
	ktap_ok(good && !first.error && !second.error, "one VP, two threads: they take turns");
	child_destroy(&child);
}

/* A thread that waits for its turn, perhaps for ever, is in RUN_VP too: a signal ends that. */
static void test_signal_to_waiter(void)
{
	struct vp_thread runs, waits;
	struct child child;
	bool good;

	start(&child, &runs);
	good = counts_on(&child);
	memset(&waits, 0, sizeof(waits));
	waits.child = &child;
	vp_thread_start(&waits);
	usleep(10000);
	good = good && vp_thread_stops(&waits, 10000) && !runs.done;
	vp_thread_stop(&runs);
	vp_thread_stop(&waits);
	ktap_ok(good, "one VP, two threads: a signal ends RUN_VP of the one that waits");
	child_destroy(&child);
}

/* The VP notices at once that its memory is gone, and goes on when it is back. */
static void test_unmap_while_running(void)
{
	struct vp_thread thread;
	unsigned int good = 0;
	struct child child;

	start(&child, &thread);
	for (unsigned int i = 0; i < 10; i++) {
		bool ok = counts_on(&child);

		ok = ok && !mshv_set_memory(child.pt, 0, child.ram, RAM, MEM_UNMAP);
		ok = ok && vp_thread_wait(&thread, 10000);
		vp_thread_stop(&thread);
		ok = ok && thread.last.header.message_type == HVMSG_UNMAPPED_GPA;
		ok = ok && !mshv_set_memory(child.pt, 0, child.ram, RAM, MEM_W | MEM_X);
		good += ok;
		vp_thread_start(&thread);
	}
	vp_thread_stop(&thread);
	ktap_is(good, 10, "memory taken from under a running VP, and given back");
	child_destroy(&child);
}

#define CREATORS	8
#define EACH		12

static void *create_many(void *result)
{
	struct hv_message message;
	uintptr_t good = 0;

	for (unsigned int i = 0; i < EACH; i++) {
		struct child child;

		child_start_real(&child, 0, RAM, &out_code);
		good += child_run_to(&child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message);
		child_destroy(&child);
	}
	*(uintptr_t *)result = good;
	return NULL;
}

static void test_concurrent_create(void)
{
	pthread_t threads[CREATORS];
	uintptr_t results[CREATORS] = { 0 };
	uintptr_t sum = 0;

	for (unsigned int i = 0; i < CREATORS; i++)
		pthread_create(&threads[i], NULL, create_many, &results[i]);
	for (unsigned int i = 0; i < CREATORS; i++) {
		pthread_join(threads[i], NULL);
		sum += results[i];
	}
	ktap_is((long long)sum, CREATORS * EACH, "8 threads create and run 12 children each");
}

/* Two threads race to create the same VP: one wins. */
struct racer {
	int pt, fd, error;
	pthread_barrier_t *barrier;
};

static void *race_for_vp(void *argument)
{
	struct racer *racer = argument;

	pthread_barrier_wait(racer->barrier);
	racer->fd = mshv_create_vp(racer->pt, 0);
	racer->error = errno;
	return NULL;
}

static bool one_race(int dev)
{
	int pt = mshv_create_partition(dev, 0);
	pthread_barrier_t barrier;
	struct racer racers[2];
	pthread_t threads[2];
	bool good;

	mshv_initialize(pt);
	pthread_barrier_init(&barrier, NULL, 2);
	for (unsigned int i = 0; i < 2; i++) {
		racers[i] = (struct racer) { .pt = pt, .barrier = &barrier };
		pthread_create(&threads[i], NULL, race_for_vp, &racers[i]);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	good = (racers[0].fd >= 0) != (racers[1].fd >= 0) &&
	       racers[racers[0].fd >= 0].error == EEXIST;
	close(racers[0].fd >= 0 ? racers[0].fd : racers[1].fd);
	close(pt);
	return good;
}

static void test_same_vp(void)
{
	int dev = mshv_open();
	unsigned int good = 0;

	for (unsigned int i = 0; i < 50; i++)
		good += one_race(dev);
	close(dev);
	ktap_is(good, 50, "of two threads that create the same VP one wins");
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(8 + LEAK_RESULTS);
	leak_mark(&mark);
	test_close_while_running();
	test_close_vp();
	test_two_threads();
	test_signal_to_waiter();
	test_unmap_while_running();
	test_concurrent_create();
	test_same_vp();
	leak_check(&mark);
	return ktap_end();
}
