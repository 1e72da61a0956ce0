// SPDX-License-Identifier: GPL-2.0
/*
 * JSON on standard output. See output.h.
 */
#include <stdio.h>

#include "cmd.h"
#include "output.h"

void output_document(const char *member, struct json_object *value)
{
	struct json_object *document = json_object_new_object();
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (settings.pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	json_object_object_add(document, "schema", json_object_new_int(OUTPUT_SCHEMA));
	json_object_object_add(document, member, value);
	puts(json_object_to_json_string_ext(document, flags));
	fflush(stdout);
	json_object_put(document);
}
