// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each hypercall that an ioctl makes fails, one after the other: the first, the
 * second, and so on of each code, with three kinds of status.
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
 *               a port is lost	ioeventfd's end: DELETE_PORT fails
 *   fault.c     a fault fails	touch: MAP_GPA_PAGES fails before the page that is wanted
 *               read-ahead fails	touch: and behind it
 *   irqfd.c     raise_work		irqfd: ASSERT_VIRTUAL_INTERRUPT lacks memory
 *   main.c      undo()		load: no scheduler type; doubt, with open controllers
 *   synic.c     cpu_up, synic_init	doubt: no page for messages, none for rings, SINT in use
 *   vp.c        map_page		doubt: a state page outside of memory
 *
 * What undoes an allocation that fails is run by oom.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "faults.h"
#include "ktap.h"
#include "pages.h"
#include "testhv.h"
#include "world.h"

#define HARD		HV_STATUS_OPERATION_FAILED
#define DENIED		HV_STATUS_ACCESS_DENIED
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

/* Which calls fail now. */
static unsigned int rule;
static bool armed;

/*
 * The write itself cannot fail.  The interrupt is raised when a call has been made that testhv
 * did not let fail, which may be later; or else the partition says what was refused.
 */
static int do_raise(void)
{
	uint64_t before = testhv_root_calls(HVCALL_ASSERT_VIRTUAL_INTERRUPT);
	uint64_t refused = last_error(child.pt).count;
	struct mshv_last_error error;

	signal_irqfd();
	for (unsigned int ms = 0; ms < 5000; ms++) {
		error = last_error(child.pt);
		if (error.count != refused) {
			errno = error.status == HARD ? EIO : EACCES;
			return -1;
		}
		if (testhv_root_calls(HVCALL_ASSERT_VIRTUAL_INTERRUPT) - before >
		    (armed ? fault_fired(rule) : 0))
			return 0;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	return -1;
}

enum fd { DEVICE, PARTITION, VP };

static const struct scenario {
	const char *name;
	enum stage stage;
	enum fd fd;		/* that the ioctl is made on */
	int (*act)(void);
	int (*before)(void);	/* after the stage, undisturbed */
	uint64_t flags;		/* PT_* */
	bool anyway;		/* what it ends is gone, whatever the hypervisor says */
} scenarios[] = {
	{ "create_partition", NOTHING, DEVICE, .act = do_create_partition },
	{ "initialize", CREATED, PARTITION, .act = do_initialize },
	{ "create_vp", INITIALIZED, PARTITION, .act = do_create_vp },
	{ "map", WITH_VP, PARTITION, .act = map_extra },
	{ "unmap", WITH_EXTRA, PARTITION, .act = unmap_extra },
	{ "run", WITH_VP, VP, .act = run_once },
	{ "get_state", WITH_VP, VP, .act = get_xsave },
	{ "set_state", WITH_VP, VP, .act = set_timers },
	{ "touch", WITH_MOVABLE, VP, .act = touch_movable },
	{ "ioeventfd", INITIALIZED, PARTITION, .act = set_ioeventfd },
	{ "ioeventfd's end", INITIALIZED, PARTITION, .act = clear_ioeventfd,
	  .before = set_ioeventfd, .anyway = true },
	{ "irqfd", WITH_VP, PARTITION, .act = do_raise, .before = set_irqfd,
	  .flags = PT_LAPIC },
	{ "hvcall get property", INITIALIZED, PARTITION, .act = do_get_property },
	{ "hvcall set property", INITIALIZED, PARTITION, .act = do_set_property },
	{ "hvcall get register", WITH_VP, VP, .act = do_get_register },
	{ "hvcall set register", WITH_VP, VP, .act = do_set_register },
	{ "hvcall intercept", INITIALIZED, PARTITION, .act = do_intercept },
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

static void start(const struct scenario *scenario)
{
	child_flags = scenario->flags;
	make(scenario->stage);
	if (scenario->before && scenario->before() < 0)
		ktap_bail("%s, before: %s", scenario->name, strerror(errno));
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
		start(scenario);
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
	bool memory = fault->code == HVCALL_MAP_GPA_PAGES || fault->code == HVCALL_DEPOSIT_MEMORY;
	/* That is the partition's, also in RUN_VP. */
	struct mshv_last_error error = last_error(memory ? child.pt : fd_of(scenario));

	if (fault->code == HVCALL_DEPOSIT_MEMORY)
		return error.status == HV_STATUS_INSUFFICIENT_MEMORY;
	return error.hypercall == fault->code && error.status == fault->status;
}

static bool outcome_right(const struct scenario *scenario, const struct fault *fault, int ret,
			  int error)
{
	int want = fault->status == HARD ? EIO : fault->status == DENIED ? EACCES : ENOMEM;

	if (scenario->anyway)
		return ret >= 0 && error_named(scenario, fault);
	/* The page that is wanted comes first, and without the others the guest can go on. */
	if (scenario->act == touch_movable && fault->code == HVCALL_MAP_GPA_PAGES && fault->reps)
		return ret >= 0;
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
	bool right, again;
	int ret, error;

	start(scenario);
	rule = fault_set(fault);
	armed = true;
	ret = scenario->act();
	error = errno;
	armed = false;
	right = fault_fired(rule) == 1 && outcome_right(scenario, fault, ret, error);
	/* An interrupt of the root may end a dispatch or not, so that there are more or fewer. */
	if (fault->code == HVCALL_DISPATCH_VP && fault->nth > 1 && !fault_fired(rule))
		right = ret >= 0;
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
	static const uint16_t statuses[] = { HV_STATUS_INSUFFICIENT_MEMORY, HARD, DENIED };
	static const uint16_t reps[] = { 0, 1, 7 };

	for (unsigned int i = 0; i < 3; i++)
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
