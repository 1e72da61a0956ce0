/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON on standard output: one document a run, {"schema":1,"result":...} or
 * {"schema":1,"error":...}. The schema number changes when a member changes its meaning or
 * goes; new members may appear at any time.
 */
#ifndef HVCTL_OUTPUT_H
#define HVCTL_OUTPUT_H

#include <json-c/json.h>

#define OUTPUT_SCHEMA 1

/* A string of anybody's making, such as a file name: what is not UTF-8 in it becomes '?'. */
struct json_object *output_text(const char *text);

/* Print the document and let go of @value. */
void output_document(const char *member, struct json_object *value);

#endif /* HVCTL_OUTPUT_H */
