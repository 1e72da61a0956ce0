// SPDX-License-Identifier: GPL-2.0
/*
 * Pausing a guest. See pause.h.
 *
 * A VP's thread comes out of MSHV_RUN_VP by MSHV_CANCEL_RUN_VP, which cannot be too early, or
 * where the driver has none by a signal, which can; so whoever pauses asks again until all have
 * parked. A thread that is writing the console's output parks when that is written: what the guest
 * has sent is not in any saved state.
 *
 * Locking: pause_lock covers @parked and goes with @parking; it is taken with no other lock held
 * but vm->lock, by vm_stop().
 */
#include "failure.h"
#include "mshv.h"
#include "pause.h"
#include "vcpu.h"
#include "vm.h"

void vm_park(struct vm *vm)
{
	pthread_mutex_lock(&vm->pause_lock);
	vm->parked++;
	pthread_cond_broadcast(&vm->parking);
	while (atomic_load(&vm->pausing) && !vm_stopped(vm))
		pthread_cond_wait(&vm->parking, &vm->pause_lock);
	vm->parked--;
	pthread_mutex_unlock(&vm->pause_lock);
}

int vm_freeze_time(struct vm *vm, bool freeze)
{
	return mshv_set_property(vm->fd, HV_PARTITION_PROPERTY_TIME_FREEZE, freeze);
}

static void set_pausing(struct vm *vm, bool pausing)
{
	pthread_mutex_lock(&vm->pause_lock);
	atomic_store(&vm->pausing, pausing);
	pthread_cond_broadcast(&vm->parking);
	pthread_mutex_unlock(&vm->pause_lock);
}

static void wait_for_all(struct vm *vm)
{
	struct timespec when;
	uint32_t i;

	pthread_mutex_lock(&vm->pause_lock);
	while (vm->parked < vm->config->cpus && !vm_stopped(vm)) {
		for (i = 0; i < vm->config->cpus; i++)
			vcpu_kick(&vm->vcpus[i]);
		vcpu_in_a_moment(&when);
		pthread_cond_timedwait(&vm->parking, &vm->pause_lock, &when);
	}
	pthread_mutex_unlock(&vm->pause_lock);
}

bool vm_paused(struct vm *vm)
{
	return atomic_load(&vm->pausing) && !vm_stopped(vm);
}

int vm_pause(struct vm *vm)
{
	if (vm_paused(vm))
		return 0;
	set_pausing(vm, true);
	wait_for_all(vm);
	if (vm_stopped(vm) || vm_freeze_time(vm, true) == 0)
		return 0;
	set_pausing(vm, false);
	return -1;
}

int vm_resume(struct vm *vm)
{
	if (!vm_paused(vm))
		return 0;
	if (vm_freeze_time(vm, false) < 0)
		return -1;
	set_pausing(vm, false);
	return 0;
}
