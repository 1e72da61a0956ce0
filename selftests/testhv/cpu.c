// SPDX-License-Identifier: GPL-2.0
/*
 * The table of CPUs, and how they start.
 *
 * Their number comes from the MADT and their index from the order of APIC ids:
 * counting those that report in time goes wrong under icount, and they may
 * report in any order.
 */
#include "acpi.h"
#include "boot.h"
#include "clock.h"
#include "cpu.h"
#include "host.h"
#include "log.h"
#include "root.h"
#include "string.h"
#include "svm.h"
#include "x86.h"

#define TRAMPOLINE	0x8000UL	/* below 1 MiB; the root overwrites it later */
#define STACK_SIZE	(4 * PAGE_SIZE)
#define START_TIMEOUT	5		/* seconds, for one CPU to start */
#define CPUID_1_ECX_X2APIC BIT(21)

struct cpu cpus[MAX_CPUS];
u32 nr_cpus;
u32 nr_root_cpus;
struct cpu *service_cpu;

extern char trampoline[], trampoline_end[];
extern u64 trampoline_cpu, trampoline_stack;

struct cpu *cpu_by_apic_id(u32 apic_id)
{
	for (u32 i = 0; i < nr_cpus; i++)
		if (cpus[i].apic_id == apic_id)
			return &cpus[i];
	return NULL;
}

/*
 * In xAPIC mode the root would start its CPUs through memory-mapped registers,
 * outside testhv, and it would look fine.  So x2APIC, whose ICR is an MSR that
 * we intercept, is required and already on when the root starts.
 */
static void enable_x2apic(void)
{
	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC))
		panic("CPU without x2APIC: take -cpu max and QEMU 9 or newer");
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE);
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
	wrmsr(MSR_X2APIC_TPR, 0);
	wrmsr(MSR_X2APIC_SVR, X2APIC_SVR_ENABLE | X2APIC_SPURIOUS);
}

static void sort_ids(u32 *ids, u32 nr)
{
	for (u32 i = 1; i < nr; i++)
		for (u32 j = i; j && ids[j - 1] > ids[j]; j--) {
			u32 id = ids[j];

			ids[j] = ids[j - 1];
			ids[j - 1] = id;
		}
}

void cpu_init_boot(void)
{
	u32 ids[MAX_CPUS];
	u32 nr = acpi_apic_ids(ids, MAX_CPUS);

	if (nr < 3)
		panic("%u CPUs: testhv needs two for itself besides the root's", nr);
	sort_ids(ids, nr);
	boot_cpu->apic_id = ids[0];
	nr_cpus = nr - 1;
	for (u32 i = 0; i < nr_cpus; i++) {
		cpus[i].self = &cpus[i];
		cpus[i].index = i;
		cpus[i].apic_id = ids[i + 1];
		cpus[i].stack_top = ptr_spa(boot_alloc(STACK_SIZE)) + STACK_SIZE;
		cpus[i].host_vmcb = ptr_spa(boot_alloc(PAGE_SIZE));
		cpus[i].hsave = ptr_spa(boot_alloc(PAGE_SIZE));
	}
	nr_root_cpus = nr_cpus - 1;
	service_cpu = &cpus[nr_root_cpus];
	service_cpu->service = true;
	enable_x2apic();
	if (rdmsr(MSR_X2APIC_ID) != boot_cpu->apic_id)
		panic("the boot CPU is not the one with the lowest APIC id");
	log_info("%u CPUs for the root, APIC ids %u and %u for testhv", nr_root_cpus,
		 boot_cpu->apic_id, service_cpu->apic_id);
}

static void delay_us(u64 us)
{
	u64 until = rdtsc() + us * tsc_khz / 1000;

	while (rdtsc() < until)
		cpu_relax();
}

static void start_one(struct cpu *cpu)
{
	u64 give_up = rdtsc() + START_TIMEOUT * tsc_khz * 1000;

	trampoline_cpu = ptr_spa(cpu);
	trampoline_stack = cpu->stack_top;
	host_send(cpu, ICR_INIT | ICR_ASSERT);
	delay_us(100);
	while (!READ_ONCE(cpu->started)) {
		host_send(cpu, ICR_STARTUP | ICR_ASSERT | TRAMPOLINE >> PAGE_SHIFT);
		delay_us(200);
		if (rdtsc() > give_up)
			panic("CPU with APIC id %u does not start", cpu->apic_id);
	}
}

void cpu_start_others(void)
{
	memcpy(spa_ptr(TRAMPOLINE), trampoline, trampoline_end - trampoline);
	for (u32 i = 1; i < nr_cpus; i++)
		start_one(&cpus[i]);
	start_one(&cpus[0]);
}

void cpu_park(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

void cpu_start(struct cpu *cpu)
{
	wrmsr(MSR_GS_BASE, (u64)cpu);
	host_load_idt();
	enable_x2apic();
	svm_init_cpu();
	host_clgi();
	if (!cpu->service)
		root_probe(cpu);
	WRITE_ONCE(cpu->started, true);
	if (cpu->service)
		clock_service_loop();
	root_loop(cpu);
}
