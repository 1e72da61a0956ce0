// SPDX-License-Identifier: GPL-2.0-only
/*
 * One typed wrapper a hypercall, and what all of them need: pages for input and output,
 * continuation of rep calls, memory for the hypervisor, and an account of failures.
 *
 * The kernel has such pages too, but not on every kernel, and it frees them early when a CPU
 * goes offline; ours exist for all possible CPUs while the module is loaded.
 *
 * A failure is kept for the user to ask about.  It is logged too, unless the user's request
 * can be the cause.
 *
 * The hypervisor returns early from a long rep call, so that the caller can take its interrupts:
 * between two such parts they are on, and the next may happen on another CPU, with its pages.
 *
 * Locking: interrupts are off while a CPU's pages are in use.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "hv_root.h"
#include "kernel_hv.h"
#include "trace.h"

struct call_pages {
	void *in;
	void *out;
};

static DEFINE_PER_CPU(struct call_pages, call_pages);

/* A call whose input and output are copied: a head, and for a rep call a list. */
struct call {
	u16 code;
	u16 varhead;		/* qwords */
	u16 reps;
	u16 head_size;
	u16 list_size;
	u16 out_size;
	const void *head;
	const void *list;
	void *out;
};

static void log_failure(struct hv_target *target, u32 vp_index, u16 code, u16 status)
{
	u64 id = target ? target->id : HV_PARTITION_ID_SELF;

	if (vp_index == HV_ANY_VP)
		pr_err_ratelimited("partition %lld: %s failed: %s (%#x)\n", id,
				   hv_code_name(code), hv_status_name(status), status);
	else
		pr_err_ratelimited("partition %lld VP %u: %s failed: %s (%#x)\n", id, vp_index,
				   hv_code_name(code), hv_status_name(status), status);
}

/* Keeps a result for the user to ask about; returns 0 or the errno that it stands for. */
int hv_record(struct hv_target *target, u32 vp_index, u16 code, u64 result)
{
	u16 status = hv_result(result);

	if (target && status != HV_STATUS_SUCCESS) {
		atomic64_set(&target->last_error,
			     (u64)code << 48 | (u64)status << 32 | vp_index);
		atomic64_inc(&target->errors);
	}
	return hv_status_errno(status);
}

/**
 * hv_finish() - account for the result of a hypercall
 * @target: the partition it was about, NULL if none
 * @vp_index: the VP it was about, HV_ANY_VP if none
 * @code: which hypercall
 * @result: what it returned
 *
 * Return: 0, or the errno that the status stands for.
 */
int hv_finish(struct hv_target *target, u32 vp_index, u16 code, u64 result)
{
	u16 status = hv_result(result);

	if (status == HV_STATUS_SUCCESS)
		return 0;
	if (!hv_status_is_callers_fault(status))
		log_failure(target, vp_index, code, status);
	return hv_record(target, vp_index, code, result);
}

/* What nobody asked for by name must not fail at all, and any failure is news. */
static int finish_loudly(struct hv_target *target, u32 vp_index, u16 code, u64 result)
{
	int ret = hv_finish(target, vp_index, code, result);

	if (hv_status_is_callers_fault(hv_result(result)))
		log_failure(target, vp_index, code, hv_result(result));
	return ret;
}

/*
 * One part of a rep call, from rep *@done on, or a whole simple call.  Returns the result word;
 * *@done is where the next part begins, never more than @reps.
 */
static u64 issue_part(u64 control, unsigned int reps, unsigned int *done, void *in, void *out)
{
	u64 result = kernel_hv_call(control | (u64)reps << HV_HYPERCALL_REP_COMP_OFFSET |
				    (u64)*done << HV_HYPERCALL_REP_START_OFFSET, in, out);
	unsigned int now = min(hv_repcomp(result), reps);

	if (now > *done)
		*done = now;
	else if (reps && hv_success(result))	/* no progress is no success */
		result = HV_STATUS_OPERATION_FAILED;
	return result;
}

