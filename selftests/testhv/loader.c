// SPDX-License-Identifier: GPL-2.0
/*
 * The root's kernel is started at its 64-bit entry, as the x86 boot protocol
 * has it: long mode, low memory mapped one to one, RSI = boot parameters.
 *
 * A vmlinux goes where its program headers say and saves the time of
 * unpacking, which is most of a boot under an emulator; a bzImage goes to its
 * preferred address.  The initial RAM disk stays where our own loader put it.
 *
 * Locking: runs before any guest.
 */
#include "boot.h"
#include "loader.h"
#include "log.h"
#include "partition.h"
#include "string.h"
#include "vp.h"
#include "x86.h"

/* The root's low memory that its kernel finds in use at its start. */
#define BOOT_PARAMS	0x20000UL
#define CMDLINE		0x21000UL
#define PAGE_TABLES	0x22000UL	/* PML4, PDPT, and four directories */
#define NR_DIRECTORIES	4		/* 4 GiB */
#define GDT		0x28000UL

#define CMDLINE_SIZE	2048
#define BOOT_CS		0x10
#define BOOT_DS		0x18
#define GDT_CODE	0x00af9b000000ffffUL
#define GDT_DATA	0x00cf93000000ffffUL
#define ATTRIB_CODE	0xa9b
#define ATTRIB_DATA	0xc93
#define ATTRIB_TSS	0x08b
#define PTE_TABLE	0x07
#define PTE_LARGE	0x87

/* Offsets in the boot parameters; those of the header are also offsets in a bzImage. */
#define BP_E820_ENTRIES	0x1e8
#define BP_HEADER	0x1f1
#define BP_SETUP_SECTS	0x1f1
#define BP_BOOT_FLAG	0x1fe
#define BP_JUMP		0x201		/* the header ends this many bytes after itself */
#define BP_MAGIC	0x202
#define BP_VERSION	0x206
#define BP_LOADER	0x210
#define BP_LOADFLAGS	0x211
#define BP_RAMDISK	0x218
#define BP_RAMDISK_SIZE	0x21c
#define BP_CMDLINE	0x228
#define BP_ALIGNMENT	0x230
#define BP_XLOADFLAGS	0x236
#define BP_PREF_ADDRESS	0x258
#define BP_INIT_SIZE	0x260
#define BP_E820_TABLE	0x2d0
#define BP_SIZE		4096

#define HEADER_MAGIC	0x53726448	/* "HdrS" */
#define BOOT_FLAG	0xaa55
#define LOADER_UNKNOWN	0xff
#define LOADED_HIGH	0x01
#define XLF_KERNEL_64	0x01
#define ENTRY_64	0x200		/* from the start of a bzImage's protected mode part */

struct e820_entry {
	u64 addr, size;
	u32 type;
} __attribute__((packed));

#define MAX_E820	128

struct elf_header {
	u32 magic;
	u8 class, rest_of_ident[11];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum;
} __attribute__((packed));

