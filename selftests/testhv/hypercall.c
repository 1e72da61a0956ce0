// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall engine.
 *
 * Everything that is the same for all calls happens here: who may call, where
 * input and output are, whether the control word makes sense, reps and their
 * continuation.  A caller that makes two mistakes is told of one; which
 * one that is, public sources do not always say.
 *
 * Input is copied before it is checked, so a caller that changes it meanwhile
 * harms only itself.
 *
 * Locking: hv_lock, held by the caller.
 */
#include "hypercall.h"
#include "async.h"
#include "cpu.h"
#include "fault.h"
#include "guest.h"
#include "intercept.h"
#include "partition.h"
#include "stats.h"
#include "string.h"
#include "vp.h"

/*
 * The real hypervisor gives a long call back to its caller after about 50 us.
 * Under an emulator time says little; a fixed number of reps makes every run
 * the same.
 */
#define REPS_PER_SLICE	256

/* Hypercalls nest once: a child's while its parent dispatches it on the same CPU. */
struct call_buffer {
	u8 in[PAGE_SIZE] __attribute__((aligned(16)));
	u8 out[PAGE_SIZE] __attribute__((aligned(16)));
};

static struct call_buffer call_buffers[MAX_CPUS][2];

/* A call of test control is at work: rules for the root's calls do not hold for it. */
static bool for_test[MAX_CPUS];

/* The control word taken apart, and where the call stands. */
struct call {
	struct hypercall hc;
	const struct hypercall_desc *desc;
	struct call_buffer *buf;
	bool fast;
	bool own;		/* the root's kernel made it, and not a test in its place */
	u64 in, out;		/* as the caller passed them: GPAs, or input itself */
	u32 rep_start;
	u8 *guest_out;
	bool absent;		/* the caller's parent has to bring a page first: */
	u64 absent_gpa, absent_fault;
};

static const struct hypercall_group *const groups[] = {
	&partition_hypercalls, &deposit_hypercalls, &vp_hypercalls, &gpa_hypercalls,
	&register_hypercalls, &property_hypercalls, &intercept_hypercalls,
	&schedule_hypercalls, &devirq_hypercalls, &lp_hypercalls, &system_hypercalls,
	&stats_hypercalls, &port_hypercalls, &state_hypercalls, &interrupt_hypercalls,
	&walk_hypercalls, &cpuid_hypercalls, &guest_hypercalls,
};

/* Codes are small but for a few extended ones, of which testhv has none. */
static const struct hypercall_desc *by_code[NR_CALL_CODES];

static void fill_table(void)
{
	for (u32 g = 0; g < ARRAY_SIZE(groups); g++)
		for (u32 i = 0; i < groups[g]->nr; i++)
			by_code[groups[g]->descs[i].code] = &groups[g]->descs[i];
}

static const struct hypercall_desc *find_desc(u16 code)
{
	if (!by_code[HVCALL_GET_PARTITION_ID])
		fill_table();
	return code < NR_CALL_CODES ? by_code[code] : NULL;
}

void hypercall_fill_page(void *page)
{
	static const u8 code[] = {
		0xf3, 0x0f, 0x1e, 0xfa,	/* endbr64 */
		0x0f, 0x01, 0xd9,	/* vmmcall */
		0xc3,			/* ret */
	};

	memset(page, OPCODE_INT3, PAGE_SIZE);
	memcpy(page, code, sizeof(code));
}

const char *hypercall_name(u16 code)
{
	const struct hypercall_desc *desc = find_desc(code);

	return desc ? desc->name : NULL;
}

/* Bits, counts and variable header that the call's kind does not allow. */
static u64 check_control(const struct call *c, u64 control)
{
	const struct hypercall_desc *desc = c->desc;

	if (control & HV_HYPERCALL_RSVD_MASK)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (c->hc.var_size && !desc->var_header)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (c->fast && !desc->fast_ok)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (desc->kind == HC_REP)
		return c->hc.rep_count && c->rep_start < c->hc.rep_count ?
			HV_STATUS_SUCCESS : HV_STATUS_INVALID_HYPERCALL_INPUT;
	return c->hc.rep_count || c->rep_start ?
		HV_STATUS_INVALID_HYPERCALL_INPUT : HV_STATUS_SUCCESS;
}

