// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor's statuses are to user space.  Each is returned once by a
 * hypercall that a program composes itself and once by one that the driver makes
 * for CREATE_VP: the errno, the status as it was, and what hvctl explain says.
 *
 * The table is that of mainline's driver, which programs know; all other
 * statuses are EIO.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "ktap.h"
#include "leak.h"
#include "world.h"

static const struct {
	uint16_t status;
	int error;
} rows[] = {
	{ HV_STATUS_INVALID_HYPERCALL_CODE, EINVAL },
	{ HV_STATUS_INVALID_HYPERCALL_INPUT, EINVAL },
	{ HV_STATUS_INVALID_ALIGNMENT, EIO },
	{ HV_STATUS_INVALID_PARAMETER, EINVAL },
	{ HV_STATUS_ACCESS_DENIED, EACCES },
	{ HV_STATUS_INVALID_PARTITION_STATE, EIO },
	{ HV_STATUS_OPERATION_DENIED, EACCES },
	{ HV_STATUS_UNKNOWN_PROPERTY, EINVAL },
	{ HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE, EINVAL },
	{ HV_STATUS_INSUFFICIENT_MEMORY, ENOMEM },
	{ HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY, ENOMEM },
	{ HV_STATUS_INSUFFICIENT_ROOT_MEMORY, ENOMEM },
	{ HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY, ENOMEM },
	{ HV_STATUS_INVALID_PARTITION_ID, EINVAL },
	{ HV_STATUS_INVALID_VP_INDEX, EINVAL },
	{ HV_STATUS_NOT_FOUND, EIO },
	{ HV_STATUS_INVALID_PORT_ID, EINVAL },
	{ HV_STATUS_INVALID_CONNECTION_ID, EINVAL },
	{ HV_STATUS_INSUFFICIENT_BUFFERS, EIO },
	{ HV_STATUS_NOT_ACKNOWLEDGED, EIO },
	{ HV_STATUS_INVALID_VP_STATE, EIO },
	{ HV_STATUS_NO_RESOURCES, EIO },
	{ HV_STATUS_PROCESSOR_FEATURE_NOT_SUPPORTED, EOPNOTSUPP },
	{ HV_STATUS_INVALID_LP_INDEX, EINVAL },
	{ HV_STATUS_INVALID_REGISTER_VALUE, EINVAL },
	{ HV_STATUS_OPERATION_FAILED, EIO },
	{ HV_STATUS_TIME_OUT, EIO },
	{ HV_STATUS_CALL_PENDING, EIO },
	{ HV_STATUS_VTL_ALREADY_ENABLED, EIO },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

#define NAMED(name, value)	{ value, #name },

static const struct {
	uint16_t status;
	const char *name;
} all[] = { HV_STATUS_LIST(NAMED) };

#define ALL	(sizeof(all) / sizeof(all[0]))

/* More often than the driver gives memory before it gives up. */
#define ALWAYS	1000

static unsigned int fail_with(uint16_t code, uint16_t status)
{
	struct fault fault = { .code = code, .status = status, .nth = 1, .times = ALWAYS };

	fault_clear();
	return fault_set(&fault);
}

/* Did this call, which returned @ret, fail as it should, and is that the last error? */
static bool failed(int ret, int error, uint16_t code, uint16_t status)
{
	int got = ret < 0 ? errno : 0;
	struct mshv_last_error last;

	fault_clear();
	last = last_error(child.pt);
	if (got == error && last.hypercall == code && last.status == status)
		return true;
	ktap_note("status %#x from call %#x: %s; the last error is %#x from %#x", status, code,
		  strerror(got), last.status, last.hypercall);
	return false;
}

static bool own_call_fails(uint16_t status, int error)
{
	struct hv_input_get_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS,
	};
	uint64_t value;
	struct mshv_call call = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in = &in, .in_size = sizeof(in), .out = &value, .out_size = sizeof(value),
	};
	unsigned int rule = fail_with(call.code, status);
	int ret = mshv_hvcall(child.pt, &call), saved = errno;

	if (!fault_fired(rule) || call.status != status) {
		ktap_note("status %#x: MSHV_ROOT_HVCALL says %#x", status, call.status);
		return false;
	}
	errno = saved;
	return failed(ret, error, call.code, status);
}

static bool drivers_call_fails(uint16_t status, int error)
{
	unsigned int rule = fail_with(HVCALL_CREATE_VP, status);
	int ret = mshv_create_vp(child.pt, 0), saved = errno;

	if (!fault_fired(rule))
		return false;
	errno = saved;
	return failed(ret, error, HVCALL_CREATE_VP, status);
}

static const char *name_of(uint16_t status)
{
	for (size_t i = 0; i < ALL; i++)
		if (all[i].status == status)
			return all[i].name;
	return NULL;
}

/* The first line of hvctl explain: name, number, and the errno that the driver makes of it. */
static bool explained(uint16_t status, int error)
{
	char command[64], line[128] = "", want[128];
	FILE *out;

	snprintf(command, sizeof(command), "hvctl explain %#x", status);
	snprintf(want, sizeof(want), "HV_STATUS_%s (%#x), from the driver: %s (%d)\n",
		 name_of(status), status, strerrorname_np(error), error);
	out = popen(command, "r");
	if (!out || !fgets(line, sizeof(line), out))
		ktap_note("%s says nothing", command);
	if (out)
		pclose(out);
	if (strcmp(line, want))
		ktap_note("%s: got %.100s", command, line);
	return !strcmp(line, want);
}

static bool is_row(uint16_t status)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].status == status)
			return true;
	return status == HV_STATUS_SUCCESS;
}

static void test_others(void)
{
	unsigned int nr = 0, good = 0;

	for (size_t i = 0; i < ALL; i++) {
		if (is_row(all[i].status))
			continue;
		nr++;
		good += own_call_fails(all[i].status, EIO) &&
			drivers_call_fails(all[i].status, EIO) && explained(all[i].status, EIO);
	}
	ktap_is(good, nr, "each status without a row is EIO");
	ktap_ok(own_call_fails(0x7fff, EIO) && drivers_call_fails(0x7fff, EIO),
		"and so is one that nobody knows");
}

int main(void)
{
	struct account account;

	ktap_plan(ROWS + 4);
	begin();
	account_take(&account, dev);
	make(INITIALIZED);
	for (size_t i = 0; i < ROWS; i++)
		ktap_ok(own_call_fails(rows[i].status, rows[i].error) &&
			drivers_call_fails(rows[i].status, rows[i].error) &&
			explained(rows[i].status, rows[i].error), "%s is %s",
			name_of(rows[i].status), strerrorname_np(rows[i].error));
	test_others();
	child.vp[0].fd = mshv_create_vp(child.pt, 0);
	ktap_ok(child.vp[0].fd >= 0, "after all that the VP can be created");
	unmake();
	ktap_ok(account_same(&account, dev, LEAK_SLACK), "nothing is left over");
	return ktap_end();
}
