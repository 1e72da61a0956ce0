// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a run that went wrong: say what is known, leave with a status.
 *
 * Locking: none is taken; whatever another CPU does meanwhile is printed as it
 * is.  The first CPU to panic speaks, others stop.
 */
#include "boot.h"
#include "cpu.h"
#include "host.h"
#include "log.h"
#include "partition.h"
#include "svm.h"
#include "vp.h"
#include "x86.h"

#define EXIT_PORT	0xf4	/* isa-debug-exit: QEMU's status is twice the value plus 1 */
#define EXIT_PANIC	0x10
#define NR_NOTED	16

struct noted_exit {
	u64 tsc, rip, info1, info2;
	u32 code, asid;
};

static struct noted_exit noted[MAX_CPUS][NR_NOTED];
static bool panicked;

void panic_note_exit(struct cpu *cpu, const struct vmcb *vmcb)
{
	noted[cpu->index][cpu->nr_exits % NR_NOTED] = (struct noted_exit){
		.tsc = rdtsc(), .rip = vmcb->save.rip, .code = svm_exit_code(vmcb),
		.info1 = vmcb->control.exit_info1, .info2 = vmcb->control.exit_info2,
		.asid = vmcb->control.asid,
	};
}

static void dump_vp(const struct vp *vp)
{
	const struct vmcb *v = vp->vmcb;

	log_error("partition %lx VP %u: exit %x info %lx %lx intinfo %lx inj %lx",
		  vp->partition->id, vp->index, svm_exit_code(v), v->control.exit_info1,
		  v->control.exit_info2, v->control.exit_int_info, v->control.event_inj);
	log_error("rip %lx rsp %lx rflags %lx cs %x cpl %u efer %lx",
		  v->save.rip, v->save.rsp, v->save.rflags, v->save.cs.selector, v->save.cpl,
		  v->save.efer);
	log_error("cr0 %lx cr2 %lx cr3 %lx cr4 %lx shadow %lx", v->save.cr0, v->save.cr2,
		  v->save.cr3, v->save.cr4, v->control.interrupt_shadow);
	log_error("rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx", v->save.rax,
		  vp->gpr[RBX], vp->gpr[RCX], vp->gpr[RDX], vp->gpr[RSI], vp->gpr[RDI],
		  vp->gpr[RBP]);
	log_error("r8 %lx r9 %lx r10 %lx r11 %lx r12 %lx r13 %lx r14 %lx r15 %lx",
		  vp->gpr[R8], vp->gpr[R9], vp->gpr[R10], vp->gpr[R11], vp->gpr[R12],
		  vp->gpr[R13], vp->gpr[R14], vp->gpr[R15]);
}

static void dump_exits(const struct cpu *cpu)
{
	u64 first = cpu->nr_exits > NR_NOTED ? cpu->nr_exits - NR_NOTED : 0;

	for (u64 i = first; i < cpu->nr_exits; i++) {
		const struct noted_exit *e = &noted[cpu->index][(i + 1) % NR_NOTED];

		log_error("exit %lu: tsc %lx asid %u code %x info %lx %lx rip %lx", i, e->tsc,
			  e->asid, e->code, e->info1, e->info2, e->rip);
	}
}

void panic(const char *fmt, ...)
{
	struct cpu *cpu = this_cpu();
	char why[192];
	va_list args;

	if (__atomic_exchange_n(&panicked, true, __ATOMIC_SEQ_CST))
		for (;;)
			__asm__ volatile("cli; hlt");
	va_start(args, fmt);
	format(why, sizeof(why), fmt, args);
	va_end(args);
	log_break();
	log_error("PANIC on cpu%u: %s", cpu->index, why);
	if (cpu->vp)
		dump_vp(cpu->vp);
	dump_exits(cpu);
	outl(EXIT_PORT, EXIT_PANIC);
	for (;;)
		__asm__ volatile("cli; hlt");
}