/* One parameter block in guest memory. */
static u64 param_block(struct call *c, u64 gpa, u32 size, u32 prot, u8 **block)
{
	struct partition *p = c->hc.vp->partition;

	if (gpa & 7 || (gpa & ~PAGE_MASK) + size > PAGE_SIZE)
		return HV_STATUS_INVALID_ALIGNMENT;
	*block = gpa_ptr(p, gpa, prot);
	if (*block)
		return HV_STATUS_SUCCESS;
	c->absent = !p->root && (npt_lookup(&p->npt, gpa).prot & prot) != prot;
	c->absent_gpa = gpa;
	c->absent_fault = prot & NPT_W ? NPF_WRITE : 0;
	return HV_STATUS_INVALID_ALIGNMENT;
}

static u64 fetch_input(struct call *c)
{
	u32 size = c->hc.in_size + c->hc.rep_count * c->desc->rep_in;
	u64 status;
	u8 *guest;

	c->hc.in = c->buf->in;
	if (c->fast) {
		u64 regs[2] = { c->in, c->out };

		if (size > sizeof(regs))
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
		memcpy(c->buf->in, regs, sizeof(regs));
		return HV_STATUS_SUCCESS;
	}
	if (!size)
		return HV_STATUS_SUCCESS;
	status = param_block(c, c->in, size, NPT_R, &guest);
	if (status == HV_STATUS_SUCCESS)
		memcpy(c->buf->in, guest, size);
	return status;
}

static u64 find_output(struct call *c)
{
	u32 size = c->desc->out + c->hc.rep_count * c->desc->rep_out;

	if (!size)
		return HV_STATUS_SUCCESS;
	if (c->fast)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return param_block(c, c->out, size, NPT_R | NPT_W, &c->guest_out);
}

/* The partition that a call is about: nearly all begin their input with it. */
static u64 subject(const struct call *c)
{
	return c->desc->in >= sizeof(u64) ? *(const u64 *)c->buf->in : 0;
}

/* Whether a test lets what comes next fail. */
static u64 next_status(const struct call *c)
{
	return c->own ? fault_next(this_cpu()->index) : HV_STATUS_SUCCESS;
}

static u64 call_simple(struct call *c)
{
	u64 status;

	c->hc.out = c->buf->out;
	memset(c->buf->out, 0, c->desc->out);
	count_reps(c->hc.vp->partition, c->hc.code, 1);
	status = next_status(c);
	if (status == HV_STATUS_SUCCESS)
		status = c->desc->fn(&c->hc);
	if (c->own)
		status = async_status(c->hc.vp, c->hc.code, subject(c), status);
	if (status != HV_STATUS_SUCCESS || !c->desc->out || c->hc.no_out)
		return status;
	/* DISPATCH_VP gave the lock up: the output page may have left the caller. */
	status = find_output(c);
	if (status == HV_STATUS_SUCCESS)
		memcpy(c->guest_out, c->buf->out, c->desc->out);
	return status;
}

static u64 call_one_rep(struct call *c, u32 rep)
{
	u32 size = c->desc->rep_out;
	u64 status;

	c->hc.rep = rep;
	c->hc.rep_in = c->desc->rep_in ?
		c->buf->in + c->hc.in_size + rep * c->desc->rep_in : NULL;
	c->hc.out = c->buf->out;
	memset(c->buf->out, 0, size);
	status = c->desc->fn(&c->hc);
	if (status == HV_STATUS_SUCCESS && size)
		memcpy(c->guest_out + c->desc->out + rep * size, c->buf->out, size);
	return status;
}

/* Returns the index of the first rep that is not done. */
static u32 call_reps(struct call *c, u64 *status)
{
	u32 rep = c->rep_start;
	u32 end = MIN(c->hc.rep_count, rep + REPS_PER_SLICE);

	*status = HV_STATUS_SUCCESS;
	while (rep < end) {
		*status = next_status(c);
		if (*status == HV_STATUS_SUCCESS)
			*status = call_one_rep(c, rep);
		if (*status != HV_STATUS_SUCCESS)
			break;
		rep++;
	}
	count_reps(c->hc.vp->partition, c->hc.code, rep - c->rep_start);
	return rep;
}

static void decode(struct call *c, struct vp *vp, u64 control, u64 in, u64 out)
{
	memset(c, 0, sizeof(*c));
	c->hc.vp = vp;
	c->hc.code = control & HV_HYPERCALL_CODE_MASK;
	c->hc.var_size = (control & HV_HYPERCALL_VARHEAD_MASK) >> HV_HYPERCALL_VARHEAD_OFFSET << 3;
	c->hc.rep_count = (control & HV_HYPERCALL_REP_COMP_MASK) >> HV_HYPERCALL_REP_COMP_OFFSET;
	c->rep_start = (control & HV_HYPERCALL_REP_START_MASK) >> HV_HYPERCALL_REP_START_OFFSET;
	c->fast = control & HV_HYPERCALL_FAST_BIT;
	c->in = in;
	c->out = out;
	c->desc = find_desc(c->hc.code);
	c->buf = &call_buffers[this_cpu()->index][!vp->partition->root];
	c->own = vp->partition->root && !for_test[this_cpu()->index];
}

