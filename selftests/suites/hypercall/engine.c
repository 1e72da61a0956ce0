// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules that the hypercall engine has for all calls: codes, reserved bits,
 * reps and where they start, where input and output may lie, fast calls,
 * variable headers, and the counters.  Control words come from here, through
 * test control, because no kernel would send most of them.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"
#include "leak.h"
#include "testhv.h"

static uint8_t *in, *out;	/* a page each */
static uint64_t in_gpa, out_gpa;

#define REPS(n)		((uint64_t)(n) << HV_HYPERCALL_REP_COMP_OFFSET)
#define START(n)	((uint64_t)(n) << HV_HYPERCALL_REP_START_OFFSET)
#define VAR(qwords)	((uint64_t)(qwords) << HV_HYPERCALL_VARHEAD_OFFSET)

static uint16_t status_of(uint64_t result)
{
	return result & HV_HYPERCALL_RESULT_MASK;
}

static unsigned int reps_of(uint64_t result)
{
	return (result & HV_HYPERCALL_REP_COMP_MASK) >> HV_HYPERCALL_REP_COMP_OFFSET;
}

/* One result: this control word with good pages gives this status and no reps. */
static void gives(uint64_t control, uint16_t status, const char *name)
{
	uint64_t result = testhv_hypercall(control, in_gpa, out_gpa);

	if (result != status)
		ktap_note("%s: result %#llx, want status %#x", name, (unsigned long long)result,
			  status);
	ktap_ok(result == status, "%s", name);
}

/* The same with pages of the caller's choice. */
static void gives_at(uint64_t control, uint64_t in_at, uint64_t out_at, uint16_t status,
		     const char *name)
{
	uint64_t result = testhv_hypercall(control, in_at, out_at);

	if (status_of(result) != status)
		ktap_note("%s: result %#llx, want status %#x", name, (unsigned long long)result,
			  status);
	ktap_ok(status_of(result) == status, "%s", name);
}

static void put_property(uint64_t partition)
{
	struct hv_input_get_partition_property *input = (void *)in;

	memset(in, 0, PAGE);
	input->partition_id = partition;
	input->property_code = HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH;
}

static void test_codes(void)
{
	static const uint16_t codes[] = { 0x0000, 0x0001, 0x003f, 0x0147, 0x7fff, 0xffff };
	unsigned int good = 0, nr = sizeof(codes) / sizeof(codes[0]);

	for (unsigned int i = 0; i < nr; i++)
		good += testhv_hypercall(codes[i], in_gpa, out_gpa) ==
			HV_STATUS_INVALID_HYPERCALL_CODE;
	ktap_is(good, nr, "unknown codes are refused as such");
	gives(REPS(3) | 0x7fff, HV_STATUS_INVALID_HYPERCALL_CODE, "an unknown code with reps, too");
}

static void test_reserved_bits(void)
{
	unsigned int good = 0, nr = 0;

	put_property(HV_PARTITION_ID_SELF);
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (!(HV_HYPERCALL_RSVD_MASK & HVABI_BIT(bit)))
			continue;
		nr++;
		good += testhv_hypercall(HVCALL_GET_PARTITION_PROPERTY | HVABI_BIT(bit), in_gpa,
					 out_gpa) == HV_STATUS_INVALID_HYPERCALL_INPUT;
	}
	ktap_is(good, nr, "each reserved bit of the control word");
}

static void test_simple(void)
{
	const uint64_t call = HVCALL_GET_PARTITION_PROPERTY;

	put_property(HV_PARTITION_ID_SELF);
	memset(out, 0xee, PAGE);
	gives(call, HV_STATUS_SUCCESS, "a simple call");
	ktap_ok(*(uint64_t *)out >= 36 && *(uint64_t *)out <= 57 && out[8] == 0xee,
		"its output, and not a byte more");
	gives(call | REPS(1), HV_STATUS_INVALID_HYPERCALL_INPUT, "a simple call with a rep count");
	gives(call | START(1), HV_STATUS_INVALID_HYPERCALL_INPUT, "a simple call with a rep start");
	gives(call | VAR(1), HV_STATUS_INVALID_HYPERCALL_INPUT,
	      "a call without variable header that has one");
	gives(call | HV_HYPERCALL_FAST_BIT, HV_STATUS_INVALID_HYPERCALL_INPUT,
	      "a call with output as a fast call");
	put_property(0x7777);
	memset(out, 0xee, PAGE);
	gives(call, HV_STATUS_INVALID_PARTITION_ID, "a partition that is not there");
	ktap_ok(out[0] == 0xee, "a failed call writes no output");
}

/* The last place in a page where a block of this size fits. */
static uint64_t last_fit(uint64_t gpa, unsigned int size)
{
	return gpa + PAGE - size;
}

