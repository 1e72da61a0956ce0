// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each hypercall that an ioctl makes fails, one after the other: the first, the
 * second, and so on of each code.
 *
 * If all that the hypervisor lacks is memory, once, the ioctl succeeds where
 * the driver deposits some; a hard failure becomes the errno of its status, and
 * MSHV_GET_LAST_ERROR names the call.  Either way nothing is left over, the
 * same ioctl works right afterwards, and the partition goes as any other.
 *
 * Which label or path of undoing in drivers/hv_root is run by what:
 *
 *   vp.c        err_free		create_vp: CREATE_VP fails
 *               err_delete		create_vp: the first MAP_VP_STATE_PAGE fails
 *               map_pages' loop	create_vp: the second one fails
 *               err_unmap, no fd	rlimit: CREATE_VP without a descriptor
 *   partition.c create: no hypercall	create_partition: CREATE_PARTITION fails
 *               create: no fd		rlimit: CREATE_PARTITION without a descriptor
 *               initialize: withdraw	initialize: INITIALIZE_PARTITION fails, late
 *               destroy		close: each of its calls fails
 *   region.c    err_free		abi/partition: RLIMIT_MEMLOCK
 *               err_uncharge		rlimit: a region with a hole
 *               map fails, undone	map: each MAP_GPA_PAGES fails, at several reps
 *               map fails, lost	double: the undoing fails too
 *               unmap fails		unmap: each UNMAP_GPA_PAGES fails
 *               destroy_region, pinned	double: what nobody can unmap
 *   deposit.c   a deposit in part	initialize: DEPOSIT_MEMORY fails; double
 *               feeding ends		double: a hypervisor that is never full
 *               a withdrawal in part	close: WITHDRAW_MEMORY fails
 *   hvcalls.c   map: memory amid reps	map: INSUFFICIENT_MEMORY after some reps
 *   run.c       lift_suspension fails	run: SET_VP_REGISTERS fails
 *               stop_vp fails		stop
 *   passthru.c  wait, EINTR, EBUSY	async
 *   port.c      err_id, err_port	ioeventfd: CREATE_PORT, CONNECT_PORT fail
 *   main.c      undo()		load: no scheduler type; doubt, with open controllers
 *   synic.c     cpu_up, synic_init	doubt: no page for messages
 *   vp.c        map_page		doubt: a state page outside of memory
 *
 * What undoes an allocation that fails is run by oom.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "faults.h"
#include "ktap.h"
#include "pages.h"
#include "testhv.h"
#include "world.h"

#define HARD		HV_STATUS_OPERATION_FAILED
#define MAX_CODES	0x140
#define SLACK		256		/* pages: the kernel's own caches, over a scenario */


/* The ioctls. */

static int do_create_partition(void)
{
	return child.pt = mshv_create_partition(dev, 0);
}

static int do_initialize(void)
{
	return mshv_initialize(child.pt);
}

static int do_create_vp(void)
{
	return child.vp[0].fd = mshv_create_vp(child.pt, 0);
}

static int do_get_property(void)
{
	uint64_t value;

	return mshv_get_property(child.pt, HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH, &value);
}

static int do_get_register(void)
{
	uint64_t value;

	return mshv_get_register(child.vp[0].fd, 0, HV_X64_REGISTER_RIP, &value);
}

static int do_set_register(void)
{
	return mshv_set_register(child.vp[0].fd, 0, HV_X64_REGISTER_RBX, 5);
}

static int do_intercept(void)
{
	return mshv_install_intercept(child.pt, HV_INTERCEPT_TYPE_X64_CPUID,
				      HV_INTERCEPT_ACCESS_MASK_EXECUTE, 1);
}

static int do_set_property(void)
{
	return mshv_set_property(child.pt, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, 1);
}

static int do_ioeventfd(void)
{
	static int fd = -1;
	struct mshv_user_ioeventfd args = { .addr = 0xfed00000 };

	if (fd < 0)
		fd = eventfd(0, EFD_CLOEXEC);
	args.fd = fd;
	return mshv_ioeventfd(child.pt, &args);
}

enum fd { DEVICE, PARTITION, VP };

static const struct scenario {
	const char *name;
	enum stage stage;
	enum fd fd;		/* that the ioctl is made on */
	int (*act)(void);
} scenarios[] = {
	{ "create_partition", NOTHING, DEVICE, do_create_partition },
	{ "initialize", CREATED, PARTITION, do_initialize },
	{ "create_vp", INITIALIZED, PARTITION, do_create_vp },
	{ "map", WITH_VP, PARTITION, map_extra },
	{ "unmap", WITH_EXTRA, PARTITION, unmap_extra },
	{ "run", WITH_VP, VP, run_once },
	{ "get_state", WITH_VP, VP, get_xsave },
	{ "set_state", WITH_VP, VP, set_timers },
	{ "ioeventfd", INITIALIZED, PARTITION, do_ioeventfd },
	{ "hvcall get property", INITIALIZED, PARTITION, do_get_property },
	{ "hvcall set property", INITIALIZED, PARTITION, do_set_property },
	{ "hvcall get register", WITH_VP, VP, do_get_register },
	{ "hvcall set register", WITH_VP, VP, do_set_register },
	{ "hvcall intercept", INITIALIZED, PARTITION, do_intercept },
};

#define NR_SCENARIOS	(sizeof(scenarios) / sizeof(scenarios[0]))

