// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl: control of child partitions of the Microsoft Hypervisor through /dev/mshv.
 *
 * A tour of the source, outside in: table.c is the list of commands and options, parse.c and
 * help.c work on it; each cmd_*.c is a command; failure.c, names.c and output.c are how all of
 * them speak. mshv.c is the driver's ABI. The virtual machine monitor behind `hvctl run` starts
 * in vmm.c.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "failure.h"
#include "output.h"
#include "version.h"

static void print_version(void)
{
	struct json_object *result;

	if (!settings.json) {
		printf("hvctl %s\n", HVCTL_VERSION);
		return;
	}
	result = json_object_new_object();
	json_object_object_add(result, "hvctl", json_object_new_string(HVCTL_VERSION));
	output_document("result", result);
}

static int run_command(const struct command *cmd, int argc, char **argv)
{
	int first = parse_options(cmd, argc, argv);

	if (first < 0)
		return EXIT_USAGE;
	if (settings.help) {
		print_command_help(cmd);
		return EXIT_OK;
	}
	if (settings.version) {
		print_version();
		return EXIT_OK;
	}
	if (argc - first > cmd->max_operands) {
		fail_usage("'%s' does not take '%s'", cmd->name, argv[first + cmd->max_operands]);
		return EXIT_USAGE;
	}
	return cmd->run(argc - first, argv + first);
}

static int dispatch(int argc, char **argv)
{
	const struct command *cmd;
	int first = parse_options(NULL, argc, argv);

	if (first < 0)
		return EXIT_USAGE;
	if (settings.version) {
		print_version();
		return EXIT_OK;
	}
	if (first == argc && settings.help) {
		print_help();
		return EXIT_OK;
	}
	if (first == argc) {
		fail_usage("no command given");
		return EXIT_USAGE;
	}
	cmd = find_command(argv[first]);
	return cmd ? run_command(cmd, argc - first, argv + first) : EXIT_USAGE;
}

/*
 * No file of ours gets the number of a standard stream that the caller closed: reading it then
 * ends at once, writing to it fails.
 */
static int keep_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
	int status;

	if (keep_standard_streams() < 0)
		return EXIT_FAILED;
	status = dispatch(argc, argv);
	/* Of what was printed until now, nobody has looked whether it arrived. */
	if (fflush(stdout) != 0 || ferror(stdout))
		fail("cannot write all of the output");
	return failed() ? failure_report() : status;
}
