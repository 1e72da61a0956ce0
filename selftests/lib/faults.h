/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules by which testhv lets hypercalls fail, and a state of the machine that
 * must be the same before and after a failure.
 */
#ifndef SELFTESTS_FAULTS_H
#define SELFTESTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "child.h"

/* The hypercalls with this code fail, from the @nth on, @times in a row; returns the rule. */
struct fault {
	uint16_t code;
	uint16_t status;
	uint16_t reps;		/* done before a rep call fails */
	uint32_t nth;
	uint32_t times;		/* 0: once */
};

unsigned int fault_set(const struct fault *fault);
unsigned int fault_fired(unsigned int rule);
void fault_clear(void);

/* Put off SET_PARTITION_PROPERTY for so many milliseconds; < 0: not. */
void fault_async(int ms);

/* What no failure may change. */
struct account {
	unsigned int partitions;	/* in the hypervisor */
	uint64_t quarantined;		/* the driver's word */
	uint64_t root_held;		/* pages on the root's ledger */
	uint64_t pinned;		/* kB of this process */
	uint64_t pins;			/* of user pages, in the whole machine */
	int far_fd;			/* that this process gets after some others */
	uint64_t free_pages;
};

void account_take(struct account *account, int dev);

/*
 * Has anything leaked?  Says what.  Memory may be @slack pages less, besides
 * those that the root's ledger grew by: they come back when the driver goes.  On
 * a kernel with KASAN memory is not looked at.
 */
bool account_same(const struct account *before, int dev, uint64_t slack);

/*
 * Pages that the driver has, but for those on the root's ledger (pages.h).
 */
uint64_t pages_lost(int dev);

/* What the driver says it was refused last; all is zero if it cannot be asked. */
struct mshv_last_error last_error(int fd);

#endif /* SELFTESTS_FAULTS_H */
