// SPDX-License-Identifier: GPL-2.0
/*
 * The help text, made from the table of commands, as text or as JSON. It goes to standard
 * output: who asked for help did not make a mistake.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "failure.h"
#include "output.h"

static void print_option(const struct option_desc *desc)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%c --%s%s%s",
		 desc->id < 256 ? '-' : ' ', desc->id < 256 ? desc->id : ' ',
		 desc->id < 256 ? ',' : ' ', desc->name,
		 desc->arg ? " " : "", desc->arg ? desc->arg : "");
	printf("  %-24s %s\n", left, desc->help);
}

static void print_options(const struct option_desc *desc)
{
	for (; desc->name; desc++)
		print_option(desc);
}

static void print_synopsis(const struct command *cmd)
{
	printf("hvctl [OPTIONS] %s%s%s%s\n", cmd->name, cmd->options->name ? " [OPTIONS]" : "",
	       *cmd->operands ? " " : "", cmd->operands);
}

static struct json_object *options_json(const struct option_desc *desc)
{
	struct json_object *list = json_object_new_array();

	for (; desc->name; desc++) {
		struct json_object *one = json_object_new_object();
		char letter[2] = { desc->id < 256 ? (char)desc->id : '\0', '\0' };

		json_object_object_add(one, "name", json_object_new_string(desc->name));
		json_object_object_add(one, "letter",
				       *letter ? json_object_new_string(letter) : NULL);
		json_object_object_add(one, "argument",
				       desc->arg ? json_object_new_string(desc->arg) : NULL);
		json_object_object_add(one, "help", json_object_new_string(desc->help));
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *command_json(const struct command *cmd)
{
	struct json_object *one = json_object_new_object();

	json_object_object_add(one, "name", json_object_new_string(cmd->name));
	json_object_object_add(one, "operands", json_object_new_string(cmd->operands));
	json_object_object_add(one, "summary", json_object_new_string(cmd->summary));
	json_object_object_add(one, "options", options_json(cmd->options));
	return one;
}

static void print_help_json(void)
{
	struct json_object *result = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const struct command *cmd;

	for (cmd = commands; cmd->name; cmd++)
		json_object_array_add(list, command_json(cmd));
	json_object_object_add(result, "commands", list);
	json_object_object_add(result, "options", options_json(common_options));
	output_document("result", result);
}

void print_help(void)
{
	const struct command *cmd;

	if (settings.json) {
		print_help_json();
		return;
	}
	printf("usage: hvctl [OPTIONS] COMMAND [...]\n\ncommands:\n");
	for (cmd = commands; cmd->name; cmd++)
		printf("  %-24s %s\n", cmd->name, cmd->summary);
	printf("\noptions of every command:\n");
	print_options(common_options);
	printf("\n'hvctl help COMMAND' says more; so does hvctl(8).\n");
}

void print_command_help(const struct command *cmd)
{
	if (settings.json) {
		output_document("result", command_json(cmd));
		return;
	}
	printf("usage: ");
	print_synopsis(cmd);
	printf("\n%s\n", cmd->summary);
	if (!cmd->options->name)
		return;
	printf("\noptions:\n");
	print_options(cmd->options);
}

int cmd_help(int count, char **operands)
{
	const struct command *cmd;

	if (!count) {
		print_help();
		return EXIT_OK;
	}
	cmd = find_command(operands[0]);
	if (!cmd)
		return EXIT_USAGE;
	print_command_help(cmd);
	return EXIT_OK;
}
