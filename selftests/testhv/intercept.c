// SPDX-License-Identifier: GPL-2.0
/*
 * Intercepts: how the exit of a child becomes a message to its parent.
 *
 * A message goes into the VP's intercept page, and the VP stays suspended until
 * its parent takes that back.  The CPU under QEMU tells neither the length of an
 * instruction nor its bytes: lengths are known for those of fixed length, and
 * the bytes are fetched through the guest's page tables.
 *
 * Locking: hv_lock.
 */
#include "intercept.h"
#include "boot.h"
#include "child.h"
#include "guest.h"
#include "operand.h"
#include "lapic.h"
#include "message.h"
#include "notify.h"
#include "platform.h"
#include "registers.h"
#include "stats.h"
#include "schedule.h"
#include "string.h"
#include "synic.h"

#define CACHE_TYPE_WB		6
#define DR7_ENABLES		0xffUL	/* of the four breakpoints */
/* #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP */
#define EXCEPTIONS_WITH_ERROR	0x227d00UL

/*
 * Public sources show the end of a level-triggered interrupt both as an
 * intercept of the VP (VMMs wait for it there) and as a message to the root's
 * SynIC (Linux looks for it there).  eoi=intercept (default) or eoi=message.
 */
static bool eoi_is_message(void)
{
	static int known = -1;

	if (known < 0)
		known = option_is("eoi", "message");
	return known;
}

struct hv_x64_intercept_message_header intercept_header(struct vp *vp, u32 access, u32 length)
{
	const struct vmcb_save *s = &vp->vmcb->save;
	struct hv_x64_intercept_message_header h = {
		.vp_index = vp->index,
		.instruction_length = length,
		.cr8 = vp->vmcb->control.v_tpr & 0xf,
		.intercept_access_type = access,
		.cs_segment = segment_get(s->cs),
		.rip = s->rip,
		.rflags = s->rflags,
	};

	h.execution_state.cpl = s->cpl;
	h.execution_state.cr0_pe = !!(s->cr0 & CR0_PE);
	h.execution_state.cr0_am = !!(s->cr0 & CR0_AM);
	h.execution_state.efer_lma = !!(s->efer & EFER_LMA);
	h.execution_state.debug_active = !!(s->dr7 & DR7_ENABLES);
	h.execution_state.interrupt_shadow = vp->vmcb->control.interrupt_shadow & 1;
	return h;
}

void intercept_raise(struct vp *vp, u32 type, const void *payload, u32 size)
{
	message_init(vp->intercept_page, type, vp->partition->id, payload, size);
	vp->suspend |= VP_SUSPEND_INTERCEPT;
	vp->partition->counters->intercepts++;
	stats_vp_message(vp, type);
}

static void post_to_root(struct vp *vp, const struct hv_message *msg)
{
	root_post_message(root_listener(vp), HV_SYNIC_INTERCEPTION_SINT_INDEX, msg);
}

/*
 * A parent that dispatches the VP itself sees the intercept in what DISPATCH_VP
 * returns.  All others get a message: the intercept itself, or, where there is
 * a page for that, the news that it is there.
 */
void intercept_publish(struct vp *vp)
{
	struct hv_opaque_intercept_message opaque = { .vp_index = vp->index };
	struct hv_message msg;

	regpage_refresh(vp);
	if (root_scheduler)
		return;
	if (!(vp->partition->creation_flags &
	      HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED)) {
		post_to_root(vp, vp->intercept_page);
		return;
	}
	message_init(&msg, HVMSG_OPAQUE_INTERCEPT, vp->partition->id, &opaque, sizeof(opaque));
	post_to_root(vp, &msg);
}

