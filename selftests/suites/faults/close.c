// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closing the last file of a partition while the hypervisor fails.
 *
 * There is nobody to tell, so the driver goes on: the process gets its memory
 * back, and what the hypervisor keeps is neither freed nor forgotten.  The
 * number of lost pages that the driver reports is that of the pages which the
 * hypervisor's own table says it has.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"
#include "world.h"

#define MAX_CODES	0x140

static void count_calls(uint64_t *calls)
{
	make(WITH_EXTRA);
	if (run_once())
		ktap_bail("RUN_VP: %s", strerror(errno));
	for (uint16_t code = 0; code < MAX_CODES; code++)
		calls[code] = testhv_root_calls(code);
	unmake();
	for (uint16_t code = 0; code < MAX_CODES; code++)
		calls[code] = testhv_root_calls(code) - calls[code];
}

/* Without these a partition stays in the hypervisor. */
static bool leaves_husk(uint16_t code)
{
	return code == HVCALL_FINALIZE_PARTITION || code == HVCALL_WITHDRAW_MEMORY ||
	       code == HVCALL_DELETE_PARTITION;
}

static bool closes_with(const struct fault *fault)
{
	struct account before, after;
	unsigned int rule, husks;
	uint64_t id, lost, owned;
	bool good;

	account_take(&before, dev);
	make(WITH_EXTRA);
	id = query_info(child.pt).partition_id;
	if (run_once())
		ktap_bail("RUN_VP: %s", strerror(errno));
	rule = fault_set(fault);
	unmake();
	good = fault_fired(rule) == 1;
	fault_clear();
	account_take(&after, dev);
	husks = after.partitions - before.partitions;
	lost = after.quarantined - before.quarantined;
	owned = testhv_owned(id);
	good = good && husks == leaves_husk(fault->code) && lost == owned &&
	       after.pinned == before.pinned;
	if (!good)
		ktap_note("call %u of %#x, %u reps: %u husks, %llu pages lost, hypervisor has %llu",
			  fault->nth, fault->code, fault->reps, husks,
			  (unsigned long long)lost, (unsigned long long)owned);
	return good;
}

static void each_place(uint16_t code, uint64_t calls)
{
	static const uint16_t reps[] = { 0, 1, 7 };
	const unsigned int nr_reps = code == HVCALL_WITHDRAW_MEMORY ? 3 : 1;
	unsigned int good = 0;

	for (uint32_t nth = 1; nth <= calls; nth++)
		for (unsigned int k = 0; k < nr_reps; k++) {
			struct fault fault = {
				.code = code, .status = HV_STATUS_OPERATION_FAILED,
				.reps = reps[k], .nth = nth,
			};

			good += closes_with(&fault);
		}
	ktap_ok(calls && good == calls * nr_reps,
		"each of %llu calls of %#x fails, the rest goes on", (unsigned long long)calls,
		code);
}

static bool still_works(void)
{
	bool good;

	make(WITH_VP);
	good = !run_once();
	unmake();
	return good;
}

int main(void)
{
	static const uint16_t codes[] = {
		HVCALL_UNMAP_VP_STATE_PAGE, HVCALL_FINALIZE_PARTITION, HVCALL_WITHDRAW_MEMORY,
		HVCALL_DELETE_PARTITION,
	};
	static uint64_t calls[MAX_CODES];

	ktap_plan(sizeof(codes) / sizeof(codes[0]) + 3);
	begin();
	count_calls(calls);
	for (unsigned int i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		each_place(codes[i], calls[codes[i]]);
	if (query_info(dev).scheduler_type == HV_SCHEDULER_TYPE_ROOT) {
		each_place(HVCALL_SET_VP_REGISTERS, calls[HVCALL_SET_VP_REGISTERS]);
		each_place(HVCALL_GET_VP_REGISTERS, calls[HVCALL_GET_VP_REGISTERS]);
	} else {
		ktap_is((long long)calls[HVCALL_SET_VP_REGISTERS], 0, "no VP needs to be stopped");
		ktap_is((long long)calls[HVCALL_GET_VP_REGISTERS], 0, "nor waited for");
	}
	ktap_ok(still_works(), "other partitions do not notice");
	return ktap_end();
}
