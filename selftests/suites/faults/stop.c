// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's own scheduler runs a VP, a signal comes, and the hypervisor
 * does not stop the VP: RUN_VP says so, and the next one works.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "kick.h"
#include "ktap.h"
#include "testhv.h"
#include "world.h"

ASMBLOB(spin_code, 16, "1: jmp 1b\n");

static void refuse(uint16_t code, uint32_t nth, const char *what)
{
	struct fault fault = { .code = code, .status = HV_STATUS_OPERATION_FAILED, .nth = nth };

	fault_set(&fault);
	kick_every_ms(500);
	ktap_errno(run_once(), EIO, what);
	fault_clear();
	kick_every_ms(500);
	ktap_errno(run_once(), EINTR, "... and the next one is interrupted as usual");
}

int main(void)
{
	ktap_plan(7);
	begin();
	make(WITH_VP);
	child_load(&child, BLOB_GPA, &spin_code);
	kick_every_ms(500);
	ktap_errno(run_once(), EINTR, "a signal ends RUN_VP");
	refuse(HVCALL_SET_VP_REGISTERS, 1, "it cannot be started: EIO");
	refuse(HVCALL_SET_VP_REGISTERS, 2, "it cannot be stopped: EIO");
	refuse(HVCALL_GET_VP_REGISTERS, 1, "nobody knows whether it was intercepted: EIO");
	kick_after_ms(0);
	unmake();
	return ktap_end();
}