static u64 check(struct call *c, u64 control)
{
	u64 status;

	if (!c->desc)
		return HV_STATUS_INVALID_HYPERCALL_CODE;
	if ((c->hc.vp->partition->privileges & c->desc->privilege) != c->desc->privilege)
		return HV_STATUS_ACCESS_DENIED;
	status = check_control(c, control);
	if (status != HV_STATUS_SUCCESS)
		return status;
	c->hc.in_size = c->desc->in + c->hc.var_size;
	status = fetch_input(c);
	if (status != HV_STATUS_SUCCESS || c->desc->out_optional)
		return status;
	return find_output(c);
}

static u64 result(u64 status, u32 reps)
{
	return status | (u64)reps << HV_HYPERCALL_REP_COMP_OFFSET;
}

/* The parent hears of the page as if an instruction had touched it; the call comes again. */
static void report_absent(const struct call *c)
{
	struct npt_entry e = npt_lookup(&c->hc.vp->partition->npt, c->absent_gpa);

	intercept_memory(c->hc.vp, c->absent_gpa, c->absent_fault, e.size);
}

/*
 * Run one slice of a call.  Returns true when the call is over and *res holds
 * the result word; false when the VP stays at the call: *control then has the start
 * index of the next slice, which after an intercept is this one's.
 */
static bool run_slice(struct vp *vp, u64 *control, u64 in, u64 out, u64 *res)
{
	bool begins = vp->hypercall_continued != *control;
	struct call c;
	u64 status;
	u32 rep;

	decode(&c, vp, *control, in, out);
	if (begins)
		count_call(vp->partition, c.hc.code);
	vp->hypercall_continued = 0;
	status = check(&c, *control);
	if (c.absent) {
		report_absent(&c);
		vp->hypercall_continued = *control;
		return false;
	}
	if (status != HV_STATUS_SUCCESS) {
		*res = result(status, 0);
		return true;
	}
	if (begins && c.own)
		fault_begin(this_cpu()->index, c.hc.code, subject(&c));
	if (c.desc->kind == HC_SIMPLE) {
		*res = result(call_simple(&c), 0);
		return true;
	}
	rep = call_reps(&c, &status);
	*res = result(status, rep);
	if (status != HV_STATUS_SUCCESS || rep == c.hc.rep_count)
		return true;
	*control &= ~HV_HYPERCALL_REP_START_MASK;
	*control |= (u64)rep << HV_HYPERCALL_REP_START_OFFSET;
	vp->hypercall_continued = *control;
	return false;
}

u64 hypercall_execute(struct vp *vp, u64 control, u64 in_gpa, u64 out_gpa)
{
	u64 res;

	for_test[this_cpu()->index] = true;
	while (!run_slice(vp, &control, in_gpa, out_gpa, &res))
		;
	for_test[this_cpu()->index] = false;
	return res;
}

static u64 pair(struct vp *vp, enum gpr high, enum gpr low)
{
	return *vp_gpr(vp, high) << 32 | (u32)*vp_gpr(vp, low);
}

static void set_pair(struct vp *vp, enum gpr high, enum gpr low, u64 value)
{
	*vp_gpr(vp, high) = value >> 32;
	*vp_gpr(vp, low) = (u32)value;
}

static void handle_long(struct vp *vp)
{
	u64 control = *vp_gpr(vp, RCX), res;

	if (!run_slice(vp, &control, *vp_gpr(vp, RDX), *vp_gpr(vp, R8), &res)) {
		*vp_gpr(vp, RCX) = control;
		return;
	}
	*vp_gpr(vp, RAX) = res;
	vp_advance(vp, VMMCALL_LENGTH);
}

/* 32-bit callers pass everything in register pairs. */
static void handle_legacy(struct vp *vp)
{
	u64 control = pair(vp, RDX, RAX), res;

	if (!run_slice(vp, &control, pair(vp, RBX, RCX), pair(vp, RDI, RSI), &res)) {
		set_pair(vp, RDX, RAX, control);
		return;
	}
	set_pair(vp, RDX, RAX, res);
	vp_advance(vp, VMMCALL_LENGTH);
}

void hypercall_handle(struct vp *vp)
{
	if (vp_cpl(vp) || !vp_protected_mode(vp)) {
		vp_inject_exception(vp, VECTOR_UD, false, 0);
		return;
	}
	if (vp_long_code(vp))
		handle_long(vp);
	else
		handle_legacy(vp);
}
