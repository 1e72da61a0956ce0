// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl run: the options of a guest, checked, and its end.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acpi.h"
#include "cmd.h"
#include "control.h"
#include "failure.h"
#include "report.h"
#include "snapshot.h"
#include "vm.h"

#define MIB			(1ULL << 20)
#define DEFAULT_MEMORY		(256 * MIB)
#define DEFAULT_CMDLINE		"console=ttyS0"

static struct vm_config config;
static bool want_report;

static int parse_small(const char *text, unsigned int max, unsigned int *value)
{
	uint64_t number;

	if (parse_number(text, 1, max, &number) < 0)
		return -1;
	*value = (unsigned int)number;
	return 0;
}

/* How far the suffix shifts, -1 if it is none. */
static int suffix_shift(const char *suffix)
{
	static const char letters[] = "KMG";
	const char *at;

	if (!*suffix)
		return 0;
	at = strchr(letters, *suffix & ~0x20);
	if (!at || !*at || suffix[1])
		return -1;
	return 10 * (int)(at - letters + 1);
}

static int parse_memory(const char *text)
{
	unsigned long long n;
	int shift;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	shift = suffix_shift(end);
	if (errno || end == text || *text == '-' || shift < 0 || n > MEMORY_MAX >> shift)
		return fail_usage("'%s' is no size of memory", text);
	n <<= shift;
	if (n < MEMORY_MIN || n % MEMORY_UNIT)
		return fail_usage("a guest's memory is at least 32M and a multiple of 2M, not '%s'",
				  text);
	config.memory = n;
	return 0;
}

int run_set_option(int id, const char *value)
{
	switch (id) {
	case 'k':
		config.kernel = value;
		return 0;
	case 'i':
		config.initrd = value;
		return 0;
	case 'c':
		config.cmdline = value;
		return 0;
	case 'm':
		return parse_memory(value);
	case 'n':
		if (parse_small(value, ACPI_MAX_CPUS, &config.cpus) < 0)
			return fail_usage("a guest has 1 to %d processors, not '%s'", ACPI_MAX_CPUS,
					  value);
		return 0;
	case OPT_PLAIN:
		config.plain = true;
		return 0;
	case 't':
		if (parse_small(value, INT_MAX / 1000, &config.timeout) < 0)
			return fail_usage("'%s' is no number of seconds", value);
		return 0;
	case OPT_SAVE:
		config.save = value;
		return 0;
	case OPT_CONTROL:
		config.control = value;
		return 0;
	case OPT_RESTORE:
		config.restore = value;
		return 0;
	default:
		want_report = true;
		return 0;
	}
}

static int complete_boot(void)
{
	if (!config.kernel)
		return fail_usage("which kernel? --kernel FILE is missing");
	if (!config.cmdline)
		config.cmdline = DEFAULT_CMDLINE;
	if (!config.memory)
		config.memory = DEFAULT_MEMORY;
	if (!config.cpus)
		config.cpus = 1;
	return 0;
}

static int complete_restore(void)
{
	if (config.kernel || config.initrd || config.cmdline)
		return fail_usage("a restored guest has its kernel, initrd and command line");
	return snapshot_describe(&config);
}

static int run_guest(void)
{
	static struct vm vm;
	enum vm_outcome outcome = VM_FAILED;

	if (config.save)
		control_block_signal();
	if (vm_create(&vm, &config) == 0) {
		outcome = vm_run(&vm);
		report_guest(&vm, outcome, want_report);
	}
	vm_destroy(&vm);
	return report_exit_status(&vm, outcome);
}

int cmd_run(int count, char **operands)
{
	(void)count;
	(void)operands;
	if (config.plain && config.save) {
		fail_usage("--plain and --save: the timer of a plain guest is not saved");
		return EXIT_USAGE;
	}
	if ((config.restore ? complete_restore() : complete_boot()) < 0)
		return EXIT_USAGE;
	/* In JSON mode standard output belongs to the document. */
	config.console = settings.json ? STDERR_FILENO : STDOUT_FILENO;
	return run_guest();
}