/* The result word of the whole call. */
static u64 whole_result(u64 control, unsigned int reps, unsigned int done, u64 result)
{
	trace_hv_hypercall(control & HV_HYPERCALL_CODE_MASK, reps, result);
	return (result & ~HV_HYPERCALL_REP_COMP_MASK) |
	       (u64)done << HV_HYPERCALL_REP_COMP_OFFSET;
}

/**
 * hv_call_pages() - issue a hypercall, a rep call to its end
 * @control: control word but for the rep fields
 * @start: reps that an earlier attempt did
 * @reps: number of reps, those included; 0 for a simple call; at most HV_MAX_REPS
 * @in: page or part of one, for the input
 * @out: the same for the output, or NULL
 *
 * The hypervisor may return early from a rep call, successful but not done.  The result's
 * count of completed reps is never more than @reps.
 *
 * Return: the result word of the last attempt.
 */
u64 hv_call_pages(u64 control, unsigned int start, unsigned int reps, void *in, void *out)
{
	unsigned int done = start;
	u64 result;

	do {
		result = issue_part(control, reps, &done, in, out);
	} while (hv_success(result) && done < reps);
	return whole_result(control, reps, done, result);
}

/* One part of a call, by the pages of the CPU on which it happens to be. */
static u64 issue_copied(const struct call *call, u64 control, unsigned int *done)
{
	size_t rep_size = call->reps ? call->out_size / call->reps : 0;
	size_t from = *done * rep_size, size;
	struct call_pages *pages;
	unsigned long flags;
	u64 result;

	local_irq_save(flags);
	pages = this_cpu_ptr(&call_pages);
	memcpy(pages->in, call->head, call->head_size);
	if (call->list_size)
		memcpy(pages->in + call->head_size, call->list, call->list_size);
	memset(pages->out + from, 0, call->out_size - from);
	result = issue_part(control, call->reps, done, pages->in,
			    call->out_size ? pages->out : NULL);
	size = call->reps ? *done * rep_size - from : call->out_size;
	if (size)
		memcpy(call->out + from, pages->out + from, size);
	local_irq_restore(flags);
	return result;
}

/* The output of reps that are not done is zero, like that of a call that failed. */
static u64 issue(const struct call *call)
{
	u64 control = call->code | (u64)call->varhead << HV_HYPERCALL_VARHEAD_OFFSET;
	unsigned int done = 0;
	u64 result;

	if (call->out_size)
		memset(call->out, 0, call->out_size);
	do {
		result = issue_copied(call, control, &done);
	} while (hv_success(result) && done < call->reps);
	return whole_result(control, call->reps, done, result);
}

/* Issues a call, depositing memory to @feed's ledger for as long as it is that which it lacks. */
static u64 issue_fed(const struct call *call, struct hv_ledger *ledger)
{
	struct hv_feed feed = { .ledger = ledger, .code = call->code };
	u64 result;

	do {
		result = issue(call);
	} while (hv_feed(&feed, result));
	if (hv_success(result))
		hv_feed_done(&feed);
	return result;
}

static u64 issue_fast(u16 code, u64 arg1, u64 arg2)
{
	u64 result = kernel_hv_fast_call(code, arg1, arg2);

	trace_hv_hypercall(code, 0, result);
	return result;
}

/* Partitions */

int hv_create_partition(struct hv_target *opener, const struct hv_input_create_partition *in,
			u64 *id)
{
	struct hv_output_create_partition out;
	struct call call = {
		.code = HVCALL_CREATE_PARTITION,
		.head = in,
		.head_size = sizeof(*in),
		.out = &out,
		.out_size = sizeof(out),
	};
	u64 result = issue_fed(&call, &hv_root_ledger);

	*id = out.partition_id;
	return hv_finish(opener, HV_ANY_VP, call.code, result);
}

int hv_initialize_partition(struct hv_target *target)
{
	struct hv_feed feed = {
		.ledger = target->ledger,
		.code = HVCALL_INITIALIZE_PARTITION,
	};
	u64 result;

	do {
		result = issue_fast(feed.code, target->id, 0);
	} while (hv_feed(&feed, result));
	if (hv_success(result))
		hv_feed_done(&feed);
	return hv_finish(target, HV_ANY_VP, feed.code, result);
}

