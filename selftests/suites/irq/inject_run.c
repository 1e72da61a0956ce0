// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that are left for a VP that halts: they wake it, without a hypercall; what is no
 * fixed, edge-triggered interrupt to one VP has its hypercall still; and neither stands in the
 * way of the other, nor does a VMM that writes to the page at the same time.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../../testhv/control.h"
#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"
#include "testhv.h"

#define GSI		17
#define VECTOR		0x50
#define OTHER		0x51
#define OWN_VECTOR	0x38
#define SECONDS		1000
#define NR_IDLE		200
#define NR_BOTH		3000
#define SCRIBBLE_MS	1500

static struct child child;
static struct vp_thread vps[2];
static int tids[2];		/* of their threads */
static uint64_t id;

static uint64_t asserted(void)
{
	return testhv_root_calls(HVCALL_ASSERT_VIRTUAL_INTERRUPT);
}

static struct vp_data *data_of(unsigned int vp)
{
	return apic_data(&child, vp);
}

/* By debugfs: the hypervisor says that it is blocked. */
static bool is_blocked(unsigned int vp)
{
	char path[96], line[128];
	unsigned long long value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/mshv/partition/%llu/vp/%u/stats",
		 (unsigned long long)id, vp);
	file = fopen(path, "r");
	if (!file)
		ktap_bail("%s: %s", path, strerror(errno));
	while (!value && fgets(line, sizeof(line), file))
		sscanf(line, "VpRootDispatchThreadBlocked : %llu", &value);
	fclose(file);
	return value;
}

/* Its thread sleeps. */
static bool is_asleep(unsigned int vp)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tids[vp]);
	file = fopen(path, "r");
	if (!file)
		ktap_bail("%s: %s", path, strerror(errno));
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		ktap_bail("%s is not understood", path);
	fclose(file);
	return state == 'S';
}

/* In this order: nobody dispatches a VP that is blocked, once its thread knows. */
static void at_rest(unsigned int vp)
{
	unsigned long long end = now_ms() + 10 * SECONDS;

	while (!is_blocked(vp) || !is_asleep(vp)) {
		if (now_ms() > end)
			ktap_bail("VP %u does not halt", vp);
		usleep(500);
	}
}

/* The thread that was created last. */
static int newest_thread(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int newest = 0;

	if (!dir)
		ktap_bail("/proc/self/task: %s", strerror(errno));
	while ((entry = readdir(dir)))
		newest = atoi(entry->d_name) > newest ? atoi(entry->d_name) : newest;
	closedir(dir);
	return newest;
}

static void test_idle(void)
{
	int fd = line_assign(child.pt, GSI);
	uint64_t before = asserted(), dispatches;
	unsigned int good = 0;

	line_route(child.pt, GSI, 1, VECTOR, false);
	dispatches = testhv_counter(id, TESTHV_DISPATCHES, 0);
	for (unsigned int n = 1; n <= NR_IDLE && good == n - 1; n++) {
		at_rest(1);
		line_signal(fd);
		good += wait_until(&data_of(1)->count[VECTOR], n, 10 * SECONDS);
	}
	ktap_ok(good == NR_IDLE && data_of(1)->count[VECTOR] == NR_IDLE && !apic_total(&child, 0),
		"a VP that halts is woken by each of %u signals", NR_IDLE);
	ktap_is((long long)(asserted() - before), 0, "... without a hypercall");
	ktap_note("%llu entries", (unsigned long long)(testhv_counter(id, TESTHV_DISPATCHES, 0) -
						       dispatches));
	line_deassign(child.pt, fd, GSI);
}

/* One signal by this route, with the VP at rest: whether it arrived there, by one hypercall. */
static bool by_hypercall(struct mshv_user_irq_entry route, unsigned int vp, unsigned int vector)
{
	uint64_t before = asserted(), count = data_of(vp)->count[vector];
	bool level = route.data & 1 << 15, arrived;
	int fd = line_eventfd(), resample = line_eventfd();

	if (mshv_set_routes(child.pt, &route, 1) ||
	    mshv_irqfd(child.pt, fd, resample, GSI, level ? IRQFD_RESAMPLE : 0))
		ktap_bail("no irqfd: %s", strerror(errno));
	at_rest(vp);
	line_signal(fd);
	arrived = wait_until(&data_of(vp)->count[vector], count + 1, 10 * SECONDS);
	at_rest(vp);
	line_deassign(child.pt, fd, GSI);
	close(resample);
	return arrived && data_of(vp)->count[vector] == count + 1 && asserted() == before + 1;
}

static void test_kinds(void)
{
	struct mshv_user_irq_entry route = msi_route(GSI, 1, 0x60, true);

	ktap_ok(by_hypercall(route, 1, 0x60), "a level-triggered one");
	route = msi_route(GSI, 1, 0x61, false);
	route.data |= HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY << 8;
	ktap_ok(by_hypercall(route, 1, 0x61), "one of lowest priority");
	route = msi_route(GSI, 1, 0, false);
	route.data |= HV_X64_INTERRUPT_TYPE_NMI << 8;
	ktap_ok(by_hypercall(route, 1, 2), "an NMI");
	/* That of the first VP, which is also the number of the second one's APIC. */
	route = msi_route(GSI, 1, 0x62, false);
	route.address_lo |= 1 << 2;
	ktap_ok(by_hypercall(route, 0, 0x62), "one to a logical destination");
	route = msi_route(GSI, 0xff, 0x63, false);
	ktap_ok(by_hypercall(route, 1, 0x63), "one to all");
}

