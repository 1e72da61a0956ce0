/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of numbers: the hypervisor's status codes and hypercalls, and errno.
 */
#ifndef HVCTL_NAMES_H
#define HVCTL_NAMES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct status_info - what is known about a status code
 * @code: the number the hypervisor returns
 * @name: HV_STATUS_...
 * @err: the errno that the driver returns for it
 * @meaning: what it says about the call
 */
struct status_info {
	uint16_t code;
	const char *name;
	int err;
	const char *meaning;
};

extern const struct status_info status_table[];
extern const size_t status_count;

/* NULL if the number is not a known status. */
const struct status_info *status_by_code(uint16_t code);

/* By name, with or without HV_STATUS_, in any case. NULL if unknown. */
const struct status_info *status_by_name(const char *name);

/* Never NULL; "HV_STATUS_?" and "HVCALL_?" for numbers nobody named. */
const char *status_name(uint16_t code);
const char *hypercall_name(uint16_t code);

/* "EINVAL" for 22; "errno N" if the C library has no name for it. */
const char *errno_name(int err);

#endif /* HVCTL_NAMES_H */
