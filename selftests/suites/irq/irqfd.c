// SPDX-License-Identifier: GPL-2.0-only
/*
 * Irqfds one rule at a time: what a write to the eventfd does, by which route,
 * and when it no longer does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"
#include "testhv.h"

#define SECONDS	1000
#define GSI	17
#define VECTOR	0x50
#define ROUNDS	200

static struct child child;
static struct vp_thread vps[2];

static bool arrives(unsigned int vp, unsigned int vector, uint64_t want)
{
	return wait_until(&apic_data(&child, vp)->count[vector], want, 10 * SECONDS);
}

static uint64_t all(void)
{
	return apic_total(&child, 0) + apic_total(&child, 1);
}

/* Whatever was raised before has arrived when this has. */
static void barrier(void)
{
	static uint64_t n;

	n++;
	for (unsigned int vp = 0; vp < 2; vp++)
		if (mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, vp, 0x20) ||
		    !arrives(vp, 0x20, n))
			ktap_bail("VP %u takes no interrupts any more", vp);
}

/* Nothing arrives between the two calls. */
static uint64_t still_since(uint64_t before)
{
	barrier();
	return all() - before - 2;
}

static void test_write(void)
{
	int fd = line_assign(child.pt, GSI);
	uint64_t before;

	line_route(child.pt, GSI, 1, VECTOR, false);
	line_signal(fd);
	ktap_ok(arrives(1, VECTOR, 1) && !apic_total(&child, 0), "a write raises the interrupt");
	ktap_is((long long)line_value(fd), 0, "and is taken out of the eventfd");
	before = all();
	mshv_set_routes(child.pt, NULL, 0);
	line_signal(fd);
	ktap_is((long long)still_since(before), 0, "without a route a write is lost");
	line_route(child.pt, GSI, 0, VECTOR, false);
	line_signal(fd);
	ktap_ok(arrives(0, VECTOR, 1), "the route may come after the irqfd");
	before = all();
	if (mshv_irqfd(child.pt, fd, -1, GSI + 1, IRQFD_DEASSIGN))
		ktap_bail("deassign: %s", strerror(errno));
	line_signal(fd);
	ktap_ok(arrives(0, VECTOR, 2), "deassigning another GSI changes nothing");
	if (mshv_irqfd(child.pt, fd, -1, GSI, IRQFD_DEASSIGN))
		ktap_bail("deassign: %s", strerror(errno));
	before = all();
	line_signal(fd);
	ktap_is((long long)still_since(before), 0, "after deassigning a write raises nothing");
	ktap_is((long long)line_value(fd), 1, "and stays in the eventfd");
	line_signal(fd);
	before = all();
	if (mshv_irqfd(child.pt, fd, -1, GSI, 0))
		ktap_bail("assign: %s", strerror(errno));
	ktap_ok(arrives(0, VECTOR, 3), "what was written before assigning counts");
	close(fd);
}

/* When SET_MSI_ROUTING has returned, the old route is no more. */
static void test_rewrite(void)
{
	int fd = line_assign(child.pt, GSI);
	unsigned int good = 0;

	for (unsigned int n = 0; n < ROUNDS; n++) {
		unsigned int vp = n % 2, vector = 0x60 + n % 7;
		uint64_t want = apic_data(&child, vp)->count[vector] + 1, before = all();

		line_route(child.pt, GSI, vp, vector, false);
		line_signal(fd);
		good += arrives(vp, vector, want) && all() == before + 1;
	}
	ktap_is(good, ROUNDS, "each signal goes by the route that was set last");
	line_deassign(child.pt, fd, GSI);
}

static void test_kinds(void)
{
	struct mshv_user_irq_entry logical = msi_route(GSI, 2, 0x71, false);
	struct mshv_user_irq_entry nmi = msi_route(GSI, 1, 0, false);
	int fd = line_assign(child.pt, GSI);

	logical.address_lo |= 1 << 2;
	mshv_set_routes(child.pt, &logical, 1);
	line_signal(fd);
	ktap_ok(arrives(1, 0x71, 1) && !apic_data(&child, 0)->count[0x71], "a logical destination");
	nmi.data |= HV_X64_INTERRUPT_TYPE_NMI << 8;
	mshv_set_routes(child.pt, &nmi, 1);
	line_signal(fd);
	ktap_ok(arrives(1, 2, 1) && !apic_data(&child, 0)->count[2], "an NMI");
	line_route(child.pt, GSI, 0xff, 0x72, false);
	line_signal(fd);
	ktap_ok(arrives(0, 0x72, 1) && arrives(1, 0x72, 1), "a broadcast");
	line_deassign(child.pt, fd, GSI);
}

static void test_bad_routes(void)
{
	struct mshv_user_irq_entry reserved = msi_route(GSI, 0, VECTOR, false);
	int fd = line_assign(child.pt, GSI);
	struct mshv_last_error error;
	uint64_t before = all();

	line_route(child.pt, GSI, 7, VECTOR, false);
	line_signal(fd);
	reserved.data |= HV_X64_INTERRUPT_TYPE_REMOTEREAD << 8;
	mshv_set_routes(child.pt, &reserved, 1);
	line_signal(fd);
	ktap_is((long long)still_since(before), 0,
		"a VP that is not there, a kind that is none");
	error = last_error(child.pt);
	ktap_ok(error.hypercall == HVCALL_ASSERT_VIRTUAL_INTERRUPT &&
		error.status == HV_STATUS_INVALID_PARAMETER,
		"the hypervisor's refusal can be asked");
	line_deassign(child.pt, fd, GSI);
}