int hv_finalize_partition(struct hv_target *target)
{
	return finish_loudly(target, HV_ANY_VP, HVCALL_FINALIZE_PARTITION,
			     issue_fast(HVCALL_FINALIZE_PARTITION, target->id, 0));
}

int hv_delete_partition(struct hv_target *target)
{
	return finish_loudly(target, HV_ANY_VP, HVCALL_DELETE_PARTITION,
			     issue_fast(HVCALL_DELETE_PARTITION, target->id, 0));
}

int hv_get_partition_property(struct hv_target *target, u32 property, u64 *value)
{
	struct hv_input_get_partition_property in = {
		.partition_id = target->id,
		.property_code = property,
	};
	struct hv_output_get_partition_property out;
	struct call call = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.head = &in,
		.head_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	int ret = hv_finish(target, HV_ANY_VP, call.code, issue(&call));

	*value = out.property_value;
	return ret;
}

/* A property of the kernel's own partition, of any size. */
int hv_get_own_property(u32 property, void *value, unsigned int size)
{
	struct hv_input_get_partition_property_ex in = {
		.partition_id = HV_PARTITION_ID_SELF,
		.property_code = property,
	};
	struct call call = {
		.code = HVCALL_GET_PARTITION_PROPERTY_EX,
		.head = &in,
		.head_size = sizeof(in),
		.out = value,
		.out_size = size,
	};

	return finish_loudly(NULL, HV_ANY_VP, call.code, issue(&call));
}

