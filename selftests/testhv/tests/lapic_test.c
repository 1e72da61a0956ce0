// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC: priorities, EOI, destinations, timer, modes.
 */
#include "world.h"
#include "../child.h"

static void clear(u32 index)
{
	memset(world_lapic(index)->irr, 0, sizeof(world_lapic(index)->irr));
}

static void priorities(void)
{
	struct lapic *l;

	world_start(1);
	l = world_lapic(0);
	lapic_request(l, 0x41, false);
	lapic_request(l, 0x52, false);
	ktap_is(lapic_pending(l), 0x52, "the highest vector comes first");
	lapic_accept(l, 0x52);
	ktap_is(lapic_pending(l), -1, "a lower class waits for what is in service");
	lapic_request(l, 0x5f, false);
	ktap_is(lapic_pending(l), -1, "so does the same class");
	lapic_eoi(l);
	ktap_is(lapic_pending(l), 0x5f, "EOI lets it through");
	lapic_set_tpr(l, 0x50);
	ktap_ok(lapic_pending(l) == 0x5f && !lapic_deliverable(l), "TPR holds its own class back");
	lapic_set_tpr(l, 0x4f);
	ktap_ok(lapic_deliverable(l), "TPR of the class below does not");
	world_vps[0].vmcb->control.v_tpr = 9;
	ktap_is(lapic_read(l, LAPIC_TPR), 0x90, "CR8 written by the guest shows in TPR");
	ktap_ok(!lapic_request(l, 8, false), "vectors below 16 are no interrupts");
	lapic_write(l, LAPIC_ESR, 0);
	ktap_is(lapic_read(l, LAPIC_ESR), ESR_RECEIVE_ILLEGAL_VECTOR, "and ESR says so");
	world_end();
}

static void level(void)
{
	struct lapic *l;

	world_start(1);
	l = world_lapic(0);
	lapic_request(l, 0x30, false);
	lapic_accept(l, 0x30);
	lapic_eoi(l);
	ktap_is(world_eois, 0, "EOI of an edge-triggered vector is nobody else's business");
	lapic_request(l, 0x31, true);
	lapic_accept(l, 0x31);
	lapic_eoi(l);
	ktap_ok(world_eois == 1 && world_eoi_vector == 0x31, "that of a level-triggered one is");
	lapic_eoi(l);
	ktap_is(world_eois, 1, "EOI with nothing in service does nothing");
	lapic_request_auto_eoi(l, 0x77);
	lapic_accept(l, 0x77);
	ktap_is(lapic_read(l, LAPIC_ISR + 3), 0, "AutoEOI leaves nothing in service");
	world_end();
}

static void ipi(u64 icr)
{
	for (u32 i = 0; i < WORLD_VPS; i++)
		clear(i);
	lapic_write_icr(world_lapic(1), icr);
}

static bool got(u32 mask, int vector)
{
	for (u32 i = 0; i < WORLD_VPS; i++)
		if (!world_requested(i, mask >> i & 1 ? vector : -1))
			return false;
	return true;
}

static void xapic_destinations(void)
{
	world_start(WORLD_VPS);
	for (u32 i = 0; i < WORLD_VPS; i++)
		lapic_write(world_lapic(i), LAPIC_LDR, 1U << (24 + i));
	ipi(2UL << 56 | 0x61);
	ktap_ok(got(1 << 2, 0x61), "physical destination");
	ipi(0xffUL << 56 | 0x62);
	ktap_ok(got(0xf, 0x62), "physical broadcast");
	ipi(0x5UL << 56 | ICR_LOGICAL | 0x63);
	ktap_ok(got(0x5, 0x63), "logical destination, flat");
	ipi(ICR_SELF | 0x64);
	ktap_ok(got(1 << 1, 0x64), "to self");
	ipi(ICR_ALL | 0x65);
	ktap_ok(got(0xf, 0x65), "to all");
	ipi(ICR_OTHERS | 0x66);
	ktap_ok(got(0xd, 0x66), "to all others");
	for (u32 i = 0; i < WORLD_VPS; i++) {
		lapic_write(world_lapic(i), LAPIC_DFR, 0x0fffffff);
		lapic_write(world_lapic(i), LAPIC_LDR, (i / 2) << 28 | 1U << (24 + i % 2));
	}
	ipi(0x12UL << 56 | ICR_LOGICAL | 0x67);
	ktap_ok(got(1 << 3, 0x67), "logical destination, cluster 1 member 1");
	lapic_set_tpr(world_lapic(0), 0x80);
	ipi(0x03UL << 56 | ICR_LOGICAL | ICR_LOWEST | 0x68);
	ktap_ok(got(1 << 1, 0x68), "lowest priority goes to one that does less");
	ipi(2UL << 56 | 0x0f);
	ktap_ok(got(0, 0) && world_lapic(1)->esr == ESR_SEND_ILLEGAL_VECTOR,
		"an illegal vector is not sent");
	world_end();
}

