// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls of a child: it may not do what its parent may, each refusal has
 * its status, and only privileged protected-mode code may call at all, 64 bits
 * wide or, with register pairs, 32.
 */
#include <string.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

#define RAM		CHILD_LONG_MODE_RAM
#define HYPERCALL_PAGE	0x100000UL

/* RCX, RDX and R8 as the test set them; the result is in RAX at the OUT. */
ASMBLOB(call, 64, "vmmcall\n out %al, $0x42\n");

static uint64_t child_call(struct child *child, uint64_t control, uint64_t rdx, uint64_t r8)
{
	struct hv_message message;

	child_long_mode(child, 0, BLOB_GPA, 0);
	child_set_register(child, 0, HV_X64_REGISTER_RCX, control);
	child_set_register(child, 0, HV_X64_REGISTER_RDX, rdx);
	child_set_register(child, 0, HV_X64_REGISTER_R8, r8);
	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return ~0ULL;
	return child->vp[0].regs->rax;
}

/* Without a name and a hypercall page: #UD, and no handler for it. */
static void test_anonymous(void)
{
	struct hv_message message;
	struct child child;

	child_start_long(&child, PT_LAPIC, RAM, &call);
	ktap_ok(child_run_to(&child, 0, HVMSG_UNRECOVERABLE_EXCEPTION, &message),
		"a guest that did not introduce itself has no hypercalls");
	child_destroy(&child);
}

static void test_privileges(struct child *child)
{
	static const uint16_t codes[] = {
		HVCALL_CREATE_PARTITION, HVCALL_DEPOSIT_MEMORY, HVCALL_MAP_GPA_PAGES,
		HVCALL_ADD_LOGICAL_PROCESSOR, HVCALL_DISPATCH_VP, HVCALL_MAP_DEVICE_INTERRUPT,
		HVCALL_CREATE_PORT,
	};
	unsigned int nr = sizeof(codes) / sizeof(codes[0]), good = 0;

	for (unsigned int i = 0; i < nr; i++) {
		uint64_t result = child_call(child, codes[i], 0x3000, 0x4000);

		good += result == HV_STATUS_ACCESS_DENIED;
		if (result != HV_STATUS_ACCESS_DENIED)
			ktap_note("call %#x: result %#llx", codes[i], (unsigned long long)result);
	}
	ktap_is(good, nr, "a child is denied what only parents may do");
	ktap_is((long long)child_call(child, 0x7fff, 0, 0), HV_STATUS_INVALID_HYPERCALL_CODE,
		"an unknown code");
}

/* Real mode: #UD, which without a handler in the vector table runs into nothing. */
static void test_real_mode(struct child *child)
{
	struct hv_x64_exception_intercept_message *exception;
	struct hv_message message;

	if (mshv_install_intercept(child->pt, HV_INTERCEPT_TYPE_EXCEPTION,
				   HV_INTERCEPT_ACCESS_MASK_EXECUTE, 6))
		ktap_bail("INSTALL_INTERCEPT of #UD");
	child_set_register(child, 0, HV_X64_REGISTER_CR0, 0x10);
	child_set_register(child, 0, HV_X64_REGISTER_EFER, 0);
	child_real_mode(child, 0, BLOB_GPA);
	exception = (struct hv_x64_exception_intercept_message *)message.u.payload;
	ktap_ok(child_run_to(child, 0, HVMSG_X64_EXCEPTION_INTERCEPT, &message) &&
		exception->exception_vector == 6, "a hypercall in real mode is an invalid opcode");
}

/* Each value is a pair of registers; both halves of each have to be the right ones. */
static uint64_t call32(struct child *child, uint64_t control, uint64_t input, uint64_t output)
{
	const uint32_t names[] = {
		HV_X64_REGISTER_RDX, HV_X64_REGISTER_RAX, HV_X64_REGISTER_RBX,
		HV_X64_REGISTER_RCX, HV_X64_REGISTER_RDI, HV_X64_REGISTER_RSI,
	};
	const uint64_t values[] = {
		control >> 32, (uint32_t)control, input >> 32,
		(uint32_t)input, output >> 32, (uint32_t)output,
	};
	struct hv_message message;

	child_protected_mode(child, 0, BLOB_GPA);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		child_set_register(child, 0, names[i], values[i]);
	if (!child_run_to(child, 0, HVMSG_X64_IO_PORT_INTERCEPT, &message))
		return ~0ULL;
	return child->vp[0].regs->rdx << 32 | (uint32_t)child->vp[0].regs->rax;
}

static void introduce(struct child *child)
{
	child_create(child, PT_LAPIC, RAM, 1);
	child_load(child, BLOB_GPA, &call);
	child_set_register(child, 0, HV_REGISTER_GUEST_OS_ID, 0x8100ULL << 48);
	child_set_register(child, 0, HV_X64_REGISTER_HYPERCALL, HYPERCALL_PAGE | 1);
}

static void test_32bit(void)
{
	const uint64_t fast = HVCALL_SEND_IPI | HV_HYPERCALL_FAST_BIT;
	struct hv_send_ipi *ipi;
	struct child child;

	introduce(&child);
	ipi = (struct hv_send_ipi *)(child.ram + 0x3000);
	ipi->vector = 0x40;
	ipi->cpu_mask = 1;
	ktap_ok(call32(&child, fast, 0x40, 1) == HV_STATUS_SUCCESS &&
		call32(&child, fast, 0x40 | 1ULL << 32, 1) == HV_STATUS_INVALID_PARAMETER &&
		call32(&child, fast, 5, 1) == HV_STATUS_INVALID_PARAMETER,
		"a fast call of 32-bit code: input in register pairs");
	ktap_ok(call32(&child, HVCALL_SEND_IPI, 0x3000, 0) == HV_STATUS_SUCCESS &&
		call32(&child, HVCALL_SEND_IPI, 0x3004, 0) == HV_STATUS_INVALID_ALIGNMENT &&
		call32(&child, HVCALL_SEND_IPI | 1ULL << 32, 0x3000, 0) ==
		HV_STATUS_INVALID_HYPERCALL_INPUT,
		"a slow one: control word and address in pairs, too");
	child_destroy(&child);
}

int main(void)
{
	struct leak_mark mark;
	struct child child;

	ktap_plan(6 + LEAK_RESULTS);
	leak_mark(&mark);
	test_anonymous();
	introduce(&child);
	test_privileges(&child);
	test_real_mode(&child);
	child_destroy(&child);
	test_32bit();
	leak_check(&mark);
	return ktap_end();
}
