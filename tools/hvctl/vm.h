/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One guest: its partition, memory, devices and processors.
 *
 * Threads: one for each VP, in its run loop (vcpu.c), and the one that called vm_run(), which
 * watches the console, the clock and signals (console.c). A guest ends by the first call of
 * vm_stop(), from any of them.
 *
 * Locking: @lock covers the device models (@uart, @ioapic, @rtc, @pit, @ports, @mmio) and what they
 * have put into @output. @output_lock is held while output is written, which may take as long as
 * its reader likes; it is taken before @lock and never by the thread that watches. @pause_lock
 * covers @parked and is taken last (pause.c). @outcome and @pausing are atomic. Everything else is
 * set up before the threads start and not changed while they run.
 */
#ifndef HVCTL_VM_H
#define HVCTL_VM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "boot.h"
#include "ioapic.h"
#include "memory.h"
#include "pit.h"
#include "rtc.h"
#include "uart.h"

struct hv_vp_register_page;

/* What the user asked for. */
struct vm_config {
	const char *kernel;
	const char *initrd;
	const char *cmdline;
	uint64_t memory;	/* bytes */
	unsigned int cpus;
	unsigned int timeout;	/* seconds; 0 is for ever */
	bool plain;		/* nothing of Hyper-V for the guest */
	int console;		/* where the guest's output goes */
	const char *save;	/* where it is saved if a signal asks for that */
	const char *control;	/* name of its socket */
	const char *restore;	/* which saved guest it is; then there is no kernel */
};

/* How a guest ended. */
enum vm_outcome {
	VM_RUNNING,
	VM_POWERED_OFF,
	VM_RESET,
	VM_TRIPLE_FAULT,
	VM_ABANDONED,	/* the user typed the way out */
	VM_TIMED_OUT,
	VM_SIGNALLED,
	VM_SAVED,
	VM_FAILED,	/* see failure.h */
};

/* Why VPs stop running; the order is that of exit_kinds[] in vcpu.c. */
enum {
	EXIT_IO_PORT,
	EXIT_UNMAPPED_GPA,
	EXIT_GPA_INTERCEPT,
	EXIT_APIC_EOI,
	EXIT_UNRECOVERABLE,
	EXIT_SIGNAL,
	EXIT_KINDS,
};

struct vm;

struct vcpu {
	struct vm *vm;
	uint32_t index;
	int fd;
	struct hv_vp_register_page *page;	/* NULL if the driver has none */
	pthread_t thread;
	bool started;
	uint64_t exits[EXIT_KINDS];		/* by the VP's own thread */
};

/* Accesses that no device answered. */
struct unclaimed {
	uint32_t reads;
	uint32_t writes;
};

#define PORT_COUNT	0x10000

/* An exit makes at most four bytes of output, and is not over before they are written. */
#define OUTPUT_SIZE	1024

struct vm {
	const struct vm_config *config;
	int device;
	int fd;
	uint64_t features;	/* of the hypervisor, that the guest may use */
	struct memory memory;
	struct boot_entry entry;
	struct vcpu *vcpus;
	bool frozen;		/* time stands until its VPs are started */

	pthread_mutex_t lock;
	struct uart uart;
	struct ioapic ioapic;
	struct rtc rtc;
	struct pit pit;
	struct unclaimed ports[PORT_COUNT];
	struct unclaimed mmio;
	uint8_t output[OUTPUT_SIZE];
	size_t output_count;
	pthread_mutex_t output_lock;

	pthread_mutex_t pause_lock;
	pthread_cond_t parking;	/* a VP has parked, or may go on */
	unsigned int parked;
	atomic_bool pausing;

	atomic_int outcome;	/* enum vm_outcome */
	int signal;		/* which, if VM_SIGNALLED */
	int wakeup;		/* eventfd: the outcome is set, or the UART has room */
	double seconds;		/* how long it ran */
};

/* Build the guest up to the point where its VPs can run. Returns 0, or -1 after fail_*(). */
int vm_create(struct vm *vm, const struct vm_config *config);

/* Run it until it ends. */
enum vm_outcome vm_run(struct vm *vm);

/* Give back everything, also after a failed vm_create(). */
void vm_destroy(struct vm *vm);

/* The steps of vm_create(), for who does it otherwise: restore.c. In this order. */
int vm_open_device(struct vm *vm);	/* @features: what the hypervisor lets a guest have */
int vm_create_partition(struct vm *vm);	/* with @features */
int vm_map_memory(struct vm *vm);
int vm_create_vcpus(struct vm *vm);

/* End the guest; only the first call counts. */
void vm_stop(struct vm *vm, enum vm_outcome outcome);
bool vm_stopped(struct vm *vm);

/* Devices, called with vm->lock held. */
uint32_t ports_read(struct vm *vm, uint16_t port, unsigned int size);
void ports_write(struct vm *vm, uint16_t port, unsigned int size, uint32_t value);
uint64_t mmio_read(struct vm *vm, uint64_t gpa, unsigned int size);
void mmio_write(struct vm *vm, uint64_t gpa, unsigned int size, uint64_t value);
void devices_init(struct vm *vm);

/* Write out what the serial port has sent. Called without vm->lock. */
void devices_flush(struct vm *vm);

/* Console, clock and signals, until the guest ends. */
int console_open(struct vm *vm);
void console_loop(struct vm *vm);
void console_close(void);

#endif /* HVCTL_VM_H */
