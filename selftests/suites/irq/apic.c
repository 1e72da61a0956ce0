// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the children's local APIC does by itself: IPIs in all their addressing,
 * NMI, INIT and SIPI, the timer, priorities.
 */
#include <errno.h>
#include <string.h>

#include "lib/apic_child.h"
#include "kick.h"
#include "ktap.h"

#define SECONDS	1000

/* VP 0 sends vector 0x61 to APIC ID 1 and waits for vector 0x62; VP 1 answers. RBX counts. */
#define ROUNDS	"2000"

ASMBLOB(ping, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"cmp $0x100000, %r15\n"		/* DATA_GPA(0) */
	"jne 3f\n"
	"2: cmpq $1, 0x104800\n"	/* VP 1 is ready */
	"jne 2b\n"
	"xor %rbx, %rbx\n"
	"1: mov $0x830, %ecx\n"
	"mov $0x61, %eax\n"
	"mov $1, %edx\n"
	"wrmsr\n"
	"inc %rbx\n"
	"2: pause\n"
	"cmp %rbx, 0x310(%r15)\n"	/* count[0x62] */
	"jne 2b\n"
	"cmp $" ROUNDS ", %rbx\n"
	"jne 1b\n"
	"out %al, $0x10\n"
	"3: xor %rbx, %rbx\n"
	"4: pause\n"
	"cmp 0x308(%r15), %rbx\n"	/* count[0x61] */
	"je 4b\n"
	"inc %rbx\n"
	"mov $0x830, %ecx\n"
	"mov $0x62, %eax\n"
	"xor %edx, %edx\n"
	"wrmsr\n"
	"jmp 4b\n");

static void test_ping(void)
{
	struct vp_thread threads[2] = { 0 };
	struct child child;

	apic_child_create(&child, 2, &ping);
	apic_vp_start(&child, &threads[1], 1);
	apic_vp_start(&child, &threads[0], 0);
	ktap_ok(vp_thread_wait(&threads[0], 60 * SECONDS) &&
		threads[0].last.header.message_type == HVMSG_X64_IO_PORT_INTERCEPT,
		ROUNDS " IPIs there and back");
	vp_thread_stop(&threads[0]);
	vp_thread_stop(&threads[1]);
	ktap_ok(apic_data(&child, 0)->count[0x62] == 2000 &&
		apic_data(&child, 1)->count[0x61] == 2000 &&
		apic_total(&child, 0) == 2000 && apic_total(&child, 1) == 2000,
		"each arrived once and where it should");
	child_destroy(&child);
}

/*
 * VP 0 sends one of each: self-IPI register (0x71), shorthand self (0x72), all
 * (0x73), others (0x74), logical destination of VP 1 (0x75), broadcast (0x76).
 *
 * A VP that finds several requested takes the highest vector first, whichever was
 * sent first.  So 0x51 to all ends the series: it is sent last and is below the
 * others, and a VP that has counted it has taken whatever else was for it.
 */
ASMBLOB(send_each, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"cmp $0x100000, %r15\n"
	"jne 9f\n"
	"xor %edx, %edx\n"
	"mov $0x83f, %ecx\n"
	"mov $0x71, %eax\n"
	"wrmsr\n"
	"mov $0x830, %ecx\n"
	"mov $0x40072, %eax\n"
	"wrmsr\n"
	"mov $0x80073, %eax\n"
	"wrmsr\n"
	"mov $0xc0074, %eax\n"
	"wrmsr\n"
	"mov $2, %edx\n"
	"mov $0x875, %eax\n"
	"wrmsr\n"
	"mov $0xffffffff, %edx\n"
	"mov $0x76, %eax\n"
	"wrmsr\n"
	"mov $0x80051, %eax\n"
	"wrmsr\n"
	"9: hlt\n"
	"jmp 9b\n");

static void test_addressing(void)
{
	static const struct {
		const char *name;
		uint8_t vector;
		uint64_t want[2];
	} kinds[] = {
		{ "self-IPI register", 0x71, { 1, 0 } },
		{ "shorthand self", 0x72, { 1, 0 } },
		{ "shorthand all", 0x73, { 1, 1 } },
		{ "shorthand others", 0x74, { 0, 1 } },
		{ "logical destination", 0x75, { 0, 1 } },
		{ "broadcast destination", 0x76, { 1, 1 } },
	};
	struct vp_thread threads[2] = { 0 };
	struct child child;

	apic_child_create(&child, 2, &send_each);
	apic_vp_start(&child, &threads[1], 1);
	apic_vp_start(&child, &threads[0], 0);
	wait_until(&apic_data(&child, 0)->count[0x51], 1, 10 * SECONDS);
	wait_until(&apic_data(&child, 1)->count[0x51], 1, 10 * SECONDS);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t got[2] = { apic_data(&child, 0)->count[kinds[i].vector],
				    apic_data(&child, 1)->count[kinds[i].vector] };

		if (memcmp(got, kinds[i].want, sizeof(got)))
			ktap_note("%s: VP 0 %llu, VP 1 %llu", kinds[i].name,
				  (unsigned long long)got[0], (unsigned long long)got[1]);
		ktap_ok(!memcmp(got, kinds[i].want, sizeof(got)), "IPI: %s", kinds[i].name);
	}
	vp_thread_stop(&threads[0]);
	vp_thread_stop(&threads[1]);
	child_destroy(&child);
}