/* Which of the hypervisor's schedulers runs the VPs: enum hv_scheduler_type. */
int hv_get_scheduler_type(u32 *type)
{
	struct hv_input_get_system_property in = {
		.property_id = HV_SYSTEM_PROPERTY_SCHEDULER_TYPE,
	};
	struct hv_output_get_system_property out;
	struct call call = {
		.code = HVCALL_GET_SYSTEM_PROPERTY,
		.head = &in,
		.head_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	int ret = finish_loudly(NULL, HV_ANY_VP, call.code, issue(&call));

	*type = out.scheduler_type;
	return ret;
}

/* The machine */

int hv_set_sleep_state(u32 state, u8 pm1a_type, u8 pm1b_type)
{
	struct hv_input_set_system_property in = {
		.property_id = HV_SYSTEM_PROPERTY_SLEEP_STATE,
		.set_sleep_state_info = {
			.sleep_state = state,
			.pm1a_slp_typ = pm1a_type,
			.pm1b_slp_typ = pm1b_type,
		},
	};
	struct call call = {
		.code = HVCALL_SET_SYSTEM_PROPERTY,
		.head = &in,
		.head_size = sizeof(in),
	};

	return finish_loudly(NULL, HV_ANY_VP, call.code, issue(&call));
}

/* Does not return if the machine goes to sleep. */
int hv_enter_sleep_state(u32 state)
{
	struct hv_input_enter_sleep_state in = { .sleep_state = state };
	struct call call = {
		.code = HVCALL_ENTER_SLEEP_STATE,
		.head = &in,
		.head_size = sizeof(in),
	};

	return finish_loudly(NULL, HV_ANY_VP, call.code, issue(&call));
}

/* Memory */

/* The result word itself, for the ledger: @done pages changed hands whatever it says. */
u64 hv_deposit_memory(u64 partition_id, const u64 *pfns, unsigned int count,
		      unsigned int *done)
{
	struct hv_deposit_memory in = { .partition_id = partition_id };
	struct call call = {
		.code = HVCALL_DEPOSIT_MEMORY,
		.reps = count,
		.head = &in,
		.head_size = sizeof(in),
		.list = pfns,
		.list_size = count * sizeof(*pfns),
	};
	u64 result = issue(&call);

	*done = hv_repcomp(result);
	return result;
}

/* As above; the first @done entries of @pfns are the pages that came back. */
u64 hv_withdraw_memory(u64 partition_id, u64 *pfns, unsigned int count, unsigned int *done)
{
	struct hv_input_withdraw_memory in = { .partition_id = partition_id };
	struct call call = {
		.code = HVCALL_WITHDRAW_MEMORY,
		.reps = count,
		.head = &in,
		.head_size = sizeof(in),
		.out = pfns,
		.out_size = count * sizeof(*pfns),
	};
	u64 result = issue(&call);

	*done = hv_repcomp(result);
	return result;
}

/*
 * For calls that deposit nothing, because their caller holds a lock that reclaim may want: -EAGAIN
 * if it is memory that the hypervisor lacks, and *@again is what to feed it by.
 */
static int finish_unfed(struct hv_target *target, u16 code, u64 result, u64 *again)
{
	*again = result;
	if (hv_status_needs_memory(hv_result(result)))
		return -EAGAIN;
	return hv_finish(target, HV_ANY_VP, code, result);
}

/*
 * The first *@done pages of @run are mapped, whatever is returned.  Allocates nothing: -EAGAIN,
 * with the result in *@again, if the hypervisor lacks memory.
 */
int hv_try_map_gpa_pages(struct hv_target *target, const struct hv_gpa_run *run,
			 unsigned int *done, u64 *again)
{
	struct hv_input_map_gpa_pages in = {
		.target_partition_id = target->id,
		.target_gpa_base = run->gfn,
		.map_flags = run->flags | (run->large ? HV_MAP_GPA_LARGE_PAGE : 0),
	};
	struct call call = {
		.code = HVCALL_MAP_GPA_PAGES,
		.reps = run->count,
		.head = &in,
		.head_size = sizeof(in),
		.list = run->pfns,
		.list_size = run->count * sizeof(*run->pfns),
	};
	u64 result = issue(&call);

	*done = hv_repcomp(result);
	return finish_unfed(target, call.code, result, again);
}

/* Also when it fails, the first *@done pages of @run are mapped. */
int hv_map_gpa_pages(struct hv_target *target, const struct hv_gpa_run *run,
		     unsigned int *done)
{
	unsigned int shift = run->large ? HV_HYP_LARGE_PAGE_SHIFT - HV_HYP_PAGE_SHIFT : 0;
	struct hv_feed feed = {
		.ledger = target->ledger,
		.code = HVCALL_MAP_GPA_PAGES,
		/* a table for each 2 MiB */
		.expected = min_t(u64, DIV_ROUND_UP_ULL(run->left, HV_LARGE_PAGES), HV_MAX_REPS),
	};
	struct hv_gpa_run rest = *run;
	unsigned int now;
	u64 again;
	int ret;

	*done = 0;
	do {
		rest.gfn = run->gfn + ((u64)*done << shift);
		rest.pfns = run->pfns + *done;
		rest.count = run->count - *done;
		ret = hv_try_map_gpa_pages(target, &rest, &now, &again);
		*done += now;
		if (now)
			hv_feed_progress(&feed);
	} while (ret == -EAGAIN && hv_feed(&feed, again));
	return ret == -EAGAIN ? hv_finish(target, HV_ANY_VP, feed.code, again) : ret;
}

/* @count pages, of 4 KiB, or of 2 MiB if @large; also when it fails, the first *@done are gone. */
int hv_unmap_gpa_pages(struct hv_target *target, u64 gfn, u64 count, bool large, u64 *done)
{
	unsigned int shift = large ? HV_HYP_LARGE_PAGE_SHIFT - HV_HYP_PAGE_SHIFT : 0;
	struct hv_input_unmap_gpa_pages in = {
		.target_partition_id = target->id,
		.unmap_flags = large ? HV_UNMAP_GPA_LARGE_PAGE : 0,
	};
	struct call call = {
		.code = HVCALL_UNMAP_GPA_PAGES,
		.head = &in,
		.head_size = sizeof(in),
	};
	u64 result = HV_STATUS_SUCCESS;

	*done = 0;
	while (*done < count && hv_success(result)) {
		in.target_gpa_base = gfn + (*done << shift);
		call.reps = min_t(u64, count - *done, HV_HYP_PAGE_SIZE / sizeof(u64));
		result = issue(&call);
		*done += hv_repcomp(result);
	}
	return finish_loudly(target, HV_ANY_VP, call.code, result);
}

/*
 * Accessed and dirty bits of up to HV_MAX_REPS guest pages, one byte each, and with @flags a change
 * of them in the same step.  The first *@done entries of @states are true, whatever is returned.
 * Allocates nothing: -EAGAIN, with the result in *@again, if the hypervisor lacks memory.
 */
int hv_get_gpa_access_states(struct hv_target *target, u64 gfn, unsigned int count, u64 flags,
			     union hv_gpa_page_access_state *states, unsigned int *done,
			     u64 *again)
{
	struct hv_input_get_gpa_pages_access_state in = {
		.partition_id = target->id,
		.flags.as_uint64 = flags,
		.hv_gpa_page_number = gfn,
	};
	struct call call = {
		.code = HVCALL_GET_GPA_PAGES_ACCESS_STATES,
		.reps = count,
		.head = &in,
		.head_size = sizeof(in),
		.out = states,
		.out_size = count * sizeof(*states),
	};
	u64 result = issue(&call);

	*done = hv_repcomp(result);
	return finish_unfed(target, call.code, result, again);
}

/* Virtual processors */

int hv_create_vp(struct hv_target *target, u32 vp_index)
{
	struct hv_create_vp in = {
		.partition_id = target->id,
		.vp_index = vp_index,
		.subnode_type = HV_SUBNODE_ANY,
	};
	struct call call = {
		.code = HVCALL_CREATE_VP,
		.head = &in,
		.head_size = sizeof(in),
	};

	return hv_finish(target, vp_index, call.code, issue_fed(&call, target->ledger));
}

int hv_delete_vp(struct hv_target *target, u32 vp_index)
{
	return finish_loudly(target, vp_index, HVCALL_DELETE_VP,
			     issue_fast(HVCALL_DELETE_VP, target->id, vp_index));
}

/*
 * Runs the VP on this CPU, with interrupts on, until it stops or the CPU has something else to
 * do.  Preemption is off.  @pages are the VP's own, since an interrupt may come between.  -EAGAIN,
 * with the result in *@again, if the hypervisor lacks memory.
 */
int hv_try_dispatch_vp(struct hv_target *target, u32 vp_index, u32 flags, void *pages[2],
		       struct hv_output_dispatch_vp *out, u64 *again)
{
	struct hv_output_dispatch_vp *page = pages[1];
	u64 result;

	*(struct hv_input_dispatch_vp *)pages[0] = (struct hv_input_dispatch_vp) {
		.partition_id = target->id,
		.vp_index = vp_index,
		.flags = flags,
	};
	*page = (struct hv_output_dispatch_vp) {};
	result = kernel_hv_call(HVCALL_DISPATCH_VP, pages[0], page);
	*out = *page;
	trace_hv_hypercall(HVCALL_DISPATCH_VP, 0, result);
	trace_mshv_dispatch(target->id, vp_index, flags, out->dispatch_state,
			    out->dispatch_event);
	if (hv_success(result))
		return 0;
	*again = result;
	if (hv_status_needs_memory(hv_result(result)))
		return -EAGAIN;
	return hv_finish(target, vp_index, HVCALL_DISPATCH_VP, result);
}

int hv_get_vp_register(struct hv_target *target, u32 vp_index, u32 name, u64 *value)
{
	struct hv_input_get_vp_registers in = {
		.partition_id = target->id,
		.vp_index = vp_index,
	};
	union hv_register_value out;
	struct call call = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = 1,
		.head = &in,
		.head_size = sizeof(in),
		.list = &name,
		.list_size = sizeof(name),
		.out = &out,
		.out_size = sizeof(out),
	};
	int ret = hv_finish(target, vp_index, call.code, issue(&call));

	*value = out.reg64;
	return ret;
}

