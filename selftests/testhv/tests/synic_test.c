// SPDX-License-Identifier: GPL-2.0
/*
 * SynIC messages and event flags, synthetic timers, reference time, overlays.
 */
#include "world.h"
#include "../child.h"
#include "../gpa.h"
#include "../reftime.h"
#include "../stimer.h"

#define GPA	0x5000UL

static struct vp *vp = &world_vps[0];

static void enable_synic(void)
{
	vsynic_msr_write(vp, HV_X64_MSR_SCONTROL, 1);
	vsynic_msr_write(vp, HV_X64_MSR_SIMP, GPA | 1);
	vsynic_msr_write(vp, HV_X64_MSR_SIEFP, (GPA + PAGE_SIZE) | 1);
	vsynic_msr_write(vp, HV_X64_MSR_SINT0 + 2, 0xf3);
}

/* The slot as the guest sees it, through its own address. */
static struct hv_message *slot(u32 sint)
{
	struct hv_message_page *page = spa_ptr(npt_lookup(&world_partition.npt, GPA).spa);

	return &page->sint_message[sint];
}

static void messages(void)
{
	struct hv_message msg = { .header = { .message_type = 1, .payload_size = 8 } };

	world_start(1);
	ktap_ok(!vsynic_post_message(vp, 2, &msg), "no message while the SynIC is off");
	enable_synic();
	ktap_ok(vsynic_post_message(vp, 2, &msg) && slot(2)->header.message_type == 1,
		"a message arrives in its slot");
	ktap_ok(world_requested(0, 0xf3), "with an interrupt");
	msg.header.message_type = 2;
	ktap_ok(!vsynic_post_message(vp, 2, &msg), "a full slot takes no other");
	ktap_ok(slot(2)->header.message_type == 1 && slot(2)->header.message_flags.msg_pending,
		"and is marked");
	ktap_ok(!vsynic_msr_write(vp, HV_X64_MSR_SINT0, 15), "SINT vectors below 16 are refused");
	ktap_ok(vsynic_signal_event(vp, 2, 2047), "an event flag is news once");
	ktap_ok(!vsynic_signal_event(vp, 2, 2047), "and not twice");
	ktap_is(vsynic_flags(vp->synic)[2].flags8[255], 0x80, "the flag is where it should be");
	world_end();
}

static void overlays(void)
{
	struct npt *npt = &world_partition.npt;
	struct overlay *o;

	world_start(1);
	o = &vp->child->assist_page;
	overlay_init(&world_partition, o, NPT_R | NPT_W);
	npt_map(npt, GPA, 0x123000, PAGE_SIZE, NPT_RWX);
	overlay_enable(&world_partition, o, GPA);
	ktap_ok(npt_lookup(npt, GPA).spa == o->page, "an overlay covers what is there");
	overlay_lift(&world_partition, GPA, PAGE_SIZE);
	ktap_ok(npt_lookup(npt, GPA).spa == 0x123000, "lifted, that shows again");
	npt_map(npt, GPA, 0x456000, PAGE_SIZE, NPT_R);
	npt_change_ad(npt, GPA, 0, NPT_ACCESSED | NPT_DIRTY);
	overlay_lower(&world_partition, GPA, PAGE_SIZE);
	ktap_ok(npt_lookup(npt, GPA).spa == o->page, "lowered, it is covered");
	overlay_enable(&world_partition, o, GPA + PAGE_SIZE);
	ktap_ok(npt_lookup(npt, GPA).spa == 0x456000 && npt_lookup(npt, GPA).prot == NPT_R,
		"moved away, what was mapped meanwhile is there");
	ktap_ok(npt_lookup(npt, GPA).accessed && npt_lookup(npt, GPA).dirty,
		"and still accessed and dirty");
	overlay_disable(&world_partition, o);
	ktap_ok(!npt_lookup(npt, GPA + PAGE_SIZE).size, "a hole is a hole again");
	ktap_ok(!overlay_enable(&world_partition, o, gpa_limit() + GPA) && !o->enabled,
		"no overlay where no GPA is");
	overlay_destroy(&world_partition, o);
	world_end();
}

static union hv_stimer_config direct(u8 vector, bool periodic)
{
	return (union hv_stimer_config){
		.enable = 1, .direct_mode = 1, .apic_vector = vector, .periodic = periodic,
	};
}

