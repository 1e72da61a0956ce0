// SPDX-License-Identifier: GPL-2.0
/*
 * testhv-ctl: print what testhv counts, from the root's user space.
 *
 *	testhv-ctl report [--json] [PARTITION]	counters by name, all partitions or one
 *	testhv-ctl violations			accesses to memory that is not the root's
 *	testhv-ctl owned PARTITION		pages deposited to it now
 *	testhv-ctl clock			kicks and NMIs of each CPU
 *	testhv-ctl kicks CPU COUNT PERIOD_NS	run a series of kicks, print what it measured
 *	testhv-ctl reference			testhv's own clock, in 100 ns
 *
 * Exit status: 0 done, 1 refused (or `violations` found some), 2 usage,
 * 3 not on testhv.
 */
#include <hvabi/hypercall.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../control.h"

#define NR_CALLS	0x140
#define NR_EXITS	0x100
#define EXIT_NPF	0x400

struct named {
	unsigned int number;
	const char *name;
};

#define NAME_CALL(n, code) { code, #n },
static const struct named calls[] = { HVCALL_LIST(NAME_CALL) };

static const struct named exits[] = {
	{ 0x60, "INTR" }, { 0x61, "NMI" }, { 0x64, "VINTR" }, { 0x6e, "RDTSC" }, { 0x72, "CPUID" },
	{ 0x74, "IRET" }, { 0x75, "SWINT" }, { 0x76, "INVD" }, { 0x77, "PAUSE" }, { 0x78, "HLT" },
	{ 0x7b, "IOIO" }, { 0x7c, "MSR" }, { 0x7d, "TASK_SWITCH" }, { 0x7f, "SHUTDOWN" },
	{ 0x81, "VMMCALL" }, { 0x89, "WBINVD" }, { 0x8a, "MONITOR" }, { 0x8b, "MWAIT" },
	{ 0x8d, "XSETBV" }, { EXIT_NPF, "NPF" },
};

/* In the order of enum testhv_counter; the three tables have no name of their own. */
static const char *const scalars[TESTHV_NR_COUNTERS] = {
	[TESTHV_VP_ENTRIES] = "vp_entries", [TESTHV_MESSAGES] = "messages",
	[TESTHV_INTERCEPTS] = "intercepts", [TESTHV_PAGES_DEPOSITED] = "pages_deposited",
	[TESTHV_PAGES_WITHDRAWN] = "pages_withdrawn", [TESTHV_GPA_MAPPED] = "gpa_pages_mapped",
	[TESTHV_GPA_UNMAPPED] = "gpa_pages_unmapped", [TESTHV_DISPATCHES] = "dispatches",
	[TESTHV_SIGNALS] = "signals",
};

static const char *const clock_fields[TESTHV_NR_CLOCK_FIELDS] = {
	[TESTHV_KICKS_SENT] = "kicks_sent", [TESTHV_KICKS_NOTICED] = "kicks_noticed",
	[TESTHV_ROOT_NMIS] = "root_nmis", [TESTHV_FOREIGN_NMIS] = "foreign_nmis",
	[TESTHV_INJECTED_NMIS] = "injected_nmis", [TESTHV_SHADOW_EXITS] = "shadow_exits",
	[TESTHV_SHADOW_HLT] = "shadow_hlt", [TESTHV_STRAYS] = "strays",
	[TESTHV_CPU_EXITS] = "exits", [TESTHV_SERIES_LEFT] = "left",
	[TESTHV_SERIES_SENT] = "sent", [TESTHV_SERIES_NOTICED] = "noticed",
	[TESTHV_SERIES_USER] = "user", [TESTHV_SERIES_OFF] = "off",
	[TESTHV_SERIES_IDLE] = "idle", [TESTHV_SERIES_KERNEL] = "kernel",
	[TESTHV_SERIES_CHILD] = "child",
	[TESTHV_LATE_P50] = "late_p50", [TESTHV_LATE_P99] = "late_p99",
	[TESTHV_LATE_MAX] = "late_max", [TESTHV_KICK_P50] = "kick_p50",
	[TESTHV_KICK_P99] = "kick_p99", [TESTHV_KICK_MAX] = "kick_max",
};

static bool json;
static bool first;		/* of the members of a JSON object */

static void no_testhv(int sig)
{
	static const char why[] = "testhv-ctl: this is not the root of testhv\n";

	(void)sig;
	if (write(STDERR_FILENO, why, sizeof(why) - 1) < 0)
		_exit(4);
	_exit(3);
}

static struct testhv_result ask(uint64_t op, uint64_t x, uint64_t y, uint64_t z)
{
	struct testhv_result r = testhv_control(op, x, y, z);

	if (r.status != TESTHV_OK) {
		fprintf(stderr, "testhv-ctl: operation %" PRIu64 " refused, status %" PRIu64 "\n",
			op, r.status);
		exit(1);
	}
	return r;
}

static uint64_t counter(uint64_t partition, unsigned int kind, uint64_t index)
{
	return ask(TESTHV_COUNTER, partition, kind, index).a;
}

