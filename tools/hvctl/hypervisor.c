// SPDX-License-Identifier: GPL-2.0
/*
 * What CPUID says about the hypervisor. See hypervisor.h.
 */
#include <stdio.h>
#include <string.h>

#include <cpuid.h>

#include <hvabi/cpuid.h>

#include "hypervisor.h"

struct leaf {
	uint32_t eax, ebx, ecx, edx;
};

static struct leaf cpuid(uint32_t number)
{
	struct leaf leaf;

	__cpuid(number, leaf.eax, leaf.ebx, leaf.ecx, leaf.edx);
	return leaf;
}

void hypervisor_detect(struct hypervisor *hv)
{
	union hv_hypervisor_version_info version = { 0 };
	struct leaf leaf;

	memset(hv, 0, sizeof(*hv));
	hv->present = cpuid(1).ecx & HYPERV_HYPERVISOR_PRESENT_BIT;
	if (!hv->present)
		return;
	leaf = cpuid(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS);
	hv->microsoft = leaf.ebx == HYPERV_CPUID_VENDOR_EBX &&
			leaf.ecx == HYPERV_CPUID_VENDOR_ECX &&
			leaf.edx == HYPERV_CPUID_VENDOR_EDX && leaf.eax >= HYPERV_CPUID_MIN;
	if (!hv->microsoft)
		return;
	leaf = cpuid(HYPERV_CPUID_FEATURES);
	hv->create_partitions = leaf.ebx & HV_CREATE_PARTITIONS;
	hv->cpu_management = leaf.ebx & HV_CPU_MANAGEMENT;
	hv->nested = cpuid(HYPERV_CPUID_ENLIGHTMENT_INFO).eax & HV_X64_HYPERV_NESTED;
	leaf = cpuid(HYPERV_CPUID_VERSION);
	version.eax = leaf.eax;
	version.ebx = leaf.ebx;
	hv->build = version.build_number;
	hv->major = version.major_version;
	hv->minor = version.minor_version;
	hv->service_pack = leaf.ecx;
}

const char *hypervisor_role(const struct hypervisor *hv)
{
	if (!hv->microsoft)
		return "none";
	if (!hv->create_partitions)
		return "guest";
	if (!hv->cpu_management)
		return "L1VH parent";
	return hv->nested ? "nested root" : "root";
}

void hypervisor_version(const struct hypervisor *hv, char *buf, size_t size)
{
	*buf = '\0';
	if (hv->microsoft)
		snprintf(buf, size, "%u.%u.%u, service pack %u", hv->major, hv->minor, hv->build,
			 hv->service_pack);
}
