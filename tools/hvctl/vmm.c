// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine monitor for one Linux guest, and the order in which things have to happen.
 *
 * Read from vm_create() on: device, partition, memory, kernel, VPs; then vm_run(). The other
 * files hang below: memory.c and boot*.c fill the guest's RAM, acpi.c describes the machine,
 * cpu_state.c gives VP 0 its first registers, vcpu.c runs VPs, devices.c answers them with
 * uart.c, ioapic.c and rtc.c, console.c ties the serial port to the terminal.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "cpu_state.h"
#include "failure.h"
#include "mshv.h"
#include "pause.h"
#include "snapshot.h"
#include "vcpu.h"
#include "vm.h"

#define PARTITION_FLAGS \
	(1ULL << MSHV_PT_BIT_LAPIC | 1ULL << MSHV_PT_BIT_X2APIC | \
	 1ULL << MSHV_PT_BIT_GPA_SUPER_PAGES)

/* What a Linux guest can make use of; what the hypervisor cannot give is left out. */
static uint64_t wanted_features(void)
{
	union hv_partition_synthetic_processor_features features = {
		.hypervisor_present = 1,
		.hv1 = 1,
		.access_partition_reference_counter = 1,
		.access_synic_regs = 1,
		.access_synthetic_timer_regs = 1,
		.access_intr_ctrl_regs = 1,
		.access_hypercall_regs = 1,
		.access_vp_index = 1,
		.access_partition_reference_tsc = 1,
		.access_guest_idle_reg = 1,
		.access_frequency_regs = 1,
		.direct_synthetic_timers = 1,
		.tb_flush_hypercalls = 1,
		.synthetic_cluster_ipi = 1,
	};

	return features.as_uint64[0];
}

int vm_open_device(struct vm *vm)
{
	uint64_t assignable;

	vm->device = mshv_open();
	if (vm->device < 0 || mshv_assignable_features(vm->device, &assignable) < 0)
		return -1;
	vm->features = vm->config->plain ? 0 : wanted_features() & assignable;
	return 0;
}

int vm_create_partition(struct vm *vm)
{
	vm->fd = mshv_create_partition(vm->device, PARTITION_FLAGS, vm->features);
	return vm->fd < 0 ? -1 : 0;
}

int vm_map_memory(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->memory.ranges; i++) {
		const struct memory_range *range = &vm->memory.range[i];

		if (mshv_map_memory(vm->fd, range->gpa, range->size, range->host) < 0)
			return -1;
	}
	return 0;
}

int vm_create_vcpus(struct vm *vm)
{
	uint32_t i;

	for (i = 0; i < vm->config->cpus; i++)
		if (vcpu_create(vm, &vm->vcpus[i], i) < 0)
			return -1;
	return 0;
}

/* What vm_destroy() needs to tell what is there from what never was. */
static int init(struct vm *vm, const struct vm_config *config)
{
	uint32_t i;

	memset(vm, 0, sizeof(*vm));
	vm->config = config;
	vm->device = vm->fd = -1;
	pthread_mutex_init(&vm->lock, NULL);
	pthread_mutex_init(&vm->output_lock, NULL);
	pthread_mutex_init(&vm->pause_lock, NULL);
	pthread_cond_init(&vm->parking, NULL);
	vm->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vm->wakeup < 0)
		return fail_errno(errno, "cannot create an eventfd");
	vm->vcpus = calloc(config->cpus, sizeof(*vm->vcpus));
	if (!vm->vcpus)
		return fail_errno(ENOMEM, "cannot start");
	for (i = 0; i < config->cpus; i++)
		vm->vcpus[i].fd = -1;
	devices_init(vm);
	return 0;
}

static int create_to_boot(struct vm *vm)
{
	/* Files first: a name mistyped is found without a partition being made for it. */
	if (memory_create(&vm->memory, vm->config->memory) < 0 ||
	    boot_load(&vm->memory, vm->config, &vm->entry) < 0)
		return -1;
	cpu_state_tables(&vm->memory, &vm->entry);
	if (vm_open_device(vm) < 0 || vm_create_partition(vm) < 0 || vm_map_memory(vm) < 0 ||
	    vm_create_vcpus(vm) < 0)
		return -1;
	return cpu_state_boot(&vm->vcpus[0], &vm->entry);
}

int vm_create(struct vm *vm, const struct vm_config *config)
{
	if (init(vm, config) < 0)
		return -1;
	return config->restore ? vm_restore(vm) : create_to_boot(vm);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* The partition goes with its last fd, so its memory stays mapped until then. */
void vm_destroy(struct vm *vm)
{
	uint32_t i;

	for (i = 0; vm->vcpus && i < vm->config->cpus; i++)
		vcpu_destroy(&vm->vcpus[i]);
	free(vm->vcpus);
	close_fd(vm->fd);
	close_fd(vm->device);
	close_fd(vm->wakeup);
	memory_destroy(&vm->memory);
	pthread_cond_destroy(&vm->parking);
	pthread_mutex_destroy(&vm->pause_lock);
	pthread_mutex_destroy(&vm->output_lock);
	pthread_mutex_destroy(&vm->lock);
}

void vm_stop(struct vm *vm, enum vm_outcome outcome)
{
	int running = VM_RUNNING;

	atomic_compare_exchange_strong(&vm->outcome, &running, outcome);
	pthread_mutex_lock(&vm->pause_lock);
	pthread_cond_broadcast(&vm->parking);
	pthread_mutex_unlock(&vm->pause_lock);
	eventfd_write(vm->wakeup, 1);
}

bool vm_stopped(struct vm *vm)
{
	return atomic_load(&vm->outcome) != VM_RUNNING;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

enum vm_outcome vm_run(struct vm *vm)
{
	double start = now();
	uint32_t i;

	if (console_open(vm) < 0 || control_open(vm) < 0)
		vm_stop(vm, VM_FAILED);
	else if (vm->frozen && vm_freeze_time(vm, false) < 0)
		vm_stop(vm, VM_FAILED);
	for (i = 0; i < vm->config->cpus && !vm_stopped(vm); i++)
		if (vcpu_start(&vm->vcpus[i]) < 0)
			vm_stop(vm, VM_FAILED);
	if (!vm_stopped(vm) && control_start(vm) < 0)
		vm_stop(vm, VM_FAILED);
	console_loop(vm);
	control_stop();
	for (i = 0; i < vm->config->cpus; i++)
		vcpu_join(&vm->vcpus[i]);
	control_close();
	console_close();
	vm->seconds = now() - start;
	return atomic_load(&vm->outcome);
}
