// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the serial port model: what a 16550 driver does to find, open and use the chip.
 */
#include <string.h>

#include <linux/serial_reg.h>

#include "../uart.h"
#include "ktap.h"

static struct {
	uint8_t sent[1024];
	size_t sent_count;
	unsigned int edges;	/* interrupts an edge-triggered pin would have seen */
	bool level;
	unsigned int drained;
} world;

static void transmit(void *owner, uint8_t byte)
{
	(void)owner;
	if (world.sent_count < sizeof(world.sent))
		world.sent[world.sent_count++] = byte;
}

static void set_irq(void *owner, bool level)
{
	(void)owner;
	world.edges += level && !world.level;
	world.level = level;
}

static void drained(void *owner)
{
	(void)owner;
	world.drained++;
}

static const struct uart_ops ops = { transmit, set_irq, drained };
static struct uart uart;

static void reset(void)
{
	memset(&world, 0, sizeof(world));
	uart_init(&uart, &ops, NULL);
}

static uint8_t in(unsigned int reg)
{
	return uart_read(&uart, reg);
}

static void out(unsigned int reg, uint8_t value)
{
	uart_write(&uart, reg, value);
}

static void receive(const char *text)
{
	uart_receive(&uart, (const uint8_t *)text, strlen(text));
}

/* Scratch, IER, loopback of the modem lines and the FIFO bits are how a driver knows a 16550A. */
static void test_detect(void)
{
	reset();
	out(UART_SCR, 0xa5);
	EXPECT_EQ(in(UART_SCR), 0xa5);
	out(UART_IER, 0xff);
	EXPECT_EQ(in(UART_IER), 0x0f);
	out(UART_IER, 0);
	out(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS);
	EXPECT_EQ(in(UART_MSR) & 0xf0, UART_MSR_DCD | UART_MSR_CTS);
	out(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1 | UART_MCR_DTR);
	EXPECT_EQ(in(UART_MSR) & 0xf0, UART_MSR_RI | UART_MSR_DSR);
	out(UART_MCR, 0);
	EXPECT_EQ(in(UART_IIR), UART_IIR_NO_INT);
	out(UART_FCR, UART_FCR_ENABLE_FIFO);
	EXPECT_EQ(in(UART_IIR) & 0xc0, 0xc0);
}

static void test_divisor(void)
{
	reset();
	out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	out(UART_DLL, 0x34);
	out(UART_DLM, 0x12);
	EXPECT_EQ(in(UART_DLL), 0x34);
	EXPECT_EQ(in(UART_DLM), 0x12);
	EXPECT_EQ(world.sent_count, 0);
	out(UART_LCR, UART_LCR_WLEN8);
	EXPECT_EQ(in(UART_IER), 0);
	EXPECT_EQ(in(UART_LCR), UART_LCR_WLEN8);
}

static void test_transmit(void)
{
	reset();
	out(UART_TX, 'a');
	out(UART_TX, 'b');
	EXPECT_EQ(world.sent_count, 2);
	EXPECT(memcmp(world.sent, "ab", 2) == 0);
	EXPECT_EQ(in(UART_LSR), UART_LSR_TEMT | UART_LSR_THRE);
	EXPECT_EQ(world.edges, 0);
}

/* Enabling it raises it, reading IIR takes it away, the next byte sent raises it anew. */
static void test_transmit_interrupt(void)
{
	reset();
	out(UART_IER, UART_IER_THRI);
	EXPECT_EQ(world.edges, 1);
	EXPECT_EQ(in(UART_IIR), UART_IIR_THRI);
	EXPECT(!world.level);
	EXPECT_EQ(in(UART_IIR), UART_IIR_NO_INT);
	out(UART_TX, 'x');
	EXPECT_EQ(world.edges, 2);
	EXPECT(world.level);
	/* More bytes before IIR is read are no more interrupts, but the next after it is. */
	out(UART_TX, 'y');
	EXPECT_EQ(world.edges, 2);
	EXPECT_EQ(in(UART_IIR), UART_IIR_THRI);
	EXPECT(!world.level);
	out(UART_TX, 'z');
	EXPECT_EQ(world.edges, 3);
	out(UART_IER, 0);
	EXPECT(!world.level);
	/* What a driver does that looks for chips which forget to raise it again. */
	out(UART_IER, UART_IER_THRI);
	EXPECT_EQ(in(UART_IIR), UART_IIR_THRI);
	out(UART_IER, 0);
	out(UART_IER, UART_IER_THRI);
	EXPECT_EQ(in(UART_IIR), UART_IIR_THRI);
}

