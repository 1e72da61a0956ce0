/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where things lie in the guest's physical memory at boot, and which I/O ports the machine has.
 * The boot loaders, the ACPI tables and the device models all take these from here.
 *
 * The first MiB is that of a PC: RAM up to 0x9f000, then nothing for a guest to use. Everything
 * that is handed to the kernel lies in that RAM, except the ACPI tables, which lie where a PC's
 * firmware has them, and the entry of that firmware, which is all there is of it.
 */
#ifndef HVCTL_LAYOUT_H
#define HVCTL_LAYOUT_H

#define LAYOUT_GDT		0x00001000ULL
#define LAYOUT_BOOT_PARAMS	0x00002000ULL	/* one page; PVH: the start info */
#define LAYOUT_PAGE_TABLES	0x00004000ULL	/* six pages */
#define LAYOUT_STACK		0x00010000ULL	/* grows down from here */
#define LAYOUT_CMDLINE		0x00020000ULL
#define LAYOUT_CMDLINE_MAX	0x00010000ULL
#define LAYOUT_LOW_RAM_END	0x0009f000ULL
#define LAYOUT_ACPI		0x000e0000ULL
#define LAYOUT_ACPI_SIZE	0x00010000ULL
#define LAYOUT_RESET_VECTOR	0x000ffff0ULL	/* f000:fff0; the last 16 bytes of the firmware */
#define LAYOUT_FIRMWARE_END	0x00100000ULL
#define LAYOUT_HIGH_RAM		0x00100000ULL

#define PORT_COM1		0x3f8
#define COM1_IRQ		4

/* Power: the ACPI sleep control, sleep status and reset registers. */
#define PORT_POWER		0x600
#define POWER_PORTS		3
#define POWER_SLEEP_CONTROL	0
#define POWER_SLEEP_STATUS	1
#define POWER_RESET		2
#define POWER_RESET_VALUE	0x01
#define POWER_SLEEP_ENABLE	0x20	/* in sleep control, next to the sleep type in bits 2-4 */
#define POWER_S5_TYPE		5

/* The keyboard controller is absent but for the command that pulls the reset line. */
#define PORT_I8042_COMMAND	0x64
#define I8042_RESET		0xfe
#define I8042_INPUT_FULL	0x02	/* status: takes no command yet */

#endif /* HVCTL_LAYOUT_H */
