// SPDX-License-Identifier: GPL-2.0
/*
 * How a VP is brought out of its guest: kicks, of which one may be lost, and an INIT of the
 * root for the CPU that runs it.
 */
#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../boot.h"
#include "../child.h"
#include "../clock.h"
#include "../cpu.h"
#include "../guest.h"
#include "../host.h"
#include "../install.h"
#include "../intercept.h"
#include "../log.h"
#include "../message.h"
#include "../notify.h"
#include "../reftime.h"
#include "../registers.h"
#include "../schedule.h"
#include "../stats.h"
#include "../statspage.h"
#include "../synic.h"
#include "../../lib/ktap.h"

#define MS	1000000UL

u64 tsc_khz = MS;
struct cpu cpus[MAX_CPUS];
struct cpu *service_cpu = &cpus[2];
struct spinlock hv_lock;
bool dispatch_injects;

static u64 now = MS;
static u32 kicks, entries;
static struct partition_counters counters;
static struct partition partition = { .counters = &counters };
static struct vmcb vmcb = { .control.exit_code = EXIT_NMI };
static struct vp vp = { .partition = &partition, .vmcb = &vmcb };

u64 time_now(void)
{
	return now;
}

void clock_kick(struct cpu *cpu)
{
	(void)cpu;
	kicks++;
}

/* Each entry ends with an NMI; in the third the root sends this CPU an INIT. */
void svm_enter(struct vp *vp)
{
	(void)vp;
	if (++entries == 3)
		cpus[0].init_asked = true;
}

bool clock_nmi_exit(struct cpu *cpu)
{
	(void)cpu;
	return entries > 10;
}

bool child_ready(struct vp *vp)
{
	(void)vp;
	return true;
}

/* The rest of the hypervisor has nothing to do here. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

void spin_lock(struct spinlock *lock) { }
void spin_unlock(struct spinlock *lock) { }
void host_send(struct cpu *to, u32 icr) { }
void log_printf(enum log_level level, const char *fmt, ...) { }
bool option_is(const char *name, const char *value) { return false; }
void timer_arm(struct timer *timer, u64 deadline) { }
void timer_cancel(struct timer *timer) { }
void install_vp(struct vp *vp) { }
void xstate_load(struct vp *vp) { }
void xstate_save(struct vp *vp) { }
void child_inject(struct vp *vp) { }
void child_exited(struct vp *vp) { }
bool child_has_event(struct vp *vp) { return false; }
bool exit_handle(struct vp *vp) { return false; }
bool intercept_deliverable(struct vp *vp) { return false; }
void intercept_publish(struct vp *vp) { }
bool notify_due(const struct vp *vp) { return false; }
void regpage_consume(struct vp *vp) { }
void regpage_take_interrupts(struct vp *vp) { }
void count_exit(struct vp *vp, u64 exit_code) { }
void stats_vp_exit(struct vp *vp, u64 exit_code, u64 cycles) { }
void stats_vp_blocked(struct vp *vp, bool blocked) { }
struct vp *root_listener(const struct vp *child) { return NULL; }
void root_post_message(struct vp *vp, u32 sint, const struct hv_message *msg) { }
void message_init(struct hv_message *msg, u32 type, u64 sender, const void *payload, u32 size) { }
u64 vp_target(struct hypercall *hc, u64 id, u32 index, struct vp **vp) { return 0; }

static void kicking(void)
{
	vp.on_cpu = &cpus[1];
	vp_kick(&vp);
	vp_kick(&vp);
	ktap_is(kicks, 1, "a VP that has to leave its guest is kicked once");
	now += 100 * MS;
	vp_kick(&vp);
	ktap_is(kicks, 2, "and once more when it is still there after a long time");
	vp.on_cpu = NULL;
}

static void init_of_the_root(void)
{
	ktap_is(child_run(&vp), RUN_PREEMPTED, "an INIT for the CPU ends the VP's turn");
	ktap_is(entries, 3, "at once");
}

int main(void)
{
	ktap_plan(4);
	cpus[0].self = &cpus[0];
	syscall(SYS_arch_prctl, ARCH_SET_GS, &cpus[0]);
	kicking();
	init_of_the_root();
	return ktap_end();
}
