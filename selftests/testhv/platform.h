/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the platform keeps for a child partition and for each of its VPs.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_PLATFORM_H
#define TESTHV_PLATFORM_H

#include "types.h"
#include "lapic.h"
#include "overlay.h"
#include "vsynic.h"
#include "x86.h"

#define NR_SPARES	2	/* table pages that one overlay may need */
#define NR_MTRRS	8	/* variable ranges */
#define NR_FIXED_MTRRS	11

/* One page of the partition's pool, from its first VP to its last. */
struct child_platform {
	struct overlay *overlays;	/* those that are enabled */
	u64 spare[NR_SPARES];		/* overlay.c */
	struct overlay hypercall_page, tsc_page;
	bool short_of_pages;		/* why an overlay could not be laid last */
	u32 tsc_sequence;
	u64 guest_os_id, hypercall, reference_tsc;	/* MSRs */
	u64 crash[HV_X64_MSR_CRASH_PARAMS];
	u64 tsc_invariant;
};

/* Events on their way into a VP: inject.c. */
struct child_events {
	u64 inject;		/* EVENTINJ of the next VMRUN; 0: none */
	int offered;		/* vector that V_IRQ offers, -1: none */
	bool offered_extint;
	bool offered_again;	/* and requested once more meanwhile */
	bool nmi_pending, nmi_masked;
	bool iret_seen;		/* the mask ends when RIP has left iret_rip */
	u64 iret_rip;
	bool init_pending, sipi_pending;
	u8 sipi_vector;
	bool idle;		/* halted by GUEST_IDLE: wakes whatever RFLAGS.IF says */
	bool shadow;		/* the instruction at shadow_rip comes before any interrupt */
	u8 shadow_exits;
	u64 shadow_rip;
	struct timer soon;	/* an exit is wanted, though nothing else asks for it */
	union hv_deliverability_notifications_register wanted;	/* notify.c */
};

/* MSRs that are no more than memory. */
struct child_msrs {
	u64 pat, misc_enable, mcg_status, hwcr, syscfg, de_cfg;
	u64 mtrr_def_type, mtrr_base[NR_MTRRS], mtrr_mask[NR_MTRRS], mtrr_fixed[NR_FIXED_MTRRS];
	u64 vp_assist;
};

/* One page a VP. */
struct child_state {
	struct lapic lapic;
	struct vsynic synic;
	struct child_events events;
	struct child_msrs msrs;
	struct overlay assist_page;
};

_Static_assert(sizeof(struct child_platform) <= PAGE_SIZE, "a platform is one page");
_Static_assert(sizeof(struct child_state) <= PAGE_SIZE, "a VP's platform is one page");

struct vp;
struct partition;

/* child_cpuid.c */
struct cpuid_regs child_cpuid_leaf(struct vp *vp, u32 leaf, u32 subleaf);
u64 child_host_features(u32 bank);	/* the same of the processor, 64 bits each */
u32 child_xsave_size(u64 mask);	/* bytes of XSAVE's standard format for these components */
u64 child_privileges(const struct partition *p);	/* leaf 0x40000003, EBX:EAX */
bool child_has_feature(const struct partition *p, u32 bit); /* hv_partition_processor_features */
/* What a parent may assign, property 0x90009: bits 0-11 less VP_RUNTIME, and 22, 24, 25, 26. */
#define CHILD_SYNTHETIC_FEATURES	0x7400ffbUL

/* inject.c */
void events_init(struct vp *vp);
void events_reset(struct vp *vp);	/* INIT */
void events_stop(struct vp *vp);	/* the VP goes */
void events_iret(struct vp *vp);	/* EXIT_IRET */
void events_exit_soon(struct vp *vp);	/* some instructions from now */
bool events_get_register(struct vp *vp, u32 name, union hv_register_value *value);
bool events_set_register(struct vp *vp, u32 name, const union hv_register_value *value,
			 u64 *status);

/* xstate.c */
#define XCR0_X87		BIT(0)
#define XCR0_SSE		BIT(1)
#define XCR0_AVX		BIT(2)
/* What testhv can give a child. */
#define XCR0_VIRTUAL		(XCR0_X87 | XCR0_SSE | XCR0_AVX)
u64 xstate_host_mask(void);
u64 xstate_child_mask(const struct partition *p);	/* XCR0 bits that a child may set */
void xstate_reset(struct vp *vp);
bool xstate_set_xcr0(struct vp *vp, u64 value);	/* false: not a legal value */

/* mtrr.c */
bool mtrr_msr_read(struct vp *vp, u32 msr, u64 *value);	/* false: no MTRR */
bool mtrr_msr_write(struct vp *vp, u32 msr, u64 value);
bool mtrr_type_valid(u8 type);

/* synthetic.c */
bool synthetic_msr_read(struct vp *vp, u32 msr, u64 *value);	/* false: #GP */
bool synthetic_msr_write(struct vp *vp, u32 msr, u64 value);
u64 synthetic_privilege(u32 msr);	/* of those that a guest needs; ~0: no such MSR */

/* child_msr.c */
u64 child_msrpm(bool all);	/* SPA of a child's MSR permission map; by one, all MSRs exit */
bool msr_read(struct vp *vp, u32 msr, u64 *value);	/* by guest or parent; false: no */
bool msr_write(struct vp *vp, u32 msr, u64 value);

#endif