int hv_set_vp_registers(struct hv_target *target, u32 vp_index,
			const struct hv_register_assoc *regs, unsigned int count)
{
	struct hv_input_set_vp_registers in = {
		.partition_id = target->id,
		.vp_index = vp_index,
	};
	struct call call = {
		.code = HVCALL_SET_VP_REGISTERS,
		.reps = count,
		.head = &in,
		.head_size = sizeof(in),
		.list = regs,
		.list_size = count * sizeof(*regs),
	};

	return hv_finish(target, vp_index, call.code, issue(&call));
}

/*
 * The result word itself: the caller may not be able to sleep, and gives memory elsewhere if it
 * is that which is lacking.
 */
u64 hv_assert_virtual_interrupt(const struct hv_target *target, const struct hv_interrupt *irq)
{
	struct hv_input_assert_virtual_interrupt *in;
	unsigned long flags;
	u64 result;

	local_irq_save(flags);
	in = this_cpu_ptr(&call_pages)->in;
	*in = (struct hv_input_assert_virtual_interrupt) {
		.partition_id = target->id,
		.control = irq->control,
		.dest_addr = irq->dest,
		.vector = irq->vector,
	};
	result = kernel_hv_call(HVCALL_ASSERT_VIRTUAL_INTERRUPT, in, NULL);
	local_irq_restore(flags);
	trace_hv_hypercall(HVCALL_ASSERT_VIRTUAL_INTERRUPT, 0, result);
	return result;
}

