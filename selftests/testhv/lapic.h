/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The local APIC of a child's VP, in xAPIC and in x2APIC mode.
 *
 * lapic.c keeps the registers and the priorities, lapic_ipi.c finds out whom
 * an interrupt is for, lapic_timer.c counts, lapic_access.c is the guest's way
 * in: the page at APIC_BASE and MSRs 0x800 to 0x83f.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_LAPIC_H
#define TESTHV_LAPIC_H

#include "types.h"
#include "clock.h"
#include "x86.h"

#define LAPIC_KHZ		200000UL	/* what MSR 0x40000023 tells the guest, over 1000 */

#define LAPIC_PAGE		0xfee00000UL

/* Registers by their number: offset in the page over 16, MSR minus 0x800. */
enum lapic_reg {
	LAPIC_ID = 0x02,
	LAPIC_VERSION = 0x03,
	LAPIC_TPR = 0x08,
	LAPIC_APR = 0x09,
	LAPIC_PPR = 0x0a,
	LAPIC_EOI = 0x0b,
	LAPIC_LDR = 0x0d,
	LAPIC_DFR = 0x0e,
	LAPIC_SVR = 0x0f,
	LAPIC_ISR = 0x10,	/* eight of each */
	LAPIC_TMR = 0x18,
	LAPIC_IRR = 0x20,
	LAPIC_ESR = 0x28,
	LAPIC_ICR = 0x30,
	LAPIC_ICR_HIGH = 0x31,
	LAPIC_LVT = 0x32,	/* timer, thermal, performance, LINT0, LINT1, error */
	LAPIC_TIMER_INITIAL = 0x38,
	LAPIC_TIMER_CURRENT = 0x39,
	LAPIC_TIMER_DIVIDE = 0x3e,
	LAPIC_SELF_IPI = 0x3f,
};

enum lapic_lvt { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, NR_LVTS };

#define LVT_MASKED		BIT(16)
#define LVT_PERIODIC		BIT(17)
#define LVT_LEVEL		BIT(15)
#define SVR_ENABLE		BIT(8)
#define DFR_FLAT		0xffffffffU
#define FIRST_VECTOR		16	/* those below are no interrupt's */

#define ESR_SEND_ILLEGAL_VECTOR		BIT(5)
#define ESR_RECEIVE_ILLEGAL_VECTOR	BIT(6)
#define ESR_ILLEGAL_REGISTER		BIT(7)

/* Delivery modes, as in ICR, LVT, MSI data and enum hv_interrupt_type. */
enum lapic_mode {
	MODE_FIXED, MODE_LOWEST, MODE_SMI, MODE_REMOTE_READ, MODE_NMI, MODE_INIT, MODE_SIPI,
	MODE_EXTINT,
};

enum lapic_shorthand { TO_DEST, TO_SELF, TO_ALL, TO_OTHERS };

/* An interrupt on its way to some VPs. */
struct lapic_message {
	u8 mode;		/* enum lapic_mode */
	u8 vector;
	bool level;
	bool logical;
	u8 shorthand;		/* enum lapic_shorthand */
	bool wide;		/* dest is an x2APIC's: 0xff is no broadcast */
	u32 dest;
};

struct vp;
struct partition;

struct lapic {
	struct vp *vp;
	u64 base;		/* MSR APIC_BASE */
	u32 id;
	u32 tpr;		/* VP's V_TPR holds the upper half too: lapic_tpr() */
	u32 ldr, dfr;		/* xAPIC's */
	u32 svr;
	u32 esr, esr_latched;	/* what happened since; what the guest reads */
	u64 icr;
	u32 lvt[NR_LVTS];
	u32 isr[8], irr[8], tmr[8];
	u32 auto_eoi[8];	/* requested, and will not need an EOI */
	u32 timer_initial, timer_divide;
	u64 timer_start;	/* TSC when the count began */
	struct timer timer;
	bool extint_pending;
	u8 extint_vector;
};

/* lapic.c */
void lapic_init(struct lapic *lapic, struct vp *vp);
void lapic_reset(struct lapic *lapic);	/* INIT: all but ID and APIC_BASE */
u32 lapic_read(struct lapic *lapic, u32 reg);
void lapic_write(struct lapic *lapic, u32 reg, u32 value);
bool lapic_set_base(struct lapic *lapic, u64 base);	/* false: not a legal change */
u32 lapic_ldr(const struct lapic *lapic);
u32 lapic_tpr(struct lapic *lapic);
void lapic_set_tpr(struct lapic *lapic, u32 tpr);
void lapic_eoi(struct lapic *lapic);
void lapic_error(struct lapic *lapic, u32 error); /* ESR_* */

static inline bool lapic_x2apic(const struct lapic *lapic)
{
	return lapic->base & APIC_BASE_X2APIC;
}

/* Request an interrupt; wakes the VP.  False: the APIC is off or the vector reserved. */
bool lapic_request(struct lapic *lapic, u8 vector, bool level);
bool lapic_request_auto_eoi(struct lapic *lapic, u8 vector);
void lapic_clear_request(struct lapic *lapic, u8 vector);
void lapic_local(struct lapic *lapic, enum lapic_lvt lvt);	/* a local source fires */
int lapic_pending(const struct lapic *lapic);	/* vector that beats what is in service, -1: none */
bool lapic_deliverable(struct lapic *lapic);	/* the same, with regard to TPR */
void lapic_accept(struct lapic *lapic, u8 vector); /* the CPU has taken it */
void lapic_accept_first(struct lapic *lapic, u8 vector); /* and it was requested again since */

/* lapic_ipi.c */
void lapic_write_icr(struct lapic *lapic, u64 icr);	/* all 64 bits at once, and send */
void lapic_self_ipi(struct lapic *lapic, u8 vector);
u32 lapic_deliver(struct partition *p, struct lapic *from, const struct lapic_message *msg);

/* lapic_timer.c */
void lapic_timer_start(struct lapic *lapic, u32 initial);
void lapic_timer_stop(struct lapic *lapic);
void lapic_timer_restore(struct lapic *lapic, u32 initial, u32 current);
void lapic_timer_divide(struct lapic *lapic, u32 divide);
u32 lapic_timer_current(const struct lapic *lapic);
void lapic_timer_expired(struct timer *timer);

/* lapic_access.c */
bool lapic_msr_read(struct vp *vp, u32 msr, u64 *value);	/* false: #GP */
bool lapic_msr_write(struct vp *vp, u32 msr, u64 value);
u32 child_fetch(struct vp *vp, u8 *bytes, u32 max);	/* returns how many bytes at RIP it got */

/* What inject.c supplies: a vector is requested; NMI, INIT and SIPI arrive at a VP; V_TPR. */
void vp_requested(struct vp *vp, u8 vector);
void vp_signal_nmi(struct vp *vp);
void vp_signal_init(struct vp *vp);
void vp_signal_sipi(struct vp *vp, u8 vector);
u32 vp_vtpr(const struct vp *vp);
void vp_set_vtpr(struct vp *vp, u32 tpr);

#endif