ASMBLOB(interrupts_off, 64,
	"movq $1, 0x800(%r15)\n"
	"1: incq 0x808(%r15)\n"
	"pause\n"
	"jmp 1b\n");

static void test_nmi(void)
{
	struct vp_thread thread = { 0 };
	struct vp_data *data;
	struct child child;
	unsigned int i;
	bool good = true;

	apic_child_create(&child, 1, &interrupts_off);
	data = apic_data(&child, 0);
	apic_vp_start(&child, &thread, 0);
	for (i = 1; i <= 100 && good; i++)
		good = !mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_NMI, 0, 0) &&
		       wait_until(&data->count[2], i, 10 * SECONDS);
	ktap_ok(good && data->count[2] == 100, "100 NMIs, with interrupts off");
	mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 0, 0x50);
	i = (unsigned int)data->loops;
	ktap_ok(wait_until(&data->loops, i + 10000, 10 * SECONDS) && !data->count[0x50],
		"an interrupt waits while interrupts are off");
	vp_thread_stop(&thread);
	child_destroy(&child);
}

/* An interrupt of a class not above TPR waits until the guest lowers it. */
ASMBLOB(priority, 64,
	"mov $0x60, %rax\n"
	"mov $0x808, %ecx\n"
	"xor %edx, %edx\n"
	"wrmsr\n"
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"1: incq 0x808(%r15)\n"
	"cmpq $1, 0x820(%r15)\n"
	"jne 1b\n"
	"xor %eax, %eax\n"
	"mov %rax, %cr8\n"
	"2: hlt\n"
	"jmp 2b\n");

static void test_priority(void)
{
	struct vp_thread thread = { 0 };
	struct vp_data *data;
	struct child child;
	uint64_t loops;

	apic_child_create(&child, 1, &priority);
	data = apic_data(&child, 0);
	apic_vp_start(&child, &thread, 0);
	mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 0, 0x65);
	mshv_assert_interrupt(child.pt, HV_X64_INTERRUPT_TYPE_FIXED, 0, 0x75);
	ktap_ok(wait_until(&data->count[0x75], 1, 10 * SECONDS), "a vector above TPR is taken");
	loops = data->loops;
	ktap_ok(wait_until(&data->loops, loops + 10000, 10 * SECONDS) && !data->count[0x65],
		"one of TPR's own class is not");
	data->scratch[0] = 1;
	ktap_ok(wait_until(&data->count[0x65], 1, 10 * SECONDS), "it is, once CR8 is lowered");
	vp_thread_stop(&thread);
	child_destroy(&child);
}

/* One shot of vector 0x91 after 2,000,000 APIC ticks, then nothing. */
ASMBLOB(one_shot, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"xor %edx, %edx\n"
	"mov $0x83e, %ecx\n"
	"mov $0xb, %eax\n"
	"wrmsr\n"
	"mov $0x832, %ecx\n"
	"mov $0x91, %eax\n"
	"wrmsr\n"
	"mov $0x838, %ecx\n"
	"mov $2000000, %eax\n"
	"wrmsr\n"
	"1: hlt\n"
	"jmp 1b\n");

/* Vector 0x92 periodically, every 2,000,000 ticks. */
ASMBLOB(periodic, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"xor %edx, %edx\n"
	"mov $0x83e, %ecx\n"
	"mov $0xb, %eax\n"
	"wrmsr\n"
	"mov $0x832, %ecx\n"
	"mov $0x20092, %eax\n"
	"wrmsr\n"
	"mov $0x838, %ecx\n"
	"mov $2000000, %eax\n"
	"wrmsr\n"
	"1: incq 0x808(%r15)\n"
	"cmpq $1, 0x820(%r15)\n"
	"jne 1b\n"
	"mov $0x832, %ecx\n"
	"mov $0x30092, %eax\n"		/* masked */
	"wrmsr\n"
	"movq $2, 0x820(%r15)\n"
	"2: hlt\n"
	"jmp 2b\n");