static void *signal_both(void *argument)
{
	bool *good = argument;

	for (unsigned int n = 1; n <= NR_BOTH && *good; n++)
		*good = !mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 1, OTHER) &&
			wait_until(&data_of(1)->count[OTHER], n, 10 * SECONDS);
	return NULL;
}

/* The hypervisor's word that the VP is to be entered may come when it has been. */
static void test_both(void)
{
	uint64_t count = data_of(1)->count[VECTOR];
	int fd = line_assign(child.pt, GSI);
	bool others = true, mine = true;
	pthread_t thread;

	line_route(child.pt, GSI, 1, VECTOR, false);
	pthread_create(&thread, NULL, signal_both, &others);
	for (unsigned int n = 1; n <= NR_BOTH && mine; n++) {
		line_signal(fd);
		mine = wait_until(&data_of(1)->count[VECTOR], count + n, 10 * SECONDS);
	}
	pthread_join(thread, NULL);
	ktap_ok(mine && others && data_of(1)->count[VECTOR] == count + NR_BOTH,
		"%u of the VMM's and %u of an eventfd at the same time, none missing", NR_BOTH,
		NR_BOTH);
	line_deassign(child.pt, fd, GSI);
}

/* What is in the page is no message that wakes anybody, but the next RUN_VP must see it. */
static void test_own(void)
{
	const union hv_vp_register_page_interrupt_vectors list = {
		.vector_count = 1, .vector = { OWN_VECTOR },
	};

	at_rest(1);
	child.vp[1].regs->interrupt_vectors = list;
	pthread_kill(vps[1].thread, SIGUSR2);
	ktap_ok(wait_until(&data_of(1)->count[OWN_VECTOR], 1, 10 * SECONDS),
		"what the VMM has left for a VP that halts wakes it when it is run again");
}

static volatile bool over;

static void *scribble(void *argument)
{
	volatile uint64_t *list = argument;
	uint64_t value = 0x9e3779b97f4a7c15;

	for (unsigned int n = 0; !over; n++) {
		value = value * 6364136223846793005 + 1442695040888963407;
		*list = n % 3 ? value : 0;
	}
	*list = 0;
	return NULL;
}

/* Its own guest may lose interrupts and get some that nobody sent; the other one must not. */
static void test_scribble(void)
{
	struct mshv_user_irq_entry routes[2] = {
		msi_route(GSI, 0, VECTOR, false), msi_route(GSI + 1, 1, VECTOR, false),
	};
	uint64_t count = data_of(1)->count[VECTOR], n = 0;
	unsigned long long end = now_ms() + SCRIBBLE_MS;
	int scribbled, other;
	pthread_t thread;
	bool good = true;

	if (mshv_set_routes(child.pt, routes, 2))
		ktap_bail("SET_MSI_ROUTING: %s", strerror(errno));
	scribbled = line_assign(child.pt, GSI);
	other = line_assign(child.pt, GSI + 1);
	pthread_create(&thread, NULL, scribble, (uint8_t *)child.vp[0].regs +
		       offsetof(struct hv_vp_register_page, interrupt_vectors));
	while (good && now_ms() < end) {
		line_signal(scribbled);
		line_signal(other);
		good = wait_until(&data_of(1)->count[VECTOR], count + ++n, 10 * SECONDS);
	}
	over = true;
	pthread_join(thread, NULL);
	ktap_ok(good && n && data_of(1)->count[VECTOR] == count + n,
		"a VMM writes to VP 0's page all the time: VP 1 gets its own");
	at_rest(0);
	count = data_of(0)->count[VECTOR];
	line_signal(scribbled);
	ktap_ok(wait_until(&data_of(0)->count[VECTOR], count + 1, 10 * SECONDS),
		"... and VP 0 does when this ends");
	line_deassign(child.pt, scribbled, GSI);
	line_deassign(child.pt, other, GSI + 1);
}

int main(void)
{
	struct leak_mark mark;

	ktap_plan(12 + LEAK_RESULTS);
	testhv_required();
	leak_mark(&mark);
	apic_child_create(&child, 2, NULL);
	id = testhv_child();
	for (unsigned int vp = 0; vp < 2; vp++) {
		apic_vp_start(&child, &vps[vp], vp);
		tids[vp] = newest_thread();
	}
	test_idle();
	test_kinds();
	test_both();
	test_own();
	test_scribble();
	for (unsigned int vp = 0; vp < 2; vp++)
		vp_thread_stop(&vps[vp]);
	ktap_ok(!vps[0].messages && !vps[1].messages && !vps[0].error && !vps[1].error,
		"no VP came back to the VMM");
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
