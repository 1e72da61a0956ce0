// SPDX-License-Identifier: GPL-2.0
/*
 * The root's SynIC: registers, message slots with queues behind them, event flags.
 *
 * A slot holds one message.  What comes while it is full waits in a queue, and
 * msg_pending in the slot asks the root to write EOM when it has emptied it;
 * that is when the next message goes in.  A root that does not write EOM gets
 * nothing more from that source.
 *
 * Locking: hv_lock; the slots themselves are shared with the root without any.
 */
#include "synic.h"
#include "apic.h"
#include "cpu.h"
#include "cpuid.h"
#include "guest.h"
#include "lie.h"
#include "log.h"
#include "message.h"
#include "partition.h"
#include "ring.h"
#include "stats.h"
#include "string.h"
#include "vp.h"

#define QUEUE_LENGTH	128

#define ENABLE		BIT(0)
#define SINT_RESET	HV_SYNIC_SINT_MASKED
/* vector, masked, auto_eoi, polling, as_intercept, proxy */
#define SINT_VALID	0x1f00ffUL

struct queued {
	u32 sint;
	struct hv_message msg;
};

/* First in, first out, whatever the source: a blocked source must not hold up another. */
struct root_synic {
	u64 scontrol, simp, siefp, sirbp;
	u64 sint[HV_SYNIC_SINT_COUNT];
	u64 pages;
	struct queued queue[QUEUE_LENGTH];
	u32 nr_queued;
	struct event_rings rings;
	u32 untold;		/* sources whose ring the root would have been told of */
	u32 last_port;		/* that rang here */
};

static struct root_synic synics[MAX_CPUS];
static bool rings_held;

static struct root_synic *synic_of(const struct vp *vp)
{
	return &synics[vp->index];
}

static union hv_synic_sint sint_of(const struct root_synic *s, u32 sint)
{
	return (union hv_synic_sint){ .as_uint64 = s->sint[sint] };
}

static struct hv_message *slot_of(const struct root_synic *s, u32 sint)
{
	struct hv_message_page *page = spa_ptr(s->simp & PAGE_MASK);

	return &page->sint_message[sint];
}

void root_synic_reset(struct vp *vp)
{
	struct root_synic *s = synic_of(vp);

	s->scontrol = 0;
	s->simp = root_is_l1vh ? 0 : s->pages;
	s->siefp = root_is_l1vh ? 0 : s->pages + PAGE_SIZE;
	s->sirbp = root_is_l1vh ? 0 : s->pages + 2 * PAGE_SIZE;
	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		s->sint[i] = SINT_RESET;
}

void root_synic_init(struct vp *vp, u64 pages)
{
	synic_of(vp)->pages = pages;
	root_synic_reset(vp);
}

/* Could the root take a message from this source at all? */
static bool ready(const struct root_synic *s, u32 sint)
{
	return s->scontrol & ENABLE && s->simp & ENABLE && !sint_of(s, sint).masked;
}

static bool listens(const struct vp *root)
{
	return root && ready(synic_of(root), HV_SYNIC_INTERCEPTION_SINT_INDEX);
}

struct vp *root_listener(const struct vp *child)
{
	struct vp *near = child->last_cpu ? child->last_cpu->root_vp : NULL;

	if (listens(near))
		return near;
	for (u32 i = 0; i < nr_root_cpus; i++)
		if (listens(root_partition.vps[i]))
			return root_partition.vps[i];
	return root_partition.vps[0];
}

static void interrupt(struct vp *vp, u32 sint)
{
	union hv_synic_sint reg = sint_of(synic_of(vp), sint);

	if (!reg.masked && !reg.polling)
		apic_send_ipi(&cpus[vp->index], reg.vector);
}

static bool fill_slot(struct vp *vp, u32 sint, const struct hv_message *msg, bool more)
{
	if (!message_put(slot_of(synic_of(vp), sint), msg, more))
		return false;
	interrupt(vp, sint);
	vp->partition->counters->messages++;
	return true;
}

static void drop(struct root_synic *s, u32 i)
{
	s->nr_queued--;
	memmove(&s->queue[i], &s->queue[i + 1], (s->nr_queued - i) * sizeof(s->queue[0]));
}