static void test_places(void)
{
	const uint64_t call = HVCALL_GET_PARTITION_PROPERTY;
	const unsigned int in_size = sizeof(struct hv_input_get_partition_property);
	unsigned int good = 0;

	put_property(HV_PARTITION_ID_SELF);
	for (unsigned int offset = 1; offset < 8; offset++)
		good += testhv_hypercall(call, in_gpa + offset, out_gpa) ==
			HV_STATUS_INVALID_ALIGNMENT;
	ktap_is(good, 7, "input that is not aligned to 8 bytes");
	good = 0;
	for (unsigned int offset = 1; offset < 8; offset++)
		good += testhv_hypercall(call, in_gpa, out_gpa + offset) ==
			HV_STATUS_INVALID_ALIGNMENT;
	ktap_is(good, 7, "output that is not aligned to 8 bytes");
	memcpy(in + PAGE - in_size, in, in_size);
	gives_at(call, last_fit(in_gpa, in_size), last_fit(out_gpa, 8), HV_STATUS_SUCCESS,
		 "input and output at the very end of their pages");
	gives_at(call, last_fit(in_gpa, in_size) + 8, out_gpa, HV_STATUS_INVALID_ALIGNMENT,
		 "input that crosses into the next page");
	ktap_ok(testhv_hypercall(call, 1ULL << 45, out_gpa) != HV_STATUS_SUCCESS,
		"input where there is no memory");
	ktap_ok(testhv_hypercall(call, in_gpa, 1ULL << 45) != HV_STATUS_SUCCESS,
		"output where there is no memory");
	ktap_ok(testhv_hypercall(call, ~7ULL, out_gpa) != HV_STATUS_SUCCESS,
		"input at the end of all addresses");
}

static void test_fast(void)
{
	const uint64_t call = HVCALL_DELETE_PARTITION | HV_HYPERCALL_FAST_BIT;
	uint64_t *slow = (uint64_t *)in;

	gives_at(call, 0x7777, 0, HV_STATUS_INVALID_PARTITION_ID,
		 "a fast call takes its input from the register");
	gives_at(call, 1, 0x1234567, status_of(testhv_hypercall(call, 1, 0)),
		 "and does not care for the register it does not need");
	memset(in, 0, PAGE);
	slow[0] = 0x7777;
	gives(HVCALL_DELETE_PARTITION, HV_STATUS_INVALID_PARTITION_ID, "the same call slow");
	gives(HVCALL_CREATE_PARTITION | HV_HYPERCALL_FAST_BIT, HV_STATUS_INVALID_HYPERCALL_INPUT,
	      "a call whose input is too large as a fast call");
	gives_at(call | REPS(1), 0x7777, 0, HV_STATUS_INVALID_HYPERCALL_INPUT,
		 "a fast call with reps");
}

/* Names of registers as rep input; each value is another, so that a mix-up shows. */
static void put_names(uint64_t partition, unsigned int nr)
{
	struct hv_input_get_vp_registers *input = (void *)in;

	memset(in, 0, PAGE);
	input->partition_id = partition;
	for (unsigned int i = 0; i < nr; i++)
		input->names[i] = HV_X64_REGISTER_RAX + i % 16;
}

static bool values_from(unsigned int first, unsigned int count, unsigned int nr)
{
	union hv_register_value untouched, *values = (void *)out;

	memset(&untouched, 0xee, sizeof(untouched));
	for (unsigned int i = 0; i < nr; i++) {
		bool asked = i >= first && i < first + count;

		if (asked && values[i].reg64 != 0x1000 + i % 16)
			return false;
		if (!asked && memcmp(&values[i], &untouched, sizeof(untouched)))
			return false;
	}
	return true;
}

static void test_reps(struct child *child, uint64_t partition)
{
	const uint64_t call = HVCALL_GET_VP_REGISTERS;
	struct hv_input_get_vp_registers *input = (void *)in;
	uint64_t result;

	for (unsigned int i = 0; i < 16; i++)
		child_set_register(child, 0, HV_X64_REGISTER_RAX + i, 0x1000 + i);
	put_names(partition, 256);
	memset(out, 0xee, PAGE);
	result = testhv_hypercall(call | REPS(10), in_gpa, out_gpa);
	ktap_ok(status_of(result) == 0 && reps_of(result) == 10 && values_from(0, 10, 256),
		"a rep call: 10 elements done, the 11th untouched");
	memset(out, 0xee, PAGE);
	result = testhv_hypercall(call | REPS(10) | START(4), in_gpa, out_gpa);
	ktap_ok(status_of(result) == 0 && reps_of(result) == 10 && values_from(4, 6, 256),
		"started at the 5th: 10 done, the first 4 untouched");
	gives(call, HV_STATUS_INVALID_HYPERCALL_INPUT, "a rep call without reps");
	gives(call | REPS(4) | START(4), HV_STATUS_INVALID_HYPERCALL_INPUT,
	      "a rep call started at its end");
	gives(call | REPS(4) | START(9), HV_STATUS_INVALID_HYPERCALL_INPUT,
	      "a rep call started beyond it");
	input->names[6] = 0x7fffffff;
	memset(out, 0xee, PAGE);
	result = testhv_hypercall(call | REPS(10), in_gpa, out_gpa);
	ktap_ok(status_of(result) == HV_STATUS_INVALID_PARAMETER && reps_of(result) == 6 &&
		values_from(0, 6, 256), "a bad 7th element: 6 done, status of the 7th (%#x)",
		status_of(result));
	put_names(partition, 256);
	result = testhv_hypercall(call | REPS(256), in_gpa, out_gpa);
	ktap_ok(status_of(result) == 0 && reps_of(result) == 256, "output that fills its page");
	gives(call | REPS(257), HV_STATUS_INVALID_ALIGNMENT, "output an element too large");
	gives_at(call | REPS(256), in_gpa, out_gpa + 16, HV_STATUS_INVALID_ALIGNMENT,
		 "output that crosses into the next page");
}

