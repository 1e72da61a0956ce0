// SPDX-License-Identifier: GPL-2.0
/*
 * Loading an ELF kernel that has a PVH entry, such as an uncompressed vmlinux.
 *
 * A note in the file gives the physical address at which the kernel wants to be entered in
 * 32-bit protected mode, with EBX pointing to the start info. The kernel's own 64-bit entry is
 * behind that: nothing has to be unpacked, which makes this the fast way to boot.
 */
#include <elf.h>
#include <string.h>

#include "boot.h"
#include "failure.h"
#include "layout.h"

#define NOTE_NAME		"Xen"
#define NOTE_PHYS32_ENTRY	18

#define START_MAGIC		0x336ec578u
#define START_VERSION		1

/* Layouts of the PVH boot ABI. */
struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t modules;
	uint64_t module_list;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memory_map;
	uint32_t memory_map_entries;
	uint32_t reserved;
};

struct start_module {
	uint64_t address;
	uint64_t size;
	uint64_t cmdline;
	uint64_t reserved;
};

struct start_map_entry {
	uint64_t address;
	uint64_t size;
	uint32_t type;		/* as in the E820 map */
	uint32_t reserved;
};

/* All three of them, in the order in which they lie at LAYOUT_BOOT_PARAMS. */
struct start_page {
	struct start_info info;
	struct start_module initrd;
	struct start_map_entry map[BOOT_MAP_MAX];
};

_Static_assert(sizeof(struct start_info) == 56, "PVH start info");
_Static_assert(sizeof(struct start_module) == 32, "PVH module");
_Static_assert(sizeof(struct start_map_entry) == 24, "PVH memory map");
_Static_assert(sizeof(struct start_page) <= 4096, "fits where the zero page is");

int boot_is_elf(const struct boot_file *kernel)
{
	return kernel->size >= sizeof(Elf64_Ehdr) && memcmp(kernel->bytes, ELFMAG, SELFMAG) == 0;
}

static int bad_elf(const struct boot_job *job, const char *why)
{
	return fail("%s: %s", job->kernel.name, why);
}

/* Does [offset, offset + size) lie in the file? */
static int in_file(const struct boot_file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset;
}

static const Elf64_Phdr *program_headers(const struct boot_job *job)
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)job->kernel.bytes;

	if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_machine != EM_X86_64 ||
	    ehdr->e_phentsize != sizeof(Elf64_Phdr) ||
	    ehdr->e_phoff % sizeof(uint64_t) != 0 ||
	    !in_file(&job->kernel, ehdr->e_phoff, (uint64_t)ehdr->e_phnum * sizeof(Elf64_Phdr))) {
		bad_elf(job, "not an ELF file for x86-64 with program headers");
		return NULL;
	}
	return (const Elf64_Phdr *)(job->kernel.bytes + ehdr->e_phoff);
}

static unsigned int program_header_count(const struct boot_job *job)
{
	return ((const Elf64_Ehdr *)job->kernel.bytes)->e_phnum;
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~3ULL;
}

/* The entry in one segment of notes; 0 if it is not there. Its value has 4 or 8 bytes. */
static uint64_t find_entry(const uint8_t *notes, uint64_t size)
{
	Elf64_Nhdr note;
	uint64_t entry = 0, used;

	while (size >= sizeof(note)) {
		memcpy(&note, notes, sizeof(note));
		used = sizeof(note) + align4(note.n_namesz) + align4(note.n_descsz);
		if (used > size)
			return 0;
		if (note.n_type == NOTE_PHYS32_ENTRY && note.n_namesz == sizeof(NOTE_NAME) &&
		    memcmp(notes + sizeof(note), NOTE_NAME, sizeof(NOTE_NAME)) == 0 &&
		    note.n_descsz >= 4 && note.n_descsz <= sizeof(entry)) {
			memcpy(&entry, notes + sizeof(note) + align4(note.n_namesz),
			       note.n_descsz);
			return entry;
		}
		notes += used;
		size -= used;
	}
	return 0;
}

static int load_segment(struct boot_job *job, const Elf64_Phdr *phdr)
{
	if (phdr->p_paddr < LAYOUT_HIGH_RAM)
		return bad_elf(job, "a segment lies in the first MiB; is it a kernel?");
	/* The memory was zero before, and so the part that is not in the file is. */
	if (phdr->p_filesz > phdr->p_memsz || phdr->p_memsz > UINT32_MAX ||
	    !memory_at(job->memory, phdr->p_paddr, phdr->p_memsz))
		return fail("the guest's memory is too small for %s", job->kernel.name);
	return boot_copy(job, phdr->p_paddr, job->kernel.bytes + phdr->p_offset, phdr->p_filesz);
}

/* Load all segments; find the entry and the end of the kernel on the way. */
static int load_elf(struct boot_job *job, uint64_t *entry, uint64_t *end)
{
	const Elf64_Phdr *phdr = program_headers(job);
	unsigned int i;

	*entry = *end = 0;
	for (i = 0; phdr && i < program_header_count(job); i++) {
		if (!in_file(&job->kernel, phdr[i].p_offset, phdr[i].p_filesz))
			return bad_elf(job, "cut short");
		if (phdr[i].p_type == PT_NOTE && !*entry)
			*entry = find_entry(job->kernel.bytes + phdr[i].p_offset,
					    phdr[i].p_filesz);
		if (phdr[i].p_type != PT_LOAD)
			continue;
		if (load_segment(job, &phdr[i]) < 0)
			return -1;
		if (phdr[i].p_paddr + phdr[i].p_memsz > *end)
			*end = phdr[i].p_paddr + phdr[i].p_memsz;
	}
	if (!phdr)
		return -1;
	if (!*entry)
		return bad_elf(job, "no PVH entry; a Linux kernel has one with CONFIG_PVH=y");
	if (*entry > UINT32_MAX || !memory_contains(job->memory, *entry))
		return bad_elf(job, "its PVH entry is where no memory is");
	return 0;
}

static void fill_start_page(struct start_page *page, const struct boot_job *job)
{
	struct boot_map_entry map[BOOT_MAP_MAX];
	unsigned int n = boot_memory_map(job->memory, map), i;

	page->info = (struct start_info){
		.magic = START_MAGIC,
		.version = START_VERSION,
		.modules = job->initrd.size ? 1 : 0,
		.module_list = LAYOUT_BOOT_PARAMS + offsetof(struct start_page, initrd),
		.cmdline = LAYOUT_CMDLINE,
		.rsdp = LAYOUT_ACPI,
		.memory_map = LAYOUT_BOOT_PARAMS + offsetof(struct start_page, map),
		.memory_map_entries = n,
	};
	page->initrd.address = job->initrd_gpa;
	page->initrd.size = job->initrd.size;
	for (i = 0; i < n; i++)
		page->map[i] = (struct start_map_entry){ map[i].gpa, map[i].size, map[i].type, 0 };
}

int boot_pvh(struct boot_job *job, struct boot_entry *entry)
{
	uint64_t rip, end;

	if (load_elf(job, &rip, &end) < 0 || boot_place_initrd(job, end, MEMORY_HOLE) < 0)
		return -1;
	fill_start_page(memory_at(job->memory, LAYOUT_BOOT_PARAMS, sizeof(struct start_page)), job);
	*entry = (struct boot_entry){
		.mode = BOOT_PROTECTED32,
		.rip = rip,
		.argument = LAYOUT_BOOT_PARAMS,
	};
	return 0;
}
