// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the hypervisor takes interrupts from the register page: it takes them
 * for fixed and edge-triggered ones, so nothing else may be left there, and
 * what is left there must not be raised by hypercall as well.
 *
 * The first part looks into the pages of VPs that do not run.  In the second
 * the VP is on a processor, and each signal is one interrupt.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"

#define SECONDS	1000
#define GSI	17
#define VECTOR	0x50
#define SIGNALS	200

static struct child child;

ASMBLOB(spin, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"1: incq 0x808(%r15)\n"
	"pause\n"
	"jmp 1b\n");

/* What both pages have now; they are empty then. */
static bool take_pages(void)
{
	bool any = false;

	for (unsigned int vp = 0; vp < child.nr_vps; vp++) {
		uint64_t vectors = child.vp[vp].regs->interrupt_vectors.as_uint64;

		if (vectors)
			ktap_note("VP %u: %#llx", vp, (unsigned long long)vectors);
		any = any || vectors;
		child.vp[vp].regs->interrupt_vectors.as_uint64 = 0;
	}
	return any;
}

static void test_pages(void)
{
	struct mshv_user_irq_entry nmi = msi_route(GSI, 1, VECTOR, false);
	int fd = line_assign(child.pt, GSI);

	line_signal(fd);
	ktap_ok(!take_pages(), "without a route nothing is left there");
	line_route(child.pt, GSI, 1, VECTOR, true);
	line_signal(fd);
	ktap_ok(!take_pages(), "a level-triggered interrupt is not left there");
	nmi.data |= HV_X64_INTERRUPT_TYPE_NMI << 8;
	if (mshv_set_routes(child.pt, &nmi, 1))
		ktap_bail("SET_MSI_ROUTING: %s", strerror(errno));
	line_signal(fd);
	ktap_ok(!take_pages(), "an NMI is not left there");
	mshv_set_routes(child.pt, NULL, 0);
	line_signal(fd);
	ktap_ok(!take_pages(), "nor anything when the route is gone");
	line_deassign(child.pt, fd, GSI);
}

static void run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		ktap_bail("CPU %u: %s", cpu, strerror(errno));
}

/* One after the other has arrived; those that come twice have time to. */
static uint64_t closed_loop(int fd)
{
	volatile uint64_t *count = &apic_data(&child, 0)->count[VECTOR];
	unsigned int n = 0;

	while (n < SIGNALS) {
		uint64_t want = *count + 1;

		line_signal(fd);
		if (!wait_until(count, want, 10 * SECONDS))
			break;
		n++;
	}
	ktap_is(n, SIGNALS, "each signal raises an interrupt of a VP that runs");
	usleep(200000);
	return *count;
}

static void test_running(void)
{
	struct vp_thread vp = { 0 };
	int fd = line_assign(child.pt, GSI);

	line_route(child.pt, GSI, 0, VECTOR, false);
	run_on(1);
	apic_vp_start(&child, &vp, 0);
	run_on(0);
	ktap_is((long long)closed_loop(fd), SIGNALS, "... and that is raised once");
	line_deassign(child.pt, fd, GSI);
	vp_thread_stop(&vp);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(4 + 2 + LEAK_RESULTS);
	leak_mark(&mark);
	apic_child_create(&child, 2, &spin);
	test_pages();
	child_destroy(&child);
	apic_child_create(&child, 1, &spin);
	test_running();
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