static void x2apic(void)
{
	struct lapic *l;
	u64 value;

	world_start(WORLD_VPS);
	l = world_lapic(1);
	ktap_ok(!lapic_msr_read(&world_vps[1], 0x802, &value), "no MSRs in xAPIC mode");
	ktap_ok(!lapic_set_base(l, LAPIC_PAGE | APIC_BASE_X2APIC), "x2APIC needs the APIC enabled");
	for (u32 i = 0; i < WORLD_VPS; i++)
		lapic_set_base(world_lapic(i), world_lapic(i)->base | APIC_BASE_X2APIC);
	ktap_ok(lapic_x2apic(l), "xAPIC to x2APIC");
	ktap_ok(!lapic_set_base(l, LAPIC_PAGE | APIC_BASE_ENABLE), "and not straight back");
	ktap_ok(lapic_msr_read(&world_vps[1], 0x802, &value) && value == 1, "ID");
	ktap_ok(lapic_msr_read(&world_vps[1], 0x80d, &value) && value == 2, "LDR follows from it");
	ktap_ok(!lapic_msr_write(&world_vps[1], 0x80d, 1), "and is read-only");
	ktap_ok(!lapic_msr_write(&world_vps[1], 0x80b, 1), "EOI takes only zero");
	ipi(3UL << 32 | 0x71);
	ktap_ok(got(1 << 3, 0x71), "32-bit destination");
	ipi(0xffUL << 32 | 0x72);
	ktap_ok(got(0, 0), "0xff is an ID like others");
	ipi(0xffffffffUL << 32 | 0x73);
	ktap_ok(got(0xf, 0x73), "all ones is everybody");
	ipi(0x6UL << 32 | ICR_LOGICAL | 0x74);
	ktap_ok(got(0x6, 0x74), "logical destination");
	clear(1);
	lapic_msr_write(&world_vps[1], 0x83f, 0x75);
	ktap_ok(world_requested(1, 0x75), "self IPI register");
	clear(1);
	world_lapic(1)->esr = 0;
	ktap_ok(lapic_msr_write(&world_vps[1], 0x83f, 15) && world_requested(1, -1) &&
		world_lapic(1)->esr == ESR_SEND_ILLEGAL_VECTOR,
		"a self IPI with a vector that is none is an error of the sender");
	ktap_ok(!lapic_msr_write(&world_vps[1], 0x830, 1UL << 32 | BIT(13) | 0x76) &&
		!lapic_msr_write(&world_vps[1], 0x830, 1UL << 32 | BIT(20) | 0x76) &&
		world_requested(1, -1), "reserved bits of the ICR");
	world_end();
}

