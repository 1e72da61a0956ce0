// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's devices: who answers which I/O port and which address, and how the device models
 * are wired to each other and to the outside.
 *
 * All ports of all devices are one byte wide; a wider access is one access for each byte. What
 * nobody claims reads as all ones and ignores writes, as on a real bus, and is counted, because
 * it tells what a guest looks for in vain.
 *
 * Locking: all functions but devices_flush() are called with vm->lock held.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/eventfd.h>

#include "control_socket.h"
#include "failure.h"
#include "layout.h"
#include "mshv.h"
#include "vm.h"

/* --- power and reset ---------------------------------------------------------------------- */

static uint8_t power_read(struct vm *vm, unsigned int reg)
{
	(void)vm;
	(void)reg;
	return 0;
}

static void power_write(struct vm *vm, unsigned int reg, uint8_t value)
{
	if (reg == POWER_SLEEP_CONTROL &&
	    value == (POWER_SLEEP_ENABLE | POWER_S5_TYPE << 2))
		vm_stop(vm, VM_POWERED_OFF);
	else if (reg == POWER_RESET && value == POWER_RESET_VALUE)
		vm_stop(vm, VM_RESET);
}

/* What an empty socket reads as, but ready: who wants a reset waits for that first. */
static uint8_t i8042_read(struct vm *vm, unsigned int reg)
{
	(void)vm;
	(void)reg;
	return 0xff & ~I8042_INPUT_FULL;
}

static void i8042_write(struct vm *vm, unsigned int reg, uint8_t value)
{
	(void)reg;
	if (value == I8042_RESET)
		vm_stop(vm, VM_RESET);
}

/* --- the serial port, the clocks ---------------------------------------------------------- */

static uint8_t com1_read(struct vm *vm, unsigned int reg)
{
	return uart_read(&vm->uart, reg);
}

static void com1_write(struct vm *vm, unsigned int reg, uint8_t value)
{
	uart_write(&vm->uart, reg, value);
}

static uint8_t clock_read(struct vm *vm, unsigned int reg)
{
	return rtc_read(&vm->rtc, reg, time(NULL));
}

static void clock_write(struct vm *vm, unsigned int reg, uint8_t value)
{
	rtc_write(&vm->rtc, reg, value);
}

static uint64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint8_t timer_read(struct vm *vm, unsigned int reg)
{
	return pit_read(&vm->pit, reg, monotonic());
}

static void timer_write(struct vm *vm, unsigned int reg, uint8_t value)
{
	pit_write(&vm->pit, reg, value, monotonic());
}

/* Only noted here: the reader of the console may be slow, and the devices are locked. */
static void transmit(void *owner, uint8_t byte)
{
	struct vm *vm = owner;

	if (vm->output_count < sizeof(vm->output))
		vm->output[vm->output_count++] = byte;
}

/* A signal that interrupts this says that the guest has ended; then nobody waits for more. */
static int write_all(struct vm *vm, const uint8_t *bytes, size_t count)
{
	struct pollfd fd = { .fd = vm->config->console, .events = POLLOUT };
	ssize_t n;

	while (count && !vm_stopped(vm)) {
		n = write(fd.fd, bytes, count);
		if (n < 0 && errno == EAGAIN)
			poll(&fd, 1, -1);
		else if (n < 0 && errno != EINTR)
			return fail_errno(errno, "cannot write the guest's console output");
		if (n > 0) {
			bytes += n;
			count -= (size_t)n;
		}
	}
	return 0;
}

void devices_flush(struct vm *vm)
{
	uint8_t bytes[OUTPUT_SIZE];
	size_t count;

	pthread_mutex_lock(&vm->output_lock);
	pthread_mutex_lock(&vm->lock);
	count = vm->output_count;
	memcpy(bytes, vm->output, count);
	vm->output_count = 0;
	pthread_mutex_unlock(&vm->lock);
	control_socket_output(bytes, count);
	if (write_all(vm, bytes, count) < 0)
		vm_stop(vm, VM_FAILED);
	pthread_mutex_unlock(&vm->output_lock);
}

