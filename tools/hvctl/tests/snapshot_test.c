// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the files with saved guests: what is written is read again, and a file that is cut short,
 * has other bytes, or says what cannot be is refused at every place, with words and without harm.
 * What a hypervisor would answer stands below; the VPs' state is an array.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../device_state.h"
#include "../failure.h"
#include "../mshv.h"
#include "../pause.h"
#include "../snapshot.h"
#include "../snapshot_format.h"
#include "../vm.h"
#include "../vp_registers.h"
#include "../vp_state.h"
#include "ktap.h"

#define CPUS	2
#define MEMORY	(32ULL << 20)

static char dir[64], name[80], part[96];
static char message[512];

static struct {
	uint64_t features, processor_features, clock_hz, reference_time;
	bool frozen;
	unsigned int partitions;
	struct vp_state vps[CPUS];
} hypervisor;

static struct vm vm;
static struct vm_config config;

/* --- the rest of the program ---------------------------------------------------------------- */

static int record(const char *fmt, va_list args)
{
	if (!message[0])
		vsnprintf(message, sizeof(message), fmt, args);
	return -1;
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record(fmt, args);
	va_end(args);
	return -1;
}

int fail_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	record(fmt, args);
	va_end(args);
	return -1;
}

int fail_errno(int err, const char *fmt, ...)
{
	va_list args;

	(void)err;
	va_start(args, fmt);
	record(fmt, args);
	va_end(args);
	return -1;
}

int mshv_get_property(int fd, uint32_t code, uint64_t *value)
{
	(void)fd;
	switch (code) {
	case HV_PARTITION_PROPERTY_REFERENCE_TIME:
		*value = hypervisor.reference_time;
		return 0;
	case HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY:
		*value = hypervisor.clock_hz;
		return 0;
	default:
		*value = hypervisor.processor_features;
		return 0;
	}
}

int mshv_set_property(int fd, uint32_t code, uint64_t value)
{
	(void)fd;
	EXPECT_EQ(code, HV_PARTITION_PROPERTY_REFERENCE_TIME);
	EXPECT(hypervisor.frozen);
	hypervisor.reference_time = value;
	return 0;
}

int vm_freeze_time(struct vm *v, bool freeze)
{
	(void)v;
	hypervisor.frozen = freeze;
	return 0;
}

int vm_open_device(struct vm *v)
{
	v->features = hypervisor.features;
	return 0;
}

int vm_create_partition(struct vm *v)
{
	(void)v;
	hypervisor.partitions++;
	return 0;
}

int vm_map_memory(struct vm *v)
{
	(void)v;
	return 0;
}

int vm_create_vcpus(struct vm *v)
{
	(void)v;
	return 0;
}

int vp_state_get(struct vcpu *vcpu, struct vp_state *state)
{
	*state = hypervisor.vps[vcpu->index];
	return 0;
}

int vp_state_set(struct vcpu *vcpu, const struct vp_state *state)
{
	hypervisor.vps[vcpu->index] = *state;
	return 0;
}

int vp_state_get_tscs(struct vm *v, struct vp_state *states)
{
	(void)v;
	(void)states;
	return 0;
}

int vp_state_set_tscs(struct vm *v, const struct vp_state *states)
{
	(void)v;
	(void)states;
	return 0;
}

static void transmit(void *owner, uint8_t byte)
{
	(void)owner;
	(void)byte;
}

static void set_irq(void *owner, bool level)
{
	(void)owner;
	(void)level;
}

static void drained(void *owner)
{
	(void)owner;
}

static const struct uart_ops uart_ops = { transmit, set_irq, drained };

static void deliver(void *owner, union hv_ioapic_rte rte)
{
	(void)owner;
	(void)rte;
	EXPECT(!"an interrupt while nothing runs");
}

/* --- a guest -------------------------------------------------------------------------------- */

static struct vcpu vcpus[CPUS];

