// SPDX-License-Identifier: GPL-2.0
/*
 * What a parent sends into a child: interrupts, messages, event flags.
 *
 * Locking: hv_lock.
 */
#include "child.h"
#include "guest.h"
#include "hypercall.h"
#include "lapic.h"
#include "string.h"

static u64 active_child(struct hypercall *hc, u64 id, struct partition **p)
{
	*p = partition_target(hc->vp->partition, id);
	if (!*p || (*p)->root)
		return HV_STATUS_INVALID_PARTITION_ID;
	return (*p)->state == PARTITION_ACTIVE ? HV_STATUS_SUCCESS :
		HV_STATUS_INVALID_PARTITION_STATE;
}

static u64 assert_virtual_interrupt(struct hypercall *hc)
{
	const struct hv_input_assert_virtual_interrupt *in = hc->in;
	struct partition *p;
	u64 status = active_child(hc, in->partition_id, &p);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->control.rsvd || in->target_vtl || in->rsvd_z0 || in->rsvd_z1)
		return HV_STATUS_INVALID_PARAMETER;
	return child_assert_interrupt(p, in->control.as_uint64, in->dest_addr, in->vector);
}

/* Takes back an ExtINT that no VP has accepted yet. */
static u64 clear_virtual_interrupt(struct hypercall *hc)
{
	u64 id = *(const __u64 *)hc->in;
	struct partition *p;
	u64 status = active_child(hc, id, &p);

	if (status != HV_STATUS_SUCCESS)
		return status;
	for (u32 i = 0; i < MAX_VPS; i++)
		if (p->vps[i] && p->vps[i]->lapic)
			p->vps[i]->lapic->extint_pending = false;
	return HV_STATUS_SUCCESS;
}

static u64 signal_event_direct(struct hypercall *hc)
{
	const struct hv_input_signal_event_direct *in = hc->in;
	struct hv_output_signal_event_direct *out = hc->out;
	struct vp *vp;
	u64 status = vp_target(hc, in->target_partition, in->target_vp, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->target_vtl || in->target_sint >= HV_SYNIC_SINT_COUNT ||
	    in->flag_number >= HV_EVENT_FLAGS_COUNT)
		return HV_STATUS_INVALID_PARAMETER;
	out->newly_signaled = vsynic_signal_event(vp, in->target_sint, in->flag_number);
	return HV_STATUS_SUCCESS;
}

static u64 post_message_direct(struct hypercall *hc)
{
	const struct hv_input_post_message_direct *in = hc->in;
	struct hv_message msg;
	struct vp *vp;
	u64 status = vp_target(hc, in->partition_id, in->vp_index, &vp);

	if (status != HV_STATUS_SUCCESS)
		return status;
	memcpy(&msg, in->message, sizeof(msg));
	if (in->vtl || in->sint_index >= HV_SYNIC_SINT_COUNT || in->padding2 ||
	    msg.header.payload_size > HV_MESSAGE_PAYLOAD_BYTE_COUNT)
		return HV_STATUS_INVALID_PARAMETER;
	return vsynic_post_message(vp, in->sint_index, &msg) ? HV_STATUS_SUCCESS :
		HV_STATUS_INSUFFICIENT_BUFFERS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT, .name = "assert_virtual_interrupt",
		.in = sizeof(struct hv_input_assert_virtual_interrupt),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = assert_virtual_interrupt,
	}, {
		.code = HVCALL_CLEAR_VIRTUAL_INTERRUPT, .name = "clear_virtual_interrupt",
		.fast_ok = true, .in = sizeof(__u64),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = clear_virtual_interrupt,
	}, {
		.code = HVCALL_SIGNAL_EVENT_DIRECT, .name = "signal_event_direct",
		.in = sizeof(struct hv_input_signal_event_direct),
		.out = sizeof(struct hv_output_signal_event_direct),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = signal_event_direct,
	}, {
		.code = HVCALL_POST_MESSAGE_DIRECT, .name = "post_message_direct",
		.in = sizeof(struct hv_input_post_message_direct),
		.privilege = PRIVILEGE(HV_CREATE_PARTITIONS), .fn = post_message_direct,
	},
};

const struct hypercall_group interrupt_hypercalls = { descs, ARRAY_SIZE(descs) };