static void com1_irq(void *owner, bool level)
{
	struct vm *vm = owner;

	ioapic_set_line(&vm->ioapic, COM1_IRQ, level);
}

/* Wake the console: it reads no more input than the serial port has room for. */
static void com1_drained(void *owner)
{
	struct vm *vm = owner;

	eventfd_write(vm->wakeup, 1);
}

static const struct uart_ops uart_ops = {
	.transmit = transmit,
	.set_irq = com1_irq,
	.drained = com1_drained,
};

/* An interrupt message from the I/O APIC goes to the local APICs, which the hypervisor has. */
static void deliver(void *owner, union hv_ioapic_rte rte)
{
	struct vm *vm = owner;
	union hv_interrupt_control control = {
		.interrupt_type = rte.delivery_mode,
		.level_triggered = rte.trigger_mode,
		.logical_dest_mode = rte.destination_mode,
	};

	if (mshv_assert_interrupt(vm->fd, control, rte.destination_id, rte.vector) < 0)
		vm_stop(vm, VM_FAILED);
}

void devices_init(struct vm *vm)
{
	uart_init(&vm->uart, &uart_ops, vm);
	ioapic_init(&vm->ioapic, deliver, vm);
}

/* --- I/O ports ---------------------------------------------------------------------------- */

static const struct port_device {
	uint16_t first;
	uint16_t count;
	uint8_t (*read)(struct vm *vm, unsigned int reg);
	void (*write)(struct vm *vm, unsigned int reg, uint8_t value);
} port_devices[] = {
	{ PORT_COM1, UART_PORTS, com1_read, com1_write },
	{ RTC_PORT, RTC_PORTS, clock_read, clock_write },
	{ PIT_PORT, PIT_PORTS, timer_read, timer_write },
	{ PORT_I8042_COMMAND, 1, i8042_read, i8042_write },
	{ PORT_POWER, POWER_PORTS, power_read, power_write },
};

static const struct port_device *find_port(uint16_t port)
{
	size_t i;

	for (i = 0; i < sizeof(port_devices) / sizeof(port_devices[0]); i++)
		if ((uint16_t)(port - port_devices[i].first) < port_devices[i].count)
			return &port_devices[i];
	return NULL;
}

static uint8_t read_byte(struct vm *vm, uint16_t port)
{
	const struct port_device *device = find_port(port);

	if (device)
		return device->read(vm, port - device->first);
	vm->ports[port].reads++;
	return 0xff;
}

static void write_byte(struct vm *vm, uint16_t port, uint8_t value)
{
	const struct port_device *device = find_port(port);

	if (device)
		device->write(vm, port - device->first, value);
	else
		vm->ports[port].writes++;
}

uint32_t ports_read(struct vm *vm, uint16_t port, unsigned int size)
{
	uint32_t value = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		value |= (uint32_t)read_byte(vm, (uint16_t)(port + i)) << (8 * i);
	return value;
}

void ports_write(struct vm *vm, uint16_t port, unsigned int size, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		write_byte(vm, (uint16_t)(port + i), (uint8_t)(value >> (8 * i)));
}

/* --- memory ------------------------------------------------------------------------------- */

/* The I/O APIC has 32-bit registers and answers nothing else. */
static bool is_ioapic(uint64_t gpa, unsigned int size)
{
	return gpa - IOAPIC_BASE < IOAPIC_SIZE && size == 4;
}

uint64_t mmio_read(struct vm *vm, uint64_t gpa, unsigned int size)
{
	if (is_ioapic(gpa, size))
		return ioapic_read(&vm->ioapic, gpa - IOAPIC_BASE);
	vm->mmio.reads++;
	return ~0ULL;
}

void mmio_write(struct vm *vm, uint64_t gpa, unsigned int size, uint64_t value)
{
	if (is_ioapic(gpa, size))
		ioapic_write(&vm->ioapic, gpa - IOAPIC_BASE, (uint32_t)value);
	else
		vm->mmio.writes++;
}
