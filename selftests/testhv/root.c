// SPDX-License-Identifier: GPL-2.0
/*
 * The root partition: its memory, its VPs, and their loop.
 *
 * The root owns the machine.  Its guest physical addresses are the machine's
 * own, its interrupts and its devices come without an exit, and it halts
 * natively; testhv sees it only in what root_exit.c serves.
 *
 * Locking: the loop holds hv_lock except in the guest and while it waits.
 */
#include "apic.h"
#include "boot.h"
#include "clock.h"
#include "cpu.h"
#include "cpuid.h"
#include "host.h"
#include "log.h"
#include "msr.h"
#include "npt.h"
#include "owner.h"
#include "partition.h"
#include "root.h"
#include "root_exit.h"
#include "schedule.h"
#include "string.h"
#include "synic.h"
#include "vp.h"
#include "x86.h"

#define NR_SYNIC_PAGES	3
#define CR0_RESET	(CR0_ET | CR0_NW | CR0_CD)
#define DR6_RESET	0xffff0ff0UL
#define DR7_RESET	0x400UL
#define ATTRIB_CODE	0x09b
#define ATTRIB_DATA	0x093
#define ATTRIB_LDT	0x082
#define ATTRIB_TSS	0x08b
#define REAL_LIMIT	0xffff

#define PROBE_PAGE	0x8000UL	/* the trampoline's, and free by then */
#define PROBE_IP	0x800

struct root_pages root_pages;
static struct vp root_vps[MAX_CPUS];

void root_alloc(void)
{
	root_pages.hypercall = ptr_spa(boot_alloc(PAGE_SIZE));
	root_pages.tsc = ptr_spa(boot_alloc(PAGE_SIZE));
	for (u32 i = 0; i < nr_root_cpus; i++) {
		root_pages.assist[i] = ptr_spa(boot_alloc(PAGE_SIZE));
		root_pages.synic[i] = ptr_spa(boot_alloc(NR_SYNIC_PAGES * PAGE_SIZE));
		root_vps[i].vmcb = boot_alloc(PAGE_SIZE);
	}
}

static void share(u64 spa, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		if (owner_share(spa + i * PAGE_SIZE, 0))
			panic("no memory for the root's nested table");
}

/* All that the CPU can address, except testhv's own memory. */
static void map_memory(void)
{
	struct npt *npt = &root_partition.npt;
	u64 end = 1UL << (cpuid(0x80000008, 0).eax & 0xff);

	if (npt_init(npt, &hv_pool))
		panic("no memory for the root's nested table");
	for (u64 at = 0; at < end; at += HUGE_SIZE)
		if (npt_map(npt, at, at, HUGE_SIZE, NPT_RWX))
			panic("no memory for the root's nested table");
	if (npt_unmap(npt, hv_start, hv_end - hv_start))
		panic("no memory for the root's nested table");
	share(root_pages.hypercall, 1);
	share(root_pages.tsc, 1);
	for (u32 i = 0; i < nr_root_cpus; i++) {
		share(root_pages.assist[i], 1);
		share(root_pages.synic[i], NR_SYNIC_PAGES);
	}
}

void root_reset_vp(struct vp *vp)
{
	struct vmcb_save *s = &vp->vmcb->save;
	struct vmcb_seg data = { 0, ATTRIB_DATA, REAL_LIMIT, 0 };

	svm_init_vmcb(vp);
	memset(s, 0, sizeof(*s));
	memset(vp->gpr, 0, sizeof(vp->gpr));
	s->es = s->ss = s->ds = s->fs = s->gs = data;
	s->cs = (struct vmcb_seg){ 0, ATTRIB_CODE, REAL_LIMIT, 0 };
	s->gdtr.limit = s->idtr.limit = REAL_LIMIT;
	s->ldtr = (struct vmcb_seg){ 0, ATTRIB_LDT, REAL_LIMIT, 0 };
	s->tr = (struct vmcb_seg){ 0, ATTRIB_TSS, REAL_LIMIT, 0 };
	s->cr0 = CR0_RESET;
	s->dr6 = DR6_RESET;
	s->dr7 = DR7_RESET;
	s->rflags = RFLAGS_FIXED;
	s->efer = EFER_SVME;
	s->g_pat = PAT_RESET;
	vp->nmi_state = NMI_OPEN;
}

