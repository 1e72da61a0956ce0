// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl stats: what the hypervisor counts for itself, a logical processor, a partition or a VP.
 *
 * With an interval it goes on until it is ended, or as often as it was told, and prints what the
 * counters moved by. In JSON each round is a document, on a line of its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "counters.h"
#include "failure.h"
#include "output.h"

static uint64_t interval, rounds;

int stats_set_option(int id, const char *value)
{
	if (parse_number(value, 1, INT_MAX, id == 'i' ? &interval : &rounds) == 0)
		return 0;
	return fail_usage("'%s' is no number from 1 to %d", value, INT_MAX);
}

/* What the operands name, as a file of the driver's. */
static int object_path(char *path, size_t size, int count, char **operands)
{
	const char *kind = count ? operands[0] : "hypervisor";
	uint64_t numbers[2];
	int i;

	for (i = 1; i < count; i++)
		if (parse_number(operands[i], 0, UINT64_MAX, &numbers[i - 1]) < 0)
			return fail_usage("'%s' is no number", operands[i]);
	if (strcmp(kind, "hypervisor") == 0 && count <= 1)
		snprintf(path, size, "stats");
	else if (strcmp(kind, "lp") == 0 && count == 2)
		snprintf(path, size, "lp/%" PRIu64 "/stats", numbers[0]);
	else if (strcmp(kind, "partition") == 0 && count == 2)
		snprintf(path, size, "partition/%" PRIu64 "/stats", numbers[0]);
	else if (strcmp(kind, "vp") == 0 && count == 3)
		snprintf(path, size, "partition/%" PRIu64 "/vp/%" PRIu64 "/stats", numbers[0],
			 numbers[1]);
	else
		return fail_usage("'stats' wants 'hypervisor', 'lp N', 'partition N' or 'vp N N'");
	return 0;
}

/* Counters never go back; what seems to is a state that changed, and is printed as it is. */
static uint64_t moved_by(const struct counter *counter, const struct counters *before)
{
	uint64_t old = counters_value(before, counter->name);

	return counter->value >= old ? counter->value - old : counter->value;
}

static void print_text(const struct counters *now, const struct counters *before)
{
	size_t i;

	for (i = 0; i < now->count; i++) {
		uint64_t value = moved_by(&now->list[i], before);

		if (value || settings.verbose)
			printf("%-44s %" PRIu64 "\n", now->list[i].name, value);
	}
}

static void print_json(const struct counters *now, const struct counters *before)
{
	struct json_object *result = json_object_new_object();
	size_t i;

	for (i = 0; i < now->count; i++)
		json_object_object_add(result, now->list[i].name,
				       json_object_new_uint64(moved_by(&now->list[i], before)));
	output_document("result", result);
}

static int one_round(const char *path, struct counters *before)
{
	struct counters now;

	if (counters_read(&now, path) < 0) {
		counters_free(&now);
		return -1;
	}
	if (settings.json)
		print_json(&now, before);
	else
		print_text(&now, before);
	counters_free(before);
	*before = now;
	return fflush(stdout) ? fail_errno(errno, "cannot write to standard output") : 0;
}

static int all_rounds(const char *path)
{
	struct timespec pause = { .tv_sec = (time_t)interval };
	struct counters before = { 0 };
	uint64_t n = interval ? rounds : 1;
	int ret = interval ? counters_read(&before, path) : 0;

	while (ret == 0) {
		if (interval)
			nanosleep(&pause, NULL);
		ret = one_round(path, &before);
		if (n && --n == 0)
			break;
		if (ret == 0 && !settings.json && !settings.quiet)
			printf("\n");
	}
	counters_free(&before);
	return ret;
}

int cmd_stats(int count, char **operands)
{
	char path[96];

	if (rounds && !interval) {
		fail_usage("--count wants --interval");
		return EXIT_USAGE;
	}
	if (object_path(path, sizeof(path), count, operands) < 0)
		return EXIT_USAGE;
	return all_rounds(path) < 0 ? EXIT_FAILED : EXIT_OK;
}