static void direct_timers(void)
{
	world_start(1);
	stimer_write_config(vp, 0, direct(0xed, false).as_uint64);
	stimer_write_count(vp, 0, reftime_now(&world_partition) + 10000);
	world_advance_us(999);
	ktap_ok(world_requested(0, -1), "direct one-shot: not early");
	world_advance_us(2);
	ktap_ok(world_requested(0, 0xed), "not late");
	ktap_ok(!(vp->synic->timers[0].config & 1) && !world_armed(), "disabled after that");
	lapic_clear_request(vp->lapic, 0xed);
	stimer_write_config(vp, 0, direct(0xed, false).as_uint64);
	ktap_ok(world_requested(0, 0xed), "a time that is past expires at once");
	lapic_clear_request(vp->lapic, 0xed);
	stimer_write_config(vp, 1, direct(0xee, true).as_uint64);
	stimer_write_count(vp, 1, 20000);
	world_advance_us(2001);
	ktap_ok(world_requested(0, 0xee), "periodic");
	lapic_clear_request(vp->lapic, 0xee);
	world_advance_us(1998);
	ktap_ok(world_requested(0, -1), "the next one not before its time");
	world_advance_us(2);
	ktap_ok(world_requested(0, 0xee), "but then");
	stimer_write_count(vp, 1, 1);
	world_advance_us(1);
	lapic_clear_request(vp->lapic, 0xee);
	world_advance_us(TIMER_MIN_PERIOD_US - 2);
	ktap_ok(world_requested(0, -1), "a period of 100 ns is one of 500 us");
	world_advance_us(2);
	ktap_ok(world_requested(0, 0xee), "but not longer");
	stimer_write_count(vp, 1, 0);
	ktap_is(world_armed(), 0, "count zero stops it");
	world_end();
}

static void message_timers(void)
{
	union hv_stimer_config c = { .enable = 1, .sintx = 2, .periodic = 1 };
	struct hv_timer_message_payload payload;

	world_start(1);
	enable_synic();
	c.sintx = 0;
	stimer_write_count(vp, 3, 10000);
	stimer_write_config(vp, 3, c.as_uint64);
	ktap_is(vp->synic->timers[3].config & 1, 0, "SINT 0 is no place for timer messages");
	c.sintx = 2;
	stimer_write_config(vp, 3, c.as_uint64);
	world_advance_us(1001);
	memcpy(&payload, &slot(2)->u, sizeof(payload));
	ktap_ok(slot(2)->header.message_type == HVMSG_TIMER_EXPIRED && payload.timer_index == 3,
		"expiry is a message");
	world_advance_us(5000);
	ktap_ok(vp->synic->timers[3].undelivered, "with the slot full, one waits");
	slot(2)->header.message_type = HVMSG_NONE;
	vsynic_msr_write(vp, HV_X64_MSR_EOM, 0);
	ktap_ok(slot(2)->header.message_type == HVMSG_TIMER_EXPIRED &&
		!vp->synic->timers[3].undelivered, "and comes with EOM");
	world_end();
}

/* The guest's formula, on the guest's TSC. */
static u64 page_time(void)
{
	struct ms_hyperv_tsc_page *page = spa_ptr(world_partition.platform->tsc_page.page);
	u64 tsc = time_now() + vp->vmcb->control.tsc_offset;

	return (u64)((unsigned __int128)tsc * page->tsc_scale >> 64) + (u64)page->tsc_offset;
}

static bool near(u64 a, u64 b)
{
	return a - b + 1 <= 2;
}

static void reference_time(void)
{
	struct partition *p = &world_partition;
	struct ms_hyperv_tsc_page *page;

	world_start(1);
	world_advance_us(3000000);
	ktap_ok(near(reftime_now(p), 30000000), "100 ns units");
	vp->vmcb->control.tsc_offset = 12345678;
	overlay_enable(p, &p->platform->tsc_page, GPA);
	reftime_update_page(p);
	page = spa_ptr(p->platform->tsc_page.page);
	world_advance_us(60000000);
	ktap_ok(page->tsc_sequence && near(page_time(), reftime_now(p)),
		"page and counter agree after a minute");
	stimer_write_config(vp, 0, direct(0xed, false).as_uint64);
	stimer_write_count(vp, 0, reftime_now(p) + 10000);
	reftime_freeze(p, true);
	world_advance_us(1000000);
	ktap_ok(near(reftime_now(p), 630000000), "frozen, time stands still");
	ktap_ok(!page->tsc_sequence, "the page says: use the counter");
	ktap_ok(world_requested(0, -1), "and no timer expires");
	reftime_set(p, 700000000);
	reftime_freeze(p, false);
	ktap_ok(near(reftime_now(p), 700000000) && near(page_time(), 700000000),
		"it goes on from where the parent set it");
	world_advance_us(1);
	ktap_ok(world_requested(0, 0xed), "a timer whose time was skipped expires");
	world_end();
}

int main(void)
{
	ktap_plan(9 + 7 + 10 + 4 + 7);
	messages();
	overlays();
	direct_timers();
	message_timers();
	reference_time();
	return ktap_end();
}
