/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Model of a 16550A serial port, as far as a driver can tell.
 *
 * Sending takes no time: the transmitter is always empty. What is received waits in a FIFO that
 * is deeper than the real one. Modem lines exist in loopback only, where drivers look for them
 * to find the chip.
 *
 * Not locked: the owner serialises all calls. The model calls back through struct uart_ops
 * while it is being called.
 */
#ifndef HVCTL_UART_H
#define HVCTL_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UART_PORTS	8
#define UART_FIFO_SIZE	256

/**
 * struct uart_ops - what the model needs of its surroundings
 * @transmit: the guest sent a byte
 * @set_irq: the interrupt line changed
 * @drained: the guest emptied the receive FIFO, by reading it or by clearing it
 */
struct uart_ops {
	void (*transmit)(void *owner, uint8_t byte);
	void (*set_irq)(void *owner, bool level);
	void (*drained)(void *owner);
};

struct uart {
	const struct uart_ops *ops;
	void *owner;
	uint8_t ier, lcr, mcr, scr, fcr;
	uint16_t divisor;
	bool thr_irq;		/* the transmitter became empty and nobody has read that in IIR */
	bool irq;
	uint8_t fifo[UART_FIFO_SIZE];
	size_t head, count;
};

void uart_init(struct uart *uart, const struct uart_ops *ops, void *owner);

/* Guest access to register @reg, 0 to 7. */
uint8_t uart_read(struct uart *uart, unsigned int reg);
void uart_write(struct uart *uart, unsigned int reg, uint8_t value);

/* Bytes that uart_receive() would take now. */
size_t uart_room(const struct uart *uart);

/* Input for the guest; what does not fit is lost, so ask uart_room() first. */
void uart_receive(struct uart *uart, const uint8_t *bytes, size_t count);

/* What a guest that is saved finds again. */
struct uart_state {
	uint8_t ier, lcr, mcr, scr, fcr;
	uint8_t thr_irq;
	uint8_t irq;
	uint8_t reserved;
	uint16_t divisor;
	uint16_t count;
	uint32_t reserved2;
	uint8_t fifo[UART_FIFO_SIZE];	/* the oldest first */
};
void uart_save(const struct uart *uart, struct uart_state *state);

/* Returns 0, or -1 if no serial port can be in this state. Calls nobody back. */
int uart_restore(struct uart *uart, const struct uart_state *state);

#endif /* HVCTL_UART_H */
