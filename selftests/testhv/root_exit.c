// SPDX-License-Identifier: GPL-2.0
/*
 * The root's exits: CPUID, MSRs, a few ports, hypercalls, NMIs, and accesses to
 * memory that is not its own.
 *
 * The CPU under QEMU has no next-RIP and no decode assists, so instructions
 * have their fixed lengths, except I/O, where the CPU tells.
 *
 * Locking: hv_lock.
 */
#include "acpi.h"
#include "clock.h"
#include "control.h"
#include "cpu.h"
#include "cpuid.h"
#include "guest.h"
#include "hypercall.h"
#include "log.h"
#include "msr.h"
#include "npt.h"
#include "owner.h"
#include "partition.h"
#include "root.h"
#include "root_exit.h"
#include "stats.h"
#include "vp.h"
#include "x86.h"

#define RESET_PORT		0xcf9
#define RESET_CPU		BIT(2)
#define KEYBOARD_PORT		0x64
#define KEYBOARD_RESET		0xfe
#define SLEEP_ENABLE		BIT(13)		/* of the ACPI PM1 control register */

u8 root_io_bitmap[3 * PAGE_SIZE] __attribute__((aligned(4096)));

static void intercept_ports(u16 first, u16 end)
{
	for (u32 port = first; port < end; port++)
		root_io_bitmap[port / 8] |= 1 << port % 8;
}

void root_exit_init(void)
{
	intercept_ports(ACPI_CPUHP_BASE, ACPI_CPUHP_END);
	intercept_ports(acpi_pm1_control, acpi_pm1_control + 2);
	intercept_ports(RESET_PORT, RESET_PORT + 1);
	intercept_ports(KEYBOARD_PORT, KEYBOARD_PORT + 1);
}

static bool ends_the_machine(u16 port, u32 value)
{
	if (port == acpi_pm1_control)
		return value & SLEEP_ENABLE;
	if (port == RESET_PORT)
		return value & RESET_CPU;
	return port == KEYBOARD_PORT && (u8)value == KEYBOARD_RESET;
}

/* Nothing of the log may be lost when the root turns the machine off or resets it. */
static void port_out(u16 port, u32 size, u32 value)
{
	if (port >= ACPI_CPUHP_BASE && port < ACPI_CPUHP_END) {
		acpi_cpuhp_write(port, size, value);
		return;
	}
	if (ends_the_machine(port, value)) {
		clock_report();
		log_info("root ends the machine: port %x value %x", port, value);
		log_flush();
	}
	port_write(port, size, value);
}

static u32 port_in(u16 port, u32 size)
{
	if (port >= ACPI_CPUHP_BASE && port < ACPI_CPUHP_END)
		return acpi_cpuhp_read(port, size);
	return port_read(port, size);
}

static void handle_io(struct vp *vp)
{
	struct vmcb *vmcb = vp->vmcb;
	u64 info = vmcb->control.exit_info1;
	u32 size = IOIO_SIZE(info);
	u64 mask = size == 4 ? ~0UL : BIT(size * 8) - 1;	/* 32 bits clear the upper half */

	if (info & IOIO_STRING) {
		log_warn("root: string I/O on port %x refused", IOIO_PORT(info));
		vp_inject_exception(vp, VECTOR_GP, true, 0);
		return;
	}
	if (info & IOIO_IN)
		vmcb->save.rax = (vmcb->save.rax & ~mask) | port_in(IOIO_PORT(info), size);
	else
		port_out(IOIO_PORT(info), size, (u32)(vmcb->save.rax & mask));
	vmcb->save.rip = vmcb->control.exit_info2;
}

static void handle_cpuid(struct vp *vp)
{
	struct cpuid_regs r = root_cpuid(vp->vmcb->save.rax, vp->gpr[RCX]);

	vp->vmcb->save.rax = r.eax;
	vp->gpr[RBX] = r.ebx;
	vp->gpr[RCX] = r.ecx;
	vp->gpr[RDX] = r.edx;
	vp_advance(vp, CPUID_LENGTH);
}

static void handle_msr(struct vp *vp)
{
	bool write = vp->vmcb->control.exit_info1 & 1;
	u32 msr = vp->gpr[RCX];
	u64 value = vp->gpr[RDX] << 32 | (u32)vp->vmcb->save.rax;

	if (!root_msr(vp, msr, write, &value)) {
		log_debug("root: %s of MSR %x refused", write ? "write" : "read", msr);
		vp_inject_exception(vp, VECTOR_GP, true, 0);
		return;
	}
	if (!write) {
		vp->vmcb->save.rax = (u32)value;
		vp->gpr[RDX] = value >> 32;
	}
	vp_advance(vp, MSR_LENGTH);
}

/* Test control is for user space too; a hypercall is not. */
static void handle_vmmcall(struct vp *vp)
{
	if (vp->vmcb->save.rax == TESTHV_CONTROL_MAGIC)
		control_handle(vp);
	else if (vp_cpl(vp))
		vp_inject_exception(vp, VECTOR_UD, false, 0);
	else
		hypercall_handle(vp);
}

/*
 * An event whose delivery the fault cut off is in exit_int_info if its valid
 * bit says so (QEMU leaves a stale value there otherwise).  It is delivered
 * again unless the root gets a fault of its own.
 */
static void retry_access(struct vp *vp)
{
	struct vmcb_control *c = &vp->vmcb->control;

	if (c->exit_int_info & EVENT_VALID)
		c->event_inj = c->exit_int_info;
}

static void handle_npf(struct vp *vp)
{
	struct vmcb_control *c = &vp->vmcb->control;
	u64 gpa = c->exit_info2;

	if (npt_lookup(&root_partition.npt, gpa).size) {
		retry_access(vp);
		return;
	}
	owner_violation(gpa, vp->vmcb->save.rip, c->exit_info1 & NPF_WRITE);
	vp_inject_exception(vp, VECTOR_GP, true, 0);
}

static void handle_shutdown(struct vp *vp)
{
	log_error("root VP %u: triple fault at rip %lx", vp->index, vp->vmcb->save.rip);
	clock_report();
	log_flush();
	outb(RESET_PORT, RESET_CPU | BIT(1));
	for (;;)
		__asm__ volatile("cli; hlt");
}

void root_handle_exit(struct vp *vp)
{
	u32 code = svm_exit_code(vp->vmcb);

	count_exit(vp, code);
	clock_note_exit(this_cpu());
	switch (code) {
	case EXIT_NMI:
		clock_nmi_exit(this_cpu());
		break;
	case EXIT_IRET:
		clock_iret_exit(vp);
		break;
	case EXIT_CPUID:
		handle_cpuid(vp);
		break;
	case EXIT_MSR:
		handle_msr(vp);
		break;
	case EXIT_IOIO:
		handle_io(vp);
		break;
	case EXIT_VMMCALL:
		handle_vmmcall(vp);
		break;
	case EXIT_NPF:
		handle_npf(vp);
		break;
	case EXIT_SHUTDOWN:
		handle_shutdown(vp);
		break;
	case EXIT_INVLPGA:
	case EXIT_VMRUN:
	case EXIT_VMLOAD ... EXIT_SKINIT:
		vp_inject_exception(vp, VECTOR_UD, false, 0);
		break;
	default:
		panic("root VP %u: exit %x", vp->index, code);
	}
}