/* Vector 0x92 after every tick, which is every 5 ns. */
ASMBLOB(storm, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"xor %edx, %edx\n"
	"mov $0x83e, %ecx\n"
	"mov $0xb, %eax\n"
	"wrmsr\n"
	"mov $0x832, %ecx\n"
	"mov $0x20092, %eax\n"
	"wrmsr\n"
	"mov $0x838, %ecx\n"
	"mov $1, %eax\n"
	"wrmsr\n"
	"1: incq 0x808(%r15)\n"
	"jmp 1b\n");

/* No guest's timer may keep the hypervisor from its other work, such as running other guests. */
static void test_timer_storm(void)
{
	struct vp_thread storming = { 0 }, calm = { 0 };
	struct child bad, good;

	apic_child_create(&bad, 1, &storm);
	apic_vp_start(&bad, &storming, 0);
	ktap_ok(wait_until(&apic_data(&bad, 0)->count[0x92], 20, 10 * SECONDS),
		"a timer of the shortest period expires");
	apic_child_create(&good, 1, &one_shot);
	apic_vp_start(&good, &calm, 0);
	ktap_ok(wait_until(&apic_data(&good, 0)->count[0x91], 1, 10 * SECONDS),
		"and leaves time for another child");
	vp_thread_stop(&calm);
	vp_thread_stop(&storming);
	child_destroy(&good);
	child_destroy(&bad);
}

static void test_timer(void)
{
	unsigned long long start;
	struct vp_thread thread = { 0 };
	struct vp_data *data;
	struct child child;
	uint64_t ticks;

	apic_child_create(&child, 1, &one_shot);
	data = apic_data(&child, 0);
	apic_vp_start(&child, &thread, 0);
	ktap_ok(wait_until(&data->count[0x91], 1, 10 * SECONDS), "one shot wakes a VP that halts");
	start = now_ms();
	while (now_ms() < start + 200)
		;
	ktap_is((long long)apic_total(&child, 0), 1, "and is one");
	vp_thread_stop(&thread);
	child_destroy(&child);

	apic_child_create(&child, 1, &periodic);
	data = apic_data(&child, 0);
	apic_vp_start(&child, &thread, 0);
	ktap_ok(wait_until(&data->count[0x92], 20, 30 * SECONDS), "20 ticks of a busy VP");
	data->scratch[0] = 1;
	wait_until(&data->scratch[0], 2, 10 * SECONDS);
	ticks = data->count[0x92];
	start = now_ms();
	while (now_ms() < start + 200)
		;
	ktap_ok(data->count[0x92] <= ticks + 1 && apic_total(&child, 0) == data->count[0x92],
		"none after the timer is masked");
	vp_thread_stop(&thread);
	child_destroy(&child);
}

/* VP 0 starts VP 1 by INIT, SIPI, SIPI at 0x9000, where it finds 16-bit code. */
ASMBLOB(starter, 64,
	"movq $1, 0x800(%r15)\n"
	"mov $0x830, %ecx\n"
	"mov $1, %edx\n"
	"mov $0x4500, %eax\n"
	"wrmsr\n"
	"mov $0x4609, %eax\n"
	"wrmsr\n"
	"wrmsr\n"
	"1: hlt\n"
	"jmp 1b\n");

ASMBLOB(started, 16,
	"mov %cs, %ax\n"
	"mov %ax, %cs:0x100\n"
	"movl $0x600d600d, %cs:0x104\n"
	"out %al, $0x77\n");

static void test_sipi(void)
{
	struct vp_thread threads[2] = { 0 };
	const uint8_t *page;
	struct child child;

	child_create(&child, PT_LAPIC | PT_X2APIC, APIC_RAM, 2);
	apic_load(&child, &starter);
	child_load(&child, 0x9000, &started);
	page = child.ram + 0x9000;
	child_long_mode(&child, 0, BLOB_GPA, DATA_GPA(0));
	threads[1].child = &child;
	threads[1].vp = 1;
	vp_thread_start(&threads[1]);
	ktap_ok(!vp_thread_wait(&threads[1], 200), "a second VP waits for SIPI");
	apic_vp_start(&child, &threads[0], 0);
	ktap_ok(vp_thread_wait(&threads[1], 10 * SECONDS) &&
		*(const uint16_t *)(page + 0x100) == 0x900 &&
		*(const uint32_t *)(page + 0x104) == 0x600d600d,
		"INIT and SIPI start it at the page they name");
	vp_thread_stop(&threads[0]);
	vp_thread_stop(&threads[1]);
	child_destroy(&child);
}

int main(void)
{
	ktap_plan(21);
	test_ping();
	test_addressing();
	test_nmi();
	test_priority();
	test_timer();
	test_timer_storm();
	test_sipi();
	return ktap_end();
}
