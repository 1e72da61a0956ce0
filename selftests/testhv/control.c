// SPDX-License-Identifier: GPL-2.0
/*
 * Test control: the operations of control.h.
 *
 * Locking: hv_lock.
 */
#include "control.h"
#include "async.h"
#include "clock.h"
#include "cpu.h"
#include "fault.h"
#include "guest.h"
#include "hypercall.h"
#include "lie.h"
#include "message.h"
#include "owner.h"
#include "partition.h"
#include "series.h"
#include "stats.h"
#include "synic.h"
#include "vp.h"
#include "x86.h"

/* The order of the kinds is promised to user space. */
_Static_assert((int)TESTHV_CALLS == (int)COUNTER_CALLS, "counter kinds");
_Static_assert((int)TESTHV_VP_ENTRIES == (int)COUNTER_VP_ENTRIES, "counter kinds");
_Static_assert((int)TESTHV_SIGNALS == (int)COUNTER_SIGNALS, "counter kinds");
_Static_assert((int)TESTHV_NR_LIES == (int)NR_LIES, "lies");
_Static_assert((int)TESTHV_NR_COUNTERS == (int)NR_COUNTER_KINDS, "counter kinds");

struct request {
	struct vp *vp;
	u64 arg[3];
	u64 value[3];
};

static u64 do_version(struct request *r)
{
	r->value[0] = TESTHV_CONTROL_VERSION;
	r->value[1] = tsc_khz;
	r->value[2] = nr_root_cpus;
	return TESTHV_OK;
}

static u64 do_counter(struct request *r)
{
	if (!counter_read(r->arg[0], r->arg[1], r->arg[2], &r->value[0]))
		return TESTHV_BAD_ARGUMENT;
	return TESTHV_OK;
}

static u64 do_violations(struct request *r)
{
	r->value[0] = owner_violations;
	r->value[1] = owner_last_gpa;
	r->value[2] = owner_last_rip;
	return TESTHV_OK;
}

static u64 do_owned(struct request *r)
{
	if (r->arg[0] > 0xffff)
		return TESTHV_BAD_ARGUMENT;
	r->value[0] = owner_count(r->arg[0]);
	return TESTHV_OK;
}

static u64 do_next_partition(struct request *r)
{
	r->value[0] = counters_next(r->arg[0]);
	return TESTHV_OK;
}

static u64 do_hypercall(struct request *r)
{
	r->value[0] = hypercall_execute(r->vp, r->arg[0], r->arg[1], r->arg[2]);
	return TESTHV_OK;
}

static u64 do_reference(struct request *r)
{
	r->value[0] = clock_reference();
	r->value[1] = rdtsc();
	return TESTHV_OK;
}

static u64 do_kicks(struct request *r)
{
	u64 period = r->arg[2];

	if (r->arg[0] >= nr_root_cpus || !r->arg[1] || r->arg[1] > SERIES_MAX)
		return TESTHV_BAD_ARGUMENT;
	if (!period || period > 1000000000)
		return TESTHV_BAD_ARGUMENT;
	if (!series_start(&cpus[r->arg[0]], r->arg[1], mul_div(period, tsc_khz, 1000000)))
		return TESTHV_BUSY;
	return TESTHV_OK;
}

static u64 cpu_field(const struct cpu *cpu, u32 field)
{
	switch (field) {
	case TESTHV_KICKS_SENT:
		return cpu->kicks.sent;
	case TESTHV_KICKS_NOTICED:
		return cpu->kicks.noticed;
	case TESTHV_ROOT_NMIS:
		return cpu->kicks.root_sent;
	case TESTHV_FOREIGN_NMIS:
		return cpu->kicks.foreign;
	case TESTHV_INJECTED_NMIS:
		return cpu->kicks.injected;
	case TESTHV_SHADOW_EXITS:
		return cpu->kicks.shadow;
	case TESTHV_SHADOW_HLT:
		return cpu->kicks.shadow_hlt;
	case TESTHV_STRAYS:
		return cpu->strays;
	default:
		return cpu->nr_exits;
	}
}

