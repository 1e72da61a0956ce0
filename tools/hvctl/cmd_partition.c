// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl partition, hvctl vp: which partitions and VPs there are, and what one wants to know of
 * each first. All of it is in debugfs; `hvctl stats` has the rest.
 *
 * A partition may go while it is looked at, since its VMM is another process: a list leaves it
 * out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "counters.h"
#include "failure.h"
#include "output.h"

#define PAGE_KIB	4
#define UNITS_PER_MS	10000	/* the hypervisor's unit of time is 100 ns */

/* What a list prints of an object, in text and in JSON. */
struct view {
	const char *head;
	void (*print)(uint64_t partition, uint64_t vp, const struct counters *counters);
	struct json_object *(*json)(uint64_t partition, uint64_t vp,
				    const struct counters *counters);
};

static uint64_t pages_held(uint64_t partition)
{
	struct ledger_line ledger;

	counters_ledger(&ledger, partition);
	return ledger.deposited - ledger.withdrawn;
}

static void add_number(struct json_object *object, const char *name, uint64_t value)
{
	json_object_object_add(object, name, json_object_new_uint64(value));
}

static void print_partition(uint64_t partition, uint64_t vp, const struct counters *counters)
{
	(void)vp;
	printf("%9" PRIu64 "  %3" PRIu64 "  %12" PRIu64 "  %13" PRIu64 "\n", partition,
	       counters_value(counters, "PtVirtualProcessors"),
	       counters_value(counters, "PtGpaPages") * PAGE_KIB,
	       pages_held(partition) * PAGE_KIB);
}

static struct json_object *partition_json(uint64_t partition, uint64_t vp,
					  const struct counters *counters)
{
	struct json_object *one = json_object_new_object();

	(void)vp;
	add_number(one, "partition", partition);
	add_number(one, "vps", counters_value(counters, "PtVirtualProcessors"));
	add_number(one, "guest_pages", counters_value(counters, "PtGpaPages"));
	add_number(one, "deposited_pages", pages_held(partition));
	return one;
}

static const struct view partition_view = {
	"PARTITION  VPS  MEMORY (KiB)  DEPOSIT (KiB)\n", print_partition, partition_json
};

static void print_vp(uint64_t partition, uint64_t vp, const struct counters *counters)
{
	printf("%9" PRIu64 "  %3" PRIu64 "  %8" PRIu64 "  %10" PRIu64 "  %10" PRIu64 "\n",
	       partition, vp, counters_value(counters, "VpTotalRunTime") / UNITS_PER_MS,
	       counters_value(counters, "VpLogicalProcessorDispatches"),
	       counters_value(counters, "VpHypercallsCount"));
}

static struct json_object *vp_json(uint64_t partition, uint64_t vp,
				   const struct counters *counters)
{
	struct json_object *one = json_object_new_object();

	add_number(one, "partition", partition);
	add_number(one, "vp", vp);
	add_number(one, "run_time_100ns", counters_value(counters, "VpTotalRunTime"));
	add_number(one, "dispatches", counters_value(counters, "VpLogicalProcessorDispatches"));
	add_number(one, "hypercalls", counters_value(counters, "VpHypercallsCount"));
	return one;
}

static const struct view vp_view = {
	"PARTITION   VP  RAN (ms)  DISPATCHES  HYPERCALLS\n", print_vp, vp_json
};

static void show_one(const struct view *view, uint64_t partition, uint64_t vp,
		     const struct counters *counters, struct json_object *list)
{
	if (list)
		json_object_array_add(list, view->json(partition, vp, counters));
	else
		view->print(partition, vp, counters);
}

static void show_partition(uint64_t id, struct json_object *list)
{
	struct counters counters;
	char path[64];

	snprintf(path, sizeof(path), "partition/%" PRIu64 "/stats", id);
	if (counters_try(&counters, path) == 0)
		show_one(&partition_view, id, 0, &counters, list);
	counters_free(&counters);
}

static void show_vp(uint64_t id, uint64_t vp, struct json_object *list)
{
	struct counters counters;
	char path[96];

	snprintf(path, sizeof(path), "partition/%" PRIu64 "/vp/%" PRIu64 "/stats", id, vp);
	if (counters_try(&counters, path) == 0)
		show_one(&vp_view, id, vp, &counters, list);
	counters_free(&counters);
}

static void show_partitions(const uint64_t *ids, int count, struct json_object *list)
{
	int i;

	for (i = 0; i < count; i++)
		show_partition(ids[i], list);
}

/* The VPs of a partition, or none if it has gone. */
static void show_vps(uint64_t id, struct json_object *list)
{
	char path[64];
	uint64_t *vps;
	int count, i;

	snprintf(path, sizeof(path), "partition/%" PRIu64 "/vp", id);
	count = counters_list_try(&vps, path);
	for (i = 0; i < count; i++)
		show_vp(id, vps[i], list);
	free(vps);
}

static void show_all_vps(const uint64_t *ids, int count, struct json_object *list)
{
	int i;

	for (i = 0; i < count; i++)
		show_vps(ids[i], list);
}

static struct json_object *begin(const struct view *view)
{
	if (settings.json)
		return json_object_new_array();
	if (!settings.quiet)
		fputs(view->head, stdout);
	return NULL;
}

static void finish(struct json_object *list)
{
	if (list)
		output_document("result", list);
}

/* What @show makes of all partitions. */
static int list_with(const struct view *view,
		     void (*show)(const uint64_t *ids, int count, struct json_object *list))
{
	struct json_object *list;
	uint64_t *ids;
	int count = counters_list(&ids, "partition");

	if (count >= 0) {
		list = begin(view);
		show(ids, count, list);
		finish(list);
	}
	free(ids);
	return count < 0 ? EXIT_FAILED : EXIT_OK;
}

/* What @show makes of one, which must be there. */
static int show_with(const struct view *view, uint64_t id,
		     void (*show)(uint64_t id, struct json_object *list))
{
	struct json_object *list;
	struct counters counters;
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "partition/%" PRIu64 "/stats", id);
	ret = counters_read(&counters, path);
	counters_free(&counters);
	if (ret < 0)
		return EXIT_FAILED;
	list = begin(view);
	show(id, list);
	finish(list);
	return EXIT_OK;
}

static int parse_id(const char *text, uint64_t *id)
{
	if (parse_number(text, 0, UINT64_MAX, id) == 0)
		return 0;
	return fail_usage("'%s' is no number of a partition", text);
}

int cmd_partition(int count, char **operands)
{
	uint64_t id;

	if (count == 0 || (count == 1 && strcmp(operands[0], "list") == 0))
		return list_with(&partition_view, show_partitions);
	if (count != 2 || strcmp(operands[0], "show") != 0) {
		fail_usage("'partition' wants 'list', or 'show' and the number of a partition");
		return EXIT_USAGE;
	}
	if (parse_id(operands[1], &id) < 0)
		return EXIT_USAGE;
	return show_with(&partition_view, id, show_partition);
}

int cmd_vp(int count, char **operands)
{
	uint64_t id;

	if (count > 0 && strcmp(operands[0], "list") != 0) {
		fail_usage("'vp' wants 'list', and the number of a partition if not all are meant");
		return EXIT_USAGE;
	}
	if (count < 2)
		return list_with(&vp_view, show_all_vps);
	if (parse_id(operands[1], &id) < 0)
		return EXIT_USAGE;
	return show_with(&vp_view, id, show_vps);
}