/* More reps than the engine does at a time: the caller sees one call. */
static void test_continuation(uint64_t partition)
{
	struct hv_input_get_gpa_pages_access_state *input = (void *)in;
	const uint16_t code = HVCALL_GET_GPA_PAGES_ACCESS_STATES;
	uint64_t calls = testhv_root_calls(code), reps = testhv_root_reps(code);
	uint64_t result;

	memset(in, 0, PAGE);
	input->partition_id = partition;
	result = testhv_hypercall(code | REPS(2000), in_gpa, out_gpa);
	ktap_ok(status_of(result) == 0 && reps_of(result) == 2000, "2,000 reps in one call (%#llx)",
		(unsigned long long)result);
	ktap_is((long long)(testhv_root_calls(code) - calls), 1, "counted as one call");
	ktap_is((long long)(testhv_root_reps(code) - reps), 2000, "and as 2,000 reps");
}

static void test_variable_header(uint64_t partition)
{
	struct hv_input_get_vp_state *input = (void *)in;
	const uint64_t call = HVCALL_GET_VP_STATE;

	memset(in, 0, PAGE);
	input->partition_id = partition;
	input->state_data.type = HV_GET_SET_VP_STATE_LAPIC_STATE;
	input->output_data_pfns[0] = out_gpa / PAGE;
	gives(call | VAR(1), HV_STATUS_SUCCESS, "a variable header of one quadword");
	ktap_ok(testhv_hypercall(call, in_gpa, out_gpa) != HV_STATUS_SUCCESS,
		"a call that needs one and has none");
	gives(call | VAR(508), HV_STATUS_INVALID_ALIGNMENT, "a variable header beyond the page");
}

static void test_counters(void)
{
	const uint16_t code = HVCALL_GET_PARTITION_PROPERTY;
	uint64_t calls = testhv_root_calls(code);

	put_property(HV_PARTITION_ID_SELF);
	for (unsigned int i = 0; i < 5; i++)
		testhv_hypercall(code, in_gpa, out_gpa);
	ktap_is((long long)(testhv_root_calls(code) - calls), 5, "5 calls are counted as 5");
}

/* An interrupt of the root's is of a type that a device may send, and one at a time. */
static void test_descriptor(void)
{
	struct hv_input_map_device_interrupt *input = (void *)in;
	struct hv_device_interrupt_descriptor good = {
		.interrupt_type = HV_X64_INTERRUPT_TYPE_FIXED, .vector_count = 1,
		.target = { .vector = 0x80, .vp_mask = 1 },
	}, bad[6] = { good, good, good, good, good, good };

	bad[0].interrupt_type = HV_X64_INTERRUPT_TYPE_INIT;
	bad[1].trigger_mode = 2;
	bad[2].reserved = 1;
	bad[3].vector_count = 2;
	bad[4].target.flags = 4;
	bad[5].target.vector = 15;
	for (unsigned int i = 0; i < 6; i++) {
		memset(in, 0, PAGE);
		input->partition_id = HV_PARTITION_ID_SELF;
		input->interrupt_descriptor = bad[i];
		gives(HVCALL_MAP_DEVICE_INTERRUPT, HV_STATUS_INVALID_PARAMETER,
		      "a descriptor of a device's interrupt with one field that is wrong");
	}
}

int main(void)
{
	struct leak_mark mark;
	struct child child;
	uint64_t partition;

	ktap_plan(45 + LEAK_RESULTS);
	leak_mark(&mark);
	in = testhv_page(&in_gpa);
	out = testhv_page(&out_gpa);
	child_create(&child, PT_LAPIC, 16 * PAGE, 1);
	partition = query_info(child.pt).partition_id;
	test_codes();
	test_reserved_bits();
	test_simple();
	test_places();
	test_fast();
	test_reps(&child, partition);
	test_continuation(partition);
	test_variable_header(partition);
	test_counters();
	test_descriptor();
	child_destroy(&child);
	leak_check(&mark);
	return ktap_end();
}
