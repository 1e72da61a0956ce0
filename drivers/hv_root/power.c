// SPDX-License-Identifier: GPL-2.0-only
/*
 * Powering the machine off.
 *
 * The hypervisor has its own work to do before the machine goes, so it is the hypervisor that
 * turns it off: it is told which values ACPI has for the sleep state S5, and then asked to enter
 * that.  The values come from ACPI methods, which may sleep, so they are read while the machine
 * is still whole.  If the hypervisor does not take part, nothing is lost: the kernel's own way,
 * by ACPI, is the next in the list.
 *
 * A kernel that knows how to do all that as root (7.3) does not come here for it.
 *
 * Locking: the kernel calls one handler after the other.
 */
#include <linux/acpi.h>
#include <linux/err.h>
#include <linux/printk.h>
#include <linux/reboot.h>

#include "hv_root.h"

/* Before the kernel's own handlers, which come at this priority. */
#define BEFORE_FIRMWARE	(SYS_OFF_PRIO_FIRMWARE + 1)

static struct sys_off_handler *prepare_handler, *off_handler;
static bool prepared;

static int prepare_power_off(struct sys_off_data *data)
{
	u8 type_a, type_b;

	if (ACPI_SUCCESS(acpi_get_sleep_type_data(ACPI_STATE_S5, &type_a, &type_b)))
		prepared = !hv_set_sleep_state(HV_SLEEP_STATE_S5, type_a, type_b);
	return NOTIFY_DONE;
}

/* Comes back only if the hypervisor refuses. */
static int power_off(struct sys_off_data *data)
{
	if (prepared)
		hv_enter_sleep_state(HV_SLEEP_STATE_S5);
	return NOTIFY_DONE;
}

static struct sys_off_handler *add_handler(enum sys_off_mode mode,
					   int (*callback)(struct sys_off_data *data))
{
	struct sys_off_handler *handler;

	handler = register_sys_off_handler(mode, BEFORE_FIRMWARE, callback, NULL);
	return IS_ERR(handler) ? NULL : handler;
}

/* A module that cannot have the handlers is no worse than none. */
void power_init(void)
{
	prepare_handler = add_handler(SYS_OFF_MODE_POWER_OFF_PREPARE, prepare_power_off);
	off_handler = add_handler(SYS_OFF_MODE_POWER_OFF, power_off);
	if (!prepare_handler || !off_handler)
		pr_warn("the machine will be powered off without the hypervisor\n");
}

void power_exit(void)
{
	unregister_sys_off_handler(off_handler);
	unregister_sys_off_handler(prepare_handler);
}
