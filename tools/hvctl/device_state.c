// SPDX-License-Identifier: GPL-2.0
/*
 * The list of devices whose state is saved. See device_state.h.
 */
#include "device_state.h"
#include "vm.h"

static unsigned int one(const struct vm *vm)
{
	(void)vm;
	return 1;
}

static void save_uart(struct vm *vm, unsigned int index, void *state)
{
	(void)index;
	uart_save(&vm->uart, state);
}

static int restore_uart(struct vm *vm, unsigned int index, const void *state)
{
	(void)index;
	return uart_restore(&vm->uart, state);
}

static void save_ioapic(struct vm *vm, unsigned int index, void *state)
{
	(void)index;
	ioapic_save(&vm->ioapic, state);
}

static int restore_ioapic(struct vm *vm, unsigned int index, const void *state)
{
	(void)index;
	return ioapic_restore(&vm->ioapic, state);
}

static void save_rtc(struct vm *vm, unsigned int index, void *state)
{
	(void)index;
	rtc_save(&vm->rtc, state);
}

static int restore_rtc(struct vm *vm, unsigned int index, const void *state)
{
	(void)index;
	return rtc_restore(&vm->rtc, state);
}

const struct device_kind device_kinds[] = {
	{ DEVICE_UART, sizeof(struct uart_state), one, save_uart, restore_uart },
	{ DEVICE_IOAPIC, sizeof(struct ioapic_state), one, save_ioapic, restore_ioapic },
	{ DEVICE_RTC, sizeof(struct rtc_state), one, save_rtc, restore_rtc },
	{ 0 },
};
