/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why the command failed.
 *
 * Whoever meets an error records it here, in full: what was attempted, errno, and for a
 * hypercall its name and the hypervisor's own status. Callers only pass -1 up. The first record
 * wins, since what fails later usually fails because of it. main() prints the record once, as
 * text or as JSON, and the exit status follows from it.
 *
 * Thread-safe: the threads of a guest's processors record here too.
 */
#ifndef HVCTL_FAILURE_H
#define HVCTL_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller asked for something that does not make sense. Always -1. */
__attribute__((format(printf, 1, 2)))
int fail_usage(const char *fmt, ...);

/* Something failed that has no errno. Always -1. */
__attribute__((format(printf, 1, 2)))
int fail(const char *fmt, ...);

/* A system call failed with @err. Always -1. */
__attribute__((format(printf, 2, 3)))
int fail_errno(int err, const char *fmt, ...);

/* The hypercall @code failed; @status is the hypervisor's answer. Always -1. */
__attribute__((format(printf, 4, 5)))
int fail_hypercall(uint16_t code, uint16_t status, int err, const char *fmt, ...);

/* What the reader can do about the failure just recorded; ignored if it was not the first. */
__attribute__((format(printf, 1, 2)))
void fail_hint(const char *fmt, ...);

/* The device is missing or closed to us: exit with EXIT_DEVICE. */
void fail_as_device(void);

bool failed(void);

/*
 * Forget the record, for one who goes on after all: what it said is put into @text. Only of the
 * caller's own making; another thread's stands, and is why the program ends.
 */
void failure_forget(char *text, size_t size);

/* Print the record, if any. Returns the exit status. */
int failure_report(void);

#endif /* HVCTL_FAILURE_H */
