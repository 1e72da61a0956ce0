/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Into the guest and back.  VMRUN switches RAX, RSP, RIP, RFLAGS, the control
 * registers and ES to DS; VMLOAD and VMSAVE the rest of the segments and the
 * system call registers; the general registers are ours to switch.
 */
#define RAX	0x00
#define RCX	0x08
#define RDX	0x10
#define RBX	0x18
#define RBP	0x28
#define RSI	0x30
#define RDI	0x38
#define R8	0x40
#define R9	0x48
#define R10	0x50
#define R11	0x58
#define R12	0x60
#define R13	0x68
#define R14	0x70
#define R15	0x78

	.text
	.globl vmrun, vmrun_return
/* void vmrun(u64 vmcb, u64 *gpr, u64 host_vmcb): GIF = 0 before and after. */
vmrun:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdx
	pushq %rsi
	movq %rdx, %rax
	vmsave %rax
	movq %rdi, %rax
	movq RCX(%rsi), %rcx
	movq RDX(%rsi), %rdx
	movq RBX(%rsi), %rbx
	movq RBP(%rsi), %rbp
	movq RDI(%rsi), %rdi
	movq R8(%rsi), %r8
	movq R9(%rsi), %r9
	movq R10(%rsi), %r10
	movq R11(%rsi), %r11
	movq R12(%rsi), %r12
	movq R13(%rsi), %r13
	movq R14(%rsi), %r14
	movq R15(%rsi), %r15
	movq RSI(%rsi), %rsi
	vmload %rax
	vmrun %rax
vmrun_return:
	vmsave %rax
	xchgq %rdi, (%rsp)			/* gpr; the guest's RDI to the stack */
	movq %rcx, RCX(%rdi)
	movq %rdx, RDX(%rdi)
	movq %rbx, RBX(%rdi)
	movq %rbp, RBP(%rdi)
	movq %rsi, RSI(%rdi)
	movq %r8, R8(%rdi)
	movq %r9, R9(%rdi)
	movq %r10, R10(%rdi)
	movq %r11, R11(%rdi)
	movq %r12, R12(%rdi)
	movq %r13, R13(%rdi)
	movq %r14, R14(%rdi)
	movq %r15, R15(%rdi)
	popq RDI(%rdi)
	popq %rax
	vmload %rax
	cld
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

	.section .note.GNU-stack, "", @progbits