static u32 nr_waiting(const struct root_synic *s, u32 sint)
{
	u32 nr = 0;

	for (u32 i = 0; i < s->nr_queued; i++)
		nr += s->queue[i].sint == sint;
	return nr;
}

/* What waits for a source that has become free; at most one message goes in. */
static void deliver_queued(struct vp *vp, u32 sint)
{
	struct root_synic *s = synic_of(vp);
	u32 nr = nr_waiting(s, sint);

	for (u32 i = 0; i < s->nr_queued; i++) {
		if (s->queue[i].sint != sint)
			continue;
		if (fill_slot(vp, sint, &s->queue[i].msg, nr > 1))
			drop(s, i);
		return;
	}
}

static void deliver_all(struct vp *vp)
{
	for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		if (ready(synic_of(vp), i))
			deliver_queued(vp, i);
}

void root_post_message(struct vp *vp, u32 sint, const struct hv_message *msg)
{
	struct root_synic *s = synic_of(vp);

	if (ready(s, sint) && !nr_waiting(s, sint) && fill_slot(vp, sint, msg, false))
		return;
	if (s->nr_queued == QUEUE_LENGTH) {
		log_error("root vp %u: message %x for sint %u lost: queue is full", vp->index,
			  msg->header.message_type, sint);
		return;
	}
	s->queue[s->nr_queued++] = (struct queued){ .sint = sint, .msg = *msg };
	if (ready(s, sint))
		deliver_queued(vp, sint);
}

bool root_signal_event(struct vp *vp, u32 sint, u32 flag)
{
	struct root_synic *s = synic_of(vp);
	union hv_synic_event_flags *flags = spa_ptr(s->siefp & PAGE_MASK);
	u32 bit = 1U << (flag % 32);

	if (!(s->scontrol & ENABLE) || !(s->siefp & ENABLE))
		return false;
	if (__atomic_fetch_or(&flags[sint].flags32[flag / 32], bit, __ATOMIC_SEQ_CST) & bit)
		return false;
	interrupt(vp, sint);
	return true;
}

/* as_intercept: the ring's news comes as a message of the intercept source. */
static void tell_ring(struct vp *vp, u32 sint)
{
	struct hv_notification_message_payload payload = { .sint_index = sint };
	struct hv_message msg;

	if (rings_held) {
		synic_of(vp)->untold |= 1U << sint;
		return;
	}
	if (!sint_of(synic_of(vp), sint).as_intercept) {
		interrupt(vp, sint);
		return;
	}
	message_init(&msg, HVMSG_SYNIC_SINT_INTERCEPT, vp->partition->id, &payload,
		     sizeof(payload));
	root_post_message(vp, HV_SYNIC_INTERCEPTION_SINT_INDEX, &msg);
}

static struct hv_synic_event_ring *ring_of(const struct root_synic *s, u32 sint)
{
	struct hv_synic_event_ring_page *page = spa_ptr(s->sirbp & PAGE_MASK);

	if (!(s->scontrol & ENABLE) || !(s->sirbp & ENABLE))
		return NULL;
	return &page->sint_event_ring[sint];
}

/* There is always more to ask for. */
static void never_empty(struct vp *vp, u32 sint)
{
	struct hv_synic_event_ring *ring = ring_of(synic_of(vp), sint);

	if (ring && lie_told(LIE_ENDLESS_RING, vp->index))
		WRITE_ONCE(ring->ring_full, 1);
}

void root_ring_event(struct vp *vp, u32 sint, u32 port_id)
{
	struct root_synic *s = synic_of(vp);

	s->last_port = port_id;
	never_empty(vp, sint);
	if (ring_put(&s->rings, ring_of(s, sint), sint, port_id))
		tell_ring(vp, sint);
}

void root_rings_hold(bool hold)
{
	rings_held = hold;
	for (u32 v = 0; v < nr_root_cpus && !hold; v++) {
		struct root_synic *s = &synics[v];

		for (u32 i = 0; i < HV_SYNIC_SINT_COUNT; i++)
			if (s->untold & 1U << i)
				tell_ring(root_partition.vps[v], i);
		s->untold = 0;
	}
}