/* What the hypervisor lacks cannot be given in the middle of a write: it comes later. */
static void test_memory(void)
{
	const struct fault fault = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		.status = HV_STATUS_INSUFFICIENT_MEMORY,
		.nth = 1,
		.times = 2,	/* in the write, and when it is tried again */
	};
	/* To a logical destination, which is a hypercall always. */
	struct mshv_user_irq_entry route = msi_route(GSI, 1, 0x73, false);
	uint64_t deposited = query_info(child.pt).deposited;
	int fd = line_assign(child.pt, GSI);
	unsigned int rule;

	route.address_lo |= 1 << 2;
	mshv_set_routes(child.pt, &route, 1);
	rule = fault_set(&fault);
	line_signal(fd);
	ktap_ok(arrives(0, 0x73, 1) && fault_fired(rule) == 2,
		"a hypervisor that lacks memory gets some, and the interrupt arrives");
	ktap_ok(query_info(child.pt).deposited > deposited && ledger_agrees(child.pt),
		"the pages are on the partition's ledger");
	fault_clear();
	line_deassign(child.pt, fd, GSI);
}

/* A VMM deassigns when the guest masks the vector; what was raised just before is the guest's. */
static void test_deassigned(void)
{
	const struct fault fault = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		.status = HV_STATUS_INSUFFICIENT_MEMORY,
		.nth = 1,
		.times = 1,
	};
	struct mshv_user_irq_entry route = msi_route(GSI, 1, 0x75, false);
	unsigned int good = 0;

	route.address_lo |= 1 << 2;
	mshv_set_routes(child.pt, &route, 1);
	for (unsigned int n = 0; n < ROUNDS; n++) {
		uint64_t before = apic_data(&child, 0)->count[0x75];
		int fd = line_assign(child.pt, GSI);

		fault_set(&fault);
		line_signal(fd);
		line_deassign(child.pt, fd, GSI);
		barrier();
		good += apic_data(&child, 0)->count[0x75] == before + 1;
		fault_clear();
	}
	ktap_is(good, ROUNDS, "an interrupt that waits for memory outlives its irqfd");
}

/* The eventfd's last user goes: so does the irqfd, and another process's write is the last. */
static void test_other_process(void)
{
	int fd = line_assign(child.pt, GSI);
	pid_t pid;

	line_route(child.pt, GSI, 1, 0x74, false);
	pid = fork();
	if (!pid) {
		for (unsigned int n = 0; n < 50; n++) {
			line_signal(fd);
			usleep(200);
		}
		_exit(0);
	}
	close(fd);
	waitpid(pid, NULL, 0);
	barrier();
	ktap_ok(apic_data(&child, 1)->count[0x74] > 0 && apic_data(&child, 1)->count[0x74] <= 50,
		"another process signals, and its exit is the eventfd's end");
}

struct writer {
	pthread_t thread;
	int fds[4];
	volatile bool stop;
};

static void *write_all(void *argument)
{
	struct writer *w = argument;

	for (unsigned int n = 0; !w->stop; n++)
		line_signal(w->fds[n % 4]);
	return NULL;
}

/* A partition goes while its irqfds are being signaled. */
static void test_teardown(unsigned int rounds)
{
	struct mshv_user_irq_entry routes[4];

	for (unsigned int i = 0; i < 4; i++)
		routes[i] = msi_route(i, 0, 0x40 + i, i == 3);
	for (unsigned int round = 0; round < rounds; round++) {
		struct writer w = { .stop = false };
		struct child other;
		int resample = line_eventfd();

		child_create(&other, PT_LAPIC, 0x10000, 1);
		mshv_set_routes(other.pt, routes, 4);
		for (unsigned int i = 0; i < 4; i++) {
			w.fds[i] = line_eventfd();
			if (mshv_irqfd(other.pt, w.fds[i], resample, i,
				       i == 3 ? IRQFD_RESAMPLE : 0))
				ktap_bail("IRQFD: %s", strerror(errno));
		}
		pthread_create(&w.thread, NULL, write_all, &w);
		usleep(1000 * (round % 4));
		child_destroy(&other);
		w.stop = true;
		pthread_join(w.thread, NULL);
		for (unsigned int i = 0; i < 4; i++)
			close(w.fds[i]);
		close(resample);
	}
	ktap_ok(true, "%u partitions went while their irqfds were signaled", rounds);
}

/* A killed process closes everything, in whatever order. */
static void test_killed(void)
{
	unsigned int good = 0;

	for (unsigned int round = 0; round < 10; round++) {
		unsigned int before = testhv_partitions();
		pid_t pid = fork();
		int status;

		if (!pid) {
			int dev = mshv_open(), pt = mshv_create_partition(dev, PT_LAPIC);
			struct writer w;

			mshv_initialize(pt);
			line_route(pt, 0, 0, 0x40, false);
			for (unsigned int i = 0; i < 4; i++)
				w.fds[i] = line_assign(pt, i);
			w.stop = false;
			write_all(&w);
		}
		usleep(20000);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		good += WIFSIGNALED(status) && testhv_partitions() == before;
	}
	ktap_is(good, 10, "killed with live irqfds, a process leaves no partition");
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(21 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	apic_child_create(&child, 2, NULL);
	for (unsigned int vp = 0; vp < 2; vp++)
		apic_vp_start(&child, &vps[vp], vp);
	test_write();
	test_rewrite();
	test_kinds();
	test_bad_routes();
	test_memory();
	test_deassigned();
	test_other_process();
	for (unsigned int vp = 0; vp < 2; vp++)
		vp_thread_stop(&vps[vp]);
	ktap_ok(!vps[0].messages && !vps[1].messages && !vps[0].error && !vps[1].error,
		"no VP came back to the VMM");
	child_destroy(&child);
	test_teardown(40);
	test_killed();
	leak_check(&mark);
	return ktap_end();
}