/* The service CPU may be asked too: it is the one behind the root's last. */
static u64 do_clock(struct request *r)
{
	if (r->arg[0] >= nr_cpus || r->arg[1] >= TESTHV_NR_CLOCK_FIELDS)
		return TESTHV_BAD_ARGUMENT;
	if (r->arg[1] >= TESTHV_SERIES_LEFT)
		r->value[0] = series_read(r->arg[1]);
	else
		r->value[0] = cpu_field(&cpus[r->arg[0]], r->arg[1]);
	return TESTHV_OK;
}

static u64 do_fault(struct request *r)
{
	struct fault_rule rule = {
		.code = r->arg[0],
		.status = r->arg[0] >> 16,
		.reps = r->arg[0] >> 32,
		.nth = r->arg[1],
		.times = r->arg[1] >> 32,
		.partition = r->arg[2],
	};
	u32 number;

	if (!fault_add(&rule, &number))
		return TESTHV_BAD_ARGUMENT;
	r->value[0] = number;
	return TESTHV_OK;
}

static u64 do_fault_fired(struct request *r)
{
	if (r->arg[0] >= FAULT_RULES || !fault_read(r->arg[0], &r->value[0], &r->value[1]))
		return TESTHV_BAD_ARGUMENT;
	return TESTHV_OK;
}

static u64 do_fault_clear(struct request *r)
{
	(void)r;
	fault_clear();
	return TESTHV_OK;
}

static u64 do_async(struct request *r)
{
	if (r->arg[0] > 1 || r->arg[1] > ASYNC_MAX_MS)
		return TESTHV_BAD_ARGUMENT;
	async_set(r->arg[0], r->arg[1]);
	return TESTHV_OK;
}

static u64 do_lie(struct request *r)
{
	if (r->arg[0] >= NR_LIES)
		return TESTHV_BAD_ARGUMENT;
	lie_set(r->arg[0], r->arg[1]);
	return TESTHV_OK;
}

static u64 do_maps(struct request *r)
{
	const struct page_state *page = owner_page(r->arg[0]);

	if (!page)
		return TESTHV_BAD_ARGUMENT;
	r->value[0] = page->maps;
	return TESTHV_OK;
}

static u64 do_hold_rings(struct request *r)
{
	if (r->arg[0] > 1)
		return TESTHV_BAD_ARGUMENT;
	root_rings_hold(r->arg[0]);
	return TESTHV_OK;
}

static u64 do_message(struct request *r)
{
	struct hv_message msg;

	if (!r->arg[0] || r->arg[0] >> 32)
		return TESTHV_BAD_ARGUMENT;
	message_init(&msg, (u32)r->arg[0], r->arg[1], &r->arg[2], sizeof(r->arg[2]));
	root_post_message(r->vp, HV_SYNIC_INTERCEPTION_SINT_INDEX, &msg);
	return TESTHV_OK;
}

static u64 (*const ops[TESTHV_NR_OPS])(struct request *r) = {
	[TESTHV_VERSION] = do_version,
	[TESTHV_COUNTER] = do_counter,
	[TESTHV_VIOLATIONS] = do_violations,
	[TESTHV_OWNED] = do_owned,
	[TESTHV_NEXT_PARTITION] = do_next_partition,
	[TESTHV_HYPERCALL] = do_hypercall,
	[TESTHV_REFERENCE] = do_reference,
	[TESTHV_KICKS] = do_kicks,
	[TESTHV_CLOCK] = do_clock,
	[TESTHV_FAULT] = do_fault,
	[TESTHV_FAULT_FIRED] = do_fault_fired,
	[TESTHV_FAULT_CLEAR] = do_fault_clear,
	[TESTHV_ASYNC] = do_async,
	[TESTHV_LIE] = do_lie,
	[TESTHV_MAPS] = do_maps,
	[TESTHV_HOLD_RINGS] = do_hold_rings,
	[TESTHV_MESSAGE] = do_message,
};

void control_handle(struct vp *vp)
{
	struct request r = { .vp = vp, .arg = { vp->gpr[RCX], vp->gpr[RDX], vp->gpr[RSI] } };
	u64 op = vp->gpr[RBX];

	vp->vmcb->save.rax = op < TESTHV_NR_OPS ? ops[op](&r) : TESTHV_BAD_OP;
	vp->gpr[RBX] = r.value[0];
	vp->gpr[RCX] = r.value[1];
	vp->gpr[RDX] = r.value[2];
	vp_advance(vp, VMMCALL_LENGTH);
}
