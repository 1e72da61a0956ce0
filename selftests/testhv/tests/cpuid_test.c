// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID of children: disabled features, topology, synthetic leaves; against
 * whatever processor runs the test.
 */
#include "world.h"

static struct vp *vp = &world_vps[0];

static void processor(void)
{
	struct cpuid_regs host = cpuid(1, 0), r;

	world_start(1);
	r = child_cpuid_leaf(vp, 1, 0);
	ktap_ok(!(r.ecx & ~host.ecx & 0x7fffffff & ~(u32)BIT(21)), "no feature that is not there");
	ktap_ok(!(r.ecx & BIT(24)) && !(r.ecx & BIT(3)), "no TSC deadline, no MONITOR");
	ktap_ok(r.edx & BIT(9), "a local APIC");
	ktap_ok(!(child_cpuid_leaf(vp, 0x80000001, 0).ecx & BIT(2)), "no SVM");
	ktap_ok(!(r.ecx >> 31), "no hypervisor unless the parent says so");
	world_partition.processor_features[0] = ~0UL;
	world_partition.xsave_features = ~0UL;
	r = child_cpuid_leaf(vp, 1, 0);
	ktap_is(r.ecx & ~(u32)BIT(21), 0, "all disabled: leaf 1 ECX is empty");
	ktap_ok((r.edx & 0x7) == 0x7, "but there is an FPU still");
	ktap_is(child_cpuid_leaf(vp, 7, 0).ebx, 0, "and leaf 7");
	ktap_is(child_cpuid_leaf(vp, 0xd, 0).eax, 0, "and XSAVE");
	world_end();
}

static void topology(void)
{
	struct cpuid_regs r;

	world_start(3);
	r = child_cpuid_leaf(&world_vps[2], 1, 0);
	ktap_ok(r.ebx >> 24 == 2 && (r.ebx >> 16 & 0xff) == 3 && r.edx & BIT(28),
		"leaf 1: APIC ID 2 of 3");
	r = child_cpuid_leaf(&world_vps[2], 0xb, 1);
	ktap_ok(r.eax == 2 && r.ebx == 3 && r.ecx == 0x201 && r.edx == 2, "leaf 0xb: cores");
	r = child_cpuid_leaf(&world_vps[2], 0xb, 2);
	ktap_ok(!r.eax && !r.ebx && r.ecx == 2, "and no further level");
	r = child_cpuid_leaf(&world_vps[2], 0x80000008, 0);
	ktap_ok((r.ecx & 0xff) == 2 && r.ecx >> 12 == 2, "leaf 0x80000008: three cores, two bits");
	world_end();
}

static void synthetic(void)
{
	struct cpuid_regs r;

	world_start(1);
	ktap_is(child_cpuid_leaf(vp, 0x40000000, 0).eax, 0, "no leaves unless the parent says so");
	world_partition.synthetic_features = 0x6400ffb;
	r = child_cpuid_leaf(vp, 0x40000000, 0);
	ktap_ok(!memcmp(&r.ebx, "Microsoft Hv", 12) && r.eax >= 0x40000005, "who is there");
	ktap_ok(child_cpuid_leaf(vp, 1, 0).ecx >> 31, "the hypervisor bit");
	r = child_cpuid_leaf(vp, 0x40000003, 0);
	ktap_is(r.eax & 0xfff, 0xe7e, "privileges are those of the features");
	ktap_is(r.ebx, 0, "a child creates no partitions");
	ktap_ok(r.edx & HV_STIMER_DIRECT_MODE_AVAILABLE, "direct timers");
	world_partition.synthetic_features &= ~BIT(4);
	ktap_ok(!(child_cpuid_leaf(vp, 0x40000003, 0).eax & HV_MSR_SYNIC_AVAILABLE),
		"a feature less, a privilege less");
	world_end();
}

int main(void)
{
	ktap_plan(9 + 4 + 7);
	processor();
	topology();
	synthetic();
	return ktap_end();
}
