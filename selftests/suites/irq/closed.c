// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closed loop: signal an interrupt, wait until the child's handler has counted
 * it, signal the next.  None may be missing, and none may turn up at another
 * VP or vector.
 *
 * Arguments: how many signals to VPs that halt, and how many to one that spins,
 * which with one CPU of the root must wait for a tick each time.
 */
#include <stdlib.h>

#include "lib/apic_child.h"
#include "kick.h"
#include "ktap.h"

/*
 * VP 0 never halts, so that a signal must fetch it out of guest mode; VP 1 does.
 * Two that spin would leave no processor of the root for who waits.
 */
ASMBLOB(spin_loop, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"1: incq 0x808(%r15)\n"
	"pause\n"
	"cmp $0x100000, %r15\n"	/* DATA_GPA(0) */
	"je 1b\n"
	"hlt\n"
	"jmp 1b\n");

static const uint8_t vectors[] = { 0x31, 0x55, 0x80, 0xa7, 0xef };

#define NR_VECTORS	sizeof(vectors)
#define NR_VPS		2

struct signal {
	unsigned int vp, vector;
};

/* Which VP and vector the n-th signal goes to: every pair comes, in changing order. */
static struct signal signal_number(unsigned long n, unsigned int nr_vps)
{
	return (struct signal) { (n ^ n / 7) % nr_vps, vectors[n % NR_VECTORS] };
}

static bool one_signal(struct child *child, unsigned long n, unsigned int nr_vps,
		       uint64_t *expected)
{
	struct signal signal = signal_number(n, nr_vps);
	struct vp_data *data = apic_data(child, signal.vp);
	uint64_t want = ++expected[signal.vp * 256 + signal.vector];

	if (mshv_assert_interrupt(child->pt, HV_X64_INTERRUPT_TYPE_FIXED, signal.vp,
				  signal.vector)) {
		ktap_note("signal %lu was refused", n);
		return false;
	}
	if (wait_until(&data->count[signal.vector], want, 10000))
		return true;
	ktap_note("signal %lu (VP %u, vector %#x) did not arrive in 10 s", n, signal.vp,
		  signal.vector);
	return false;
}

/* Differences between what was sent and what was counted, over all VPs and vectors. */
static unsigned int strays(struct child *child, const uint64_t *expected)
{
	unsigned int bad = 0;

	for (unsigned int vp = 0; vp < NR_VPS; vp++) {
		struct vp_data *data = apic_data(child, vp);

		for (unsigned int vector = 0; vector < 256; vector++) {
			if (data->count[vector] == expected[vp * 256 + vector])
				continue;
			ktap_note("VP %u vector %#x: %llu, want %llu", vp, vector,
				  (unsigned long long)data->count[vector],
				  (unsigned long long)expected[vp * 256 + vector]);
			bad++;
		}
	}
	return bad;
}

/* Signals go to the first @nr_vps of the VPs; the others must not get any. */
static void closed_loop(const struct blob *main_code, unsigned int nr_vps, unsigned long signals,
			const char *name)
{
	static uint64_t expected[NR_VPS * 256];
	struct vp_thread threads[NR_VPS] = { 0 };
	unsigned long long start;
	struct child child;
	unsigned long n = 0;

	for (unsigned int i = 0; i < NR_VPS * 256; i++)
		expected[i] = 0;
	apic_child_create(&child, NR_VPS, main_code);
	for (unsigned int vp = 0; vp < NR_VPS; vp++)
		apic_vp_start(&child, &threads[vp], vp);
	start = now_ms();
	while (n < signals && one_signal(&child, n, nr_vps, expected))
		n++;
	ktap_note("%s: %lu signals in %llu ms", name, n, now_ms() - start);
	ktap_ok(n == signals, "%s: %lu signals, each waited for, none missing", name, signals);
	for (unsigned int vp = 0; vp < NR_VPS; vp++)
		vp_thread_stop(&threads[vp]);
	ktap_is(strays(&child, expected), 0, "none at another VP or vector");
	ktap_ok(!threads[0].messages && !threads[1].messages && !threads[0].error &&
		!threads[1].error, "no VP came back to the VMM");
	child_destroy(&child);
}

int main(int argc, char **argv)
{
	unsigned long halting = argc > 1 ? strtoul(argv[1], NULL, 0) : 99000;
	unsigned long spinning = argc > 2 ? strtoul(argv[2], NULL, 0) : 1000;

	ktap_plan(6);
	closed_loop(NULL, NR_VPS, halting, "VPs that halt");
	closed_loop(&spin_loop, 1, spinning, "a VP that spins");
	return ktap_end();
}