void root_ring_empty(struct vp *vp, u32 sint)
{
	struct root_synic *s = synic_of(vp);

	ring_refill(&s->rings, ring_of(s, sint), sint);
	if (lie_told(LIE_ENDLESS_RING, vp->index))
		ring_put(&s->rings, ring_of(s, sint), sint, s->last_port);
	never_empty(vp, sint);
}

void root_synic_forget(u64 partition_id)
{
	for (u32 v = 0; v < MAX_CPUS; v++)
		for (u32 i = synics[v].nr_queued; i--; )
			if (synics[v].queue[i].msg.header.sender == partition_id)
				drop(&synics[v], i);
}

bool root_synic_read(struct vp *vp, u32 msr, u64 *value)
{
	const struct root_synic *s = synic_of(vp);

	switch (msr) {
	case HV_X64_MSR_SCONTROL:
		*value = s->scontrol;
		return true;
	case HV_X64_MSR_SVERSION:
		*value = HV_SYNIC_VERSION_1;
		return true;
	case HV_X64_MSR_SIEFP:
		*value = s->siefp;
		return true;
	case HV_X64_MSR_SIMP:
		*value = lie_told(LIE_NO_MESSAGE_PAGE, vp->index) ? 0 : s->simp;
		return true;
	case HV_X64_MSR_EOM:
		*value = 0;
		return true;
	case HV_X64_MSR_SIRBP:
		*value = lie_told(LIE_NO_RING_PAGE, vp->index) ? 0 : s->sirbp;
		return true;
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		*value = s->sint[msr - HV_X64_MSR_SINT0];
		if (msr == HV_X64_MSR_SINT0 && lie_told(LIE_FOREIGN_SINT, vp->index))
			*value &= ~HV_SYNIC_SINT_MASKED;
		return true;
	}
	return false;
}

static bool write_sint(struct root_synic *s, u32 sint, u64 value)
{
	union hv_synic_sint reg = { .as_uint64 = value };

	if (value & ~SINT_VALID)
		return false;
	if (!reg.masked && !reg.polling && reg.vector < HV_SYNIC_FIRST_VALID_VECTOR)
		return false;
	s->sint[sint] = value;
	return true;
}

/* A page of its own that an L1VH parent names; nobody means page 0. */
static bool own_page(u64 value)
{
	u64 gpa = value & PAGE_MASK;

	return !(value & ENABLE) || (gpa && gpa_ptr(&root_partition, gpa, NPT_R | NPT_W));
}

/* The root enables its pages but does not move them; an L1VH parent brings them. */
static bool write_page(u64 *reg, u64 value)
{
	if (root_is_l1vh ? !own_page(value) : ((value ^ *reg) & PAGE_MASK))
		return false;
	*reg = value;
	return true;
}

static bool write_register(struct root_synic *s, u32 msr, u64 value)
{
	switch (msr) {
	case HV_X64_MSR_SCONTROL:
		s->scontrol = value & ENABLE;
		return true;
	case HV_X64_MSR_SIEFP:
		return write_page(&s->siefp, value);
	case HV_X64_MSR_SIMP:
		return write_page(&s->simp, value);
	case HV_X64_MSR_SIRBP:
		return write_page(&s->sirbp, value);
	case HV_X64_MSR_EOM:
		return true;
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		return write_sint(s, msr - HV_X64_MSR_SINT0, value);
	}
	return false;
}

/* A CPU that goes offline leaves what waits for it to the others. */
static void hand_over(struct vp *vp)
{
	struct root_synic *s = synic_of(vp);
	struct vp *other = NULL;

	for (u32 i = 0; i < nr_root_cpus && !other; i++)
		if (listens(root_partition.vps[i]))
			other = root_partition.vps[i];
	while (other && s->nr_queued) {
		struct queued first = s->queue[0];

		drop(s, 0);
		root_post_message(other, first.sint, &first.msg);
	}
}

/* Any of these may have made a source ready, or the whole VP deaf: see what waits. */
bool root_synic_write(struct vp *vp, u32 msr, u64 value)
{
	bool listened = listens(vp);

	if (!write_register(synic_of(vp), msr, value))
		return false;
	deliver_all(vp);
	if (listened && !listens(vp))
		hand_over(vp);
	return true;
}