static void make_vm(void)
{
	uint32_t i;

	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	pthread_mutex_init(&vm.lock, NULL);
	config = (struct vm_config){ .memory = MEMORY, .cpus = CPUS, .restore = name };
	vm.config = &config;
	vm.vcpus = vcpus;
	for (i = 0; i < CPUS; i++)
		vcpus[i].index = i;
	uart_init(&vm.uart, &uart_ops, NULL);
	ioapic_init(&vm.ioapic, deliver, NULL);
	message[0] = '\0';
}

/* All that VP @index must have; of those it may have, none. */
static void make_registers(struct vp_state *state, uint32_t index)
{
	const struct vp_register_run *run;
	unsigned int n;

	for (run = vp_register_runs; run->count; run++)
		for (n = 0; n < run->count; n++) {
			if (run->flags & VP_REGISTER_OPTIONAL ||
			    (run->flags & VP_REGISTER_ONCE && index))
				continue;
			state->reg[state->count].name = run->name + n;
			state->reg[state->count].value.reg64 = 0xabcdef0000ULL + n;
			state->count++;
		}
}

static void make_hypervisor(void)
{
	uint32_t i, type;

	memset(&hypervisor, 0, sizeof(hypervisor));
	hypervisor.features = 0x1ff;
	hypervisor.processor_features = 0x1234567890ULL;
	hypervisor.clock_hz = 2600000000ULL;
	hypervisor.reference_time = 987654321;
	for (i = 0; i < CPUS; i++) {
		struct vp_state *state = &hypervisor.vps[i];

		state->tsc = 1000 + i;
		make_registers(state, i);
		for (type = 0; type < MSHV_VP_STATE_COUNT; type++) {
			state->size[type] = 200 + 8 * type;
			state->part[type][199] = (uint8_t)(0x10 * i + type);
		}
	}
}

static uint8_t *page(uint64_t gpa)
{
	return memory_at(&vm.memory, gpa, 4096);
}

static bool touched(uint64_t gpa)
{
	unsigned char in_memory = 0;

	return mincore(page(gpa), 4096, &in_memory) == 0 && in_memory & 1;
}

/* A guest with a few pages that differ from zero, one of which is the last, and one touched. */
static void save(void)
{
	make_hypervisor();
	make_vm();
	vm.features = hypervisor.features;
	EXPECT(memory_create(&vm.memory, MEMORY) == 0);
	madvise(vm.memory.mapping, vm.memory.mapping_size, MADV_NOHUGEPAGE);
	memset(page(0x5000), 0x55, 8192);
	page(0x400000)[4095] = 1;
	page(MEMORY - 4096)[0] = 2;
	*(volatile uint8_t *)page(0x9000) = 0;
	uart_receive(&vm.uart, (const uint8_t *)"typed", 5);
	uart_write(&vm.uart, 7, 0x77);
	ioapic_write(&vm.ioapic, 0, 0x12);
	ioapic_write(&vm.ioapic, 0x10, 0x8031);
	rtc_write(&vm.rtc, 0, 0x0b);
	EXPECT(vm_save(&vm, name) == 0);
	EXPECT(!touched(0x800000));
	memory_destroy(&vm.memory);
}

static int restore(void)
{
	int ret;

	make_vm();
	hypervisor.partitions = 0;
	ret = vm_restore(&vm);
	if (ret < 0)
		memory_destroy(&vm.memory);
	return ret;
}

