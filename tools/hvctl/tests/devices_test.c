// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the guest's devices as the guest sees them, through ports and memory, and of the way
 * from the serial port's interrupt to the hypercall; of the clock; of the terminal's way out.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/serial_reg.h>

#include "../control_socket.h"
#include "../failure.h"
#include "../layout.h"
#include "../mshv.h"
#include "../term.h"
#include "../vm.h"
#include "ktap.h"

static struct vm *vm;
static struct vm_config config;
static int console[2];

/* What the rest of the program would have been asked for. */
static enum vm_outcome stopped;
static struct {
	unsigned int count;
	union hv_interrupt_control control;
	uint64_t destination;
	uint32_t vector;
} asserted;

void vm_stop(struct vm *v, enum vm_outcome outcome)
{
	(void)v;
	stopped = outcome;
}

bool vm_stopped(struct vm *v)
{
	(void)v;
	return stopped != VM_RUNNING;
}

void control_socket_output(const uint8_t *bytes, size_t count)
{
	(void)bytes;
	(void)count;
}

int mshv_assert_interrupt(int fd, union hv_interrupt_control control, uint64_t destination,
			  uint32_t vector)
{
	EXPECT_EQ(fd, 77);
	asserted.count++;
	asserted.control = control;
	asserted.destination = destination;
	asserted.vector = vector;
	return 0;
}

static void reset(void)
{
	memset(vm, 0, sizeof(*vm));
	memset(&asserted, 0, sizeof(asserted));
	stopped = VM_RUNNING;
	pthread_mutex_init(&vm->lock, NULL);
	pthread_mutex_init(&vm->output_lock, NULL);
	config.console = console[1];
	vm->config = &config;
	vm->fd = 77;
	devices_init(vm);
}

static void test_ports_power(void)
{
	reset();
	ports_write(vm, PORT_POWER, 1, POWER_SLEEP_ENABLE | 3 << 2);
	ports_write(vm, PORT_POWER + POWER_RESET, 1, 0);
	ports_write(vm, PORT_I8042_COMMAND, 1, 0xae);
	EXPECT_EQ(stopped, VM_RUNNING);
	ports_write(vm, PORT_POWER, 1, POWER_SLEEP_ENABLE | POWER_S5_TYPE << 2);
	EXPECT_EQ(stopped, VM_POWERED_OFF);
	ports_write(vm, PORT_POWER + POWER_RESET, 1, POWER_RESET_VALUE);
	EXPECT_EQ(stopped, VM_RESET);
	reset();
	EXPECT_EQ(ports_read(vm, PORT_I8042_COMMAND, 1), 0xfd);
	ports_write(vm, PORT_I8042_COMMAND, 1, I8042_RESET);
	EXPECT_EQ(stopped, VM_RESET);
}

static void test_ports_unclaimed(void)
{
	reset();
	EXPECT_EQ(ports_read(vm, 0xcfc, 4), 0xffffffffu);
	EXPECT_EQ(ports_read(vm, 0x2f8, 2), 0xffffu);
	ports_write(vm, 0xcf8, 4, 0x80000000u);
	EXPECT_EQ(vm->ports[0xcfc].reads, 1);
	EXPECT_EQ(vm->ports[0xcff].reads, 1);
	EXPECT_EQ(vm->ports[0xcfb].writes, 1);
	EXPECT_EQ(vm->ports[0x3f8].reads, 0);
	/* An access that runs past the last port wraps, as it does on a bus of 16 bits. */
	EXPECT_EQ(ports_read(vm, 0xffff, 2), 0xffffu);
	EXPECT_EQ(vm->ports[0].reads, 1);
}

static void test_ports_wide(void)
{
	char sent[2] = "";

	reset();
	/* A word written to the data port is data and then IER. */
	ports_write(vm, PORT_COM1, 2, UART_IER_RDI << 8 | 'w');
	devices_flush(vm);
	EXPECT(read(console[0], sent, 1) == 1 && sent[0] == 'w');
	EXPECT_EQ(ports_read(vm, PORT_COM1 + UART_IER, 1), UART_IER_RDI);
}

static void on_alarm(int sig)
{
	(void)sig;
	stopped = VM_SIGNALLED;
}

