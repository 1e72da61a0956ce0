// SPDX-License-Identifier: GPL-2.0
/*
 * The record of why the command failed. See failure.h.
 *
 * Locking: record_lock covers the record. The thread that made the record may add a hint to it;
 * it is remembered for that.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "cmd.h"
#include "failure.h"
#include "names.h"
#include "output.h"

#define NO_STATUS (-1)

static struct {
	bool set;
	pthread_t by;
	enum exit_status exit_status;
	int err;
	int code;
	int status;
	char message[512];
	char hint[512];
} record = { .code = NO_STATUS, .status = NO_STATUS };

static pthread_mutex_t record_lock = PTHREAD_MUTEX_INITIALIZER;

static int record_failure(enum exit_status exit_status, int err, int code, int status,
			  const char *fmt, va_list args)
{
	pthread_mutex_lock(&record_lock);
	if (!record.set) {
		record.set = true;
		record.by = pthread_self();
		record.exit_status = exit_status;
		record.err = err;
		record.code = code;
		record.status = status;
		vsnprintf(record.message, sizeof(record.message), fmt, args);
	}
	pthread_mutex_unlock(&record_lock);
	return -1;
}

int fail_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record_failure(EXIT_USAGE, EINVAL, NO_STATUS, NO_STATUS, fmt, args);
	va_end(args);
	return -1;
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record_failure(EXIT_FAILED, 0, NO_STATUS, NO_STATUS, fmt, args);
	va_end(args);
	return -1;
}

int fail_errno(int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record_failure(EXIT_FAILED, err, NO_STATUS, NO_STATUS, fmt, args);
	va_end(args);
	return -1;
}

int fail_hypercall(uint16_t code, uint16_t status, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record_failure(EXIT_FAILED, err, code, status, fmt, args);
	va_end(args);
	if (status)
		fail_hint("'hvctl explain 0x%x' says what the status means", status);
	return -1;
}

void fail_hint(const char *fmt, ...)
{
	va_list args;

	pthread_mutex_lock(&record_lock);
	if (record.set && pthread_equal(record.by, pthread_self()) && !record.hint[0]) {
		va_start(args, fmt);
		vsnprintf(record.hint, sizeof(record.hint), fmt, args);
		va_end(args);
	}
	pthread_mutex_unlock(&record_lock);
}

void fail_as_device(void)
{
	pthread_mutex_lock(&record_lock);
	record.exit_status = EXIT_DEVICE;
	pthread_mutex_unlock(&record_lock);
}

bool failed(void)
{
	bool set;

	pthread_mutex_lock(&record_lock);
	set = record.set;
	pthread_mutex_unlock(&record_lock);
	return set;
}

static void describe(char *text, size_t size)
{
	const char *call = record.code >= 0 ? hypercall_name((uint16_t)record.code) : "";
	const char *why = record.status > 0 ? status_name((uint16_t)record.status) :
			  record.err ? strerror(record.err) : "";

	snprintf(text, size, "%s%s%s%s%s", record.message, *call ? ": " : "", call,
		 *why ? ": " : "", why);
}

static void clear_record(void)
{
	record.set = false;
	record.message[0] = '\0';
	record.hint[0] = '\0';
	record.err = 0;
	record.code = NO_STATUS;
	record.status = NO_STATUS;
}

void failure_forget(char *text, size_t size)
{
	pthread_mutex_lock(&record_lock);
	if (record.set && pthread_equal(record.by, pthread_self())) {
		describe(text, size);
		clear_record();
	} else {
		snprintf(text, size, "the guest is failing");
	}
	pthread_mutex_unlock(&record_lock);
}

/* A short stable code for programs: the hypervisor's status, else errno, else the kind. */
static void error_code(char *buf, size_t size)
{
	if (record.exit_status == EXIT_USAGE)
		snprintf(buf, size, "USAGE");
	else if (record.status > 0)
		snprintf(buf, size, "HV%04X", record.status);
	else if (record.err)
		snprintf(buf, size, "%s", errno_name(record.err));
	else
		snprintf(buf, size, "FAILED");
}

static struct json_object *string_or_null(const char *s)
{
	return s && *s ? output_text(s) : NULL;
}

static void report_json(void)
{
	const char *status = record.status > 0 ? status_name((uint16_t)record.status) : NULL;
	const char *call = record.code >= 0 ? hypercall_name((uint16_t)record.code) : NULL;
	struct json_object *error = json_object_new_object();
	char code[32];

	error_code(code, sizeof(code));
	json_object_object_add(error, "code", json_object_new_string(code));
	json_object_object_add(error, "message", output_text(record.message));
	json_object_object_add(error, "status", string_or_null(status));
	json_object_object_add(error, "hypercall", string_or_null(call));
	json_object_object_add(error, "errno",
			       record.err ? json_object_new_int(record.err) : NULL);
	json_object_object_add(error, "hint", string_or_null(record.hint));
	output_document("error", error);
}

static void report_text(void)
{
	fprintf(stderr, "hvctl: %s", record.message);
	if (record.code >= 0)
		fprintf(stderr, ": %s", hypercall_name(record.code));
	if (record.status > 0)
		fprintf(stderr, ": %s (0x%x)", status_name(record.status), record.status);
	if (record.err && record.exit_status != EXIT_USAGE)
		fprintf(stderr, ": %s (%s)", strerror(record.err), errno_name(record.err));
	fprintf(stderr, "\n");
	if (record.hint[0])
		fprintf(stderr, "hint: %s\n", record.hint);
}

int failure_report(void)
{
	if (!record.set)
		return EXIT_OK;
	if (record.exit_status == EXIT_USAGE)
		fail_hint("'hvctl help' lists commands and options");
	if (settings.json)
		report_json();
	else
		report_text();
	return record.exit_status;
}