static void test_round_trip(void)
{
	struct vp_state wanted[CPUS];
	struct stat st;
	uint32_t i;

	save();
	EXPECT(access(part, F_OK) < 0);
	EXPECT(stat(name, &st) == 0 && (st.st_mode & 0777) == 0600);
	/* Four pages and not 32 MiB. */
	EXPECT(st.st_size > 4 * 4096 && st.st_size < 12 * 4096);
	memcpy(wanted, hypervisor.vps, sizeof(wanted));
	memset(hypervisor.vps, 0, sizeof(hypervisor.vps));
	hypervisor.reference_time = 0;
	EXPECT(restore() == 0);
	EXPECT(vm.frozen && hypervisor.frozen);
	EXPECT_EQ(hypervisor.reference_time, 987654321);
	for (i = 0; i < CPUS; i++) {
		EXPECT_EQ(hypervisor.vps[i].tsc, wanted[i].tsc);
		EXPECT_EQ(hypervisor.vps[i].count, wanted[i].count);
		EXPECT(memcmp(hypervisor.vps[i].reg, wanted[i].reg, sizeof(wanted[i].reg)) == 0);
		EXPECT(memcmp(hypervisor.vps[i].part, wanted[i].part, sizeof(wanted[i].part)) == 0);
	}
	EXPECT(page(0x5000)[0] == 0x55 && page(0x5000)[8191] == 0x55);
	EXPECT_EQ(page(0x400000)[4095], 1);
	EXPECT_EQ(page(MEMORY - 4096)[0], 2);
	EXPECT(!touched(0x9000) || page(0x9000)[0] == 0);
	EXPECT_EQ(uart_room(&vm.uart), UART_FIFO_SIZE - 5);
	EXPECT_EQ(uart_read(&vm.uart, 0), 't');
	EXPECT_EQ(uart_read(&vm.uart, 7), 0x77);
	EXPECT_EQ(ioapic_read(&vm.ioapic, 0), 0x12);
	EXPECT_EQ(ioapic_read(&vm.ioapic, 0x10), 0x8031);
	EXPECT_EQ(rtc_read(&vm.rtc, 0, 0), 0x0b);
	memory_destroy(&vm.memory);
}

static void test_describe(void)
{
	save();
	config.memory = config.cpus = 0;
	EXPECT(snapshot_describe(&config) == 0);
	EXPECT(config.memory == MEMORY && config.cpus == CPUS);
	config.cpus = 3;
	EXPECT(snapshot_describe(&config) < 0);
	EXPECT(strstr(message, "has 2 processors, not 3"));
	message[0] = '\0';
	config.cpus = 0;
	config.memory = 2 * MEMORY;
	EXPECT(snapshot_describe(&config) < 0);
	EXPECT(strstr(message, "has 32 MiB of memory, not 64"));
}

/* --- hostile files -------------------------------------------------------------------------- */

static uint8_t *bytes;
static size_t size;

static void load(void)
{
	FILE *f = fopen(name, "r");
	struct stat st;

	EXPECT(f && fstat(fileno(f), &st) == 0);
	size = (size_t)st.st_size;
	bytes = realloc(bytes, size + 64);
	EXPECT(fread(bytes, 1, size, f) == size);
	fclose(f);
}

static void store(const uint8_t *from, size_t count)
{
	FILE *f = fopen(name, "w");

	EXPECT(f && fwrite(from, 1, count, f) == count);
	fclose(f);
}

/* At every length: what is there is a saved guest only if all of it is. */
static void test_cut_short(void)
{
	size_t length;

	save();
	load();
	for (length = 0; length < size; length += length < 2048 ? 1 : 509) {
		store(bytes, length);
		EXPECT(restore() < 0);
		EXPECT(strstr(message, "is cut short") || strstr(message, "is no saved guest") ||
		       strstr(message, "is damaged"));
	}
	/* Something behind its end is no better. */
	memset(bytes + size, 0, 8);
	store(bytes, size + 8);
	EXPECT(restore() < 0);
	EXPECT(strstr(message, "does not end where it says"));
}

/* Any byte that is another one; in the memory, at the end, nothing but the checksum can tell. */
static void test_flipped(void)
{
	size_t at, last_page, checksum = 24;

	save();
	load();
	last_page = size - checksum - 4096;
	for (at = 0; at < size; at += at < 4096 ? 3 : 211) {
		bytes[at] ^= 0x10;
		store(bytes, size);
		EXPECT(restore() < 0);
		EXPECT(message[0]);
		if (at >= last_page && at < size - checksum)
			EXPECT(strstr(message, "its checksum is wrong"));
		bytes[at] ^= 0x10;
	}
}

