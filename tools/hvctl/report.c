// SPDX-License-Identifier: GPL-2.0
/*
 * How a guest ended. See report.h.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cmd.h"
#include "mshv.h"
#include "output.h"
#include "report.h"
#include "vcpu.h"

static const struct outcome {
	const char *name;	/* in JSON */
	const char *text;
	enum exit_status exit_status;
} outcomes[] = {
	[VM_POWERED_OFF] = { "power_off", "powered off", EXIT_OK },
	[VM_RESET] = { "reset", "reset itself", EXIT_GUEST_RESET },
	[VM_TRIPLE_FAULT] = { "triple_fault", "ended by a triple fault",
			      EXIT_GUEST_TRIPLE_FAULT },
	[VM_ABANDONED] = { "abandoned", "was ended from the keyboard", EXIT_ABANDONED },
	[VM_TIMED_OUT] = { "timeout", "ran out of time", EXIT_TIMED_OUT },
	[VM_SIGNALLED] = { "signal", "was ended by a signal", EXIT_FAILED },
	[VM_SAVED] = { "saved", "was saved", EXIT_OK },
};

int report_exit_status(const struct vm *vm, enum vm_outcome outcome)
{
	if (outcome == VM_SIGNALLED)
		return 128 + vm->signal;
	return outcome == VM_FAILED ? EXIT_FAILED : (int)outcomes[outcome].exit_status;
}

static uint64_t exits_of(const struct vm *vm, unsigned int kind)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < vm->config->cpus; i++)
		sum += vm->vcpus[i].exits[kind];
	return sum;
}

static struct json_object *exits_json(const struct vm *vm)
{
	struct json_object *exits = json_object_new_object();
	unsigned int kind;

	for (kind = 0; kind < EXIT_KINDS; kind++)
		json_object_object_add(exits, vcpu_exit_name(kind),
				       json_object_new_int64((int64_t)exits_of(vm, kind)));
	return exits;
}

static struct json_object *unclaimed_json(const struct vm *vm)
{
	struct json_object *list = json_object_new_array();
	unsigned int port;

	for (port = 0; port < PORT_COUNT; port++) {
		const struct unclaimed *u = &vm->ports[port];
		struct json_object *one;

		if (!u->reads && !u->writes)
			continue;
		one = json_object_new_object();
		json_object_object_add(one, "port", json_object_new_int((int)port));
		json_object_object_add(one, "reads", json_object_new_int64(u->reads));
		json_object_object_add(one, "writes", json_object_new_int64(u->writes));
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *seconds_json(double seconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", seconds);
	return json_object_new_double_s(seconds, text);
}

static void report_json(const struct vm *vm, enum vm_outcome outcome)
{
	struct json_object *result = json_object_new_object();

	json_object_object_add(result, "outcome", json_object_new_string(outcomes[outcome].name));
	json_object_object_add(result, "exit_status",
			       json_object_new_int(report_exit_status(vm, outcome)));
	json_object_object_add(result, "seconds", seconds_json(vm->seconds));
	json_object_object_add(result, "cpus", json_object_new_int((int)vm->config->cpus));
	json_object_object_add(result, "memory",
			       json_object_new_int64((int64_t)vm->config->memory));
	json_object_object_add(result, "exits", exits_json(vm));
	json_object_object_add(result, "hypercalls",
			       json_object_new_int64((int64_t)mshv_hypercall_count()));
	json_object_object_add(result, "unclaimed_ports", unclaimed_json(vm));
	output_document("result", result);
}

static void print_unclaimed(const struct vm *vm)
{
	unsigned int port;

	for (port = 0; port < PORT_COUNT; port++)
		if (vm->ports[port].reads || vm->ports[port].writes)
			fprintf(stderr, "  port 0x%-4x %" PRIu32 " reads, %" PRIu32 " writes\n",
				port, vm->ports[port].reads, vm->ports[port].writes);
	if (vm->mmio.reads || vm->mmio.writes)
		fprintf(stderr, "  memory      %" PRIu32 " reads, %" PRIu32 " writes\n",
			vm->mmio.reads, vm->mmio.writes);
}

static void print_exits(const struct vm *vm)
{
	unsigned int kind;

	fprintf(stderr, "exits handled here:\n");
	for (kind = 0; kind < EXIT_KINDS; kind++)
		if (exits_of(vm, kind))
			fprintf(stderr, "  %-24s %" PRIu64 "\n", vcpu_exit_name(kind),
				exits_of(vm, kind));
	fprintf(stderr, "hypercalls made here:      %" PRIu64 "\n", mshv_hypercall_count());
}

void report_guest(const struct vm *vm, enum vm_outcome outcome, bool full)
{
	if (outcome == VM_FAILED)
		return;
	if (settings.json) {
		report_json(vm, outcome);
		return;
	}
	if (settings.quiet)
		return;
	fprintf(stderr, "hvctl: the guest %s after %.1f s\n", outcomes[outcome].text, vm->seconds);
	if (!full && !settings.verbose)
		return;
	print_exits(vm);
	if (settings.verbose) {
		fprintf(stderr, "accesses that no device answered:\n");
		print_unclaimed(vm);
	}
}
