// SPDX-License-Identifier: GPL-2.0
/*
 * The root's MSRs: those by which it could take the CPU from testhv, and the
 * synthetic ones.
 *
 * An unknown synthetic MSR, or one whose privilege the root lacks, is a #GP, so
 * that nothing is used by mistake.  The hypercall, assist and reference TSC
 * pages exist from the start and their MSRs hold their numbers, since a root
 * enables them where they are.  An L1VH parent finds none, and brings pages of its
 * own; those are filled.
 *
 * Locking: hv_lock.
 */
#include "apic.h"
#include "clock.h"
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
#include "string.h"
#include "synic.h"
#include "vp.h"
#include "x86.h"
#include <hvabi/hvabi.h>

#define PAGE_ENABLE		BIT(0)
#define PAGE_RESERVED		0xffeUL
#define HYPERCALL_LOCKED	BIT(1)
#define EFER_KNOWN		(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | BIT(21))
#define CRASH_TEXT_MAX		4096UL
#define CRASH_LINE		160

#define EAX_BIT(bit)		((u64)(bit))

u8 root_msr_bitmap[2 * PAGE_SIZE] __attribute__((aligned(4096)));

/* What is set once for the whole partition, and once for a VP. */
static struct {
	u64 guest_os_id;
	u64 hypercall, reference_tsc;
	u64 tsc_invariant;
	u64 crash[HV_X64_MSR_CRASH_PARAMS];
	u64 assist[MAX_CPUS];
} state;

static void intercept_msr(u32 msr, bool read, bool write)
{
	u32 bit = (msr & 0x1fff) * 2;

	if (msr >= 0xc0010000)
		bit += 2 * 8 * 0x800;
	else if (msr >= 0xc0000000)
		bit += 8 * 0x800;
	root_msr_bitmap[bit / 8] |= (read | write << 1) << bit % 8;
}

static void fill_tsc_page(void *to)
{
	struct ms_hyperv_tsc_page page = {
		.tsc_sequence = 1, .tsc_scale = clock_tsc_scale, .tsc_offset = clock_tsc_offset,
	};

	memcpy(to, &page, sizeof(page));
}

void msr_init(void)
{
	intercept_msr(MSR_EFER, true, true);
	intercept_msr(MSR_APIC_BASE, true, true);
	intercept_msr(MSR_VM_CR, true, true);
	intercept_msr(MSR_VM_HSAVE_PA, true, true);
	intercept_msr(MSR_X2APIC_ICR, false, true);
	hypercall_fill_page(spa_ptr(root_pages.hypercall));
	fill_tsc_page(spa_ptr(root_pages.tsc));
	if (root_is_l1vh)
		return;
	state.hypercall = root_pages.hypercall;
	state.reference_tsc = root_pages.tsc;
	memcpy(state.assist, root_pages.assist, sizeof(state.assist));
}

/* SVM must stay on and stay hidden. */
static bool write_efer(struct vp *vp, u64 value)
{
	struct vmcb_save *save = &vp->vmcb->save;

	if (value & ~EFER_KNOWN)
		return false;
	if ((save->cr0 & CR0_PG) && ((save->efer ^ value) & EFER_LME))
		return false;
	save->efer = (value & ~EFER_LMA) | (save->efer & EFER_LMA) | EFER_SVME;
	return true;
}

/* Back in xAPIC mode the root would command its CPUs past testhv. */
static bool write_apic_base(u64 value)
{
	u64 mode = APIC_BASE_ENABLE | APIC_BASE_X2APIC;

	if ((value & mode) != mode) {
		log_error("root: leaving x2APIC mode refused");
		return false;
	}
	wrmsr(MSR_APIC_BASE, value & ~APIC_BASE_BSP);
	return true;
}

/* The machine's boot CPU is testhv's; the root takes its own first one for it. */
static u64 read_apic_base(const struct vp *vp)
{
	return rdmsr(MSR_APIC_BASE) | (vp->index ? 0 : APIC_BASE_BSP);
}

static bool machine_msr(struct vp *vp, u32 msr, bool write, u64 *value)
{
	switch (msr) {
	case MSR_EFER:
		if (write)
			return write_efer(vp, *value);
		*value = vp->vmcb->save.efer & ~EFER_SVME;
		return true;
	case MSR_APIC_BASE:
		if (write)
			return write_apic_base(*value);
		*value = read_apic_base(vp);
		return true;
	case MSR_VM_CR:
		*value = VM_CR_SVMDIS;
		return !write;
	case MSR_X2APIC_ICR:
		return write && apic_write_icr(vp, *value);
	default:
		return false;
	}
}

/*
 * An MSR that locates a page: `own` is where testhv has it.  Enabled elsewhere, the page at that
 * place of the root's memory gets the contents; fill may be NULL.  Nobody means page 0.
 */
static bool write_page_msr(u64 *reg, u64 value, u64 own, void (*fill)(void *to))
{
	u64 spa = value & PAGE_MASK;

	if (value & PAGE_RESERVED & ~HYPERCALL_LOCKED)
		return false;
	if ((value & PAGE_ENABLE) && spa != own) {
		void *page = spa ? gpa_ptr(&root_partition, spa, NPT_R | NPT_W) : NULL;

		if (!page)
			return false;
		if (fill)
			fill(page);
	}
	*reg = value;
	return true;
}

static bool write_hypercall(u64 value)
{
	if (state.hypercall & HYPERCALL_LOCKED)
		return true;		/* ignored until the next reset */
	if (!state.guest_os_id)
		value &= ~PAGE_ENABLE;
	return write_page_msr(&state.hypercall, value, root_pages.hypercall,
			      hypercall_fill_page);
}