/* If it is the parent that ends it, by a register, the VP does not run and cannot be stopped. */
void intercept_apic_eoi(struct vp *vp, u32 vector)
{
	struct hv_x64_apic_eoi_message eoi = { .vp_index = vp->index, .interrupt_vector = vector };
	struct hv_message msg;

	if (!eoi_is_message() && vp->on_cpu) {
		intercept_raise(vp, HVMSG_X64_APIC_EOI, &eoi, sizeof(eoi));
		return;
	}
	message_init(&msg, HVMSG_X64_APIC_EOI, vp->partition->id, &eoi, sizeof(eoi));
	post_to_root(vp, &msg);
}

static u8 fetch_bytes(struct vp *vp, void *bytes)
{
	return child_fetch(vp, bytes, 16);
}

void intercept_io_port(struct vp *vp)
{
	u64 info = vp->vmcb->control.exit_info1;
	struct hv_x64_io_port_intercept_message m = {
		.port_number = IOIO_PORT(info),
		.rax = vp->vmcb->save.rax,
		.ds_segment = segment_get(vp->vmcb->save.ds),
		.es_segment = segment_get(vp->vmcb->save.es),
		.rcx = vp->gpr[RCX], .rsi = vp->gpr[RSI], .rdi = vp->gpr[RDI],
	};

	m.header = intercept_header(vp, info & IOIO_IN ? HV_INTERCEPT_ACCESS_READ :
				    HV_INTERCEPT_ACCESS_WRITE,
				    vp->vmcb->control.exit_info2 - vp->vmcb->save.rip);
	m.access_info.access_size = IOIO_SIZE(info);
	m.access_info.string_op = !!(info & IOIO_STRING);
	m.access_info.rep_prefix = !!(info & IOIO_REP);
	m.instruction_byte_count = fetch_bytes(vp, m.instruction_bytes);
	intercept_raise(vp, HVMSG_X64_IO_PORT_INTERCEPT, &m, sizeof(m));
}

void intercept_msr(struct vp *vp)
{
	bool write = vp->vmcb->control.exit_info1;
	struct hv_x64_msr_intercept_message m = {
		.msr_number = vp->gpr[RCX],
		.rdx = vp->gpr[RDX], .rax = vp->vmcb->save.rax,
	};

	m.header = intercept_header(vp, write ? HV_INTERCEPT_ACCESS_WRITE :
				    HV_INTERCEPT_ACCESS_READ, MSR_LENGTH);
	intercept_raise(vp, HVMSG_X64_MSR_INTERCEPT, &m, sizeof(m));
}

void intercept_cpuid(struct vp *vp)
{
	struct cpuid_regs r = child_cpuid_leaf(vp, vp->vmcb->save.rax, vp->gpr[RCX]);
	struct hv_x64_cpuid_intercept_message m = {
		.rax = vp->vmcb->save.rax, .rcx = vp->gpr[RCX], .rdx = vp->gpr[RDX],
		.rbx = vp->gpr[RBX],
		.default_result_rax = r.eax, .default_result_rcx = r.ecx,
		.default_result_rdx = r.edx, .default_result_rbx = r.ebx,
	};

	m.header = intercept_header(vp, HV_INTERCEPT_ACCESS_EXECUTE, CPUID_LENGTH);
	intercept_raise(vp, HVMSG_X64_CPUID_INTERCEPT, &m, sizeof(m));
}

void intercept_hypercall(struct vp *vp)
{
	struct hv_x64_hypercall_intercept_message m = {
		.rax = vp->vmcb->save.rax, .rbx = vp->gpr[RBX], .rcx = vp->gpr[RCX],
		.rdx = vp->gpr[RDX], .r8 = vp->gpr[R8], .rsi = vp->gpr[RSI], .rdi = vp->gpr[RDI],
	};

	m.header = intercept_header(vp, HV_INTERCEPT_ACCESS_EXECUTE, VMMCALL_LENGTH);
	intercept_raise(vp, HVMSG_HYPERCALL_INTERCEPT, &m, sizeof(m));
}

