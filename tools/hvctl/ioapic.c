// SPDX-License-Identifier: GPL-2.0
/*
 * Model of an I/O APIC. See ioapic.h.
 */
#include <string.h>

#include "ioapic.h"

/* The page: an index register and a window, and since version 0x20 an EOI register. */
#define REG_SELECT	0x00
#define REG_WINDOW	0x10
#define REG_EOI		0x40

/* Behind the window. */
#define INDEX_ID	0x00
#define INDEX_VERSION	0x01
#define INDEX_ARB	0x02
#define INDEX_RTE	0x10

#define VERSION		0x20

/* Delivery status and Remote IRR are the chip's own. */
#define RTE_READ_ONLY	(1u << 12 | 1u << 14)

void ioapic_init(struct ioapic *ioapic, void (*deliver)(void *owner, union hv_ioapic_rte rte),
		 void *owner)
{
	unsigned int pin;

	memset(ioapic, 0, sizeof(*ioapic));
	ioapic->deliver = deliver;
	ioapic->owner = owner;
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		ioapic->rte[pin].interrupt_mask = 1;
}

/* A level-triggered pin sends once, then waits for its EOI. */
static void send(struct ioapic *ioapic, unsigned int pin)
{
	union hv_ioapic_rte *rte = &ioapic->rte[pin];

	if (rte->interrupt_mask || rte->remote_irr)
		return;
	rte->remote_irr = rte->trigger_mode == HV_INTERRUPT_TRIGGER_MODE_LEVEL;
	ioapic->deliver(ioapic->owner, *rte);
}

static void send_if_level(struct ioapic *ioapic, unsigned int pin)
{
	if (ioapic->rte[pin].trigger_mode == HV_INTERRUPT_TRIGGER_MODE_LEVEL &&
	    ioapic->lines & 1u << pin)
		send(ioapic, pin);
}

void ioapic_set_line(struct ioapic *ioapic, unsigned int pin, bool level)
{
	bool rising = level && !(ioapic->lines & 1u << pin);

	if (level)
		ioapic->lines |= 1u << pin;
	else
		ioapic->lines &= ~(1u << pin);
	if (rising)
		send(ioapic, pin);
}

void ioapic_eoi(struct ioapic *ioapic, uint8_t vector)
{
	unsigned int pin;

	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		if (!ioapic->rte[pin].remote_irr || ioapic->rte[pin].vector != vector)
			continue;
		ioapic->rte[pin].remote_irr = 0;
		send_if_level(ioapic, pin);
	}
}

static uint32_t read_window(const struct ioapic *ioapic)
{
	unsigned int pin = (ioapic->select - INDEX_RTE) / 2;

	switch (ioapic->select) {
	case INDEX_ID:
	case INDEX_ARB:
		return (uint32_t)ioapic->id << 24;
	case INDEX_VERSION:
		return VERSION | (IOAPIC_PINS - 1) << 16;
	default:
		if (ioapic->select < INDEX_RTE || pin >= IOAPIC_PINS)
			return ~0u;
		return ioapic->select & 1 ? ioapic->rte[pin].high_uint32
					  : ioapic->rte[pin].low_uint32;
	}
}

static void write_rte(struct ioapic *ioapic, unsigned int pin, bool high, uint32_t value)
{
	union hv_ioapic_rte *rte = &ioapic->rte[pin];

	if (high) {
		rte->high_uint32 = value;
		return;
	}
	rte->low_uint32 = (value & ~RTE_READ_ONLY) | (rte->low_uint32 & RTE_READ_ONLY);
	/* Software clears a stuck Remote IRR by making the pin edge-triggered for a moment. */
	if (rte->trigger_mode == HV_INTERRUPT_TRIGGER_MODE_EDGE)
		rte->remote_irr = 0;
	send_if_level(ioapic, pin);
}

static void write_window(struct ioapic *ioapic, uint32_t value)
{
	unsigned int pin = (ioapic->select - INDEX_RTE) / 2;

	if (ioapic->select == INDEX_ID)
		ioapic->id = value >> 24 & 0x0f;
	else if (ioapic->select >= INDEX_RTE && pin < IOAPIC_PINS)
		write_rte(ioapic, pin, ioapic->select & 1, value);
}

uint32_t ioapic_read(struct ioapic *ioapic, uint64_t offset)
{
	switch (offset) {
	case REG_SELECT:
		return ioapic->select;
	case REG_WINDOW:
		return read_window(ioapic);
	default:
		return ~0u;
	}
}

void ioapic_write(struct ioapic *ioapic, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case REG_SELECT:
		ioapic->select = (uint8_t)value;
		break;
	case REG_WINDOW:
		write_window(ioapic, value);
		break;
	case REG_EOI:
		ioapic_eoi(ioapic, (uint8_t)value);
		break;
	default:
		break;
	}
}

void ioapic_save(const struct ioapic *ioapic, struct ioapic_state *state)
{
	unsigned int pin;

	*state = (struct ioapic_state){
		.select = ioapic->select,
		.id = ioapic->id,
		.lines = ioapic->lines,
	};
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		state->rte[pin] = ioapic->rte[pin].as_uint64;
}

int ioapic_restore(struct ioapic *ioapic, const struct ioapic_state *state)
{
	unsigned int pin;

	if (state->lines >> IOAPIC_PINS || state->id > 0x0f)
		return -1;
	ioapic->select = state->select;
	ioapic->id = state->id;
	ioapic->lines = state->lines;
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		ioapic->rte[pin].as_uint64 = state->rte[pin];
	return 0;
}
