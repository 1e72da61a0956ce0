// SPDX-License-Identifier: GPL-2.0
/*
 * State of a child's VP as its parent saves and restores it: local APIC,
 * extended registers, SynIC pages, synthetic timers.
 *
 * A parent can give any bytes.  Whatever would make the CPU fault when testhv
 * loads it, or make one of testhv's own assumptions wrong, is refused here.
 *
 * Locking: hv_lock.
 */
#include "vpstate.h"
#include "lapic.h"
#include "partition.h"
#include "platform.h"
#include "stimer.h"
#include "string.h"
#include "vp.h"

#define LEGACY_SIZE	512
#define HEADER_SIZE	64
#define XSTATE_BV	512
#define XCOMP_BV	520
#define AVX_OFFSET	(LEGACY_SIZE + HEADER_SIZE)	/* the same in both formats */
#define AVX_SIZE	256
#define COMPACTED	BIT(63)
#define MXCSR_OFFSET	24
#define MXCSR_VALID	0xffffU

static void get_lapic(struct lapic *lapic, void *page)
{
	struct hv_local_interrupt_controller_state s = {
		.apic_id = lapic->id,
		.apic_version = lapic_read(lapic, LAPIC_VERSION),
		.apic_ldr = lapic_ldr(lapic),
		.apic_dfr = lapic->dfr,
		.apic_spurious = lapic->svr,
		.apic_esr = lapic->esr_latched,
		.apic_icr_high = (u32)(lapic->icr >> 32),
		.apic_icr_low = (u32)lapic->icr,
		.apic_lvt_timer = lapic->lvt[LVT_TIMER],
		.apic_lvt_thermal = lapic->lvt[LVT_THERMAL],
		.apic_lvt_perfmon = lapic->lvt[LVT_PERF],
		.apic_lvt_lint0 = lapic->lvt[LVT_LINT0],
		.apic_lvt_lint1 = lapic->lvt[LVT_LINT1],
		.apic_lvt_error = lapic->lvt[LVT_ERROR],
		.apic_error_status = lapic->esr,
		.apic_initial_count = lapic->timer_initial,
		.apic_counter_value = lapic_timer_current(lapic),
		.apic_divide_configuration = lapic->timer_divide,
	};

	memcpy(s.apic_isr, lapic->isr, sizeof(s.apic_isr));
	memcpy(s.apic_tmr, lapic->tmr, sizeof(s.apic_tmr));
	memcpy(s.apic_irr, lapic->irr, sizeof(s.apic_irr));
	memset(page, 0, PAGE_SIZE);
	memcpy(page, &s, sizeof(s));
}

static void set_lvts(struct lapic *lapic, const struct hv_local_interrupt_controller_state *s)
{
	const u32 lvts[NR_LVTS] = {
		s->apic_lvt_timer, s->apic_lvt_thermal, s->apic_lvt_perfmon,
		s->apic_lvt_lint0, s->apic_lvt_lint1, s->apic_lvt_error,
	};

	/* By the register's own rules, but a disabled APIC's LVTs may be restored unmasked. */
	lapic->svr |= SVR_ENABLE;
	for (u32 i = 0; i < NR_LVTS; i++)
		lapic_write(lapic, LAPIC_LVT + i, lvts[i]);
	lapic->svr = s->apic_spurious & (SVR_ENABLE | 0xff);
}

static void set_timer(struct lapic *lapic, const struct hv_local_interrupt_controller_state *s)
{
	lapic_timer_stop(lapic);
	lapic->timer_initial = 0;
	lapic->timer_divide = s->apic_divide_configuration & 0xb;
	lapic_timer_restore(lapic, s->apic_initial_count, s->apic_counter_value);
}

/* ID and version are not a state. */
static void set_lapic(struct lapic *lapic, const void *page)
{
	struct hv_local_interrupt_controller_state s;

	memcpy(&s, page, sizeof(s));
	lapic->ldr = s.apic_ldr & 0xff000000;
	lapic->dfr = s.apic_dfr | 0x0fffffff;
	memcpy(lapic->isr, s.apic_isr, sizeof(lapic->isr));
	memcpy(lapic->tmr, s.apic_tmr, sizeof(lapic->tmr));
	memcpy(lapic->irr, s.apic_irr, sizeof(lapic->irr));
	lapic->isr[0] &= 0xffff0000;	/* no vector below 16 */
	lapic->irr[0] &= 0xffff0000;
	memset(lapic->auto_eoi, 0, sizeof(lapic->auto_eoi));
	lapic->esr_latched = s.apic_esr;
	lapic->esr = s.apic_error_status;
	lapic->icr = (u64)s.apic_icr_high << 32 | s.apic_icr_low;
	set_lvts(lapic, &s);
	set_timer(lapic, &s);
	vp_kick(lapic->vp);
}