/* Lines of the log, at most CRASH_LINE long, out of a text with line feeds. */
static void log_text(const char *text, u64 length)
{
	while (length) {
		u64 n = 0, skip;
		char line[CRASH_LINE + 1];

		while (n < length && n < CRASH_LINE && text[n] != '\n')
			n++;
		memcpy(line, text, n);
		line[n] = 0;
		log_warn("root: %s", line);
		skip = n < length && text[n] == '\n' ? n + 1 : n;
		text += skip;
		length -= skip;
	}
}

/* What Linux leaves when it panics: five numbers, or the address and length of a text. */
static void report_crash(u64 control)
{
	u64 gpa = state.crash[3], length = MIN(state.crash[4], CRASH_TEXT_MAX);
	static char text[CRASH_TEXT_MAX];

	log_error("root crashed: %lx %lx %lx %lx %lx", state.crash[0], state.crash[1],
		  state.crash[2], state.crash[3], state.crash[4]);
	if ((control & HV_CRASH_CTL_CRASH_NOTIFY_MSG) &&
	    gpa_read(&root_partition, gpa, text, length))
		log_text(text, length);
	log_flush();
}

static bool crash_msr(u32 msr, bool write, u64 *value)
{
	if (msr == HV_X64_MSR_CRASH_CTL) {
		if (write && (*value & HV_CRASH_CTL_CRASH_NOTIFY))
			report_crash(*value);
		if (!write)
			*value = HV_CRASH_CTL_CRASH_NOTIFY | HV_CRASH_CTL_CRASH_NOTIFY_MSG;
		return true;
	}
	if (write)
		state.crash[msr - HV_X64_MSR_CRASH_P0] = *value;
	else
		*value = state.crash[msr - HV_X64_MSR_CRASH_P0];
	return true;
}

static bool time_msr(u32 msr, bool write, u64 *value)
{
	switch (msr) {
	case HV_X64_MSR_TIME_REF_COUNT:
		*value = clock_reference();
		return !write && root_has_privilege(EAX_BIT(HV_MSR_TIME_REF_COUNT_AVAILABLE));
	case HV_X64_MSR_REFERENCE_TSC:
		if (write)
			return write_page_msr(&state.reference_tsc, *value, root_pages.tsc,
					      fill_tsc_page);
		*value = state.reference_tsc;
		return true;
	case HV_X64_MSR_TSC_FREQUENCY:
		*value = tsc_khz * 1000;
		return !write;
	case HV_X64_MSR_APIC_FREQUENCY:
		*value = apic_khz * 1000;
		return !write;
	case HV_X64_MSR_TSC_INVARIANT_CONTROL:
		if (!write)
			*value = state.tsc_invariant;
		else if (!(*value & ~HV_EXPOSE_INVARIANT_TSC))
			state.tsc_invariant = *value;
		else
			return false;
		return true;
	default:
		return false;
	}
}

/* Shortcuts to the APIC.  The EOI and the TPR are the hardware's own. */
static bool apic_msr(struct vp *vp, u32 msr, bool write, u64 *value)
{
	if (!root_has_privilege(EAX_BIT(HV_MSR_APIC_ACCESS_AVAILABLE)))
		return false;
	if (msr == HV_X64_MSR_ICR) {
		if (write)
			return apic_write_icr(vp, *value);
		*value = rdmsr(MSR_X2APIC_ICR);
		return true;
	}
	if (msr == HV_X64_MSR_EOI) {
		if (write)
			wrmsr(MSR_X2APIC_EOI, 0);
		return write;
	}
	if (write)
		wrmsr(MSR_X2APIC_TPR, *value & 0xff);
	else
		*value = rdmsr(MSR_X2APIC_TPR);
	return true;
}

static bool setup_msr(struct vp *vp, u32 msr, bool write, u64 *value)
{
	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
		if (!write)
			*value = state.guest_os_id;
		else
			state.guest_os_id = *value;
		if (write && !*value)
			state.hypercall &= ~PAGE_ENABLE;
		return true;
	case HV_X64_MSR_HYPERCALL:
		if (write)
			return write_hypercall(*value);
		*value = state.hypercall;
		return true;
	case HV_X64_MSR_VP_INDEX:
		*value = vp->index;
		return !write;
	case HV_X64_MSR_VP_ASSIST_PAGE:
		if (write)
			return write_page_msr(&state.assist[vp->index], *value,
					      root_pages.assist[vp->index], NULL);
		*value = state.assist[vp->index];
		return true;
	default:
		return false;
	}
}

bool root_msr(struct vp *vp, u32 msr, bool write, u64 *value)
{
	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID ... HV_X64_MSR_VP_INDEX:
	case HV_X64_MSR_VP_ASSIST_PAGE:
		return setup_msr(vp, msr, write, value);
	case HV_X64_MSR_TIME_REF_COUNT ... HV_X64_MSR_APIC_FREQUENCY:
	case HV_X64_MSR_TSC_INVARIANT_CONTROL:
		return time_msr(msr, write, value);
	case HV_X64_MSR_EOI ... HV_X64_MSR_TPR:
		return apic_msr(vp, msr, write, value);
	case HV_X64_MSR_SCONTROL ... HV_X64_MSR_SINT15:
		return write ? root_synic_write(vp, msr, *value) :
			       root_synic_read(vp, msr, value);
	case HV_X64_MSR_CRASH_P0 ... HV_X64_MSR_CRASH_CTL:
		return crash_msr(msr, write, value);
	default:
		return machine_msr(vp, msr, write, value);
	}
}
