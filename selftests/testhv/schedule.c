// SPDX-License-Identifier: GPL-2.0
/*
 * Running child VPs.
 *
 * child_run() is the loop around VMRUN, the same for both schedulers.  Under
 * the root scheduler DISPATCH_VP calls it on the CPU of the caller, until the
 * VP halts, has an intercept, or a physical interrupt wants the root; a VP that
 * becomes runnable while its parent waits for it is signalled by a message.
 * Under the hypervisor's scheduler the service CPU calls it for the VPs in its
 * queue, in turn.
 *
 * A VP that was reported blocked is not dispatched again before it was
 * announced: what the real hypervisor does then is not known, so it is an
 * error, and one of the root's.
 *
 * Locking: hv_lock, dropped around VMRUN.  While on_cpu is set the VP is not
 * destroyed and its registers are not touched by anybody else.
 */
#include "schedule.h"
#include "boot.h"
#include "child.h"
#include "clock.h"
#include "cpu.h"
#include "cpuid.h"
#include "guest.h"
#include "host.h"
#include "hypercall.h"
#include "install.h"
#include "intercept.h"
#include "lock.h"
#include "log.h"
#include "message.h"
#include "notify.h"
#include "reftime.h"
#include "registers.h"
#include "stats.h"
#include "statspage.h"
#include "synic.h"
#include "vp_object.h"

/* The hypervisor's scheduler gives a VP this long before the next one's turn. */
#define SLICE_US	2000

/* Later than clock_kick() takes one for lost. */
#define KICK_AGAIN_MS	25

#define DISPATCH_FLAGS	(HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND | \
			 HV_DISPATCH_VP_FLAG_ENABLE_CALLER_INTERRUPTS | \
			 HV_DISPATCH_VP_FLAG_SET_CALLER_SPEC_CTRL | \
			 HV_DISPATCH_VP_FLAG_SKIP_VP_SPEC_FLUSH | \
			 HV_DISPATCH_VP_FLAG_SKIP_CALLER_SPEC_FLUSH | \
			 HV_DISPATCH_VP_FLAG_SKIP_CALLER_USER_SPEC_FLUSH | \
			 HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION)

bool root_scheduler;

static struct vp *queue_head, *queue_tail;

void schedule_init(void)
{
	root_scheduler = !option_is("sched", "hv");
}

static void slice_expired(struct timer *timer)
{
	struct vp *vp = container_of(timer, struct vp, slice);

	vp->slice_over = true;
	vp_kick(vp);
}

static void slice_start(struct vp *vp, u64 us)
{
	vp->slice_over = false;
	vp->slice.expired = slice_expired;
	if (us)
		timer_arm(&vp->slice, rdtsc() + mul_div(us, tsc_khz, 1000));
}

static void enter_guest(struct vp *vp)
{
	u64 cycles;

	vp->partition->counters->vp_entries++;
	spin_unlock(&hv_lock);
	cycles = rdtsc();
	svm_enter(vp);
	cycles = rdtsc() - cycles;
	spin_lock(&hv_lock);
	count_exit(vp, vp->vmcb->control.exit_code);
	stats_vp_exit(vp, svm_exit_code(vp->vmcb), cycles);
	child_exited(vp);
}

static enum run_exit run_loop(struct vp *vp)
{
	for (;;) {
		vp->kicked = 0;
		if (vp->suspend & VP_SUSPEND_INTERCEPT)
			return RUN_INTERCEPT;
		if (!vp->suspend && intercept_deliverable(vp))
			return RUN_INTERCEPT;
		if (vp->suspend || !child_ready(vp))
			return RUN_BLOCKED;
		/* An INIT of the root for this CPU is taken before the root's next entry. */
		if (vp->slice_over || this_cpu()->init_asked)
			return RUN_PREEMPTED;
		child_inject(vp);
		enter_guest(vp);
		switch (svm_exit_code(vp->vmcb)) {
		case EXIT_INTR:
			return RUN_PREEMPTED;
		case EXIT_NMI:
			if (clock_nmi_exit(this_cpu()))
				return RUN_PREEMPTED;	/* it is the root's */
			break;
		case EXIT_VINTR:
			break;
		default:
			if (!exit_handle(vp))
				return RUN_INTERCEPT;
		}
	}
}

enum run_exit child_run(struct vp *vp)
{
	enum run_exit exit;

	vp->on_cpu = vp->last_cpu = this_cpu();
	install_vp(vp);
	xstate_load(vp);
	exit = run_loop(vp);
	xstate_save(vp);
	vp->on_cpu = NULL;
	return exit;
}

static bool runnable(struct vp *vp)
{
	return !vp->suspend && (vp->activity == VP_ACTIVE || child_has_event(vp) ||
				notify_due(vp));
}

/* The root waits for this VP: tell it, once, that it may dispatch again. */
static void signal_root(struct vp *vp)
{
	struct hv_vp_signal_pair_scheduler_message pair = {
		.vp_count = 1,
		.partition_ids[0] = vp->partition->id,
		.vp_indexes[0] = vp->index,
	};
	struct hv_message msg;

	if (!vp->blocked || vp->signaled)
		return;
	vp->signaled = true;
	stats_vp_blocked(vp, false);
	vp->root_signal_count++;
	vp->partition->counters->signals++;
	message_init(&msg, HVMSG_SCHEDULER_VP_SIGNAL_PAIR, vp->partition->id, &pair, sizeof(pair));
	root_post_message(root_listener(vp), HV_SYNIC_INTERCEPTION_SINT_INDEX, &msg);
}

