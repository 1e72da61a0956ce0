// SPDX-License-Identifier: GPL-2.0
/*
 * SVM: turning it on, the control area of every VMCB, and the entry.
 *
 * Locking: svm_enter() runs without hv_lock; in_guest orders it against changes
 * of nested tables on other CPUs (npt.c).
 */
#include "cpu.h"
#include "host.h"
#include "log.h"
#include "partition.h"
#include "pool.h"
#include "root.h"
#include "string.h"
#include "svm.h"
#include "vp.h"
#include "x86.h"

#define CPUID_SVM_ECX		BIT(2)		/* of leaf 0x80000001 */
#define CPUID_NPT_EDX		BIT(0)		/* of leaf 0x8000000a */
#define ROOT_ASID		1
#define FIRST_CHILD_ASID	2

/* A bitmap in which every port is intercepted, for all children. */
static u8 all_ports[3 * PAGE_SIZE] __attribute__((aligned(4096)));
static u32 nr_asids;

void vmrun(u64 vmcb, u64 *gpr, u64 host_vmcb);

void svm_check(void)
{
	struct cpuid_regs r = cpuid(0x8000000a, 0);

	if (!(cpuid(0x80000001, 0).ecx & CPUID_SVM_ECX))
		panic("CPU without SVM: take -cpu max,vendor=AuthenticAMD");
	if (!(r.edx & CPUID_NPT_EDX) || r.ebx <= FIRST_CHILD_ASID)
		panic("CPU without nested paging, or with %u ASIDs", r.ebx);
	if (rdmsr(MSR_VM_CR) & VM_CR_SVMDIS)
		panic("SVM is locked out by the firmware");
	nr_asids = r.ebx;
}

void svm_init_cpu(void)
{
	struct cpu *cpu = this_cpu();

	svm_check();
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, cpu->hsave);
	memset(all_ports, 0xff, sizeof(all_ports));
}

static void init_root_control(struct vmcb_control *c)
{
	c->asid = ROOT_ASID;
	c->iopm_base = ptr_spa(root_io_bitmap);
	c->msrpm_base = ptr_spa(root_msr_bitmap);
}

/* The rest of what a child must not do is the platform's to say (child.c). */
static void init_child_control(struct vmcb_control *c, u64 id)
{
	c->asid = FIRST_CHILD_ASID + id % (nr_asids - FIRST_CHILD_ASID);
	c->intercept_misc1 |= INTERCEPT_INTR;
	c->v_intr_masking = V_INTR_MASKING;
	c->iopm_base = ptr_spa(all_ports);
}

void svm_init_vmcb(struct vp *vp)
{
	struct vmcb_control *c = &vp->vmcb->control;

	memset(c, 0, sizeof(*c));
	c->intercept_misc1 = INTERCEPT_NMI | INTERCEPT_CPUID | INTERCEPT_INVLPGA |
			     INTERCEPT_IOIO | INTERCEPT_MSR | INTERCEPT_SHUTDOWN;
	c->intercept_misc2 = INTERCEPT_VMRUN | INTERCEPT_VMMCALL | INTERCEPT_VMLOAD |
			     INTERCEPT_VMSAVE | INTERCEPT_STGI | INTERCEPT_CLGI |
			     INTERCEPT_SKINIT;
	c->np_enable = 1;
	c->n_cr3 = vp->partition->npt.root;
	if (vp->partition->root)
		init_root_control(c);
	else
		init_child_control(c, vp->partition->id);
}

/*
 * A stale translation must be gone before the guest runs.  in_guest is set
 * before the generation is read: a CPU that changes the table afterwards sees
 * it, sends a kick, which stays latched until we are in the guest, and waits.
 *
 * ASIDs are shared by VPs, so a change of VP flushes as well.
 */
static void prepare_tlb(struct cpu *cpu, struct vp *vp)
{
	bool changed = cpu->vp != vp;
	u64 generation;

	WRITE_ONCE(cpu->vp, vp);
	__atomic_store_n(&cpu->in_guest, true, __ATOMIC_SEQ_CST);
	generation = READ_ONCE(vp->partition->npt.generation);
	changed |= vp->npt_generation != generation;
	vp->npt_generation = generation;
	vp->vmcb->control.tlb_control = changed ? TLB_FLUSH_ALL : 0;
}

/*
 * QEMU has let a CPU come back from an exit with nested paging still on, so
 * that its next fetch was an exit of the host's own state (cpu.h says why, and
 * what was done about it).  A VMCB that holds a host's address after an exit is
 * caught here, before it can run.  A child's own addresses may happen to have
 * one of the two values.
 */
static void check_exit(struct vp *vp)
{
	const struct vmcb *vmcb = vp->vmcb;
	bool table = vmcb->save.cr3 == ptr_spa(boot_pml4);
	bool rip = vmcb->save.rip == (u64)vmrun_return;

	if (vp->partition->root ? table || rip : table && rip)
		panic("guest state is the host's: exit %x rip %lx cr3 %lx",
		      svm_exit_code(vmcb), vmcb->save.rip, vmcb->save.cr3);
}

/* The part of the save area that an exit writes. */
struct state {
	u64 words[offsetof(struct vmcb_save, dbgctl) / sizeof(u64)];
};

static void copy_state(void *to, const void *from)
{
	u64 n = sizeof(struct state) / sizeof(u64);

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

/*
 * When QEMU refuses a VMCB it leaves the host's state in the save area.  A
 * parent can bring that about with the registers it sets for a child, and must
 * neither see the host's nor run the child with it.
 */
static void run_child(struct vp *vp, u64 host_vmcb)
{
	struct vmcb *vmcb = vp->vmcb;
	bool offers = vmcb->control.v_irq & V_IRQ_PENDING;
	struct state before;

	copy_state(&before, &vmcb->save);
	vmrun(ptr_spa(vmcb), vp->gpr, host_vmcb);
	if (offers)
		host_ask_again();
	if (svm_exit_code(vmcb) == EXIT_INVALID)
		copy_state(&vmcb->save, &before);
}

void svm_enter(struct vp *vp)
{
	struct cpu *cpu = this_cpu();
	struct vmcb *vmcb = vp->vmcb;

	prepare_tlb(cpu, vp);
	if (vp->partition->root)
		vmrun(ptr_spa(vmcb), vp->gpr, cpu->host_vmcb);
	else
		run_child(vp, cpu->host_vmcb);
	WRITE_ONCE(cpu->in_guest, false);
	cpu->nr_exits++;
	vmcb->control.event_inj = 0;
	panic_note_exit(cpu, vmcb);
	check_exit(vp);
}