/* Output that nobody reads holds up its sender until the guest ends, and loses nothing before. */
static void test_output_blocked(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	unsigned int flushed = 0;
	char buf[4096];
	size_t got = 0;

	reset();
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	while (!vm_stopped(vm)) {
		ports_write(vm, PORT_COM1, 1, (uint8_t)flushed);
		devices_flush(vm);
		flushed++;
	}
	EXPECT_EQ(stopped, VM_SIGNALLED);
	EXPECT_EQ(vm->output_count, 0);
	close(console[1]);
	for (;;) {
		ssize_t n = read(console[0], buf, sizeof(buf)), i;

		if (n <= 0)
			break;
		for (i = 0; i < n; i++)
			EXPECT_EQ((uint8_t)buf[i], (uint8_t)(got + (size_t)i));
		got += (size_t)n;
	}
	/* All but the byte that was being written when the guest ended. */
	EXPECT_EQ(got, flushed - 1);
	EXPECT(pipe(console) == 0);
}

/* A reader who went away is an error, once. */
static void test_output_closed(void)
{
	reset();
	signal(SIGPIPE, SIG_IGN);
	close(console[0]);
	ports_write(vm, PORT_COM1, 1, 'x');
	devices_flush(vm);
	EXPECT_EQ(stopped, VM_FAILED);
	close(console[1]);
	EXPECT(pipe(console) == 0);
}

static void test_serial_interrupt(void)
{
	reset();
	mmio_write(vm, IOAPIC_BASE, 4, 0x10 + 2 * COM1_IRQ + 1);
	mmio_write(vm, IOAPIC_BASE + 0x10, 4, 0x01000000);
	mmio_write(vm, IOAPIC_BASE, 4, 0x10 + 2 * COM1_IRQ);
	mmio_write(vm, IOAPIC_BASE + 0x10, 4, 0x0930);
	EXPECT_EQ(mmio_read(vm, IOAPIC_BASE + 0x10, 4), 0x0930);
	ports_write(vm, PORT_COM1 + UART_IER, 1, UART_IER_RDI);
	EXPECT_EQ(asserted.count, 0);
	uart_receive(&vm->uart, (const uint8_t *)"k", 1);
	EXPECT_EQ(asserted.count, 1);
	EXPECT_EQ(asserted.vector, 0x30);
	EXPECT_EQ(asserted.destination, 1);
	EXPECT_EQ(asserted.control.interrupt_type, HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY);
	EXPECT_EQ(asserted.control.logical_dest_mode, 1);
	EXPECT_EQ(asserted.control.level_triggered, 0);
}

static void test_memory_unclaimed(void)
{
	reset();
	EXPECT_EQ(mmio_read(vm, 0xfed00000, 8), ~0ULL);
	mmio_write(vm, 0xfed00000, 4, 1);
	EXPECT_EQ(mmio_read(vm, IOAPIC_BASE, 1), ~0ULL);
	EXPECT_EQ(vm->mmio.reads, 2);
	EXPECT_EQ(vm->mmio.writes, 1);
}

static uint8_t cmos(struct rtc *rtc, uint8_t index, time_t now)
{
	rtc_write(rtc, 0, index | 0x80);
	return rtc_read(rtc, 1, now);
}

static void test_clock(void)
{
	/* Thursday 2026-12-31 23:59:58 UTC */
	const time_t now = 1798761598;
	struct rtc rtc = { 0 };

	EXPECT_EQ(cmos(&rtc, 0x00, now), 0x58);
	EXPECT_EQ(cmos(&rtc, 0x02, now), 0x59);
	EXPECT_EQ(cmos(&rtc, 0x04, now), 0x23);
	EXPECT_EQ(cmos(&rtc, 0x06, now), 0x05);
	EXPECT_EQ(cmos(&rtc, 0x07, now), 0x31);
	EXPECT_EQ(cmos(&rtc, 0x08, now), 0x12);
	EXPECT_EQ(cmos(&rtc, 0x09, now), 0x26);
	EXPECT_EQ(cmos(&rtc, 0x32, now), 0x20);
	EXPECT_EQ(cmos(&rtc, 0x0a, now) & 0x80, 0);
	EXPECT_EQ(cmos(&rtc, 0x0b, now), 0x02);
	EXPECT_EQ(cmos(&rtc, 0x0d, now), 0x80);
	EXPECT_EQ(rtc_read(&rtc, 0, now), 0x0d);
	/* ... and two seconds later. */
	EXPECT_EQ(cmos(&rtc, 0x09, now + 2), 0x27);
	EXPECT_EQ(cmos(&rtc, 0x08, now + 2), 0x01);
}