int hv_map_vp_state_page(struct hv_target *target, u32 vp_index, u16 type, u64 *pfn)
{
	struct hv_input_map_vp_state_page in = {
		.partition_id = target->id,
		.vp_index = vp_index,
		.type = type,
	};
	struct hv_output_map_vp_state_page out;
	struct call call = {
		.code = HVCALL_MAP_VP_STATE_PAGE,
		.head = &in,
		.head_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	int ret = finish_loudly(target, vp_index, call.code,
				issue_fed(&call, target->ledger));

	*pfn = out.map_location;
	return ret;
}

int hv_unmap_vp_state_page(struct hv_target *target, u32 vp_index, u16 type)
{
	struct hv_input_unmap_vp_state_page in = {
		.partition_id = target->id,
		.vp_index = vp_index,
		.type = type,
	};
	struct call call = {
		.code = HVCALL_UNMAP_VP_STATE_PAGE,
		.head = &in,
		.head_size = sizeof(in),
	};

	return finish_loudly(target, vp_index, call.code, issue(&call));
}

int hv_map_stats_page(struct hv_ledger *ledger, u32 type,
		      const union hv_stats_object_identity *identity, u64 *pfn)
{
	struct hv_input_map_stats_page in = { .type = type, .identity = *identity };
	struct hv_output_map_stats_page out;
	struct call call = {
		.code = HVCALL_MAP_STATS_PAGE,
		.head = &in,
		.head_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	/* A parent that may not see them does without. */
	int ret = hv_finish(NULL, HV_ANY_VP, call.code, issue_fed(&call, ledger));

	*pfn = out.map_location;
	return ret;
}

int hv_unmap_stats_page(u32 type, const union hv_stats_object_identity *identity)
{
	struct hv_input_unmap_stats_page in = { .type = type, .identity = *identity };
	struct call call = {
		.code = HVCALL_UNMAP_STATS_PAGE,
		.head = &in,
		.head_size = sizeof(in),
	};

	return finish_loudly(NULL, HV_ANY_VP, call.code, issue(&call));
}

int hv_get_vp_state(struct hv_target *target, u32 vp_index, struct hv_vp_state *state)
{
	struct hv_input_get_vp_state in = {
		.partition_id = target->id,
		.vp_index = vp_index,
		.state_data = state->data,
	};
	union hv_output_get_vp_state out;
	struct call call = {
		.code = HVCALL_GET_VP_STATE,
		.varhead = state->nr_pfns,
		.head = &in,
		.head_size = sizeof(in),
		.list = state->pfns,
		.list_size = state->nr_pfns * sizeof(*state->pfns),
		.out = &out,
		.out_size = sizeof(out),
	};
	u64 result = issue_fed(&call, target->ledger);

	if (state->size)
		memcpy(state->bytes, &out, min_t(size_t, state->size, sizeof(out)));
	return hv_finish(target, vp_index, call.code, result);
}

int hv_set_vp_state(struct hv_target *target, u32 vp_index, struct hv_vp_state *state)
{
	struct hv_input_set_vp_state in = {
		.partition_id = target->id,
		.vp_index = vp_index,
		.state_data = state->data,
	};
	struct call call = {
		.code = HVCALL_SET_VP_STATE,
		.varhead = state->nr_pfns ?: DIV_ROUND_UP(state->size, sizeof(u64)),
		.head = &in,
		.head_size = sizeof(in),
		.list = state->nr_pfns ? (void *)state->pfns : state->bytes,
		.list_size = state->nr_pfns ? state->nr_pfns * sizeof(*state->pfns) : state->size,
	};

	return hv_finish(target, vp_index, call.code, issue_fed(&call, target->ledger));
}

/* Ports.  They are the parent's, and the connections to them the child's. */

int hv_create_doorbell_port(struct hv_target *target, u32 id)
{
	struct hv_input_create_port in = {
		.port_partition_id = hv_root_ledger.partition_id,
		.port_id.u.id = id,
		.connection_partition_id = target->id,
		.port_info = {
			.port_type = HV_PORT_TYPE_DOORBELL,
			.doorbell_port_info = {
				.target_sint = HV_SYNIC_DOORBELL_SINT_INDEX,
				.target_vp = HV_ANY_VP,
			},
		},
	};
	struct call call = {
		.code = HVCALL_CREATE_PORT,
		.head = &in,
		.head_size = sizeof(in),
	};

	return hv_finish(target, HV_ANY_VP, call.code, issue_fed(&call, &hv_root_ledger));
}

/* The connection has the same id as the port. */
int hv_connect_doorbell_port(struct hv_target *target, u32 id,
			     const struct hv_connection_info *info)
{
	struct hv_input_connect_port in = {
		.connection_partition_id = target->id,
		.connection_id.u.id = id,
		.port_partition_id = hv_root_ledger.partition_id,
		.port_id.u.id = id,
		.connection_info = *info,
	};
	struct call call = {
		.code = HVCALL_CONNECT_PORT,
		.head = &in,
		.head_size = sizeof(in),
	};

	return hv_finish(target, HV_ANY_VP, call.code, issue_fed(&call, target->ledger));
}

int hv_disconnect_doorbell_port(struct hv_target *target, u32 id)
{
	union hv_input_disconnect_port in = {
		.connection_partition_id = target->id,
		.connection_id.u.id = id,
		.is_doorbell = 1,
	};

	return finish_loudly(target, HV_ANY_VP, HVCALL_DISCONNECT_PORT,
			     issue_fast(HVCALL_DISCONNECT_PORT, in.as_uint64[0],
					in.as_uint64[1]));
}

int hv_delete_port(struct hv_target *target, u32 id)
{
	union hv_input_delete_port in = {
		.port_partition_id = hv_root_ledger.partition_id,
		.port_id.u.id = id,
	};

	return finish_loudly(target, HV_ANY_VP, HVCALL_DELETE_PORT,
			     issue_fast(HVCALL_DELETE_PORT, in.as_uint64[0], in.as_uint64[1]));
}

/* Interrupt context.  Nothing can be done about a failure: the hypervisor asks again. */
void hv_notify_port_ring_empty(u32 sint)
{
	union hv_input_notify_port_ring_empty in = { .sint_index = sint };

	finish_loudly(NULL, HV_ANY_VP, HVCALL_NOTIFY_PORT_RING_EMPTY,
		      issue_fast(HVCALL_NOTIFY_PORT_RING_EMPTY, in.as_uint64, 0));
}

void hv_calls_exit(void)
{
	struct call_pages *pages;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		pages = per_cpu_ptr(&call_pages, cpu);
		free_page((unsigned long)pages->in);
		free_page((unsigned long)pages->out);
	}
}

int hv_calls_init(void)
{
	struct call_pages *pages;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		pages = per_cpu_ptr(&call_pages, cpu);
		pages->in = (void *)get_zeroed_page(GFP_KERNEL);
		pages->out = (void *)get_zeroed_page(GFP_KERNEL);
		if (!pages->in || !pages->out) {
			hv_calls_exit();
			return -ENOMEM;
		}
	}
	return 0;
}