struct elf_segment {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

#define ELF_MAGIC	0x464c457f
#define ELF_CLASS_64	2
#define ELF_LOAD	1

static u8 *const params = (u8 *)BOOT_PARAMS;

#define PARAM(type, offset)	(*(type *)(params + (offset)))

static void put_e820(u64 start, u64 end, u32 type)
{
	struct e820_entry *entry;

	if (start >= end)
		return;
	if (params[BP_E820_ENTRIES] == MAX_E820)
		panic("too many memory ranges for the root");
	entry = (struct e820_entry *)(params + BP_E820_TABLE) + params[BP_E820_ENTRIES]++;
	*entry = (struct e820_entry){ start, end - start, type };
}

/* The machine's map with testhv's memory cut out of it. */
static void make_e820(void)
{
	for (u32 i = 0; i < nr_mem_ranges; i++) {
		const struct mem_range *r = &mem_map[i];
		bool ours = r->start <= hv_start && hv_end <= r->end;

		put_e820(r->start, ours ? hv_start : r->end, r->type);
		if (!ours)
			continue;
		put_e820(hv_start, hv_end, E820_RESERVED);
		put_e820(hv_end, r->end, r->type);
	}
}

/* The first word of a module's string is its file name. */
static void make_cmdline(void)
{
	const char *s = boot_kernel.string;
	size_t len;

	while (*s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	len = strlen(s);
	if (len >= CMDLINE_SIZE)
		panic("the root's command line is longer than %d bytes", CMDLINE_SIZE);
	memcpy(spa_ptr(CMDLINE), s, len + 1);
	log_info("root's command line: %s", s);
}

static void check_place(u64 start, u64 size)
{
	if (start < hv_end && start + size > hv_start)
		panic("root's kernel at %lx-%lx overlaps testhv", start, start + size);
	if (start < ptr_spa(boot_kernel.data) + boot_kernel.size &&
	    start + size > ptr_spa(boot_kernel.data))
		panic("root's kernel at %lx-%lx overlaps its own image", start, start + size);
}

static u64 load_vmlinux(const u8 *image)
{
	const struct elf_header *elf = (const void *)image;

	if (elf->class != ELF_CLASS_64)
		panic("root's kernel is no 64-bit ELF");
	for (u32 i = 0; i < elf->phnum; i++) {
		const struct elf_segment *s =
			(const void *)(image + elf->phoff + i * elf->phentsize);

		if (s->type != ELF_LOAD)
			continue;
		check_place(s->paddr, s->memsz);
		memcpy(spa_ptr(s->paddr), image + s->offset, s->filesz);
		memset(spa_ptr(s->paddr + s->filesz), 0, s->memsz - s->filesz);
	}
	PARAM(u16, BP_BOOT_FLAG) = BOOT_FLAG;
	PARAM(u32, BP_MAGIC) = HEADER_MAGIC;
	PARAM(u16, BP_VERSION) = 0x020c;
	PARAM(u32, BP_ALIGNMENT) = LARGE_SIZE;
	return elf->entry;
}

static u64 load_bzimage(const u8 *image)
{
	u32 setup = (image[BP_SETUP_SECTS] + 1) * 512;
	u32 header_end = BP_MAGIC + image[BP_JUMP];
	u64 at;

	memcpy(params + BP_HEADER, image + BP_HEADER, header_end - BP_HEADER);
	if (!(PARAM(u16, BP_XLOADFLAGS) & XLF_KERNEL_64))
		panic("root's kernel has no 64-bit entry");
	at = PARAM(u64, BP_PREF_ADDRESS);
	check_place(at, PARAM(u32, BP_INIT_SIZE));
	memcpy(spa_ptr(at), image + setup, boot_kernel.size - setup);
	return at + ENTRY_64;
}

static u64 load_kernel(void)
{
	const u8 *image = boot_kernel.data;

	if (*(const u32 *)image == ELF_MAGIC)
		return load_vmlinux(image);
	if (*(const u32 *)(image + BP_MAGIC) == HEADER_MAGIC)
		return load_bzimage(image);
	panic("root's kernel is neither bzImage nor ELF");
}

static void make_page_tables(void)
{
	u64 *pml4 = spa_ptr(PAGE_TABLES), *pdpt = spa_ptr(PAGE_TABLES + PAGE_SIZE);
	u64 *directories = spa_ptr(PAGE_TABLES + 2 * PAGE_SIZE);

	memset(pml4, 0, (2 + NR_DIRECTORIES) * PAGE_SIZE);
	pml4[0] = ptr_spa(pdpt) | PTE_TABLE;
	for (u64 i = 0; i < NR_DIRECTORIES; i++)
		pdpt[i] = (ptr_spa(directories) + i * PAGE_SIZE) | PTE_TABLE;
	for (u64 i = 0; i < NR_DIRECTORIES * 512; i++)
		directories[i] = i * LARGE_SIZE | PTE_LARGE;
}

static void make_gdt(void)
{
	u64 *gdt = spa_ptr(GDT);

	memset(gdt, 0, PAGE_SIZE);
	gdt[BOOT_CS / 8] = GDT_CODE;
	gdt[BOOT_DS / 8] = GDT_DATA;
}

static void set_entry_state(struct vp *vp, u64 entry)
{
	struct vmcb_save *s = &vp->vmcb->save;
	struct vmcb_seg data = { BOOT_DS, ATTRIB_DATA, 0xffffffff, 0 };

	s->es = s->ss = s->ds = s->fs = s->gs = data;
	s->cs = (struct vmcb_seg){ BOOT_CS, ATTRIB_CODE, 0xffffffff, 0 };
	s->gdtr = (struct vmcb_seg){ .limit = PAGE_SIZE - 1, .base = GDT };
	s->tr.attrib = ATTRIB_TSS;
	s->cr0 = CR0_PE | CR0_ET | CR0_PG;
	s->cr3 = PAGE_TABLES;
	s->cr4 = CR4_PAE;
	s->efer = EFER_LME | EFER_LMA | EFER_SVME;
	s->rip = entry;
	s->rsp = 0;
	vp->gpr[RSI] = BOOT_PARAMS;
}

void loader_init(void)
{
	u64 entry;

	memset(params, 0, BP_SIZE);
	make_cmdline();
	entry = load_kernel();
	PARAM(u8, BP_LOADER) = LOADER_UNKNOWN;
	PARAM(u8, BP_LOADFLAGS) |= LOADED_HIGH;
	PARAM(u32, BP_CMDLINE) = CMDLINE;
	PARAM(u32, BP_RAMDISK) = boot_initrd.size ? ptr_spa(boot_initrd.data) : 0;
	PARAM(u32, BP_RAMDISK_SIZE) = boot_initrd.size;
	make_e820();
	make_page_tables();
	make_gdt();
	set_entry_state(root_partition.vps[0], entry);
}
