/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's view of partitions in debugfs: which there are, what the hypervisor counts for
 * each object, and the ledger of deposited memory.
 *
 * A file of counters has one a line, "Name : value".  HVCTL_DEBUGFS in the environment says where
 * the folder is, if not in /sys/kernel/debug/mshv.
 */
#ifndef HVCTL_COUNTERS_H
#define HVCTL_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct counter {
	char name[48];
	uint64_t value;
};

/* What one object counts, in the hypervisor's order. */
struct counters {
	struct counter *list;
	size_t count;
};

struct ledger_line {
	uint64_t deposited;
	uint64_t withdrawn;
};

/*
 * Read the file at @path below the folder, as in "partition/2/stats".  Returns 0, or -1 after
 * fail_*().  counters_free() either way.
 */
int counters_read(struct counters *counters, const char *path);
/* The same without a word, for what may have gone since it was listed: 0 or an errno. */
int counters_try(struct counters *counters, const char *path);
void counters_free(struct counters *counters);
/* 0 if there is none of that name. */
uint64_t counters_value(const struct counters *counters, const char *name);

/*
 * The numbers that are names in the folder @path, as in "partition", rising; *@list is to be
 * freed.  Returns how many, or -1 after fail_*().
 */
int counters_list(uint64_t **list, const char *path);
/* The same without a word: -1 if there is no such folder (any more). */
int counters_list_try(uint64_t **list, const char *path);

/* The pages of partition @id; zero if the ledger does not have it. */
void counters_ledger(struct ledger_line *line, uint64_t id);

#endif /* HVCTL_COUNTERS_H */