void intercept_exception(struct vp *vp, u8 vector)
{
	struct hv_x64_exception_intercept_message m = {
		.exception_vector = vector,
		.ds_segment = segment_get(vp->vmcb->save.ds),
		.ss_segment = segment_get(vp->vmcb->save.ss),
	};

	m.header = intercept_header(vp, HV_INTERCEPT_ACCESS_EXECUTE, 0);
	if (BIT(vector) & EXCEPTIONS_WITH_ERROR) {
		m.exception_info.error_code_valid = 1;
		m.error_code = vp->vmcb->control.exit_info1;
	}
	if (vector == VECTOR_PF)
		m.exception_parameter = vp->vmcb->control.exit_info2;
	m.instruction_byte_count = fetch_bytes(vp, m.instruction_bytes);
	for (u32 i = 0; i < NR_GPRS; i++)
		memcpy((u8 *)&m + offsetof(struct hv_x64_exception_intercept_message, rax) +
		       i * sizeof(u64), vp_gpr(vp, i), sizeof(u64));
	intercept_raise(vp, HVMSG_X64_EXCEPTION_INTERCEPT, &m, sizeof(m));
}

void intercept_plain(struct vp *vp, u32 type, u32 length)
{
	struct hv_x64_intercept_message_header h =
		intercept_header(vp, HV_INTERCEPT_ACCESS_EXECUTE, length);

	intercept_raise(vp, type, &h, sizeof(h));
}

static void deliverable_sints(struct vp *vp, u16 sints)
{
	struct hv_x64_sint_deliverable_message m = {
		.header = intercept_header(vp, HV_INTERCEPT_ACCESS_EXECUTE, 0),
		.deliverable_sints = sints,
	};

	intercept_raise(vp, HVMSG_SYNIC_SINT_DELIVERABLE, &m, sizeof(m));
}

static void deliverable_interruption(struct vp *vp, u32 type)
{
	struct hv_x64_interruption_deliverable_message m = {
		.header = intercept_header(vp, HV_INTERCEPT_ACCESS_EXECUTE, 0),
		.deliverable_type = type,
	};

	intercept_raise(vp, HVMSG_X64_INTERRUPTION_DELIVERABLE, &m, sizeof(m));
}

bool intercept_deliverable(struct vp *vp)
{
	u16 sints;

	switch (notify_take(vp, &sints)) {
	case NOTICE_NONE:
		return false;
	case NOTICE_SINTS:
		deliverable_sints(vp, sints);
		break;
	case NOTICE_INTERRUPT:
		deliverable_interruption(vp, HV_X64_PENDING_INTERRUPT);
		break;
	case NOTICE_NMI:
		deliverable_interruption(vp, HV_X64_PENDING_NMI);
		break;
	}
	return true;
}

void intercept_memory(struct vp *vp, u64 gpa, u64 fault, bool mapped)
{
	u32 access = fault & NPF_FETCH ? HV_INTERCEPT_ACCESS_EXECUTE :
		     fault & NPF_WRITE ? HV_INTERCEPT_ACCESS_WRITE : HV_INTERCEPT_ACCESS_READ;
	struct hv_x64_memory_intercept_message m = {
		.cache_type = CACHE_TYPE_WB,
		.tpr_priority = vp->vmcb->control.v_tpr & 0xf,
		.guest_physical_address = gpa,
	};
	u64 gva;

	m.header = intercept_header(vp, access, 0);
	m.instruction_byte_count = fetch_bytes(vp, m.instruction_bytes);
	if (!(fault & NPF_FETCH) &&
	    operand_gva(vp, m.instruction_bytes, m.instruction_byte_count, gpa, &gva)) {
		m.guest_virtual_address = gva;
		m.memory_access_info.gva_valid = 1;
		m.memory_access_info.gva_gpa_valid = 1;
	}
	intercept_raise(vp, mapped ? HVMSG_GPA_INTERCEPT : HVMSG_UNMAPPED_GPA, &m, sizeof(m));
}
