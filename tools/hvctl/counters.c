// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver shows in debugfs. See counters.h.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "failure.h"

#define DEFAULT_FOLDER	"/sys/kernel/debug/mshv"

static void full_path(char *buf, size_t size, const char *path)
{
	const char *folder = getenv("HVCTL_DEBUGFS");

	snprintf(buf, size, "%s/%s", folder && *folder ? folder : DEFAULT_FOLDER, path);
}

static int fail_path(int err, const char *path)
{
	fail_errno(err, "cannot read %s of the driver's folder in debugfs", path);
	if (err == EACCES)
		fail_hint("only root may look into debugfs");
	else if (err == ENOENT)
		fail_hint("is there such an object, is hv_root loaded, is debugfs mounted?");
	return -1;
}

static FILE *open_file(const char *path)
{
	char full[PATH_MAX];

	full_path(full, sizeof(full), path);
	return fopen(full, "re");
}

/* Growing by doubling, when the number of entries is a power of two. */
static void *grow(void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	list = realloc(list, (count ? 2 * count : 1) * size);
	if (!list)
		abort();
	return list;
}

static void add_line(struct counters *counters, const char *line)
{
	struct counter counter;

	if (sscanf(line, "%47[^ :] : %" SCNu64, counter.name, &counter.value) != 2)
		return;
	counters->list = grow(counters->list, counters->count, sizeof(counter));
	counters->list[counters->count++] = counter;
}

int counters_try(struct counters *counters, const char *path)
{
	FILE *file = open_file(path);
	char line[128];
	int err = 0;

	*counters = (struct counters){ 0 };
	if (!file)
		return errno;
	errno = 0;
	while (fgets(line, sizeof(line), file))
		add_line(counters, line);
	if (ferror(file))
		err = errno;
	fclose(file);
	return err;
}

int counters_read(struct counters *counters, const char *path)
{
	int err = counters_try(counters, path);

	return err ? fail_path(err, path) : 0;
}

void counters_free(struct counters *counters)
{
	free(counters->list);
	*counters = (struct counters){ 0 };
}

uint64_t counters_value(const struct counters *counters, const char *name)
{
	size_t i;

	for (i = 0; i < counters->count; i++)
		if (strcmp(counters->list[i].name, name) == 0)
			return counters->list[i].value;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int counters_list_try(uint64_t **list, const char *path)
{
	char full[PATH_MAX], *end;
	struct dirent *entry;
	size_t count = 0;
	uint64_t number;
	DIR *dir;

	*list = NULL;
	full_path(full, sizeof(full), path);
	dir = opendir(full);
	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		number = strtoull(entry->d_name, &end, 10);
		if (end == entry->d_name || *end)
			continue;
		*list = grow(*list, count, sizeof(number));
		(*list)[count++] = number;
	}
	closedir(dir);
	if (count)
		qsort(*list, count, sizeof(number), compare);
	return (int)count;
}

int counters_list(uint64_t **list, const char *path)
{
	int count = counters_list_try(list, path);

	return count < 0 ? fail_path(errno, path) : count;
}

void counters_ledger(struct ledger_line *line, uint64_t id)
{
	FILE *file = open_file("ledger");
	struct ledger_line found;
	char text[128];
	uint64_t owner;

	*line = (struct ledger_line){ 0 };
	if (!file)
		return;
	while (fgets(text, sizeof(text), file))
		if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &owner, &found.deposited,
			   &found.withdrawn) == 3 && owner == id)
			*line = found;
	fclose(file);
}
