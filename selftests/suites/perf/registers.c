// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to read and to write registers of a VP by hypercall: hypercalls, and
 * time stamp counter ticks, which are instructions under QEMU's -icount shift=0.
 */
#include <errno.h>
#include <string.h>
#include <x86intrin.h>

#include "child.h"
#include "ktap.h"
#include "testhv.h"

#define CALLS	1000

static struct child child;

static const uint32_t names[] = {
	HV_X64_REGISTER_RAX, HV_X64_REGISTER_RBX, HV_X64_REGISTER_RCX, HV_X64_REGISTER_RDX,
	HV_X64_REGISTER_RSI, HV_X64_REGISTER_RDI, HV_X64_REGISTER_RIP, HV_X64_REGISTER_RFLAGS,
};

static union hv_register_value values[8];

static int get(unsigned int nr)
{
	return mshv_get_registers(child.vp[0].fd, 0, names, values, nr);
}

static int set(unsigned int nr)
{
	return mshv_set_registers(child.vp[0].fd, 0, names, values, nr);
}

static void measure(int (*call)(unsigned int), unsigned int nr, const char *what)
{
	uint64_t before = testhv_root_all_calls(), least = UINT64_MAX, sum = 0;

	for (unsigned int i = 0; i < CALLS; i++) {
		uint64_t began = __rdtsc(), ticks;

		if (call(nr))
			ktap_bail("%s %u: %s", what, nr, strerror(errno));
		ticks = __rdtsc() - began;
		sum += ticks;
		if (ticks < least)
			least = ticks;
	}
	ktap_note("ticks for %s of %u registers: at least %llu, on average %llu", what, nr,
		  (unsigned long long)least, (unsigned long long)(sum / CALLS));
	ktap_is((long long)(testhv_root_all_calls() - before), CALLS,
		call == get ? "one hypercall to read them" : "one hypercall to write them");
}

int main(void)
{
	ktap_plan(4);
	testhv_required();
	child_create(&child, 0, 0x10000, 1);
	measure(get, 1, "GET_VP_REGISTERS");
	measure(set, 1, "SET_VP_REGISTERS");
	measure(get, 8, "GET_VP_REGISTERS");
	measure(set, 8, "SET_VP_REGISTERS");
	child_destroy(&child);
	return ktap_end();
}
