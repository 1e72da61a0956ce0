/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The grammar of hvctl: what a command and an option are, and the settings that the options
 * common to all commands leave behind.
 *
 * commands[] in table.c is the only list of commands and options there is. The parser, the help
 * text and the JSON form of the help are made from it; tests/sync.sh holds the man page and the
 * bash completion to it.
 */
#ifndef HVCTL_CMD_H
#define HVCTL_CMD_H

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses; the man page documents them. A signal N ends `run` with 128 + N. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_DEVICE = 3,
	EXIT_TIMED_OUT = 4,
	EXIT_GUEST_RESET = 10,
	EXIT_GUEST_TRIPLE_FAULT = 11,
	EXIT_ABANDONED = 12,
};

/**
 * struct option_desc - one option
 * @id: its short letter, or a number above 255 if it has none
 * @name: its long name without the dashes; NULL ends a list
 * @arg: what its argument is called in the help, NULL if it takes none
 * @help: one line
 */
struct option_desc {
	int id;
	const char *name;
	const char *arg;
	const char *help;
};

/* Takes one option of the command's own; returns 0, or -1 after fail_*(). */
typedef int (*option_fn)(int id, const char *value);

/**
 * struct command - one command
 * @name: as typed; any unambiguous prefix of it will do
 * @operands: what follows the options, for the synopsis; "" if nothing may
 * @max_operands: more are a usage error
 * @summary: one line
 * @options: its own options, besides the common ones
 * @set: called for each of its own options; NULL if it has none
 * @run: does it, after all options are set; returns an enum exit_status
 */
struct command {
	const char *name;
	const char *operands;
	int max_operands;
	const char *summary;
	const struct option_desc *options;
	option_fn set;
	int (*run)(int count, char **operands);
};

/* Both lists end with an entry whose name is NULL. */
extern const struct command commands[];
extern const struct option_desc common_options[];

/* What the common options said. */
struct settings {
	bool json;
	bool pretty;
	bool quiet;
	unsigned int verbose;
	bool help;
	bool version;
};
extern struct settings settings;

/**
 * parse_options - take the common options, and those of @cmd, from the command line
 * @cmd: the command, or NULL: then parsing stops at the first operand
 * @argc: as of main()
 * @argv: as of main(); operands are moved to its end
 *
 * Parsing goes on after a mistake, so that -j counts wherever it stands.
 *
 * Return: index of the first operand, or -1 after fail_usage() or an error of @cmd->set.
 */
int parse_options(const struct command *cmd, int argc, char **argv);

/* A decimal number from @min to @max and nothing else; 0, or -1 without a word. */
int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* The command that @word names or abbreviates, NULL after fail_usage(). */
const struct command *find_command(const char *word);

void print_help(void);
void print_command_help(const struct command *cmd);

int run_set_option(int id, const char *value);
int cmd_run(int count, char **operands);
int cmd_doctor(int count, char **operands);
int cmd_version(int count, char **operands);
int cmd_partition(int count, char **operands);
int cmd_vp(int count, char **operands);
int stats_set_option(int id, const char *value);
int cmd_stats(int count, char **operands);
int cmd_control(int count, char **operands);
int cmd_console(int count, char **operands);
int cmd_explain(int count, char **operands);
int cmd_help(int count, char **operands);

/* Options of `run` that have no short letter. */
enum {
	OPT_REPORT = 256,
	OPT_PLAIN,
	OPT_SAVE,
	OPT_RESTORE,
	OPT_CONTROL,
};

#endif /* HVCTL_CMD_H */
