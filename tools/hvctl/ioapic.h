/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Model of an I/O APIC with 24 pins, version 0x20.
 *
 * It turns a change of a device's line into an interrupt message, and for level-triggered pins
 * keeps Remote IRR until the guest's EOI, which the hypervisor reports with the vector. The
 * local APICs are the hypervisor's.
 *
 * Not locked: the owner serialises all calls.
 */
#ifndef HVCTL_IOAPIC_H
#define HVCTL_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include <hvabi/interrupt.h>

#define IOAPIC_BASE	0xfec00000ULL
#define IOAPIC_SIZE	0x1000ULL
#define IOAPIC_PINS	24

struct ioapic {
	/* Delivers the message of a redirection entry to the local APICs. */
	void (*deliver)(void *owner, union hv_ioapic_rte rte);
	void *owner;
	uint8_t select;
	uint8_t id;
	uint32_t lines;		/* bit n: the device on pin n asserts its line */
	union hv_ioapic_rte rte[IOAPIC_PINS];
};

void ioapic_init(struct ioapic *ioapic, void (*deliver)(void *owner, union hv_ioapic_rte rte),
		 void *owner);

/* Guest access at @offset into the page. Registers are 32 bits wide. */
uint32_t ioapic_read(struct ioapic *ioapic, uint64_t offset);
void ioapic_write(struct ioapic *ioapic, uint64_t offset, uint32_t value);

/* A device changes its line. */
void ioapic_set_line(struct ioapic *ioapic, unsigned int pin, bool level);

/* A local APIC ended a level-triggered interrupt. */
void ioapic_eoi(struct ioapic *ioapic, uint8_t vector);

/* What a guest that is saved finds again. */
struct ioapic_state {
	uint8_t select;
	uint8_t id;
	uint16_t reserved;
	uint32_t lines;
	uint64_t rte[IOAPIC_PINS];
};
void ioapic_save(const struct ioapic *ioapic, struct ioapic_state *state);

/* Returns 0, or -1 if no I/O APIC can be in this state. Delivers nothing. */
int ioapic_restore(struct ioapic *ioapic, const struct ioapic_state *state);

#endif /* HVCTL_IOAPIC_H */
