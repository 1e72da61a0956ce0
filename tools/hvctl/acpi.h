/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ACPI tables that tell the guest what machine it is in: its processors and I/O APIC, a
 * serial port, a clock, and how to switch off and reset. Hardware-reduced, so that there is no
 * timer, no event block and no SCI to model.
 */
#ifndef HVCTL_ACPI_H
#define HVCTL_ACPI_H

#include <stddef.h>
#include <stdint.h>

/**
 * acpi_build - write all tables
 * @area: zeroed memory of LAYOUT_ACPI_SIZE bytes that the guest sees at @gpa
 * @gpa: address of @area in the guest; the RSDP is at its start
 * @cpus: number of processors; processor n has APIC ID n
 *
 * Return: bytes used.
 */
size_t acpi_build(uint8_t *area, uint64_t gpa, unsigned int cpus);

/* More would need the x2APIC structures of the MADT. */
#define ACPI_MAX_CPUS	255

#endif /* HVCTL_ACPI_H */
