// SPDX-License-Identifier: GPL-2.0
/*
 * Exits of a child: who deals with which.
 *
 * The platform (child.h) comes first; what it does not absorb becomes a message
 * to the parent (intercept.c).  Each function returns true when the guest may
 * run on.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "guest.h"
#include "hypercall.h"
#include "install.h"
#include "intercept.h"
#include "lapic.h"
#include "platform.h"
#include "port.h"

#define INT_LENGTH	2
#define MOV_CR8_LENGTH	4
#define REX_R		0x44
#define REX_B		0x01

static u32 fault_prot(u64 fault)
{
	return fault & NPF_FETCH ? NPT_X : fault & NPF_WRITE ? NPT_W : NPT_R;
}

/*
 * The parent may unmap the instruction while its exit is handled.  Who needs its bytes then lets
 * the VP try it again, which faults on the fetch, and the parent brings the page back.  An event
 * on its way in is no instruction: what it needs is asked for, whatever RIP points to.
 */
static bool instruction_gone(struct vp *vp, u64 fault)
{
	u8 byte;

	return (fault & NPF_FINAL) && !(fault & NPF_FETCH) &&
	       !(vp->vmcb->control.exit_int_info & EVENT_VALID) && !child_fetch(vp, &byte, 1);
}

/* True: nothing to report.  The page may have been mapped since, by another CPU. */
static bool handle_npf(struct vp *vp)
{
	u64 fault = vp->vmcb->control.exit_info1, gpa = vp->vmcb->control.exit_info2;
	struct npt_entry e = npt_lookup(&vp->partition->npt, gpa);

	if (e.size && (e.prot & fault_prot(fault)))
		return true;
	if (instruction_gone(vp, fault))
		return true;
	if (!e.size && child_mmio(vp, gpa, fault & NPF_WRITE) == CHILD_DONE)
		return true;
	if (fault & NPF_WRITE && doorbell_write(vp, gpa))
		return true;
	intercept_memory(vp, gpa, fault, e.size);
	return false;
}

static bool undefined(struct vp *vp)
{
	child_queue_exception(vp, VECTOR_UD, false, 0);
	return true;
}

/*
 * The CPU under QEMU does not see INT3 as exception 3, so an intercept of that
 * traps all software interrupts; the others go on as events whose return
 * address is behind the instruction.
 */
static bool handle_swint(struct vp *vp)
{
	u8 insn[2] = { 0 };

	if (!child_fetch(vp, insn, sizeof(insn)))
		return true;
	if (insn[0] == OPCODE_INT3) {
		intercept_exception(vp, VECTOR_BP);
		return false;
	}
	vp_advance(vp, INT_LENGTH);
	child_queue_software_interrupt(vp, insn[1]);
	return true;
}

static bool handle_cpuid(struct vp *vp)
{
	if (!cpuid_intercepted(vp, vp->vmcb->save.rax) && child_cpuid(vp) == CHILD_DONE)
		return true;
	intercept_cpuid(vp);
	return false;
}

static bool handle_msr(struct vp *vp)
{
	if (child_msr(vp, vp->vmcb->control.exit_info1) == CHILD_DONE)
		return true;
	intercept_msr(vp);
	return false;
}

static bool handle_hlt(struct vp *vp)
{
	if (child_hlt(vp) == CHILD_DONE)
		return true;
	intercept_plain(vp, HVMSG_X64_HALT, HLT_LENGTH);
	return false;
}

static bool handle_io(struct vp *vp)
{
	intercept_io_port(vp);
	return false;
}

/* A guest has to introduce itself and enable its hypercall page first. */
static bool handle_vmmcall(struct vp *vp)
{
	const struct child_platform *platform = vp->partition->platform;

	if (!platform->guest_os_id || !(platform->hypercall & HV_X64_MSR_HYPERCALL_ENABLE))
		return undefined(vp);
	if (vp_long_code(vp) && hypercall_intercepted(vp, (u16)vp->gpr[RCX])) {
		intercept_hypercall(vp);
		return false;
	}
	hypercall_handle(vp);
	return !(vp->suspend & VP_SUSPEND_INTERCEPT);
}

/* MOV CR8, r64: REX.R names register 8, REX.B the upper half of the source. */
static bool handle_cr8_write(struct vp *vp)
{
	u8 insn[MOV_CR8_LENGTH] = { 0 };
	u64 value;

	if (!child_fetch(vp, insn, sizeof(insn)))
		return true;
	if ((insn[0] & 0xf4) != REX_R || insn[1] != 0x0f || insn[2] != 0x22)
		return undefined(vp);
	value = *vp_gpr(vp, (insn[3] & 7) | (insn[0] & REX_B) << 3);
	if (value & ~0xfUL) {
		child_queue_exception(vp, VECTOR_GP, true, 0);
		return true;
	}
	vp_set_vtpr(vp, value);
	vp_advance(vp, MOV_CR8_LENGTH);
	return true;
}

static bool handle_other(struct vp *vp)
{
	if (child_other(vp) == CHILD_DONE)
		return true;
	return undefined(vp);
}

static bool invalid_state(struct vp *vp)
{
	struct hv_x64_invalid_vp_register_message m = { .vp_index = vp->index };

	intercept_raise(vp, HVMSG_INVALID_VP_REGISTER_VALUE, &m, sizeof(m));
	return false;
}

static bool task_switch(struct vp *vp)
{
	struct hv_x64_unsupported_feature_message m = {
		.vp_index = vp->index, .feature_code = HV_UNSUPPORTED_FEATURE_TASK_SWITCH_TSS,
	};

	intercept_raise(vp, HVMSG_UNSUPPORTED_FEATURE, &m, sizeof(m));
	return false;
}

bool exit_handle(struct vp *vp)
{
	u32 code = svm_exit_code(vp->vmcb);

	switch (code) {
	case EXIT_NPF:
		return handle_npf(vp);
	case EXIT_IOIO:
		return handle_io(vp);
	case EXIT_MSR:
		return handle_msr(vp);
	case EXIT_CPUID:
		return handle_cpuid(vp);
	case EXIT_HLT:
		return handle_hlt(vp);
	case EXIT_VMMCALL:
		return handle_vmmcall(vp);
	case EXIT_SWINT:
		return handle_swint(vp);
	case EXIT_CR8_WRITE:
		return handle_cr8_write(vp);
	case EXIT_EXCEPTION ... EXIT_EXCEPTION + 31:
		intercept_exception(vp, code - EXIT_EXCEPTION);
		return false;
	case EXIT_TASK_SWITCH:
		return task_switch(vp);
	case EXIT_SHUTDOWN:
		intercept_plain(vp, HVMSG_UNRECOVERABLE_EXCEPTION, 0);
		return false;
	case EXIT_INVALID:
		return invalid_state(vp);
	default:
		return handle_other(vp);
	}
}
