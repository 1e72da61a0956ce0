// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VP is canceled while it runs, and the hypervisor does not lift the suspension that came with
 * it: RUN_VP says so, and the request is still there for the next one.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "faults.h"
#include "kick.h"
#include "ktap.h"
#include "world.h"

#define TRIES	50

ASMBLOB(spin_code, 16, "1: jmp 1b\n");

static void *cancel_soon(void *unused)
{
	(void)unused;
	usleep(20000);
	return ioctl(child.vp[0].fd, MSHV_CANCEL_RUN_VP) ? "refused" : NULL;
}

/* The errno of a RUN_VP that is canceled. */
static int run_canceled(void)
{
	pthread_t thread;
	void *refused;
	int error;

	pthread_create(&thread, NULL, cancel_soon, NULL);
	error = run_once() ? errno : 0;
	pthread_join(thread, &refused);
	return refused ? 0 : error;
}

/* It may come when the VP is not on a processor; then there is no suspension, and no fault. */
static void test_lift(uint32_t nth, const char *what)
{
	struct fault fault = {
		.code = HVCALL_SET_VP_REGISTERS,
		.status = HV_STATUS_OPERATION_FAILED,
		.nth = nth,
	};
	int error = ECANCELED;

	for (unsigned int i = 0; i < TRIES && error == ECANCELED; i++) {
		fault_set(&fault);
		error = run_canceled();
	}
	fault_clear();
	ktap_is(error, EIO, what);
	kick_every_ms(2000);
	ktap_errno(run_once(), ECANCELED, "... and the next RUN_VP is canceled");
	ktap_errno(run_once(), EINTR, "... and the one after it runs");
	kick_after_ms(0);
}

int main(void)
{
	ktap_plan(6);
	begin();
	make(WITH_VP);
	child_load(&child, BLOB_GPA, &spin_code);
	kick_every_ms(500);
	run_once();		/* a new VP has a suspension of its own to be lifted */
	kick_after_ms(0);
	/* The first call suspends the VP. */
	test_lift(2, "the suspension is not lifted when it shows: EIO");
	test_lift(3, "the suspension is not lifted for the request: EIO");
	unmake();
	return ktap_end();
}
