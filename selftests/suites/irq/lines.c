// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closed loop through irqfds: two threads, a VP each, signal all their lines and
 * wait until each of them has arrived, while a third rewrites the routes and a
 * fourth assigns and gives up eventfds.  None may be missing, and none may turn
 * up at another VP or vector.
 *
 * Argument: how many signals in all.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kick.h"
#include "ktap.h"
#include "leak.h"
#include "lib/apic_child.h"
#include "lib/irqline.h"

#define NR_VPS		2
#define NR_LINES	48		/* of each VP */

/* The routes change between these two vectors of a line. */
#define VECTOR(table, line)	((table ? 0x90 : 0x30) + (line))
#define GSI(vp, line)		((vp) * NR_LINES + (line))

/* Of the eventfds that come and go, always to VP 0.  One more GSI never has a route. */
#define FLEETING_GSI		1000
#define FLEETING_VECTOR		0xe0
#define NOWHERE_GSI		4095

#define NR_ROUTES		(NR_VPS * NR_LINES + 1)

struct sender {
	unsigned int vp;
	unsigned long rounds, done;
	int fds[NR_LINES];
	pthread_t thread;
};

static struct child child;
static volatile bool over;
static unsigned long rewrites, fleeting_sent;

static uint64_t arrived(unsigned int vp, unsigned int line)
{
	struct vp_data *data = apic_data(&child, vp);

	return data->count[VECTOR(0, line)] + data->count[VECTOR(1, line)];
}

static bool wait_line(unsigned int vp, unsigned int line, uint64_t want)
{
	unsigned long long end = now_ms() + 30000;

	while (arrived(vp, line) < want) {
		usleep(200);
		if (now_ms() > end)
			return false;
	}
	return true;
}

static void *send(void *argument)
{
	struct sender *s = argument;

	for (; s->done < s->rounds; s->done++) {
		for (unsigned int line = 0; line < NR_LINES; line++)
			line_signal(s->fds[line]);
		for (unsigned int line = 0; line < NR_LINES; line++)
			if (!wait_line(s->vp, line, s->done + 1))
				return NULL;
	}
	return NULL;
}

static void set_table(unsigned int table)
{
	struct mshv_user_irq_entry routes[NR_ROUTES];
	unsigned int nr = 0;

	for (unsigned int vp = 0; vp < NR_VPS; vp++)
		for (unsigned int line = 0; line < NR_LINES; line++)
			routes[nr++] = msi_route(GSI(vp, line), vp, VECTOR(table, line), false);
	routes[nr++] = msi_route(FLEETING_GSI, 0, FLEETING_VECTOR, false);
	if (mshv_set_routes(child.pt, routes, nr))
		ktap_bail("SET_MSI_ROUTING: %s", strerror(errno));
}

static void *rewrite(void *argument)
{
	(void)argument;
	while (!over) {
		set_table(++rewrites % 2);
		usleep(500);
	}
	return NULL;
}

/* One goes by deassigning, the next by closing the eventfd. */
static void *come_and_go(void *argument)
{
	(void)argument;
	for (unsigned int n = 0; !over; n++) {
		uint32_t gsi = n % 4 ? FLEETING_GSI : NOWHERE_GSI;
		int fd = line_assign(child.pt, gsi);

		line_signal(fd);
		fleeting_sent += gsi == FLEETING_GSI;
		if (n % 2)
			line_deassign(child.pt, fd, gsi);
		else
			close(fd);
		usleep(500);
	}
	return NULL;
}

/* Which lines a VP still lacks, and what its APIC says of them. */
static void report_missing(unsigned int vp, unsigned long rounds)
{
	static struct hv_local_interrupt_controller_state apic __attribute__((aligned(4096)));
	static uint8_t page[PAGE] __attribute__((aligned(4096)));
	struct mshv_get_set_vp_state state = {
		.type = MSHV_VP_STATE_LAPIC, .buf_sz = PAGE, .buf_ptr = (uintptr_t)page,
	};
	unsigned int missing = 0;

	if (ioctl(child.vp[vp].fd, MSHV_GET_VP_STATE, &state))
		return;
	memcpy(&apic, page, sizeof(apic));
	for (unsigned int line = 0; line < NR_LINES; line++) {
		if (arrived(vp, line) >= rounds)
			continue;
		if (!missing++)
			ktap_note("VP %u misses line %u, of round %llu", vp, line,
				  (unsigned long long)arrived(vp, line) + 1);
	}
	ktap_note("VP %u misses %u lines", vp, missing);
	ktap_note("RIP %#llx, RFLAGS %#llx, %llu interrupts",
		  (unsigned long long)child_register(&child, vp, HV_X64_REGISTER_RIP),
		  (unsigned long long)child_register(&child, vp, HV_X64_REGISTER_RFLAGS),
		  (unsigned long long)apic_total(&child, vp));
	for (unsigned int i = 0; i < 8; i++)
		ktap_note("vectors from %#x: requested %08x, in service %08x", 32 * i,
			  apic.apic_irr[i], apic.apic_isr[i]);
}

