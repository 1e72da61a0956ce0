// SPDX-License-Identifier: GPL-2.0
/*
 * Loading an image that has a multiboot header (version 1), as unikernels and small kernels do.
 *
 * The header lies in the first 8 KiB of the file and says where its bytes go, so that the
 * format of the rest does not matter. Only images that say so are taken; those that leave it to
 * their ELF headers have a PVH entry too these days. Entered in 32-bit protected mode with
 * paging off: EAX holds a magic number, EBX the address of the information for the kernel.
 */
#include <string.h>

#include "boot.h"
#include "failure.h"
#include "layout.h"

#define SEARCHED		8192
#define HEADER_MAGIC		0x1badb002u
#define LOADER_MAGIC		0x2badb002u

/* What the image asks for. */
#define WANTS_ALIGNED_MODULES	(1u << 0)
#define WANTS_MEMORY		(1u << 1)
#define HAS_ADDRESSES		(1u << 16)
#define WANTS_UNKNOWN		(0xffffu & ~(WANTS_ALIGNED_MODULES | WANTS_MEMORY))

/* What the information has. */
#define HAS_MEMORY		(1u << 0)
#define HAS_CMDLINE		(1u << 2)
#define HAS_MODULES		(1u << 3)
#define HAS_MEMORY_MAP		(1u << 6)

struct header {
	uint32_t magic;
	uint32_t flags;
	uint32_t checksum;
	uint32_t header_addr;
	uint32_t load_addr;
	uint32_t load_end_addr;	/* 0: the whole rest of the file */
	uint32_t bss_end_addr;	/* 0: no more memory than that */
	uint32_t entry_addr;
};

struct map_entry {
	uint32_t size;		/* of what follows */
	uint64_t addr;
	uint64_t len;
	uint32_t type;
} __attribute__((packed));

struct module {
	uint32_t start;
	uint32_t end;
	uint32_t cmdline;
	uint32_t reserved;
};

struct info {
	uint32_t flags;
	uint32_t mem_lower;	/* KiB from 0, and from 1 MiB on */
	uint32_t mem_upper;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count;
	uint32_t mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length;
	uint32_t mmap_addr;
};

/* What lies at LAYOUT_BOOT_PARAMS. */
struct info_page {
	struct info info;
	struct module initrd;
	struct map_entry map[BOOT_MAP_MAX];
};

/* The command line begins with the image's name: here it is before LAYOUT_CMDLINE. */
#define NAME		"kernel "
#define NAME_AT		(LAYOUT_CMDLINE - (sizeof(NAME) - 1))

_Static_assert(sizeof(struct header) == 32, "multiboot header");
_Static_assert(sizeof(struct map_entry) == 24, "multiboot memory map");
_Static_assert(sizeof(struct info) == 52, "multiboot information");
_Static_assert(sizeof(struct info_page) <= 4096, "fits where the zero page is");

/* Where the header is in the file; -1: nowhere. */
static int64_t find_header(const struct boot_file *kernel, struct header *header)
{
	size_t end = kernel->size < SEARCHED ? kernel->size : SEARCHED, at;

	for (at = 0; at + sizeof(*header) <= end; at += 4) {
		memcpy(header, kernel->bytes + at, sizeof(*header));
		if (header->magic == HEADER_MAGIC &&
		    header->magic + header->flags + header->checksum == 0)
			return (int64_t)at;
	}
	return -1;
}

int boot_is_multiboot(const struct boot_file *kernel)
{
	struct header header;

	return find_header(kernel, &header) >= 0 && header.flags & HAS_ADDRESSES;
}

/* The part of the file that is loaded. Returns 0, or -1 after fail(). */
static int loaded_part(const struct boot_job *job, const struct header *header, uint64_t at,
		       uint64_t *offset, uint64_t *size)
{
	uint64_t before = (uint64_t)header->header_addr - header->load_addr;

	if (header->flags & WANTS_UNKNOWN)
		return fail("%s wants of a multiboot loader what this one does not know: 0x%x",
			    job->kernel.name, header->flags & WANTS_UNKNOWN);
	if (header->load_addr < LAYOUT_HIGH_RAM || header->header_addr < header->load_addr ||
	    before > at)
		return fail("%s: its multiboot header makes no sense", job->kernel.name);
	*offset = at - before;
	*size = job->kernel.size - *offset;
	if (!header->load_end_addr)
		return 0;
	if (header->load_end_addr < header->load_addr ||
	    header->load_end_addr - header->load_addr > *size)
		return fail("%s: cut short", job->kernel.name);
	*size = header->load_end_addr - header->load_addr;
	return 0;
}

static int load_image(struct boot_job *job, const struct header *header, uint64_t at,
		      uint64_t *end)
{
	uint64_t offset = 0, size = 0;

	if (loaded_part(job, header, at, &offset, &size) < 0)
		return -1;
	*end = header->load_addr + size;
	if (header->bss_end_addr > *end)
		*end = header->bss_end_addr;
	/* The memory was zero before, and so what is not in the file is. */
	if (!memory_at(job->memory, header->load_addr, *end - header->load_addr) ||
	    !memory_contains(job->memory, header->entry_addr))
		return fail("the guest's memory is too small for %s", job->kernel.name);
	return boot_copy(job, header->load_addr, job->kernel.bytes + offset, size);
}

static void fill_map(struct info_page *page, const struct boot_job *job)
{
	struct boot_map_entry map[BOOT_MAP_MAX];
	unsigned int n = boot_memory_map(job->memory, map), i;

	for (i = 0; i < n; i++)
		page->map[i] = (struct map_entry){
			sizeof(page->map[i]) - sizeof(page->map[i].size),
			map[i].gpa, map[i].size, map[i].type,
		};
	page->info.mmap_length = (uint32_t)(n * sizeof(page->map[0]));
	page->info.mmap_addr = LAYOUT_BOOT_PARAMS + offsetof(struct info_page, map);
}

static void fill_info(struct info_page *page, const struct boot_job *job)
{
	page->info = (struct info){
		.flags = HAS_MEMORY | HAS_CMDLINE | HAS_MEMORY_MAP |
			 (job->initrd.size ? HAS_MODULES : 0),
		.mem_lower = LAYOUT_LOW_RAM_END >> 10,
		.mem_upper = (uint32_t)((memory_low_end(job->memory) - LAYOUT_HIGH_RAM) >> 10),
		.cmdline = (uint32_t)NAME_AT,
		.mods_count = job->initrd.size ? 1 : 0,
		.mods_addr = LAYOUT_BOOT_PARAMS + offsetof(struct info_page, initrd),
	};
	page->initrd = (struct module){
		.start = (uint32_t)job->initrd_gpa,
		.end = (uint32_t)(job->initrd_gpa + job->initrd.size),
		.cmdline = (uint32_t)NAME_AT,
	};
	fill_map(page, job);
}

int boot_multiboot(struct boot_job *job, struct boot_entry *entry)
{
	struct header header;
	int64_t at = find_header(&job->kernel, &header);
	uint64_t end;

	if (load_image(job, &header, (uint64_t)at, &end) < 0 ||
	    boot_place_initrd(job, end, MEMORY_HOLE) < 0 ||
	    boot_copy(job, NAME_AT, NAME, sizeof(NAME) - 1) < 0)
		return -1;
	fill_info(memory_at(job->memory, LAYOUT_BOOT_PARAMS, sizeof(struct info_page)), job);
	*entry = (struct boot_entry){
		.mode = BOOT_PROTECTED32,
		.rip = header.entry_addr,
		.argument = LAYOUT_BOOT_PARAMS,
		.magic = LOADER_MAGIC,
	};
	return 0;
}
