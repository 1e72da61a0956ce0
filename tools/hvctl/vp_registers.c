// SPDX-License-Identifier: GPL-2.0
/*
 * The list of registers. See vp_registers.h.
 *
 * What later registers are judged by comes first, and whether the VP is halted last.
 */
#include <hvabi/registers.h>

#include "vp_registers.h"
#include "vp_state.h"

const struct vp_register_run vp_register_runs[] = {
	{ HV_X64_REGISTER_RAX, 18, 0 },			/* to R15, RIP, RFLAGS */
	{ HV_X64_REGISTER_ES, 8, 0 },			/* to LDTR, TR */
	{ HV_X64_REGISTER_IDTR, 2, 0 },
	{ HV_X64_REGISTER_CR2, 3, 0 },			/* CR3, CR4 */
	{ HV_X64_REGISTER_EFER, 1, 0 },
	{ HV_X64_REGISTER_CR0, 1, 0 },
	{ HV_X64_REGISTER_CR8, 1, 0 },
	{ HV_X64_REGISTER_XFEM, 1, 0 },
	{ HV_X64_REGISTER_DR0, 6, 0 },			/* to DR3, DR6, DR7 */
	{ HV_X64_REGISTER_KERNEL_GS_BASE, 10, 0 },	/* APIC_BASE, PAT, SYSENTER_*, to SFMASK */
	{ HV_X64_REGISTER_MSR_MTRR_DEF_TYPE, 1, 0 },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_BASE0, 16, VP_REGISTER_OPTIONAL },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_MASK0, 16, VP_REGISTER_OPTIONAL },
	{ HV_X64_REGISTER_MSR_MTRR_FIX64K00000, 11, VP_REGISTER_OPTIONAL },
	{ HV_X64_REGISTER_TSC_AUX, 1, VP_REGISTER_OPTIONAL },
	{ HV_X64_REGISTER_DEBUG_CTL, 1, VP_REGISTER_OPTIONAL },
	{ HV_X64_REGISTER_SPEC_CTRL, 1, VP_REGISTER_OPTIONAL },
	{ HV_X64_REGISTER_U_XSS, 9, VP_REGISTER_OPTIONAL },		/* and CET's */
	{ HV_X64_REGISTER_TSC_ADJUST, 1, VP_REGISTER_OPTIONAL },
	{ HV_X64_REGISTER_MSR_IA32_MISC_ENABLE, 1, VP_REGISTER_OPTIONAL },
	{ HV_REGISTER_GUEST_OS_ID, 1, VP_REGISTER_ONCE },
	{ HV_X64_REGISTER_HYPERCALL, 1, VP_REGISTER_ONCE },
	{ HV_REGISTER_REFERENCE_TSC, 1, VP_REGISTER_ONCE },
	{ HV_REGISTER_GUEST_CRASH_P0, 5, VP_REGISTER_OPTIONAL | VP_REGISTER_ONCE },
	{ HV_REGISTER_VP_ASSIST_PAGE, 1, 0 },
	{ HV_REGISTER_SINT0, 17, 0 },			/* to SINT15, SCONTROL */
	{ HV_REGISTER_SIEFP, 2, 0 },			/* SIMP */
	{ HV_REGISTER_PENDING_INTERRUPTION, 2, 0 },	/* interrupt state */
	{ HV_REGISTER_PENDING_EVENT0, 2, VP_REGISTER_OPTIONAL },
	{ HV_REGISTER_INTERNAL_ACTIVITY_STATE, 1, 0 },
	{ 0 },
};

bool vp_registers_valid(const struct vp_state *state, uint32_t index)
{
	const struct vp_register_run *run;
	const struct saved_register *reg = state->reg;
	const struct saved_register *end = reg + state->count;
	unsigned int n;

	for (run = vp_register_runs; run->count; run++) {
		if (run->flags & VP_REGISTER_ONCE && index)
			continue;
		for (n = 0; n < run->count; n++) {
			if (reg < end && reg->name == run->name + n && !reg->reserved)
				reg++;
			else if (!(run->flags & VP_REGISTER_OPTIONAL))
				return false;
		}
	}
	return reg == end;
}