static void enqueue(struct vp *vp)
{
	if (vp->queued)
		return;
	vp->queued = true;
	vp->run_next = NULL;
	if (queue_tail)
		queue_tail->run_next = vp;
	else
		queue_head = vp;
	queue_tail = vp;
	if (this_cpu() != service_cpu)
		host_wake(service_cpu);
}

static struct vp *dequeue(void)
{
	struct vp *vp = queue_head;

	if (!vp)
		return NULL;
	queue_head = vp->run_next;
	if (!queue_head)
		queue_tail = NULL;
	vp->queued = false;
	return vp;
}

void schedule_forget(struct vp *vp)
{
	struct vp *prev = NULL;

	timer_cancel(&vp->slice);
	if (!vp->queued)
		return;
	for (struct vp *at = queue_head; at != vp; at = at->run_next)
		prev = at;
	if (prev)
		prev->run_next = vp->run_next;
	else
		queue_head = vp->run_next;
	if (queue_tail == vp)
		queue_tail = prev;
	vp->queued = false;
}

void schedule_wake(struct vp *vp)
{
	if (vp->on_cpu || !runnable(vp))
		return;
	if (root_scheduler)
		signal_root(vp);
	else
		enqueue(vp);
}

/* One kick is enough, but one can be lost. */
void vp_kick(struct vp *vp)
{
	struct cpu *cpu = vp->on_cpu;
	u64 now = time_now();

	if (!cpu) {
		schedule_wake(vp);
		return;
	}
	if (cpu == this_cpu() || (vp->kicked && now - vp->kicked < KICK_AGAIN_MS * tsc_khz))
		return;
	vp->kicked = now;
	clock_kick(cpu);
}

void vp_stop(struct vp *vp)
{
	vp_kick(vp);
	spin_unlock(&hv_lock);
	cpu_relax();
	spin_lock(&hv_lock);
}

bool schedule_service(void)
{
	struct vp *vp = dequeue();

	if (!vp)
		return false;
	if (!runnable(vp))
		return true;
	slice_start(vp, SLICE_US);
	regpage_consume(vp);
	switch (child_run(vp)) {
	case RUN_INTERCEPT:
		intercept_publish(vp);
		break;
	case RUN_PREEMPTED:
		enqueue(vp);
		break;
	case RUN_BLOCKED:
		schedule_wake(vp);
		break;
	}
	timer_cancel(&vp->slice);
	return true;
}

static void dispatch_result(struct vp *vp, enum run_exit exit, struct hv_output_dispatch_vp *out)
{
	vp->blocked = exit == RUN_BLOCKED;
	stats_vp_blocked(vp, vp->blocked);
	out->dispatch_state = exit == RUN_BLOCKED ? HV_VP_DISPATCH_STATE_BLOCKED :
		HV_VP_DISPATCH_STATE_READY;
	if (exit == RUN_INTERCEPT)
		out->dispatch_event = HV_VP_DISPATCH_EVENT_INTERCEPT;
	else if (exit == RUN_PREEMPTED || vp->suspend)
		out->dispatch_event = HV_VP_DISPATCH_EVENT_SUSPEND;
}

/*
 * A VP that sleeps is for its parent to wake only by what it left in the register page; whether
 * it is still there is not the parent's word alone, since its VMM may write to the page.
 */
static bool may_dispatch(const struct vp *vp, u32 flags)
{
	return !vp->blocked || vp->signaled ||
	       flags & HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION;
}

static bool flags_valid(u32 flags)
{
	u32 valid = DISPATCH_FLAGS;

	if (!dispatch_injects)
		valid &= ~(u32)HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION;
	return !(flags & ~valid);
}

static u64 dispatch_vp(struct hypercall *hc)
{
	const struct hv_input_dispatch_vp *in = hc->in;
	struct vp *vp;
	enum run_exit exit;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (!root_scheduler)
		return HV_STATUS_OPERATION_DENIED;
	if (!flags_valid(in->flags))
		return HV_STATUS_INVALID_PARAMETER;
	if (vp->on_cpu)
		return HV_STATUS_INVALID_VP_STATE;
	if (!may_dispatch(vp, in->flags)) {
		log_error("partition %lu vp %u: dispatched, but blocked and not announced since",
			  vp->partition->id, vp->index);
		return HV_STATUS_INVALID_VP_STATE;
	}
	vp->partition->counters->dispatches++;
	vp->signaled = vp->blocked = false;
	stats_vp_blocked(vp, false);
	regpage_consume(vp);
	if (in->flags & HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND)
		vp->suspend &= ~VP_SUSPEND_INTERCEPT;
	vp->last_cpu = this_cpu();
	if (in->flags & HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION)
		regpage_take_interrupts(vp);
	slice_start(vp, in->time_slice / 10);
	exit = child_run(vp);
	timer_cancel(&vp->slice);
	if (exit == RUN_INTERCEPT)
		intercept_publish(vp);
	dispatch_result(vp, exit, hc->out);
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_DISPATCH_VP, .name = "dispatch_vp",
		.in = sizeof(struct hv_input_dispatch_vp),
		.out = sizeof(struct hv_output_dispatch_vp),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = dispatch_vp,
	},
};

const struct hypercall_group schedule_hypercalls = { descs, ARRAY_SIZE(descs) };
