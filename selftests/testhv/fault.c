// SPDX-License-Identifier: GPL-2.0
/*
 * Rules by which hypercalls fail, and whether one applies to the call at hand.
 *
 * The command line has them as fault=CODE:STATUS:NTH[:REPS[:PARTITION[:TIMES]]],
 * in hexadecimal, several with commas between.  They count from boot on, the
 * calls that the root's kernel makes by itself included.
 *
 * Locking: hv_lock.
 */
#include "fault.h"
#include "boot.h"
#include "cpu.h"
#include "hypercall.h"
#include "log.h"

#define FIELDS	6

struct rule {
	struct fault_rule says;
	u32 seen;		/* calls that it chose */
	u32 fired;
};

static struct rule rules[FAULT_RULES];
static u32 nr_rules;

/* What awaits the call that a CPU is in; it lasts over the call's continuations. */
static struct {
	u16 status;
	u32 reps;		/* left before that */
} awaits[MAX_CPUS];

bool fault_add(const struct fault_rule *rule, u32 *number)
{
	if (nr_rules == FAULT_RULES || rule->status == HV_STATUS_SUCCESS || !rule->nth ||
	    !rule->times)
		return false;
	*number = nr_rules;
	rules[nr_rules++] = (struct rule){ .says = *rule };
	return true;
}

void fault_clear(void)
{
	nr_rules = 0;
}

bool fault_read(u32 number, u64 *fired, u64 *seen)
{
	if (number >= nr_rules)
		return false;
	*fired = rules[number].fired;
	*seen = rules[number].seen;
	return true;
}

static bool chooses(const struct rule *rule, u16 code, u64 partition)
{
	return rule->says.code == code &&
	       (!rule->says.partition || rule->says.partition == partition);
}

/* All rules count; of those that fire together the first one has its way. */
void fault_begin(u32 cpu, u16 code, u64 partition)
{
	const char *name = hypercall_name(code);

	awaits[cpu].status = HV_STATUS_SUCCESS;
	for (u32 i = 0; i < nr_rules; i++) {
		struct rule *rule = &rules[i];

		if (!chooses(rule, code, partition))
			continue;
		rule->seen++;
		if (rule->seen < rule->says.nth || rule->fired == rule->says.times ||
		    awaits[cpu].status != HV_STATUS_SUCCESS)
			continue;
		rule->fired++;
		awaits[cpu].status = rule->says.status;
		awaits[cpu].reps = rule->says.reps;
		log_info("fault rule %u: %s %u about %lx fails with %x after %u reps", i,
			 name ? name : "?", rule->seen, partition, rule->says.status,
			 rule->says.reps);
	}
}

u64 fault_next(u32 cpu)
{
	if (awaits[cpu].status == HV_STATUS_SUCCESS)
		return HV_STATUS_SUCCESS;
	if (awaits[cpu].reps) {
		awaits[cpu].reps--;
		return HV_STATUS_SUCCESS;
	}
	return awaits[cpu].status;
}

static bool hex_digit(char c, u64 *value)
{
	u64 digit;

	if (c >= '0' && c <= '9')
		digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		digit = c - 'a' + 10;
	else
		return false;
	*value = *value << 4 | digit;
	return true;
}

/* One rule; returns what follows it, NULL if it is none. */
static const char *parse_rule(const char *at)
{
	u64 field[FIELDS] = { 0, 0, 0, 0, 0, 1 };
	struct fault_rule rule;
	u32 nr = 0, number;

	do {
		if (nr == FIELDS)
			return NULL;
		field[nr] = 0;
		while (hex_digit(*at, &field[nr]))
			at++;
		nr++;
	} while (*at++ == ':');
	at--;
	rule = (struct fault_rule){
		.code = field[0], .status = field[1], .nth = field[2], .reps = field[3],
		.partition = field[4], .times = field[5],
	};
	return nr >= 3 && (!*at || *at == ',') && fault_add(&rule, &number) ? at : NULL;
}

void fault_init(void)
{
	const char *at = option_value("fault");

	while (at && *at) {
		at = parse_rule(at);
		if (!at)
			panic("fault=: not CODE:STATUS:NTH[:REPS[:PARTITION[:TIMES]]]");
		at += *at == ',';
	}
}