static int fd_of(const struct scenario *scenario)
{
	switch (scenario->fd) {
	case DEVICE:
		return dev;
	case PARTITION:
		return child.pt;
	default:
		return child.vp[0].fd;
	}
}

/*
 * How often each hypercall is made by the ioctl when nothing fails, at least: the first time it
 * may be hungrier, and an interrupt of the root that ends a VP's turn early makes one dispatch
 * more.
 */
static void count_calls(const struct scenario *scenario, uint64_t *calls)
{
	static uint64_t before[MAX_CODES];
	uint64_t made;

	memset(calls, 0xff, MAX_CODES * sizeof(*calls));
	for (unsigned int round = 0; round < 4; round++) {
		make(scenario->stage);
		for (uint16_t code = 0; code < MAX_CODES; code++)
			before[code] = testhv_root_calls(code);
		if (scenario->act() < 0)
			ktap_bail("%s: %s", scenario->name, strerror(errno));
		for (uint16_t code = 0; code < MAX_CODES; code++) {
			made = testhv_root_calls(code) - before[code];
			if (made < calls[code])
				calls[code] = made;
		}
		unmake();
	}
}

/* Calls that the driver makes for itself, and for which it does not deposit. */
static bool never_fed(const struct scenario *scenario, uint16_t code)
{
	switch (code) {
	case HVCALL_DEPOSIT_MEMORY:
	case HVCALL_UNMAP_GPA_PAGES:
		return true;
	case HVCALL_GET_PARTITION_PROPERTY:
	case HVCALL_SET_VP_REGISTERS:
	case HVCALL_GET_VP_REGISTERS:
		return strncmp(scenario->name, "hvcall", 6);
	}
	return false;
}

/* A deposit that fails is why another call has too little memory. */
static bool error_named(const struct scenario *scenario, const struct fault *fault)
{
	struct mshv_last_error error = last_error(fd_of(scenario));

	if (fault->code == HVCALL_DEPOSIT_MEMORY)
		return error.status == HV_STATUS_INSUFFICIENT_MEMORY;
	return error.hypercall == fault->code && error.status == fault->status;
}

static bool outcome_right(const struct scenario *scenario, const struct fault *fault, int ret,
			  int error)
{
	int want = fault->status == HARD ? EIO : ENOMEM;

	if (fault->status == HV_STATUS_INSUFFICIENT_MEMORY && !never_fed(scenario, fault->code))
		return ret >= 0;
	/* A deposit has no status of its own that the user could see. */
	if (fault->code == HVCALL_DEPOSIT_MEMORY)
		want = ENOMEM;
	return ret < 0 && error == want && error_named(scenario, fault);
}

/* One failure; the ioctl once more without one; the end. */
static bool one_fault(const struct scenario *scenario, const struct fault *fault)
{
	uint64_t lost = pages_lost(dev);
	unsigned int rule;
	bool right, again;
	int ret, error;

	make(scenario->stage);
	rule = fault_set(fault);
	ret = scenario->act();
	error = errno;
	right = fault_fired(rule) == 1 && outcome_right(scenario, fault, ret, error);
	fault_clear();
	again = ret >= 0 || scenario->act() >= 0;
	unmake();
	lost = pages_lost(dev) - lost;
	if (!right || !again || lost)
		ktap_note("%s: call %u of %#x: %#x after %u reps: %s; then %s; %lld pages lost",
			  scenario->name, fault->nth, fault->code, fault->status, fault->reps,
			  ret < 0 ? strerror(error) : "success", again ? "success" : "failure",
			  (long long)lost);
	return right && again && !lost;
}

static bool is_rep(uint16_t code)
{
	return code == HVCALL_DEPOSIT_MEMORY || code == HVCALL_MAP_GPA_PAGES ||
	       code == HVCALL_UNMAP_GPA_PAGES;
}

/* The n-th call of a code: of each way to fail, at each place where it can. */
static void each_way(const struct scenario *scenario, uint16_t code, uint32_t nth,
		     unsigned int *bad, unsigned int *tried)
{
	static const uint16_t statuses[] = { HV_STATUS_INSUFFICIENT_MEMORY, HARD };
	static const uint16_t reps[] = { 0, 1, 7 };

	for (unsigned int i = 0; i < 2; i++)
		for (unsigned int k = 0; k < (is_rep(code) ? 3 : 1); k++) {
			struct fault fault = {
				.code = code, .status = statuses[i], .reps = reps[k], .nth = nth,
			};

			*bad += !one_fault(scenario, &fault);
			++*tried;
		}
}

static void sweep(const struct scenario *scenario)
{
	static uint64_t calls[MAX_CODES];
	unsigned int bad = 0, tried = 0;
	struct account before;

	count_calls(scenario, calls);
	account_take(&before, dev);
	for (uint16_t code = 0; code < MAX_CODES; code++)
		for (uint32_t nth = 1; nth <= calls[code]; nth++)
			each_way(scenario, code, nth, &bad, &tried);
	ktap_ok(!bad && tried, "%s: %u failures are cured or reported", scenario->name, tried);
	ktap_ok(account_same(&before, dev, SLACK), "%s: nothing is left over", scenario->name);
}

int main(void)
{
	ktap_plan(2 * NR_SCENARIOS);
	begin();
	pages_watch(PAGES_ACCOUNTED);
	for (unsigned int i = 0; i < NR_SCENARIOS; i++)
		sweep(&scenarios[i]);
	return ktap_end();
}
