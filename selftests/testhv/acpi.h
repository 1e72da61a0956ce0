/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's ACPI tables: which CPUs there are, and how the root is kept
 * from seeing the one that testhv keeps for itself.
 */
#ifndef TESTHV_ACPI_H
#define TESTHV_ACPI_H

#include "types.h"

struct vp;

void acpi_init(void);				/* find MADT and FADT; panics without */
u32 acpi_apic_ids(u32 *ids, u32 max);		/* of all enabled CPUs, in the table's order */
extern u16 acpi_pm1_control;			/* port: turns the machine off */
extern u16 acpi_pm_timer;			/* port: counts at 3.58 MHz */
void acpi_hide_own_cpus(void);		/* needs boot_cpu and service_cpu */

/* Ports of QEMU's CPU hotplug registers (q35), which root.c hands to us. */
#define ACPI_CPUHP_BASE	0xcd8
#define ACPI_CPUHP_END	0xce4			/* exclusive */
void acpi_cpuhp_write(u16 port, u32 size, u32 value);
u32 acpi_cpuhp_read(u16 port, u32 size);

#endif