static void test_version(void)
{
	save();
	load();
	bytes[8] = 2;
	store(bytes, size);
	EXPECT(restore() < 0);
	EXPECT(strstr(message, "has version 2 of the format"));
	EXPECT_EQ(hypervisor.partitions, 0);
}

static void test_other_machine(void)
{
	save();
	hypervisor.processor_features++;
	EXPECT(restore() < 0);
	EXPECT(strstr(message, "a processor with other features"));
	save();
	hypervisor.clock_hz += hypervisor.clock_hz / 1000;
	EXPECT(restore() < 0);
	EXPECT(strstr(message, "whose TSC counts 2600000 kHz, not 2602600"));
	save();
	hypervisor.features &= ~0x21ULL;
	EXPECT(restore() < 0);
	EXPECT(strstr(message, "features 0x21"));
	EXPECT_EQ(hypervisor.partitions, 0);
}

/* A file of good form, and of a checksum that is right, whose contents are what the case says. */
static struct snapshot_file forged;

static void begin_forged(void)
{
	struct snapshot_machine machine = {
		.memory = MEMORY,
		.cpus = CPUS,
		.features = 0x1ff,
		.processor_features = { 0x1234567890ULL, 0x1234567890ULL },
		.xsave_states = 0x1234567890ULL,
		.clock_hz = 2600000000ULL,
	};

	make_hypervisor();
	EXPECT(snapshot_create(&forged, name) == 0);
	EXPECT(snapshot_begin(&forged, SNAPSHOT_MACHINE, 0, sizeof(machine)) == 0);
	EXPECT(snapshot_write(&forged, &machine, sizeof(machine)) == 0);
}

static void add_forged(uint32_t type, uint32_t index, uint64_t claimed, const void *from,
		       size_t count)
{
	EXPECT(snapshot_begin(&forged, type, index, claimed) == 0);
	EXPECT(snapshot_write(&forged, from, count) == 0);
}

static void expect_refused(const char *why)
{
	EXPECT(snapshot_finish(&forged) == 0);
	snapshot_close(&forged);
	EXPECT(restore() < 0);
	if (!strstr(message, why))
		ktap_fail("expected \"%s\", not \"%s\"", why, message);
}

static void forge(uint32_t type, uint32_t index, const void *from, size_t count, const char *why)
{
	begin_forged();
	add_forged(type, index, count, from, count);
	expect_refused(why);
}

