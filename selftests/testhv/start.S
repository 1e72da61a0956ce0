/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a multiboot loader's 32-bit world to 64-bit C, on the first CPU, and
 * from real mode to the same place on the others.
 *
 * Both use one page table that maps the first 512 GiB one to one with 1 GiB
 * pages; testhv never changes it, so a host CR3 is always boot_pml4.
 */
#define CR0_PE		(1 << 0)
#define CR0_MP		(1 << 1)
#define CR0_ET		(1 << 4)
#define CR0_NE		(1 << 5)
#define CR0_WP		(1 << 16)
#define CR0_PG		(1 << 31)
#define CR4_PAE		(1 << 5)
#define CR4_OSFXSR	(1 << 9)
#define CR4_OSXMMEXCPT	(1 << 10)
#define CR4_OSXSAVE	(1 << 18)
#define MSR_EFER	0xc0000080
#define EFER_LME	(1 << 8)
#define EFER_NX		(1 << 11)
#define CPUID_XSAVE	(1 << 26)

#define CS32		0x08
#define DS		0x10
#define CS64		0x18

#define BOOT_STACK	16384

	.section .multiboot, "a"
	.balign 4
	.long 0x1badb002			/* magic */
	.long 0x3				/* page-aligned modules, memory map */
	.long -(0x1badb002 + 0x3)

	.text
	.code32
	.globl start32
start32:
	cli
	cld
	movl %eax, %edi				/* arguments of boot_main() */
	movl %ebx, %esi
	movl $boot_stack + BOOT_STACK, %esp
	lgdt boot_gdtr
	ljmp $CS32, $1f
1:	movl $DS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $boot_pml4, %eax
	jmp enter_long_mode

/* In: EAX = page table, EDI and ESI kept, ESP = stack.  Jumps to start64. */
enter_long_mode:
	movl %eax, %cr3
	movl %edi, %ebp				/* CPUID below destroys neither EBP nor ESI */
	movl $1, %eax
	cpuid
	movl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	testl $CPUID_XSAVE, %ecx
	jz 2f
	orl $CR4_OSXSAVE, %eax			/* children's extended state */
2:	movl %eax, %cr4
	movl %ebp, %edi
	movl $MSR_EFER, %ecx
	rdmsr
	orl $(EFER_LME | EFER_NX), %eax
	wrmsr
	movl $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
	movl %eax, %cr0
	ljmp $CS64, $start64

	.code64
start64:
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movl %esp, %esp
	movl %edi, %edi
	movl %esi, %esi
	testl %edi, %edi			/* 0: not the first CPU, ESI = struct cpu */
	jz 3f
	call boot_main
3:	movq %rsi, %rdi
	call cpu_start
	ud2

/*
 * The others start here, in real mode, at a page below 1 MiB to which this is
 * copied.  trampoline_cpu says who they are; one starts at a time.
 */
	.code16
	.globl trampoline, trampoline_end, trampoline_cpu, trampoline_stack
trampoline:
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	lgdtl trampoline_gdtr - trampoline
	movl $CR0_PE, %eax
	movl %eax, %cr0
	ljmpl $CS32, $trampoline32
	.balign 8
trampoline_gdtr:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt
trampoline_end:

	.code32
trampoline32:
	movl $DS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl trampoline_stack, %esp
	movl trampoline_cpu, %esi
	xorl %edi, %edi
	movl $boot_pml4, %eax
	jmp enter_long_mode

	.data
	.balign 8
trampoline_cpu:
	.quad 0
trampoline_stack:
	.quad 0

	.balign 16
	.globl boot_gdt, boot_gdt_end
boot_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff		/* CS32 */
	.quad 0x00cf93000000ffff		/* DS */
	.quad 0x00af9b000000ffff		/* CS64 */
boot_gdt_end:
boot_gdtr:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt

	.balign 4096
	.globl boot_pml4
boot_pml4:
	.quad boot_pdpt + 3
	.fill 511, 8, 0
boot_pdpt:
	.set gib, 0
	.rept 512
	.quad (gib << 30) + 0x83		/* present, writable, 1 GiB */
	.set gib, gib + 1
	.endr

	.bss
	.balign 16
	.globl boot_stack
boot_stack:
	.skip BOOT_STACK

	.section .note.GNU-stack, "", @progbits
