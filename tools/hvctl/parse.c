// SPDX-License-Identifier: GPL-2.0
/*
 * Command line parsing on top of getopt_long(), driven by the table of cmd.h.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "failure.h"

struct settings settings;

/* Room for the common options, the longest list of a command's own, and the end marks. */
#define MAX_OPTIONS 32

struct option_table {
	struct option longs[MAX_OPTIONS];
	char shorts[2 + 2 * MAX_OPTIONS];
	size_t count;
};

static void add_option(struct option_table *table, const struct option_desc *desc)
{
	size_t len = strlen(table->shorts);

	if (table->count >= MAX_OPTIONS - 1)
		abort();
	table->longs[table->count++] = (struct option){
		.name = desc->name,
		.has_arg = desc->arg ? required_argument : no_argument,
		.val = desc->id,
	};
	if (desc->id > 255)
		return;
	table->shorts[len++] = (char)desc->id;
	if (desc->arg)
		table->shorts[len++] = ':';
	table->shorts[len] = '\0';
}

static void build_table(struct option_table *table, const struct command *cmd)
{
	const struct option_desc *desc;

	memset(table, 0, sizeof(*table));
	/* '+' stops at the first operand, ':' tells a missing argument from an unknown option. */
	strcpy(table->shorts, cmd ? ":" : "+:");
	for (desc = common_options; desc->name; desc++)
		add_option(table, desc);
	for (desc = cmd ? cmd->options : NULL; desc && desc->name; desc++)
		add_option(table, desc);
}

static bool set_common(int id)
{
	switch (id) {
	case 'p':
		settings.pretty = true;
		/* fall through */
	case 'j':
		settings.json = true;
		return true;
	case 'q':
		settings.quiet = true;
		return true;
	case 'v':
		settings.verbose++;
		return true;
	case 'h':
		settings.help = true;
		return true;
	case 'V':
		settings.version = true;
		return true;
	default:
		return false;
	}
}

/* getopt leaves the culprit in optopt if it was a letter, else it is the word just passed. */
static int fail_option(int result, char **argv)
{
	bool is_letter = optopt > 0 && optopt < 256 && strncmp(argv[optind - 1], "--", 2) != 0;
	char letter[3] = { '-', (char)optopt, '\0' };
	const char *what = is_letter ? letter : argv[optind - 1];

	if (result == ':')
		return fail_usage("option '%s' needs an argument", what);
	return fail_usage("unknown or ambiguous option '%s'", what);
}

int parse_options(const struct command *cmd, int argc, char **argv)
{
	struct option_table table;
	int id, result = 0;

	build_table(&table, cmd);
	optind = 0;
	opterr = 0;
	while ((id = getopt_long(argc, argv, table.shorts, table.longs, NULL)) != -1) {
		if (id == '?' || id == ':')
			result = fail_option(id, argv);
		else if (!set_common(id) && cmd->set(id, optarg) < 0)
			result = -1;
	}
	return result < 0 ? -1 : optind;
}

int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text < '0' || *text > '9' || number < min ||
	    number > max)
		return -1;
	*value = number;
	return 0;
}

const struct command *find_command(const char *word)
{
	const struct command *cmd, *found = NULL;

	for (cmd = commands; cmd->name; cmd++) {
		if (strcmp(cmd->name, word) == 0)
			return cmd;
		if (strncmp(cmd->name, word, strlen(word)) != 0)
			continue;
		if (found) {
			fail_usage("'%s' may be '%s' or '%s'", word, found->name, cmd->name);
			return NULL;
		}
		found = cmd;
	}
	if (!found)
		fail_usage("unknown command '%s'", word);
	return found;
}
