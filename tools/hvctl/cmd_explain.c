// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl explain: what the hypervisor's status codes mean.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "failure.h"
#include "names.h"
#include "output.h"

/* A number in any of C's bases, the "HV0005" of our own JSON errors, or a name. */
static const struct status_info *find_status(const char *word)
{
	const char *digits = word;
	int base = 0;
	unsigned long value;
	char *end;

	if (strncasecmp(word, "HV", 2) == 0 && strlen(word) == 6) {
		digits = word + 2;
		base = 16;
	}
	errno = 0;
	value = strtoul(digits, &end, base);
	if (*digits && !*end && !errno && value <= UINT16_MAX)
		return status_by_code((uint16_t)value);
	return status_by_name(word);
}

static struct json_object *status_json(const struct status_info *info)
{
	struct json_object *one = json_object_new_object();

	json_object_object_add(one, "status", json_object_new_int(info->code));
	json_object_object_add(one, "name", json_object_new_string(info->name));
	json_object_object_add(one, "errno", json_object_new_int(info->err));
	json_object_object_add(one, "errno_name",
			       info->err ? json_object_new_string(errno_name(info->err)) : NULL);
	json_object_object_add(one, "meaning", json_object_new_string(info->meaning));
	return one;
}

static void explain(const struct status_info *info, struct json_object *list)
{
	if (list) {
		json_object_array_add(list, status_json(info));
		return;
	}
	printf("%s (0x%x)", info->name, info->code);
	if (info->err)
		printf(", from the driver: %s (%d)", errno_name(info->err), info->err);
	printf("\n    %s\n", info->meaning);
}

static int explain_words(int count, char **words, struct json_object *list)
{
	const struct status_info *info;
	int i;

	for (i = 0; i < count; i++) {
		info = find_status(words[i]);
		if (!info) {
			fail_usage("'%s' is no status of the hypervisor", words[i]);
			fail_hint("'hvctl explain' lists all of them");
			return -1;
		}
		explain(info, list);
	}
	return 0;
}

int cmd_explain(int count, char **operands)
{
	struct json_object *list = settings.json ? json_object_new_array() : NULL;
	size_t i;

	if (explain_words(count, operands, list) < 0) {
		json_object_put(list);
		return EXIT_USAGE;
	}
	for (i = 0; !count && i < status_count; i++)
		explain(&status_table[i], list);
	if (list)
		output_document("result", list);
	return EXIT_OK;
}