static void filter(struct term_escape *escape, const char *typed, const char *passed, bool quits)
{
	uint8_t bytes[64];
	size_t count = strlen(typed);
	bool quit = false;

	memcpy(bytes, typed, count);
	count = term_filter(escape, bytes, count, &quit);
	EXPECT_EQ(count, strlen(passed));
	EXPECT(memcmp(bytes, passed, count) == 0);
	EXPECT_EQ(quit, quits);
}

static unsigned int pit_count(struct pit *pit, uint64_t now)
{
	unsigned int count;

	pit_write(pit, 3, 0x00, now);
	count = pit_read(pit, 0, now + 1000000);
	return count | (unsigned int)pit_read(pit, 0, now + 2000000) << 8;
}

/* The count is latched, low byte first; a rate generator begins anew, a one-shot does not. */
static void test_timer(void)
{
	const uint64_t start = 5000000000ULL, tick = 838096;	/* ns of 1000 ticks, rounded up */
	struct pit pit = { 0 };

	pit_write(&pit, 3, 0x34, 0);
	pit_write(&pit, 0, 11932 & 0xff, 0);
	pit_write(&pit, 0, 11932 >> 8, start);
	EXPECT_EQ(pit_count(&pit, start), 11932);
	EXPECT_EQ(pit_count(&pit, start + tick), 10932);
	EXPECT_EQ(pit_count(&pit, start + 12 * tick), 11932 - 68);
	EXPECT_EQ(pit_count(&pit, start + 3600 * 1000000000ULL),
		  11932 - 3600 * PIT_HZ % 11932);
	pit_write(&pit, 3, 0x38, start);
	pit_write(&pit, 0, 0, start);
	pit_write(&pit, 0, 0, start);
	EXPECT_EQ(pit_count(&pit, start + tick), 0x10000 - 1000);
	pit_write(&pit, 3, 0x10, start);
	pit_write(&pit, 0, 200, start);
	EXPECT_EQ(pit_read(&pit, 0, start), 200);
	EXPECT_EQ(pit_read(&pit, 0, start + tick), 0xff & (200 - 1000));
	pit_write(&pit, 3, 0xb6, start);
	EXPECT_EQ(pit_read(&pit, 0, start), 200);
	EXPECT_EQ(pit_read(&pit, 2, start), 0xff);
}

static void test_way_out(void)
{
	struct term_escape escape = { false };

	filter(&escape, "plain\003\032", "plain\003\032", false);
	filter(&escape, "a\035b", "a", true);
	filter(&escape, "a\001x", "a", true);
	escape.after_ctrl_a = false;
	filter(&escape, "\001\001b", "\001b", false);
	filter(&escape, "\001c", "c", false);
	/* Split over two reads. */
	filter(&escape, "d\001", "d", false);
	filter(&escape, "x", "", true);
}

int main(void)
{
	int ret;

	vm = calloc(1, sizeof(*vm));
	if (!vm || pipe(console) < 0)
		return 1;
	ktap_start();
	ktap_run("devices_ports_power", test_ports_power);
	ktap_run("devices_ports_unclaimed", test_ports_unclaimed);
	ktap_run("devices_ports_wide", test_ports_wide);
	ktap_run("devices_output_blocked", test_output_blocked);
	ktap_run("devices_output_closed", test_output_closed);
	ktap_run("devices_serial_interrupt", test_serial_interrupt);
	ktap_run("devices_memory_unclaimed", test_memory_unclaimed);
	ktap_run("devices_clock", test_clock);
	ktap_run("devices_timer", test_timer);
	ktap_run("devices_way_out", test_way_out);
	ret = ktap_finish();
	free(vm);
	return ret;
}