static void test_receive(void)
{
	reset();
	receive("hi");
	EXPECT_EQ(world.edges, 0);
	EXPECT(in(UART_LSR) & UART_LSR_DR);
	out(UART_IER, UART_IER_RDI);
	EXPECT_EQ(world.edges, 1);
	EXPECT_EQ(in(UART_IIR), UART_IIR_RDI);
	EXPECT_EQ(in(UART_RX), 'h');
	/* Reading IIR does not acknowledge input, reading all of it does. */
	EXPECT(world.level);
	EXPECT_EQ(world.drained, 0);
	EXPECT_EQ(in(UART_RX), 'i');
	EXPECT(!world.level);
	EXPECT_EQ(world.drained, 1);
	EXPECT(!(in(UART_LSR) & UART_LSR_DR));
	EXPECT_EQ(in(UART_RX), 0);
	EXPECT_EQ(world.drained, 1);
}

static void test_receive_before_transmit(void)
{
	reset();
	out(UART_IER, UART_IER_RDI | UART_IER_THRI);
	receive("x");
	EXPECT_EQ(in(UART_IIR), UART_IIR_RDI);
	in(UART_RX);
	EXPECT_EQ(in(UART_IIR), UART_IIR_THRI);
}

/* All bytes come through in order however the ring wraps; what does not fit is dropped. */
static void test_fifo(void)
{
	unsigned int written = 0, read = 0, round;

	reset();
	for (round = 0; round < 50; round++) {
		uint8_t bytes[100];
		unsigned int i, n = (unsigned int)uart_room(&uart);

		n = n < sizeof(bytes) ? n : sizeof(bytes);
		for (i = 0; i < n; i++)
			bytes[i] = (uint8_t)(written + i);
		uart_receive(&uart, bytes, n);
		written += n;
		for (i = 0; i < 37 + round; i++)
			if (in(UART_LSR) & UART_LSR_DR)
				EXPECT_EQ(in(UART_RX), (uint8_t)read++);
	}
	while (in(UART_LSR) & UART_LSR_DR)
		EXPECT_EQ(in(UART_RX), (uint8_t)read++);
	EXPECT_EQ(read, written);

	for (round = 0; round < 2; round++)
		for (written = 0; written < 200; written++)
			uart_receive(&uart, (const uint8_t *)"z", 1);
	EXPECT_EQ(uart_room(&uart), 0);
	world.drained = 0;
	out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
	EXPECT_EQ(uart_room(&uart), UART_FIFO_SIZE);
	EXPECT_EQ(world.drained, 1);
	out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
	EXPECT_EQ(world.drained, 1);
	receive("x");
	out(UART_FCR, 0);
	EXPECT_EQ(world.drained, 2);
}

static void test_loopback(void)
{
	reset();
	out(UART_MCR, UART_MCR_LOOP);
	out(UART_TX, 'q');
	EXPECT_EQ(world.sent_count, 0);
	EXPECT_EQ(in(UART_RX), 'q');
}

int main(void)
{
	ktap_start();
	ktap_run("uart_detect", test_detect);
	ktap_run("uart_divisor", test_divisor);
	ktap_run("uart_transmit", test_transmit);
	ktap_run("uart_transmit_interrupt", test_transmit_interrupt);
	ktap_run("uart_receive", test_receive);
	ktap_run("uart_receive_before_transmit", test_receive_before_transmit);
	ktap_run("uart_fifo", test_fifo);
	ktap_run("uart_loopback", test_loopback);
	return ktap_finish();
}