static void test_forged(void)
{
	uint64_t memory[3] = { MEMORY - 8, 0, 0 };
	struct uart_state uart = { .count = UART_FIFO_SIZE + 1 };
	struct ioapic_state ioapic = { .lines = 1u << IOAPIC_PINS };
	static struct saved_register registers[VP_STATE_REGISTERS + 1];
	uint64_t zeroes[64] = { 0 };

	forge(SNAPSHOT_MEMORY, 0, memory, sizeof(memory), "memory where there is none");
	memory[0] = ~0ULL - 7;
	forge(SNAPSHOT_MEMORY, 0, memory, sizeof(memory), "memory where there is none");
	forge(SNAPSHOT_MEMORY, 0, memory, 0, "no such size");
	forge(SNAPSHOT_MEMORY, 0, memory, 8, "no such size");
	forge(SNAPSHOT_DEVICE, SNAPSHOT_DEVICE_INDEX(DEVICE_UART, 0), &uart, sizeof(uart),
	      "cannot be in that state");
	forge(SNAPSHOT_DEVICE, SNAPSHOT_DEVICE_INDEX(DEVICE_IOAPIC, 0), &ioapic, sizeof(ioapic),
	      "cannot be in that state");
	forge(SNAPSHOT_DEVICE, SNAPSHOT_DEVICE_INDEX(DEVICE_UART, 0), &uart, 8, "another size");
	forge(SNAPSHOT_DEVICE, SNAPSHOT_DEVICE_INDEX(DEVICE_UART, 1), &uart, sizeof(uart),
	      "missing here");
	forge(SNAPSHOT_DEVICE, SNAPSHOT_DEVICE_INDEX(99, 0), &uart, sizeof(uart), "missing here");
	forge(SNAPSHOT_REGISTERS, CPUS, zeroes, 32, "a VP too many");
	forge(SNAPSHOT_REGISTERS, 0, zeroes, 0, "no VP has such registers");
	forge(SNAPSHOT_REGISTERS, 0, zeroes, 24, "no VP has such registers");
	forge(SNAPSHOT_REGISTERS, 0, registers, sizeof(registers), "no VP has such registers");
	forge(SNAPSHOT_VP_STATE, SNAPSHOT_VP_STATE_INDEX(0, MSHV_VP_STATE_COUNT), zeroes, 8,
	      "no VP has such a state");
	forge(SNAPSHOT_VP_STATE, SNAPSHOT_VP_STATE_INDEX(CPUS, 0), zeroes, 8, "a VP too many");
	forge(77, 0, zeroes, 8, "a part that nobody knows");
	forge(SNAPSHOT_MACHINE, 0, zeroes, 8, "a part that nobody knows");
	forge(SNAPSHOT_VP_STATE, 0, zeroes, 8, "a VP is missing");
}

static void test_forged_twice(void)
{
	uint64_t zeroes[8] = { 0 };

	begin_forged();
	add_forged(SNAPSHOT_VP_STATE, 0, 8, zeroes, 8);
	add_forged(SNAPSHOT_VP_STATE, 0, 8, zeroes, 8);
	expect_refused("a VP too many");
	/* A length that goes far beyond the file's end. */
	begin_forged();
	add_forged(SNAPSHOT_MEMORY, 0, ~0ULL - 7, zeroes, 8);
	expect_refused("is cut short");
	begin_forged();
	add_forged(SNAPSHOT_MEMORY, 0, 12, zeroes, 16);
	expect_refused("a length is odd");
}

static void forge_registers(struct vp_state *state, uint32_t index, uint32_t count)
{
	static uint64_t section[1 + sizeof(state->reg) / 8];

	memcpy(section + 1, state->reg, count * sizeof(state->reg[0]));
	forge(SNAPSHOT_REGISTERS, index, section, 8 + count * sizeof(state->reg[0]),
	      "no VP has such registers");
}

/* One too few, the partition's for a VP other than the first, one twice, one that stops a VP. */
static void test_forged_registers(void)
{
	struct vp_state *state = snapshot_alloc_vps(1);

	make_registers(state, 0);
	forge_registers(state, 0, state->count - 1);
	forge_registers(state, 0, 0);
	forge_registers(state, 1, state->count);
	state->reg[state->count] = state->reg[state->count - 1];
	forge_registers(state, 0, state->count + 1);
	state->reg[state->count].name = HV_REGISTER_DISPATCH_SUSPEND;
	forge_registers(state, 0, state->count + 1);
	state->reg[3].reserved = 1;
	forge_registers(state, 0, state->count);
	free(state);
}

static void test_forged_devices(void)
{
	struct uart_state uart = { .count = 0 };

	begin_forged();
	add_forged(SNAPSHOT_DEVICE, SNAPSHOT_DEVICE_INDEX(DEVICE_UART, 0), sizeof(uart), &uart,
		   sizeof(uart));
	add_forged(SNAPSHOT_DEVICE, SNAPSHOT_DEVICE_INDEX(DEVICE_UART, 0), sizeof(uart), &uart,
		   sizeof(uart));
	expect_refused("it has a device twice");
}

