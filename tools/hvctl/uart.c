// SPDX-License-Identifier: GPL-2.0
/*
 * Model of a 16550A serial port. See uart.h.
 */
#include <string.h>

#include <linux/serial_reg.h>

#include "uart.h"

/* FCR bits that stay set; the two reset bits act once. */
#define FCR_KEPT	(UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_MASK)
#define IIR_FIFOS_ON	0xc0

void uart_init(struct uart *uart, const struct uart_ops *ops, void *owner)
{
	memset(uart, 0, sizeof(*uart));
	uart->ops = ops;
	uart->owner = owner;
	uart->divisor = 1;
}

/* The most urgent reason to interrupt, as IIR shows it. */
static uint8_t pending(const struct uart *uart)
{
	if (uart->ier & UART_IER_RDI && uart->count)
		return UART_IIR_RDI;
	if (uart->ier & UART_IER_THRI && uart->thr_irq)
		return UART_IIR_THRI;
	return UART_IIR_NO_INT;
}

static void update_irq(struct uart *uart)
{
	bool level = pending(uart) != UART_IIR_NO_INT;

	if (level == uart->irq)
		return;
	uart->irq = level;
	uart->ops->set_irq(uart->owner, level);
}

static bool divisor_latch(const struct uart *uart)
{
	return uart->lcr & UART_LCR_DLAB;
}

size_t uart_room(const struct uart *uart)
{
	return UART_FIFO_SIZE - uart->count;
}

void uart_receive(struct uart *uart, const uint8_t *bytes, size_t count)
{
	size_t i;

	for (i = 0; i < count && uart_room(uart); i++)
		uart->fifo[(uart->head + uart->count++) % UART_FIFO_SIZE] = bytes[i];
	update_irq(uart);
}

static uint8_t read_data(struct uart *uart)
{
	uint8_t byte;

	if (!uart->count)
		return 0;
	byte = uart->fifo[uart->head];
	uart->head = (uart->head + 1) % UART_FIFO_SIZE;
	uart->count--;
	update_irq(uart);
	if (!uart->count)
		uart->ops->drained(uart->owner);
	return byte;
}

/* Reading IIR is what acknowledges an empty transmitter, and only if that is what it says. */
static uint8_t read_iir(struct uart *uart)
{
	uint8_t iir = pending(uart);

	if (iir == UART_IIR_THRI) {
		uart->thr_irq = false;
		update_irq(uart);
	}
	return iir | (uart->fcr & UART_FCR_ENABLE_FIFO ? IIR_FIFOS_ON : 0);
}

static uint8_t read_lsr(const struct uart *uart)
{
	return UART_LSR_TEMT | UART_LSR_THRE | (uart->count ? UART_LSR_DR : 0);
}

/* In loopback the four outputs arrive at the four inputs; else a terminal that is ready. */
static uint8_t read_msr(const struct uart *uart)
{
	if (!(uart->mcr & UART_MCR_LOOP))
		return UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS;
	return (uart->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
	       (uart->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
	       (uart->mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
	       (uart->mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0);
}

uint8_t uart_read(struct uart *uart, unsigned int reg)
{
	switch (reg) {
	case UART_RX:
		return divisor_latch(uart) ? uart->divisor & 0xff : read_data(uart);
	case UART_IER:
		return divisor_latch(uart) ? uart->divisor >> 8 : uart->ier;
	case UART_IIR:
		return read_iir(uart);
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return read_lsr(uart);
	case UART_MSR:
		return read_msr(uart);
	default:
		return uart->scr;
	}
}

/*
 * Sent at once, and the transmitter is empty again. If the driver has not yet acknowledged that
 * it was empty before, that is one interrupt and not two: a FIFO filled by one handler is one
 * line going up, as on the real chip.
 */
static void write_data(struct uart *uart, uint8_t value)
{
	if (uart->mcr & UART_MCR_LOOP)
		uart_receive(uart, &value, 1);
	else
		uart->ops->transmit(uart->owner, value);
	uart->thr_irq = true;
	update_irq(uart);
}

/* Switching the transmit interrupt on while the transmitter is empty raises it at once. */
static void write_ier(struct uart *uart, uint8_t value)
{
	if (value & ~uart->ier & UART_IER_THRI)
		uart->thr_irq = true;
	uart->ier = value & 0x0f;
	update_irq(uart);
}

/* Whoever waits for room must hear of it, though the guest read nothing. */
static void drop_input(struct uart *uart)
{
	bool drained = uart->count;

	uart->count = 0;
	if (drained)
		uart->ops->drained(uart->owner);
}

static void write_fcr(struct uart *uart, uint8_t value)
{
	bool toggled = (value ^ uart->fcr) & UART_FCR_ENABLE_FIFO;

	uart->fcr = value & FCR_KEPT;
	if (toggled || value & UART_FCR_CLEAR_RCVR)
		drop_input(uart);
	update_irq(uart);
}

static void set_divisor(struct uart *uart, uint8_t value, unsigned int shift)
{
	uart->divisor = (uint16_t)((uart->divisor & ~(0xff << shift)) | value << shift);
}

void uart_write(struct uart *uart, unsigned int reg, uint8_t value)
{
	switch (reg) {
	case UART_TX:
		if (divisor_latch(uart))
			set_divisor(uart, value, 0);
		else
			write_data(uart, value);
		break;
	case UART_IER:
		if (divisor_latch(uart))
			set_divisor(uart, value, 8);
		else
			write_ier(uart, value);
		break;
	case UART_FCR:
		write_fcr(uart, value);
		break;
	case UART_LCR:
		uart->lcr = value;
		break;
	case UART_MCR:
		uart->mcr = value & 0x1f;
		break;
	case UART_SCR:
		uart->scr = value;
		break;
	default:
		break;	/* LSR and MSR are read-only */
	}
}

void uart_save(const struct uart *uart, struct uart_state *state)
{
	size_t i;

	*state = (struct uart_state){
		.ier = uart->ier,
		.lcr = uart->lcr,
		.mcr = uart->mcr,
		.scr = uart->scr,
		.fcr = uart->fcr,
		.thr_irq = uart->thr_irq,
		.irq = uart->irq,
		.divisor = uart->divisor,
		.count = (uint16_t)uart->count,
	};
	for (i = 0; i < uart->count; i++)
		state->fifo[i] = uart->fifo[(uart->head + i) % UART_FIFO_SIZE];
}

int uart_restore(struct uart *uart, const struct uart_state *state)
{
	if (state->count > UART_FIFO_SIZE || state->thr_irq > 1 || state->irq > 1)
		return -1;
	uart->ier = state->ier & 0x0f;
	uart->lcr = state->lcr;
	uart->mcr = state->mcr & 0x1f;
	uart->scr = state->scr;
	uart->fcr = state->fcr & FCR_KEPT;
	uart->thr_irq = state->thr_irq;
	uart->irq = state->irq;
	uart->divisor = state->divisor;
	uart->head = 0;
	uart->count = state->count;
	memcpy(uart->fifo, state->fifo, sizeof(uart->fifo));
	return 0;
}
