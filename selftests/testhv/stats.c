// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of partitions, alive and lately dead.
 *
 * They are static, not from a partition's pool: counting must not fail, and
 * the counters outlive what they count.
 *
 * Locking: hv_lock.
 */
#include "stats.h"
#include "partition.h"
#include "string.h"
#include "vp.h"

static struct partition_counters slots[MAX_PARTITIONS + NR_KEPT];

static struct partition_counters *oldest_dead(void)
{
	struct partition_counters *oldest = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(slots); i++)
		if (slots[i].dead && (!oldest || slots[i].age < oldest->age))
			oldest = &slots[i];
	return oldest;
}

static u32 nr_dead(void)
{
	u32 nr = 0;

	for (u32 i = 0; i < ARRAY_SIZE(slots); i++)
		nr += slots[i].dead;
	return nr;
}

struct partition_counters *counters_attach(u64 id)
{
	static u64 age;

	for (u32 i = 0; i < ARRAY_SIZE(slots); i++) {
		if (slots[i].id)
			continue;
		memset(&slots[i], 0, sizeof(slots[i]));
		slots[i].id = id;
		slots[i].age = ++age;
		return &slots[i];
	}
	return NULL;
}

void counters_detach(struct partition_counters *counters)
{
	counters->dead = true;
	if (nr_dead() > NR_KEPT) {
		struct partition_counters *oldest = oldest_dead();

		oldest->id = 0;
		oldest->dead = false;
	}
}

/* Of several with this id, the youngest: the living one, if there is one. */
struct partition_counters *counters_find(u64 id)
{
	struct partition_counters *found = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(slots); i++)
		if (id && slots[i].id == id && (!found || slots[i].age > found->age))
			found = &slots[i];
	return found;
}

u64 counters_next(u64 after)
{
	u64 next = 0;

	for (u32 i = 0; i < ARRAY_SIZE(slots); i++)
		if (slots[i].id > after && (!next || slots[i].id < next))
			next = slots[i].id;
	return next;
}

static u32 call_slot(u16 code)
{
	return code < NR_CALL_CODES ? code : 0;
}

static u32 exit_slot(u64 exit_code)
{
	if (exit_code < 0x100)
		return exit_code;
	return exit_code == 0x400 ? EXIT_SLOT_NPF : EXIT_SLOT_OTHER;
}

void count_call(struct partition *p, u16 code)
{
	p->counters->calls[call_slot(code)]++;
}

void count_reps(struct partition *p, u16 code, u32 reps)
{
	p->counters->reps[call_slot(code)] += reps;
}

void count_exit(struct vp *vp, u64 exit_code)
{
	vp->partition->counters->exits[exit_slot(exit_code)]++;
}

static bool table_read(const u32 *table, u64 nr, u64 index, u64 *value)
{
	if (index >= nr)
		return false;
	*value = table[index];
	return true;
}

static bool scalar_read(const struct partition_counters *c, u32 kind, u64 *value)
{
	const u64 scalars[NR_COUNTER_KINDS] = {
		[COUNTER_VP_ENTRIES] = c->vp_entries,
		[COUNTER_MESSAGES] = c->messages,
		[COUNTER_INTERCEPTS] = c->intercepts,
		[COUNTER_PAGES_DEPOSITED] = c->pages_deposited,
		[COUNTER_PAGES_WITHDRAWN] = c->pages_withdrawn,
		[COUNTER_GPA_MAPPED] = c->gpa_pages_mapped,
		[COUNTER_GPA_UNMAPPED] = c->gpa_pages_unmapped,
		[COUNTER_DISPATCHES] = c->dispatches,
		[COUNTER_SIGNALS] = c->signals,
	};

	if (kind >= NR_COUNTER_KINDS)
		return false;
	*value = scalars[kind];
	return true;
}

bool counter_read(u64 partition, u32 kind, u64 index, u64 *value)
{
	const struct partition_counters *c = counters_find(partition);

	if (!c)
		return false;
	switch (kind) {
	case COUNTER_CALLS:
		return table_read(c->calls, NR_CALL_CODES, index, value);
	case COUNTER_REPS:
		return table_read(c->reps, NR_CALL_CODES, index, value);
	case COUNTER_EXITS:
		return table_read(c->exits, NR_EXIT_CODES, exit_slot(index), value);
	default:
		return scalar_read(c, kind, value);
	}
}