static void print_value(const char *group, const char *name, uint64_t value)
{
	if (json)
		printf("%s\n    \"%s%s\": %" PRIu64, first ? "" : ",", group, name, value);
	else
		printf("  %-7s%-32s %12" PRIu64 "\n", group, name, value);
	first = false;
}

static void print_table(uint64_t partition, unsigned int kind, const char *group,
			const struct named *names, unsigned int nr, unsigned int limit)
{
	char number[16];

	for (unsigned int i = 0; i < limit; i++) {
		uint64_t value = counter(partition, kind, i);
		const char *name = NULL;

		if (!value)
			continue;
		for (unsigned int n = 0; n < nr; n++)
			if (names[n].number == i)
				name = names[n].name;
		snprintf(number, sizeof(number), "%#x", i);
		print_value(group, name ? name : number, value);
	}
}

static void report_partition(uint64_t id)
{
	uint64_t npf = counter(id, TESTHV_EXITS, EXIT_NPF);

	if (json)
		printf("  \"%" PRIu64 "\": {", id);
	else
		printf("partition %" PRIu64 ":\n", id);
	first = true;
	for (unsigned int kind = TESTHV_VP_ENTRIES; kind < TESTHV_NR_COUNTERS; kind++)
		print_value("", scalars[kind], counter(id, kind, 0));
	print_value("", "pages_owned", ask(TESTHV_OWNED, id, 0, 0).a);
	print_table(id, TESTHV_CALLS, "call ", calls, sizeof(calls) / sizeof(calls[0]), NR_CALLS);
	print_table(id, TESTHV_REPS, "reps ", calls, sizeof(calls) / sizeof(calls[0]), NR_CALLS);
	print_table(id, TESTHV_EXITS, "exit ", exits, sizeof(exits) / sizeof(exits[0]), NR_EXITS);
	if (npf)
		print_value("exit ", "NPF", npf);
	printf(json ? "\n  }" : "");
}

static int report(int argc, char **argv)
{
	uint64_t id = 0, only = 0;
	bool some = false;

	for (; argc; argc--, argv++) {
		if (!strcmp(*argv, "--json"))
			json = true;
		else
			only = strtoull(*argv, NULL, 0);
	}
	printf(json ? "{\n" : "");
	while ((id = ask(TESTHV_NEXT_PARTITION, id, 0, 0).a)) {
		if (only && id != only)
			continue;
		printf(json && some ? ",\n" : "");
		some = true;
		report_partition(id);
	}
	printf(json ? "\n}\n" : "");
	return some ? 0 : 1;
}

static int violations(int argc, char **argv)
{
	struct testhv_result r = ask(TESTHV_VIOLATIONS, 0, 0, 0);

	(void)argc;
	(void)argv;
	printf("%" PRIu64 "\n", r.a);
	if (r.a)
		printf("last: gpa %#" PRIx64 " rip %#" PRIx64 "\n", r.b, r.c);
	return r.a ? 1 : 0;
}

static int owned(int argc, char **argv)
{
	if (argc != 1)
		return 2;
	printf("%" PRIu64 "\n", ask(TESTHV_OWNED, strtoull(argv[0], NULL, 0), 0, 0).a);
	return 0;
}

static int clock_report(int argc, char **argv)
{
	uint64_t nr = ask(TESTHV_VERSION, 0, 0, 0).c;

	(void)argc;
	(void)argv;
	for (uint64_t cpu = 0; cpu <= nr; cpu++) {
		printf("cpu %" PRIu64 "%s:", cpu, cpu == nr ? " (testhv's)" : "");
		for (unsigned int field = 0; field <= TESTHV_CPU_EXITS; field++)
			printf(" %s %" PRIu64, clock_fields[field],
			       ask(TESTHV_CLOCK, cpu, field, 0).a);
		printf("\n");
	}
	return 0;
}

static int kicks(int argc, char **argv)
{
	uint64_t cpu;

	if (argc != 3)
		return 2;
	cpu = strtoull(argv[0], NULL, 0);
	ask(TESTHV_KICKS, cpu, strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0));
	while (ask(TESTHV_CLOCK, cpu, TESTHV_SERIES_LEFT, 0).a)
		usleep(10000);
	usleep(10000);
	for (unsigned int field = TESTHV_SERIES_SENT; field < TESTHV_NR_CLOCK_FIELDS; field++)
		printf("%s %" PRIu64 "\n", clock_fields[field],
		       ask(TESTHV_CLOCK, cpu, field, 0).a);
	return 0;
}

static int reference(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("%" PRIu64 "\n", ask(TESTHV_REFERENCE, 0, 0, 0).a);
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "report", report }, { "violations", violations }, { "owned", owned },
	{ "clock", clock_report }, { "kicks", kicks }, { "reference", reference },
};

int main(int argc, char **argv)
{
	int status = 2;

	signal(SIGILL, no_testhv);
	signal(SIGSEGV, no_testhv);
	for (unsigned int i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			status = commands[i].run(argc - 2, argv + 2);
	if (status == 2)
		fprintf(stderr, "usage: testhv-ctl report [--json] [PARTITION] | violations | "
			"owned PARTITION | clock | kicks CPU COUNT PERIOD_NS | reference\n");
	return status;
}
