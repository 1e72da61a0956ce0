// SPDX-License-Identifier: GPL-2.0-only
/* The counting child of the interrupt tests. */
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>

#include "apic_child.h"
#include "kick.h"
#include "ktap.h"

_Static_assert(offsetof(struct vp_data, ready) == 0x800, "the code below knows the layout");
_Static_assert(offsetof(struct vp_data, seen) == 0x818, "the code below knows the layout");

#define STUBS_GPA	0x4000

/*
 * 256 stubs of 16 bytes, each pushes its vector; then what they have in common:
 * count, note the sequence, EOI (not for NMI, which is no interrupt of the APIC).
 */
ASMBLOB(stubs, 64,
	".set vector, 0\n"
	".rept 256\n"
	".balign 16, 0x90\n"
	".byte 0x68\n"
	".long vector\n"
	".byte 0xe9\n"
	".long common - . - 4\n"
	".set vector, vector + 1\n"
	".endr\n"
	".balign 16, 0x90\n"
	"common:\n"
	"push %rax\n"
	"push %rcx\n"
	"push %rdx\n"
	"mov 24(%rsp), %rax\n"
	"mov 0x810(%r15), %rcx\n"
	"mov %rcx, 0x818(%r15)\n"
	"incq (%r15, %rax, 8)\n"
	"cmp $2, %rax\n"
	"je 1f\n"
	"mov $0x80b, %ecx\n"		/* EOI */
	"xor %eax, %eax\n"
	"xor %edx, %edx\n"
	"wrmsr\n"
	"1: pop %rdx\n"
	"pop %rcx\n"
	"pop %rax\n"
	"add $8, %rsp\n"
	"iretq\n");

/* RDI: the VP's data.  Enable x2APIC, spurious vector 0xff, then go to MAIN_GPA. */
ASMBLOB(enable, 64,
	"mov %rdi, %r15\n"
	"mov $0x1b, %ecx\n"
	"rdmsr\n"
	"or $0xc00, %eax\n"
	"wrmsr\n"
	"mov $0x80f, %ecx\n"
	"mov $0x1ff, %eax\n"
	"xor %edx, %edx\n"
	"wrmsr\n"
	"mov $0x8000, %eax\n"
	"jmp *%rax\n");

ASMBLOB(halt_loop, 64,
	"sti\n"
	"movq $1, 0x800(%r15)\n"
	"1: incq 0x808(%r15)\n"
	"hlt\n"
	"jmp 1b\n");

void apic_load(struct child *child, const struct blob *main_code)
{
	child_load(child, BLOB_GPA, &enable);
	child_load(child, STUBS_GPA, &stubs);
	child_load(child, MAIN_GPA, main_code ? main_code : &halt_loop);
	for (unsigned int vector = 0; vector < 256; vector++)
		child_set_gate(child, vector, STUBS_GPA + 16 * vector);
}

void apic_child_create(struct child *child, unsigned int nr_vps, const struct blob *main_code)
{
	child_create(child, PT_LAPIC | PT_X2APIC, APIC_RAM, nr_vps);
	apic_load(child, main_code);
	for (unsigned int vp = 0; vp < nr_vps; vp++)
		child_long_mode(child, vp, BLOB_GPA, DATA_GPA(vp));
}

struct vp_data *apic_data(struct child *child, unsigned int vp)
{
	return (struct vp_data *)(child->ram + DATA_GPA(vp));
}

void apic_vp_start(struct child *child, struct vp_thread *thread, unsigned int vp)
{
	thread->child = child;
	thread->vp = vp;
	vp_thread_start(thread);
	if (!wait_until(&apic_data(child, vp)->ready, 1, 10000))
		ktap_bail("VP %u does not come up (message %#x, error %d, RIP %#llx)", vp,
			  thread->last.header.message_type, thread->error,
			  (unsigned long long)child->vp[vp].regs->rip);
}

uint64_t apic_total(struct child *child, unsigned int vp)
{
	struct vp_data *data = apic_data(child, vp);
	uint64_t sum = 0;

	for (unsigned int vector = 0; vector < 256; vector++)
		sum += data->count[vector];
	return sum;
}

bool wait_until(const volatile uint64_t *value, uint64_t want, unsigned int ms)
{
	unsigned long long end = now_ms() + ms;

	for (unsigned int spins = 0; *value < want; spins++) {
		sched_yield();
		if (spins % 256 == 255 && now_ms() > end)
			return false;
	}
	return true;
}

int apic_assert_level(struct child *child, unsigned int vp, unsigned int vector)
{
	struct hv_input_assert_virtual_interrupt in = {
		.control.interrupt_type = HV_X64_INTERRUPT_TYPE_FIXED,
		.control.level_triggered = 1,
		.dest_addr = vp,
		.vector = vector,
	};
	struct mshv_call call = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT, .in = &in, .in_size = sizeof(in),
	};

	return mshv_hvcall(child->pt, &call);
}
