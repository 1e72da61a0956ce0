/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The 256 entries of the interrupt table.  The service CPU can be hit by
 * vectors that nobody meant for it, so none is left out.
 */
#define HAS_ERROR_CODE	0x60227d00		/* 8, 10-14, 17, 21, 29, 30 */

	.text
	.balign 16
	.globl isr_stubs
isr_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if vector >= 32
	pushq $0
	.elseif !((HAS_ERROR_CODE >> vector) & 1)
	pushq $0
	.endif
	pushq $vector
	jmp isr_common
	.set vector, vector + 1
	.endr

isr_common:
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rbp
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, %rdi
	cld
	call host_interrupt
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp
	iretq

/*
 * void host_sleep(const bool *awake)
 *
 * An interrupt between the check and HLT waits for HLT in the shadow of STI.  An NMI
 * does not: the handler moves a RIP inside the two marks behind them.
 */
	.globl host_sleep, host_sleep_check, host_sleep_done
host_sleep:
	cli
	stgi
host_sleep_check:
	cmpb $0, (%rdi)
	jne host_sleep_done
	sti
	hlt
host_sleep_done:
	clgi
	sti
	ret

	.section .note.GNU-stack, "", @progbits