/* A saved guest all of whose sections are there but that of its I/O APIC. */
static void test_missing_device(void)
{
	struct snapshot_section section = { .type = SNAPSHOT_DEVICE,
					    .index = SNAPSHOT_DEVICE_INDEX(DEVICE_IOAPIC, 0),
					    .size = sizeof(struct ioapic_state) };
	uint8_t *at;
	size_t cut;

	save();
	load();
	at = memmem(bytes, size, &section, sizeof(section));
	EXPECT(at);
	if (!at)
		return;
	cut = (size_t)(at - bytes);
	EXPECT(snapshot_create(&forged, name) == 0);
	EXPECT(snapshot_write(&forged, bytes + sizeof(struct snapshot_header),
			      cut - sizeof(struct snapshot_header)) == 0);
	cut += sizeof(section) + section.size;
	EXPECT(snapshot_write(&forged, bytes + cut, size - cut - 24) == 0);
	expect_refused("lacks a device");
}

static void forge_machine(uint64_t memory, uint32_t cpus)
{
	struct snapshot_machine machine = { .memory = memory, .cpus = cpus };

	EXPECT(snapshot_create(&forged, name) == 0);
	add_forged(SNAPSHOT_MACHINE, 0, sizeof(machine), &machine, sizeof(machine));
	expect_refused("there is no such machine");
}

static void test_forged_machine(void)
{
	forge_machine(MEMORY, 0);
	forge_machine(MEMORY, 256);
	forge_machine(MEMORY, 0xffffffff);
	forge_machine(MEMORY + 4096, 1);
	forge_machine(1ULL << 41, 1);
	forge_machine(0, 1);
}

/* What was there before stays if the new one cannot be written. */
static void test_not_written(void)
{
	save();
	load();
	make_vm();
	EXPECT(memory_create(&vm.memory, MEMORY) == 0);
	EXPECT(mkdir(part, 0700) == 0);
	EXPECT(vm_save(&vm, name) < 0);
	EXPECT(strstr(message, "cannot create"));
	EXPECT(rmdir(part) == 0);
	memory_destroy(&vm.memory);
	EXPECT(restore() == 0);
	memory_destroy(&vm.memory);
	EXPECT(snapshot_create(&forged, name) == 0);
	snapshot_close(&forged);
	EXPECT(access(part, F_OK) < 0);
	EXPECT(access(name, F_OK) == 0);
}

/* A file that lies there for all to read is not the one that is written. */
static void test_part_of_others(void)
{
	struct stat st;
	int fd = open(part, O_RDWR | O_CREAT, 0666);

	EXPECT(fd >= 0 && fchmod(fd, 0666) == 0);
	save();
	EXPECT(fstat(fd, &st) == 0 && st.st_size == 0);
	EXPECT(stat(name, &st) == 0 && (st.st_mode & 0777) == 0600);
	close(fd);
}

int main(void)
{
	int ret;

	snprintf(dir, sizeof(dir), "/tmp/snapshot_test.XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	snprintf(name, sizeof(name), "%s/guest", dir);
	snprintf(part, sizeof(part), "%s.part", name);
	ktap_start();
	ktap_run("snapshot_round_trip", test_round_trip);
	ktap_run("snapshot_describe", test_describe);
	ktap_run("snapshot_cut_short", test_cut_short);
	ktap_run("snapshot_flipped", test_flipped);
	ktap_run("snapshot_version", test_version);
	ktap_run("snapshot_other_machine", test_other_machine);
	ktap_run("snapshot_forged", test_forged);
	ktap_run("snapshot_forged_twice", test_forged_twice);
	ktap_run("snapshot_forged_registers", test_forged_registers);
	ktap_run("snapshot_forged_devices", test_forged_devices);
	ktap_run("snapshot_missing_device", test_missing_device);
	ktap_run("snapshot_forged_machine", test_forged_machine);
	ktap_run("snapshot_not_written", test_not_written);
	ktap_run("snapshot_part_of_others", test_part_of_others);
	ret = ktap_finish();
	unlink(name);
	rmdir(dir);
	free(bytes);
	return ret;
}
