/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What CPUID says about the hypervisor below this kernel. User space sees the same leaves as
 * the kernel does, so this needs neither driver nor privilege.
 */
#ifndef HVCTL_HYPERVISOR_H
#define HVCTL_HYPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct hypervisor - the hypervisor and what this partition may do
 * @present: there is a hypervisor of any make
 * @microsoft: it calls itself "Microsoft Hv"
 * @create_partitions: this partition may create children: it is a parent
 * @cpu_management: it manages the processors too: it is the root
 * @nested: the hypervisor is itself a guest of another
 * @build, @major, @minor, @service_pack: version
 */
struct hypervisor {
	bool present;
	bool microsoft;
	bool create_partitions;
	bool cpu_management;
	bool nested;
	uint32_t build;
	uint32_t major;
	uint32_t minor;
	uint32_t service_pack;
};

void hypervisor_detect(struct hypervisor *hv);

/* "root", "nested root", "L1VH parent", "guest" or "none". */
const char *hypervisor_role(const struct hypervisor *hv);

/* "10.0.27744, service pack 0"; "" if unknown. */
void hypervisor_version(const struct hypervisor *hv, char *buf, size_t size);

#endif /* HVCTL_HYPERVISOR_H */
