// SPDX-License-Identifier: GPL-2.0
/*
 * The first steps on the first CPU: what the loader left, the options, and
 * the order in which everything else comes up.
 *
 * Locking: runs before any other CPU.
 */
#include "acpi.h"
#include "async.h"
#include "boot.h"
#include "clock.h"
#include "cpu.h"
#include "cpuid.h"
#include "fault.h"
#include "host.h"
#include "loader.h"
#include "log.h"
#include "multiboot.h"
#include "npt.h"
#include "owner.h"
#include "pool.h"
#include "root.h"
#include "string.h"
#include "svm.h"

extern char image_start[], pool_start[], pool_end[];

struct mem_range mem_map[MAX_MEM_RANGES];
u32 nr_mem_ranges;
u64 hv_start, hv_end;
struct boot_module boot_kernel, boot_initrd;
static const char *command_line = "";
static u64 boot_free;			/* boot_alloc()'s next page */

/* The word of the command line that is `name` or starts with `name=`; NULL: none. */
static const char *find_option(const char *name)
{
	size_t len = strlen(name);

	for (const char *word = command_line; *word; word++) {
		bool starts = word == command_line || word[-1] == ' ';

		if (starts && !strncmp(word, name, len) &&
		    (!word[len] || word[len] == ' ' || word[len] == '='))
			return word + len;
	}
	return NULL;
}

const char *option_value(const char *name)
{
	static char value[256];
	const char *from = find_option(name);
	size_t n = 0;

	if (!from)
		return NULL;
	if (*from == '=')
		from++;
	while (from[n] && from[n] != ' ' && n < sizeof(value) - 1) {
		value[n] = from[n];
		n++;
	}
	if (from[n] && from[n] != ' ')
		panic("option %s: longer than %lu characters", name, sizeof(value) - 1);
	value[n] = 0;
	return value;
}

bool option_is(const char *name, const char *value)
{
	const char *is = option_value(name);

	return is && strlen(is) == strlen(value) && !strncmp(is, value, strlen(value));
}

u64 option_number(const char *name, u64 otherwise)
{
	const char *value = option_value(name);
	u64 number = 0;

	if (!value || !*value)
		return otherwise;
	for (; *value; value++) {
		if (*value < '0' || *value > '9')
			panic("option %s: not a number", name);
		number = number * 10 + (*value - '0');
	}
	return number;
}

void *boot_alloc(u64 bytes)
{
	u64 start = boot_free;

	boot_free += ALIGN_UP(bytes, PAGE_SIZE);
	if (boot_free > ptr_spa(pool_end))
		panic("testhv's own memory is used up: %llu bytes wanted",
		      (unsigned long long)bytes);
	return memset(spa_ptr(start), 0, ALIGN_UP(bytes, PAGE_SIZE));
}

/* QEMU's map comes sorted; keep it so and check it, since the owner table relies on it. */
static void read_mmap(const struct multiboot_info *mbi)
{
	u64 at = mbi->mmap_addr, end = at + mbi->mmap_length;

	if (!(mbi->flags & MULTIBOOT_MMAP))
		panic("the loader gave no memory map");
	while (at < end) {
		const struct multiboot_mmap *entry = spa_ptr(at);
		struct mem_range *range = &mem_map[nr_mem_ranges];

		if (nr_mem_ranges == MAX_MEM_RANGES)
			panic("memory map has more than %d entries", MAX_MEM_RANGES);
		range->start = entry->addr;
		range->end = entry->addr + entry->len;
		range->type = entry->type;
		nr_mem_ranges++;
		at += entry->size + sizeof(entry->size);
	}
}

static void read_modules(const struct multiboot_info *mbi)
{
	const struct multiboot_module *mods = spa_ptr(mbi->mods_addr);
	struct boot_module *to[] = { &boot_kernel, &boot_initrd };

	if (!(mbi->flags & MULTIBOOT_MODULES) || !mbi->mods_count)
		panic("no root kernel: give one as the first word of -initrd");
	for (u32 i = 0; i < mbi->mods_count && i < ARRAY_SIZE(to); i++) {
		to[i]->data = spa_ptr(mods[i].start);
		to[i]->size = mods[i].end - mods[i].start;
		to[i]->string = spa_ptr(mods[i].string);
	}
}

/* The loader's strings lie in low memory, which the root gets: keep our own copy. */
static void read_command_line(const struct multiboot_info *mbi)
{
	static char copy[1024];
	const char *from = mbi->flags & MULTIBOOT_CMDLINE ? spa_ptr(mbi->cmdline) : "";
	size_t len = MIN(strlen(from), sizeof(copy) - 1);

	memcpy(copy, from, len);
	command_line = copy;
}

/* What boot_alloc() has not given away by now is the pool. */
static void fill_pool(void)
{
	for (; boot_free < ptr_spa(pool_end); boot_free += PAGE_SIZE)
		pool_add(&hv_pool, boot_free);
}

void __attribute__((noreturn)) boot_main(u32 magic, const struct multiboot_info *mbi);

void boot_main(u32 magic, const struct multiboot_info *mbi)
{
	host_init_idt();
	if (magic != MULTIBOOT_LOADED)
		panic("not started by a multiboot loader");
	hv_start = ALIGN_DOWN(ptr_spa(image_start), LARGE_SIZE);
	hv_end = ptr_spa(pool_end);
	boot_free = ptr_spa(pool_start);
	read_command_line(mbi);
	log_init();
	read_mmap(mbi);
	read_modules(mbi);
	log_info("testhv at %lx-%lx, options \"%s\"", hv_start, hv_end, command_line);

	acpi_init();
	cpu_init_boot();
	svm_check();
	clock_calibrate();
	owner_init();
	root_alloc();
	fill_pool();
	root_init();
	fault_init();
	async_init();
	acpi_hide_own_cpus();
	loader_init();
	cpu_start_others();
	cpu_park();
}