static void init_vp(u32 i)
{
	struct vp *vp = &root_vps[i];

	vp->partition = &root_partition;
	vp->index = i;
	vp->apic_id = cpus[i].apic_id;
	vp->on_cpu = vp->last_cpu = &cpus[i];
	vp->activity = i ? VP_WAIT_SIPI : VP_ACTIVE;
	root_partition.vps[i] = vp;
	root_partition.nr_vps++;
	cpus[i].root_vp = vp;
	root_reset_vp(vp);
	root_synic_init(vp, root_pages.synic[i]);
}

void root_init(void)
{
	partition_init_root();
	schedule_init();
	cpuid_init();
	map_memory();
	root_exit_init();
	msr_init();
	for (u32 i = 0; i < nr_root_cpus; i++)
		init_vp(i);
}

/* One CPUID in real mode has to come back to us. */
void root_probe(struct cpu *cpu)
{
	static const u8 code[] = { 0x0f, 0xa2, 0xf4 };	/* cpuid; hlt */
	struct vp *vp = cpu->root_vp;
	struct vmcb saved = *vp->vmcb;
	u64 rsi = vp->gpr[RSI];

	root_reset_vp(vp);
	memcpy(spa_ptr(PROBE_PAGE + PROBE_IP), code, sizeof(code));
	vp->vmcb->save.cs.selector = PROBE_PAGE >> 4;
	vp->vmcb->save.cs.base = PROBE_PAGE;
	vp->vmcb->save.rip = PROBE_IP;
	svm_enter(vp);
	if (svm_exit_code(vp->vmcb) != EXIT_CPUID)
		panic("no exit seen on cpu%u: code %x", cpu->index, svm_exit_code(vp->vmcb));
	*vp->vmcb = saved;
	vp->gpr[RSI] = rsi;
}

/*
 * The hardware's APIC knows nothing of the INIT: what is left in it from before
 * is taken and dropped here.
 */
static void drop_interrupts(struct cpu *cpu)
{
	host_window();
	clock_drop_nmi(cpu);
	apic_disable();
}

static void start_vp(struct cpu *cpu, struct vp *vp, u8 vector)
{
	struct vmcb_seg *cs = &vp->vmcb->save.cs;

	drop_interrupts(cpu);
	cs->selector = vector << 8;
	cs->base = (u64)vector << PAGE_SHIFT;
	vp->activity = VP_ACTIVE;
	log_info("root VP %u starts at %lx", vp->index, cs->base);
}

/* INIT and SIPI that another VP has sent since we last looked. */
static void take_startup(struct cpu *cpu, struct vp *vp)
{
	if (cpu->init_asked) {
		cpu->init_asked = false;
		root_reset_vp(vp);
		root_synic_reset(vp);
		apic_reset();
		vp->activity = VP_WAIT_SIPI;
	}
	if (cpu->sipi_asked && vp->activity == VP_WAIT_SIPI)
		start_vp(cpu, vp, cpu->sipi_vector);
	cpu->sipi_asked = false;
}

/*
 * A VP that waits for its SIPI sleeps in the host, open for interrupts.  NMIs
 * end the sleep and are dropped, so that a kick counts as noticed at once and
 * not when the VP runs again.
 */
static void wait_for_sipi(struct cpu *cpu)
{
	cpu->awake = false;
	spin_unlock(&hv_lock);
	host_sleep(&cpu->awake);
	spin_lock(&hv_lock);
	clock_drop_nmi(cpu);
}

void root_loop(struct cpu *cpu)
{
	struct vp *vp = cpu->root_vp;

	spin_lock(&hv_lock);
	clock_drop_nmi(cpu);		/* a kick may have come before GIF was 0 */
	for (;;) {
		take_startup(cpu, vp);
		if (vp->activity == VP_WAIT_SIPI) {
			wait_for_sipi(cpu);
			continue;
		}
		clock_inject_nmi(cpu);
		spin_unlock(&hv_lock);
		svm_enter(vp);
		spin_lock(&hv_lock);
		root_handle_exit(vp);
	}
}
