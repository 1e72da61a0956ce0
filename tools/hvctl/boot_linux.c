// SPDX-License-Identifier: GPL-2.0
/*
 * Loading a bzImage by the Linux boot protocol, 64-bit entry.
 *
 * The file begins with real-mode code that nobody needs here, except for the setup header in
 * it: the kernel describes itself there, and the loader answers in the copy that goes into the
 * zero page (struct boot_params). Behind follows the kernel proper, which is entered 0x200 bytes
 * after its start with paging on, an identity map, and RSI pointing to the zero page.
 */
#include <string.h>

#include <asm/bootparam.h>

#include "boot.h"
#include "failure.h"
#include "layout.h"

#define SETUP_HEADER		0x1f1
#define SETUP_HEADER_END	0x201	/* holds the header's end as an offset from 0x202 */
#define SECTOR			512
#define PARAGRAPH		16	/* unit of the size in the header */
#define ENTRY64			0x200
#define PROTOCOL_2_12		0x020c	/* the first with 64-bit entry and xloadflags */
#define LOADER_UNDEFINED	0xff
#define BOOT_FLAG		0xaa55

_Static_assert(sizeof(struct boot_params) == 4096, "the zero page is a page");
_Static_assert(offsetof(struct boot_params, hdr) == SETUP_HEADER, "setup header");

static const struct setup_header *header_of(const struct boot_file *kernel)
{
	return (const struct setup_header *)(kernel->bytes + SETUP_HEADER);
}

int boot_is_linux(const struct boot_file *kernel)
{
	return kernel->size >= SETUP_HEADER + sizeof(struct setup_header) &&
	       header_of(kernel)->boot_flag == BOOT_FLAG &&
	       memcmp(&header_of(kernel)->header, "HdrS", 4) == 0;
}

static size_t setup_size(const struct boot_file *kernel)
{
	unsigned int sectors = header_of(kernel)->setup_sects;

	return (size_t)(sectors ? sectors + 1 : 5) * SECTOR;
}

/* What follows the setup code. Only for a file that is longer than that. */
static size_t payload_size(const struct boot_file *kernel)
{
	return kernel->size - setup_size(kernel);
}

static int check_header(const struct boot_job *job)
{
	const struct setup_header *hdr = header_of(&job->kernel);
	const char *name = job->kernel.name;

	if (hdr->version < PROTOCOL_2_12 || !(hdr->loadflags & LOADED_HIGH))
		return fail("%s is older than Linux 3.8: its boot protocol is 0x%x", name,
			    hdr->version);
	if (!(hdr->xloadflags & XLF_KERNEL_64))
		return fail("%s is not a 64-bit kernel", name);
	if (setup_size(&job->kernel) >= job->kernel.size ||
	    payload_size(&job->kernel) < hdr->syssize * (uint64_t)PARAGRAPH)
		return fail("%s is cut short", name);
	if (hdr->pref_address < LAYOUT_HIGH_RAM)
		return fail("%s wants to lie at 0x%llx, which is taken", name,
			    (unsigned long long)hdr->pref_address);
	if (strlen(job->cmdline) > hdr->cmdline_size)
		return fail_usage("the command line is longer than the %u bytes that %s takes",
				  hdr->cmdline_size, name);
	return 0;
}

/* The header says itself how long it is; a newer one than we know is cut to what we know. */
static void copy_header(struct boot_params *params, const struct boot_file *kernel)
{
	size_t size = 0x202 + kernel->bytes[SETUP_HEADER_END] - SETUP_HEADER;

	if (size > sizeof(params->hdr))
		size = sizeof(params->hdr);
	memcpy(&params->hdr, kernel->bytes + SETUP_HEADER, size);
}

static void fill_memory_map(struct boot_params *params, const struct memory *memory)
{
	struct boot_map_entry map[BOOT_MAP_MAX];
	unsigned int n = boot_memory_map(memory, map), i;

	for (i = 0; i < n; i++) {
		params->e820_table[i].addr = map[i].gpa;
		params->e820_table[i].size = map[i].size;
		params->e820_table[i].type = map[i].type;
	}
	params->e820_entries = (__u8)n;
}

static void fill_params(struct boot_params *params, const struct boot_job *job)
{
	copy_header(params, &job->kernel);
	params->hdr.type_of_loader = LOADER_UNDEFINED;
	params->hdr.cmd_line_ptr = LAYOUT_CMDLINE;
	params->hdr.ramdisk_image = (__u32)job->initrd_gpa;
	params->hdr.ramdisk_size = (__u32)job->initrd.size;
	params->acpi_rsdp_addr = LAYOUT_ACPI;
	fill_memory_map(params, job->memory);
}

/* How much memory the kernel takes: init_size is for unpacking itself before it has a map. */
static uint64_t memory_size(const struct boot_file *kernel)
{
	uint64_t init = header_of(kernel)->init_size;

	return init > payload_size(kernel) ? init : payload_size(kernel);
}

int boot_linux(struct boot_job *job, struct boot_entry *entry)
{
	const struct setup_header *hdr = header_of(&job->kernel);
	uint64_t start = hdr->pref_address, size;

	if (check_header(job) < 0)
		return -1;
	size = memory_size(&job->kernel);
	if (!memory_at(job->memory, start, size))
		return fail("the guest's memory is too small: %s needs %llu MiB", job->kernel.name,
			    (unsigned long long)((start + size) >> 20) + 1);
	if (boot_copy(job, start, job->kernel.bytes + setup_size(&job->kernel),
		      payload_size(&job->kernel)) < 0)
		return -1;
	if (boot_place_initrd(job, start + size, (uint64_t)hdr->initrd_addr_max + 1) < 0)
		return -1;
	fill_params(memory_at(job->memory, LAYOUT_BOOT_PARAMS, sizeof(struct boot_params)), job);
	*entry = (struct boot_entry){
		.mode = BOOT_LONG64,
		.rip = start + ENTRY64,
		.argument = LAYOUT_BOOT_PARAMS,
	};
	return 0;
}
