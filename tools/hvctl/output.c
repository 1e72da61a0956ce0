// SPDX-License-Identifier: GPL-2.0
/*
 * JSON on standard output. See output.h.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "output.h"

/* Bytes of the character that @s begins with, 0 if it is none. */
static size_t utf8_length(const uint8_t *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
		   s[0] < 0xf5 ? 4 : 0;
	size_t i;

	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Too long for what they say, surrogates, and beyond the last character. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

struct json_object *output_text(const char *text)
{
	char *copy = strdup(text), *at;
	struct json_object *string;
	size_t n;

	if (!copy)
		return NULL;
	for (at = copy; *at; at += n ? n : 1) {
		n = utf8_length((const uint8_t *)at);
		if (!n)
			*at = '?';
	}
	string = json_object_new_string(copy);
	free(copy);
	return string;
}

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