static void timer(void)
{
	struct lapic *l;

	world_start(1);
	l = world_lapic(0);
	lapic_write(l, LAPIC_TIMER_DIVIDE, 0xb);
	lapic_write(l, LAPIC_LVT + LVT_TIMER, 0xec);
	lapic_write(l, LAPIC_TIMER_INITIAL, 200000);	/* 1 ms at 200 MHz */
	world_advance_us(500);
	ktap_is(lapic_read(l, LAPIC_TIMER_CURRENT), 100000, "counts down at the advertised speed");
	world_advance_us(499);
	ktap_ok(world_requested(0, -1), "does not fire early");
	world_advance_us(2);
	ktap_ok(world_requested(0, 0xec), "one-shot fires");
	ktap_ok(!lapic_read(l, LAPIC_TIMER_CURRENT) && !world_armed(), "once");
	clear(0);
	lapic_write(l, LAPIC_TIMER_DIVIDE, 0x3);		/* by 16 */
	lapic_write(l, LAPIC_LVT + LVT_TIMER, 0xed | LVT_PERIODIC);
	lapic_write(l, LAPIC_TIMER_INITIAL, 12500);
	world_advance_us(1001);
	ktap_ok(world_requested(0, 0xed), "periodic fires, divided by 16");
	clear(0);
	world_advance_us(1000);
	ktap_ok(world_requested(0, 0xed), "and again");
	ktap_is(lapic_read(l, LAPIC_TIMER_CURRENT), 12488, "on its grid");
	clear(0);
	lapic_write(l, LAPIC_LVT + LVT_TIMER, 0xed | LVT_PERIODIC | LVT_MASKED);
	world_advance_us(1000);
	ktap_ok(world_requested(0, -1), "masked, it is silent");
	lapic_write(l, LAPIC_LVT + LVT_TIMER, 0xed | LVT_PERIODIC);
	lapic_write(l, LAPIC_TIMER_INITIAL, 1);
	world_advance_us(1);
	clear(0);
	world_advance_us(TIMER_MIN_PERIOD_US - 2);
	ktap_ok(world_requested(0, -1), "the shortest period is one of 500 us");
	world_advance_us(2);
	ktap_ok(world_requested(0, 0xed), "but not longer");
	lapic_write(l, LAPIC_TIMER_INITIAL, 0);
	ktap_is(world_armed(), 0, "count zero stops it");
	world_end();
}

static void assertions(void)
{
	union hv_interrupt_control c = { .interrupt_type = HV_X64_INTERRUPT_TYPE_FIXED };
	struct partition *p = &world_partition;

	world_start(2);
	ktap_is(child_assert_interrupt(p, c.as_uint64, 1, 0x80), HV_STATUS_SUCCESS, "fixed");
	ktap_ok(world_requested(1, 0x80) && world_requested(0, -1) && world_kicks[1] == 1,
		"reaches the VP it is for, and kicks it");
	ktap_is(child_assert_interrupt(p, c.as_uint64, 9, 0x80), HV_STATUS_SUCCESS,
		"a destination that nobody has is no error");
	ktap_is(child_assert_interrupt(p, c.as_uint64, 1, 3), HV_STATUS_INVALID_PARAMETER,
		"an exception's vector is");
	c.rsvd = 1;
	ktap_is(child_assert_interrupt(p, c.as_uint64, 1, 0x80), HV_STATUS_INVALID_PARAMETER,
		"so are reserved bits");
	c.rsvd = 0;
	c.interrupt_type = HV_X64_INTERRUPT_TYPE_SMI;
	ktap_is(child_assert_interrupt(p, c.as_uint64, 1, 0x80), HV_STATUS_INVALID_PARAMETER,
		"and SMIs");
	c.interrupt_type = HV_X64_INTERRUPT_TYPE_LOCALINT1;
	lapic_write(world_lapic(0), LAPIC_LVT + LVT_LINT1, MODE_NMI << 8);
	ktap_ok(!child_assert_interrupt(p, c.as_uint64, 0, 0) &&
		world_vps[0].child->events.nmi_pending, "LINT1 as the guest programmed it: NMI");
	p->creation_flags = 0;
	ktap_is(child_assert_interrupt(p, c.as_uint64, 0, 0), HV_STATUS_OPERATION_DENIED,
		"without local APICs nothing can be asserted");
	world_end();
}

int main(void)
{
	ktap_plan(9 + 4 + 9 + 17 + 9 + 8);
	priorities();
	level();
	xapic_destinations();
	x2apic();
	timer();
	assertions();
	return ktap_end();
}
