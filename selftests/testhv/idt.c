// SPDX-License-Identifier: GPL-2.0
/*
 * testhv's own interrupts and exceptions.
 *
 * Handlers take no lock: an interrupt sets a flag in its CPU's struct and
 * returns, an exception is a bug and ends the run.
 */
#include "cpu.h"
#include "host.h"
#include "log.h"
#include "x86.h"

#define HOST_CS		0x18		/* boot.S */
#define INTERRUPT_GATE	0x8e00
#define STUB_SIZE	16
#define NR_VECTORS	256
#define NR_EXCEPTIONS	32

struct gate {
	u16 offset_low, selector, attributes, offset_middle;
	u32 offset_high, reserved;
};

static struct gate idt[NR_VECTORS] __attribute__((aligned(16)));
extern char isr_stubs[], host_sleep_check[], host_sleep_done[];

void host_load_idt(void)
{
	struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (u64)idt };

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void host_init_idt(void)
{
	for (u32 v = 0; v < NR_VECTORS; v++) {
		u64 stub = (u64)isr_stubs + v * STUB_SIZE;

		idt[v] = (struct gate){
			.offset_low = stub, .selector = HOST_CS, .attributes = INTERRUPT_GATE,
			.offset_middle = stub >> 16, .offset_high = stub >> 32,
		};
	}
	boot_cpu->self = boot_cpu;
	boot_cpu->index = boot_cpu - cpus;
	wrmsr(MSR_GS_BASE, (u64)boot_cpu);
	host_load_idt();
}

void host_interrupt(struct host_frame *frame)
{
	struct cpu *cpu = this_cpu();

	if (frame->vector == VECTOR_NMI) {
		cpu->host_nmis++;
		if (frame->rip >= (u64)host_sleep_check && frame->rip < (u64)host_sleep_done)
			frame->rip = (u64)host_sleep_done;
		return;
	}
	if (frame->vector < NR_EXCEPTIONS)
		panic("exception %llu error %llx at %llx, address %lx, stack %llx",
		      (unsigned long long)frame->vector, (unsigned long long)frame->error,
		      (unsigned long long)frame->rip, read_cr2(),
		      (unsigned long long)frame->rsp);
	wrmsr(MSR_X2APIC_EOI, 0);
	if (frame->vector == VECTOR_TIMER || frame->vector == VECTOR_WAKE)
		cpu->awake = true;
	else
		cpu->strays++;
}

void host_send(struct cpu *to, u32 icr)
{
	wrmsr(MSR_X2APIC_ICR, (u64)to->apic_id << ICR_DEST_SHIFT | icr);
}
