// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the trace of the page allocator: a bit for each page of the machine
 * says whether it was allocated for us and is still there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ktap.h"
#include "pages.h"

#define TRACING		"/sys/kernel/tracing/"
#define MAX_PFN		(1UL << 20)	/* 4 GiB */

static bool kept[MAX_PFN];
static uint64_t nr_kept;
static const char *kind;

static void write_file(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ktap_bail("%s: %s", path, strerror(errno));
	close(fd);
}

static void empty(void)
{
	write_file(TRACING "trace", "", O_TRUNC);
}

void pages_watch(const char *flags)
{
	char filter[64];

	kind = flags;
	snprintf(filter, sizeof(filter), "common_pid == %d", (int)getpid());
	write_file(TRACING "events/kmem/mm_page_alloc/filter", filter, 0);
	write_file(TRACING "events/kmem/mm_page_alloc/enable", "1", 0);
	write_file(TRACING "events/kmem/mm_page_free/enable", "1", 0);
	write_file(TRACING "events/kmem/mm_page_free_batched/enable", "1", 0);
	empty();
}

static void book(unsigned long pfn, unsigned int order, bool keep)
{
	for (unsigned long end = pfn + (1UL << order); pfn < end; pfn++) {
		if (pfn >= MAX_PFN)
			ktap_bail("page %#lx is beyond 4 GiB", pfn);
		nr_kept += keep;
		nr_kept -= kept[pfn];
		kept[pfn] = keep;
	}
}

static bool flags_are(const char *event)
{
	const char *flags = strstr(event, " gfp_flags=");

	return flags && !strncmp(flags + strlen(" gfp_flags="), kind, strlen(kind));
}

/* Pages that come from the lists of others, and were never ours, may be freed too. */
static void read_event(const char *line)
{
	const char *event = strstr(line, ": mm_page_"), *pfn = strstr(line, " pfn=");
	const char *order = strstr(line, " order=");
	bool alloc = event && strstr(event, "mm_page_alloc:");
	unsigned long number;

	if (!event || !pfn || (alloc && !flags_are(event)))
		return;
	number = strtoul(pfn + strlen(" pfn="), NULL, 0);
	book(number, order ? (unsigned int)strtoul(order + strlen(" order="), NULL, 10) : 0,
	     alloc);
}

/* Not recorded is what it takes to read the record. */
uint64_t pages_kept(void)
{
	unsigned long left, written;
	char line[512];
	FILE *file;

	write_file(TRACING "tracing_on", "0", 0);
	file = fopen(TRACING "trace", "re");
	if (!file)
		ktap_bail(TRACING "trace: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "# entries-in-buffer/entries-written: %lu/%lu", &left,
			   &written) == 2 && left != written)
			ktap_bail("the trace buffer overflowed: %lu of %lu events", left, written);
		read_event(line);
	}
	fclose(file);
	empty();
	write_file(TRACING "tracing_on", "1", 0);
	return nr_kept;
}