static u64 get_u64(const u8 *at)
{
	u64 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void put_u64(u8 *at, u64 value)
{
	memcpy(at, &value, sizeof(value));
}

/* Compacted form; with these components it differs from the standard one in the header only. */
static u64 get_xsave(struct vp *vp, const struct hv_vp_state_data *what, void *buf)
{
	u64 states = what->xsave.states.as_uint64;
	u64 mask = xstate_child_mask(vp->partition);
	const u8 *area = vp->xstate;
	u8 *page = buf;

	if (states)
		mask &= states;
	memset(page, 0, PAGE_SIZE);
	memcpy(page, area, LEGACY_SIZE);
	put_u64(page + XSTATE_BV, get_u64(area + XSTATE_BV) & mask);
	put_u64(page + XCOMP_BV, COMPACTED | mask);
	if (mask & get_u64(area + XSTATE_BV) & XCR0_AVX)
		memcpy(page + AVX_OFFSET, area + AVX_OFFSET, AVX_SIZE);
	return HV_STATUS_SUCCESS;
}

static u64 set_xsave(struct vp *vp, const void *buf)
{
	const u8 *page = buf;
	u64 mask = xstate_child_mask(vp->partition);
	u64 bv = get_u64(page + XSTATE_BV), comp = get_u64(page + XCOMP_BV);
	u8 *area = vp->xstate;
	u32 mxcsr;

	memcpy(&mxcsr, page + MXCSR_OFFSET, sizeof(mxcsr));
	if (bv & ~mask || (comp && (!(comp & COMPACTED) || comp & ~COMPACTED & ~mask)) ||
	    mxcsr & ~MXCSR_VALID)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	memset(area, 0, PAGE_SIZE);
	memcpy(area, page, LEGACY_SIZE);
	put_u64(area + XSTATE_BV, bv);
	if (bv & XCR0_AVX)
		memcpy(area + AVX_OFFSET, page + AVX_OFFSET, AVX_SIZE);
	return HV_STATUS_SUCCESS;
}

static u64 get_timers(struct vp *vp, const struct hv_vp_state_data *what, void *buf)
{
	struct hv_synthetic_timers_state *out = buf;

	(void)what;
	memset(out, 0, sizeof(*out));
	for (u32 i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		const struct stimer *t = &vp->synic->timers[i];

		out->timers[i].config = t->config;
		out->timers[i].count = t->count;
		out->timers[i].adjustment = stimer_left(vp, i);
		out->timers[i].flags.undelivered_msg_pending = t->undelivered;
		out->timers[i].undelivered_exp_time = t->undelivered ? t->undelivered_expiry : 0;
	}
	return HV_STATUS_SUCCESS;
}

static u64 set_timers(struct vp *vp, const void *buf)
{
	const struct hv_synthetic_timers_state *in = buf;

	for (u32 i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		const struct hv_stimer_state *s = &in->timers[i];
		struct stimer *t = &vp->synic->timers[i];
		union hv_stimer_config config;

		t->count = s->count;
		stimer_write_config(vp, i, s->config);
		config.as_uint64 = t->config;
		if (t->expiry && config.periodic)
			stimer_resume(vp, i, s->adjustment);
		t->undelivered = s->flags.undelivered_msg_pending;
		t->undelivered_expiry = s->undelivered_exp_time;
	}
	return HV_STATUS_SUCCESS;
}

static u64 get_lapic_page(struct vp *vp, const struct hv_vp_state_data *what, void *page)
{
	(void)what;
	if (!vp->lapic)
		return HV_STATUS_INVALID_PARTITION_STATE;
	get_lapic(vp->lapic, page);
	return HV_STATUS_SUCCESS;
}

static u64 set_lapic_page(struct vp *vp, const void *page)
{
	if (!vp->lapic)
		return HV_STATUS_INVALID_PARTITION_STATE;
	set_lapic(vp->lapic, page);
	return HV_STATUS_SUCCESS;
}

static u64 get_messages(struct vp *vp, const struct hv_vp_state_data *what, void *page)
{
	(void)what;
	memcpy(page, vsynic_messages(vp->synic), PAGE_SIZE);
	return HV_STATUS_SUCCESS;
}

static u64 set_messages(struct vp *vp, const void *page)
{
	memcpy(vsynic_messages(vp->synic), page, PAGE_SIZE);
	return HV_STATUS_SUCCESS;
}

static u64 get_flags(struct vp *vp, const struct hv_vp_state_data *what, void *page)
{
	(void)what;
	memcpy(page, vsynic_flags(vp->synic), PAGE_SIZE);
	return HV_STATUS_SUCCESS;
}

static u64 set_flags(struct vp *vp, const void *page)
{
	memcpy(vsynic_flags(vp->synic), page, PAGE_SIZE);
	return HV_STATUS_SUCCESS;
}

static const struct state_type {
	u32 type, size;
	u64 (*get)(struct vp *vp, const struct hv_vp_state_data *what, void *buf);
	u64 (*set)(struct vp *vp, const void *buf);
} types[] = {
	{ HV_GET_SET_VP_STATE_LAPIC_STATE, PAGE_SIZE, get_lapic_page, set_lapic_page },
	{ HV_GET_SET_VP_STATE_XSAVE, PAGE_SIZE, get_xsave, set_xsave },
	{ HV_GET_SET_VP_STATE_SIM_PAGE, PAGE_SIZE, get_messages, set_messages },
	{ HV_GET_SET_VP_STATE_SIEF_PAGE, PAGE_SIZE, get_flags, set_flags },
	{ HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS, sizeof(struct hv_synthetic_timers_state),
	  get_timers, set_timers },
};

static u64 find_type(u32 type, u32 room, const struct state_type **found)
{
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i].type != type)
			continue;
		*found = &types[i];
		return room < types[i].size ? HV_STATUS_INSUFFICIENT_BUFFER : HV_STATUS_SUCCESS;
	}
	return HV_STATUS_INVALID_PARAMETER;
}

u64 vpstate_get(struct vp *vp, const struct hv_vp_state_data *what, void *buf, u32 size)
{
	const struct state_type *type;
	u64 status = find_type(what->type, size, &type);

	return status == HV_STATUS_SUCCESS ? type->get(vp, what, buf) : status;
}

u64 vpstate_set(struct vp *vp, const struct hv_vp_state_data *what, const void *buf, u32 size)
{
	const struct state_type *type;
	u64 status = find_type(what->type, size, &type);

	return status == HV_STATUS_SUCCESS ? type->set(vp, buf) : status;
}
