// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the I/O APIC model: registers, edges, levels, EOI.
 */
#include "../ioapic.h"
#include "ktap.h"

#define SELECT	0x00
#define WINDOW	0x10
#define EOI	0x40

#define MASKED	(1u << 16)
#define LEVEL	(1u << 15)
#define IRR	(1u << 14)

static struct ioapic ioapic;
static unsigned int delivered;
static union hv_ioapic_rte last;

static void deliver(void *owner, union hv_ioapic_rte rte)
{
	(void)owner;
	delivered++;
	last = rte;
}

static void reset(void)
{
	delivered = 0;
	ioapic_init(&ioapic, deliver, NULL);
}

static uint32_t get(unsigned int index)
{
	ioapic_write(&ioapic, SELECT, index);
	return ioapic_read(&ioapic, WINDOW);
}

static void set(unsigned int index, uint32_t value)
{
	ioapic_write(&ioapic, SELECT, index);
	ioapic_write(&ioapic, WINDOW, value);
}

static void test_registers(void)
{
	unsigned int pin;

	reset();
	EXPECT_EQ(get(1), 0x20 | 23 << 16);
	set(0, 0x05000000);
	EXPECT_EQ(get(0), 0x05000000);
	EXPECT_EQ(ioapic_read(&ioapic, SELECT), 0);
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		EXPECT_EQ(get(0x10 + 2 * pin), MASKED);
	set(0x11, 0x03000000);
	EXPECT_EQ(get(0x11), 0x03000000);
	/* Status bits do not take what is written, and there is nothing behind the last pin. */
	set(0x10, MASKED | IRR | 1u << 12 | 0x31);
	EXPECT_EQ(get(0x10), MASKED | 0x31);
	EXPECT_EQ(get(0x10 + 2 * IOAPIC_PINS), ~0u);
	set(0xff, 0x1234);
	EXPECT_EQ(get(0x0f), ~0u);
	EXPECT_EQ(ioapic_read(&ioapic, 0x20), ~0u);
	EXPECT_EQ(delivered, 0);
}

static void test_edge(void)
{
	reset();
	set(0x19, 0x02000000);
	set(0x18, MASKED | 0x41);
	ioapic_set_line(&ioapic, 4, true);
	EXPECT_EQ(delivered, 0);
	ioapic_set_line(&ioapic, 4, false);
	set(0x18, 0x41);
	ioapic_set_line(&ioapic, 4, true);
	EXPECT_EQ(delivered, 1);
	EXPECT_EQ(last.vector, 0x41);
	EXPECT_EQ(last.destination_id, 2);
	EXPECT_EQ(last.trigger_mode, 0);
	/* A line that stays up is no new edge; each new one is. */
	ioapic_set_line(&ioapic, 4, true);
	EXPECT_EQ(delivered, 1);
	ioapic_set_line(&ioapic, 4, false);
	ioapic_set_line(&ioapic, 4, true);
	EXPECT_EQ(delivered, 2);
	EXPECT(!(get(0x18) & IRR));
}

static void test_level(void)
{
	reset();
	set(0x1a, LEVEL | 0x51);
	ioapic_set_line(&ioapic, 5, true);
	EXPECT_EQ(delivered, 1);
	EXPECT(get(0x1a) & IRR);
	/* Not again before the EOI of this vector; then again if the line is still up. */
	ioapic_set_line(&ioapic, 5, false);
	ioapic_set_line(&ioapic, 5, true);
	ioapic_eoi(&ioapic, 0x52);
	EXPECT_EQ(delivered, 1);
	ioapic_eoi(&ioapic, 0x51);
	EXPECT_EQ(delivered, 2);
	ioapic_set_line(&ioapic, 5, false);
	ioapic_eoi(&ioapic, 0x51);
	EXPECT_EQ(delivered, 2);
	EXPECT(!(get(0x1a) & IRR));
}

/* Unmasking finds a level that came while masked; the EOI register works as the message does. */
static void test_unmask_and_eoi_register(void)
{
	reset();
	set(0x1a, MASKED | LEVEL | 0x51);
	ioapic_set_line(&ioapic, 5, true);
	EXPECT_EQ(delivered, 0);
	set(0x1a, LEVEL | 0x51);
	EXPECT_EQ(delivered, 1);
	ioapic_write(&ioapic, EOI, 0x51);
	EXPECT_EQ(delivered, 2);
}

/* Switching a pin to edge and back is how software without an EOI register clears Remote IRR. */
static void test_clear_remote_irr(void)
{
	reset();
	set(0x1a, LEVEL | 0x51);
	ioapic_set_line(&ioapic, 5, true);
	set(0x1a, MASKED | 0x51);
	EXPECT(!(get(0x1a) & IRR));
	set(0x1a, LEVEL | 0x51);
	EXPECT_EQ(delivered, 2);
}

int main(void)
{
	ktap_start();
	ktap_run("ioapic_registers", test_registers);
	ktap_run("ioapic_edge", test_edge);
	ktap_run("ioapic_level", test_level);
	ktap_run("ioapic_unmask_and_eoi_register", test_unmask_and_eoi_register);
	ktap_run("ioapic_clear_remote_irr", test_clear_remote_irr);
	return ktap_finish();
}
