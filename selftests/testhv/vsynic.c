// SPDX-License-Identifier: GPL-2.0
/*
 * Messages and event flags of a child's VP.
 *
 * The two pages are the hypervisor's own and always exist; enabling SIMP or
 * SIEFP lays them over the GPA that the guest names.  So a parent can save and
 * restore them whether or not they are enabled.
 *
 * Locking: hv_lock.
 */
#include "vsynic.h"
#include "child.h"
#include "lapic.h"
#include "message.h"
#include "notify.h"
#include "partition.h"
#include "stimer.h"

#define SINT_RESET		HV_SYNIC_SINT_MASKED
#define PAGE_ENABLE		BIT(0)
#define SINT_VALID		0x001e00ffUL

static union hv_synic_sint sint_of(const struct vsynic *synic, u32 sint)
{
	return (union hv_synic_sint){ .as_uint64 = synic->sint[sint] };
}

static bool enabled(const struct vsynic *synic)
{
	return synic && synic->scontrol & HV_SYNIC_CONTROL_ENABLE;
}

static void interrupt(struct vsynic *synic, u32 sint)
{
	union hv_synic_sint s = sint_of(synic, sint);

	if (s.masked || s.polling || !synic->vp->lapic)
		return;
	if (s.auto_eoi)
		lapic_request_auto_eoi(synic->vp->lapic, s.vector);
	else
		lapic_request(synic->vp->lapic, s.vector, false);
}

bool vsynic_post_message(struct vp *vp, u32 sint, const struct hv_message *msg)
{
	struct vsynic *synic = vp->synic;

	if (!enabled(synic) || !(synic->simp & PAGE_ENABLE))
		return false;
	if (!message_put(&vsynic_messages(synic)->sint_message[sint], msg,
			 notify_wants_sint(vp, sint)))
		return false;
	interrupt(synic, sint);
	return true;
}

bool vsynic_slot_free(const struct vp *vp, u32 sint)
{
	const struct vsynic *synic = vp->synic;

	return enabled(synic) && synic->simp & PAGE_ENABLE &&
	       READ_ONCE(vsynic_messages(synic)->sint_message[sint].header.message_type) ==
	       HVMSG_NONE;
}

void vsynic_mark_slot(struct vp *vp, u32 sint)
{
	struct hv_message *slot = &vsynic_messages(vp->synic)->sint_message[sint];

	if (READ_ONCE(slot->header.message_type) != HVMSG_NONE)
		slot->header.message_flags.msg_pending = 1;
}

bool vsynic_signal_event(struct vp *vp, u32 sint, u32 flag)
{
	struct vsynic *synic = vp->synic;
	u32 *word;

	if (!enabled(synic) || !(synic->siefp & PAGE_ENABLE))
		return false;
	word = &vsynic_flags(synic)[sint].flags32[flag / 32];
	if (__atomic_fetch_or(word, 1U << (flag % 32), __ATOMIC_SEQ_CST) & 1U << (flag % 32))
		return false;
	interrupt(synic, sint);
	return true;
}

void vsynic_vector_ended(struct vp *vp, u8 vector)
{
	if (!enabled(vp->synic))
		return;
	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		if (sint_of(vp->synic, i).vector == vector && !sint_of(vp->synic, i).masked)
			stimer_redeliver(vp, i);
}

/* EOM: the guest has emptied a slot in which it saw msg_pending. */
static void end_of_message(struct vsynic *synic)
{
	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		stimer_redeliver(synic->vp, i);
}

static bool write_page(struct vsynic *synic, struct overlay *o, u64 *msr, u64 value)
{
	struct partition *p = synic->vp->partition;

	if (!(value & PAGE_ENABLE))
		overlay_disable(p, o);
	else if (!overlay_enable(p, o, value & PAGE_MASK))
		return false;
	*msr = value;
	return true;
}

static bool write_sint(struct vsynic *synic, u32 sint, u64 value)
{
	union hv_synic_sint s = { .as_uint64 = value };

	if (value & ~SINT_VALID & ~HV_SYNIC_SINT_MASKED)
		return false;
	if (!s.masked && !s.polling && s.vector < HV_SYNIC_FIRST_VALID_VECTOR)
		return false;
	synic->sint[sint] = value;
	return true;
}

bool vsynic_msr_read(struct vp *vp, u32 msr, u64 *value)
{
	struct vsynic *synic = vp->synic;

	switch (msr) {
	case HV_X64_MSR_SCONTROL:
		*value = synic->scontrol;
		return true;
	case HV_X64_MSR_SVERSION:
		*value = HV_SYNIC_VERSION_1;
		return true;
	case HV_X64_MSR_SIEFP:
		*value = synic->siefp;
		return true;
	case HV_X64_MSR_SIMP:
		*value = synic->simp;
		return true;
	case HV_X64_MSR_EOM:
		*value = 0;
		return true;
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		*value = synic->sint[msr - HV_X64_MSR_SINT0];
		return true;
	}
	return false;
}

bool vsynic_msr_write(struct vp *vp, u32 msr, u64 value)
{
	struct vsynic *synic = vp->synic;

	switch (msr) {
	case HV_X64_MSR_SCONTROL:
		synic->scontrol = value;
		return true;
	case HV_X64_MSR_SIEFP:
		return write_page(synic, &synic->siefp_page, &synic->siefp, value);
	case HV_X64_MSR_SIMP:
		return write_page(synic, &synic->simp_page, &synic->simp, value);
	case HV_X64_MSR_EOM:
		end_of_message(synic);
		return true;
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		return write_sint(synic, msr - HV_X64_MSR_SINT0, value);
	}
	return false;
}

void vsynic_reset(struct vsynic *synic)
{
	struct partition *p = synic->vp->partition;

	overlay_disable(p, &synic->simp_page);
	overlay_disable(p, &synic->siefp_page);
	synic->scontrol = synic->simp = synic->siefp = 0;
	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		synic->sint[i] = SINT_RESET;
	stimer_reset(synic->vp);
}

bool vsynic_create(struct vsynic *synic, struct vp *vp)
{
	synic->vp = vp;
	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		synic->sint[i] = SINT_RESET;
	stimer_init(synic);
	return overlay_init(vp->partition, &synic->simp_page, NPT_R | NPT_W) &&
	       overlay_init(vp->partition, &synic->siefp_page, NPT_R | NPT_W);
}

/* Good for one that was created only in part. */
void vsynic_destroy(struct vsynic *synic)
{
	stimer_stop_all(synic);
	overlay_destroy(synic->vp->partition, &synic->simp_page);
	overlay_destroy(synic->vp->partition, &synic->siefp_page);
}