static void start_sender(struct sender *s, unsigned int vp, unsigned long rounds)
{
	s->vp = vp;
	s->rounds = rounds;
	s->done = 0;
	for (unsigned int line = 0; line < NR_LINES; line++)
		s->fds[line] = line_assign(child.pt, GSI(vp, line));
	pthread_create(&s->thread, NULL, send, s);
}

static bool is_line(unsigned int vector)
{
	return (vector >= VECTOR(0, 0) && vector < VECTOR(0, NR_LINES)) ||
	       (vector >= VECTOR(1, 0) && vector < VECTOR(1, NR_LINES));
}

static uint64_t stray(unsigned int vp, unsigned int vector, uint64_t nr)
{
	if (nr)
		ktap_note("VP %u, vector %#x: %lld too many", vp, vector, (long long)nr);
	return nr;
}

/* What a VP counted and nobody sent it. */
static uint64_t strays(unsigned int vp, unsigned long rounds)
{
	struct vp_data *data = apic_data(&child, vp);
	uint64_t bad = 0;

	for (unsigned int line = 0; line < NR_LINES; line++)
		bad += stray(vp, VECTOR(0, line), arrived(vp, line) - rounds);
	for (unsigned int vector = 0; vector < 256; vector++)
		if (!is_line(vector) && (vp || vector != FLEETING_VECTOR))
			bad += stray(vp, vector, data->count[vector]);
	return bad;
}

static void closed_loop(unsigned long rounds)
{
	struct vp_thread vps[NR_VPS] = { 0 };
	struct sender senders[NR_VPS];
	pthread_t rewriter, fleeting;
	unsigned long long start;
	bool good = true;

	apic_child_create(&child, NR_VPS, NULL);
	set_table(0);
	for (unsigned int vp = 0; vp < NR_VPS; vp++)
		apic_vp_start(&child, &vps[vp], vp);
	start = now_ms();
	for (unsigned int vp = 0; vp < NR_VPS; vp++)
		start_sender(&senders[vp], vp, rounds);
	pthread_create(&rewriter, NULL, rewrite, NULL);
	pthread_create(&fleeting, NULL, come_and_go, NULL);
	for (unsigned int vp = 0; vp < NR_VPS; vp++) {
		pthread_join(senders[vp].thread, NULL);
		good = good && senders[vp].done == rounds;
	}
	ktap_note("%lu signals in %llu ms, %lu tables, %lu signals of fleeting eventfds",
		  rounds * NR_VPS * NR_LINES, now_ms() - start, rewrites, fleeting_sent);
	over = true;
	pthread_join(rewriter, NULL);
	pthread_join(fleeting, NULL);
	for (unsigned int vp = 0; vp < NR_VPS; vp++)
		vp_thread_stop(&vps[vp]);
	for (unsigned int vp = 0; !good && vp < NR_VPS; vp++)
		report_missing(vp, senders[vp].done + 1);
	ktap_ok(good, "%lu signals, each waited for, none missing", rounds * NR_VPS * NR_LINES);
	ktap_is((long long)(strays(0, rounds) + strays(1, rounds)), 0,
		"none at another VP or vector");
	ktap_ok(rewrites > 1 && fleeting_sent &&
		apic_data(&child, 0)->count[FLEETING_VECTOR] <= fleeting_sent,
		"no more of a fleeting eventfd's than were sent");
	ktap_ok(!vps[0].messages && !vps[1].messages && !vps[0].error && !vps[1].error,
		"no VP came back to the VMM");
	child_destroy(&child);
	for (unsigned int n = 0; n < NR_VPS * NR_LINES; n++)
		close(senders[n / NR_LINES].fds[n % NR_LINES]);
}

int main(int argc, char **argv)
{
	unsigned long signals = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
	struct leak_mark mark;

	ktap_plan(4 + LEAK_RESULTS);
	leak_mark(&mark);
	closed_loop((signals + NR_VPS * NR_LINES - 1) / (NR_VPS * NR_LINES));
	leak_check(&mark);
	return ktap_end();
}
