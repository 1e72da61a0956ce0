// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the kernel loaders on files made for it: what a good file becomes in the guest's
 * memory, and that no bad file, cut or scribbled over at any place, does more than fail.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <asm/bootparam.h>

#include "../boot.h"
#include "../failure.h"
#include "../layout.h"
#include "../vm.h"
#include "ktap.h"

#define MEMORY		(64ULL << 20)
#define KERNEL_SIZE	0x6000
#define PREF_ADDRESS	0x1000000ULL

void fail_hint(const char *fmt, ...)
{
	(void)fmt;
}

static char kernel_name[64], initrd_name[64];
static struct memory memory;
static struct boot_entry entry;
static uint8_t image[KERNEL_SIZE];

static void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(name, "wb");

	EXPECT(file && fwrite(bytes, 1, size, file) == size);
	if (file)
		fclose(file);
}

static int load(size_t size, const char *initrd, const char *cmdline)
{
	struct vm_config config = {
		.kernel = kernel_name,
		.initrd = initrd,
		.cmdline = cmdline,
		.cpus = 1,
	};

	write_file(kernel_name, image, size);
	return boot_load(&memory, &config, &entry);
}

static void make_bzimage(void)
{
	struct setup_header *hdr = (struct setup_header *)(image + 0x1f1);
	size_t i;

	memset(image, 0, sizeof(image));
	for (i = 0x1000; i < sizeof(image); i++)
		image[i] = (uint8_t)(i * 7);
	hdr->setup_sects = 7;
	hdr->boot_flag = 0xaa55;
	memcpy(&hdr->header, "HdrS", 4);
	image[0x201] = 0x6a;
	hdr->version = 0x20f;
	hdr->loadflags = LOADED_HIGH;
	hdr->xloadflags = XLF_KERNEL_64;
	hdr->cmdline_size = 2047;
	hdr->pref_address = PREF_ADDRESS;
	hdr->syssize = (KERNEL_SIZE - 0x1000) / 16;
	hdr->init_size = 0x100000;
	hdr->initrd_addr_max = 0x7fffffff;
}

static const struct boot_params *params(void)
{
	return memory_at(&memory, LAYOUT_BOOT_PARAMS, sizeof(struct boot_params));
}

static void test_bzimage(void)
{
	static const char initrd[] = "an initrd";

	make_bzimage();
	write_file(initrd_name, initrd, sizeof(initrd));
	EXPECT_EQ(load(KERNEL_SIZE, initrd_name, "console=x"), 0);
	EXPECT_EQ(entry.mode, BOOT_LONG64);
	EXPECT_EQ(entry.rip, PREF_ADDRESS + 0x200);
	EXPECT_EQ(entry.argument, LAYOUT_BOOT_PARAMS);
	EXPECT(memcmp(memory_at(&memory, PREF_ADDRESS, KERNEL_SIZE - 0x1000), image + 0x1000,
		      KERNEL_SIZE - 0x1000) == 0);
	EXPECT_EQ(params()->hdr.cmd_line_ptr, LAYOUT_CMDLINE);
	EXPECT(strcmp(memory_at(&memory, LAYOUT_CMDLINE, 10), "console=x") == 0);
	EXPECT_EQ(params()->hdr.type_of_loader, 0xff);
	EXPECT_EQ(params()->acpi_rsdp_addr, LAYOUT_ACPI);
	EXPECT(memcmp(memory_at(&memory, LAYOUT_ACPI, 8), "RSD PTR ", 8) == 0);
	EXPECT_EQ(params()->hdr.ramdisk_size, sizeof(initrd));
	EXPECT_EQ(params()->hdr.ramdisk_image, MEMORY - 4096);
	EXPECT(strcmp(memory_at(&memory, MEMORY - 4096, sizeof(initrd)), initrd) == 0);
	EXPECT_EQ(params()->e820_entries, 3);
	EXPECT_EQ(params()->e820_table[2].addr + params()->e820_table[2].size, MEMORY);
}

static void test_bzimage_refused(void)
{
	struct setup_header *hdr = (struct setup_header *)(image + 0x1f1);
	char cmdline[300];

	make_bzimage();
	hdr->xloadflags = 0;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_bzimage();
	hdr->version = 0x20b;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_bzimage();
	hdr->init_size = MEMORY;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_bzimage();
	hdr->pref_address = ~0ULL - 100;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_bzimage();
	hdr->pref_address = 0x1000;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_bzimage();
	EXPECT_EQ(load(0x1000, NULL, ""), -1);
	make_bzimage();
	EXPECT_EQ(load(KERNEL_SIZE - 1, NULL, ""), -1);
	make_bzimage();
	hdr->cmdline_size = 255;
	memset(cmdline, 'x', sizeof(cmdline));
	cmdline[256] = '\0';
	EXPECT_EQ(load(KERNEL_SIZE, NULL, cmdline), -1);
	cmdline[255] = '\0';
	EXPECT_EQ(load(KERNEL_SIZE, NULL, cmdline), 0);
	make_bzimage();
	hdr->initrd_addr_max = PREF_ADDRESS;
	EXPECT_EQ(load(KERNEL_SIZE, initrd_name, ""), -1);
	/* No initrd over the kernel, however little memory that says it takes. */
	make_bzimage();
	hdr->init_size = 0;
	hdr->initrd_addr_max = PREF_ADDRESS + 0x2fff;
	EXPECT_EQ(load(KERNEL_SIZE, initrd_name, ""), -1);
}

struct note {
	Elf64_Nhdr header;
	char name[4];
	uint64_t entry;
};

static void make_elf(void)
{
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)image;
	Elf64_Phdr *phdr = (Elf64_Phdr *)(image + sizeof(*ehdr));
	struct note *note = (struct note *)(image + 0x800);

	memset(image, 0, sizeof(image));
	memcpy(ehdr->e_ident, ELFMAG, SELFMAG);
	ehdr->e_ident[EI_CLASS] = ELFCLASS64;
	ehdr->e_machine = EM_X86_64;
	ehdr->e_phoff = sizeof(*ehdr);
	ehdr->e_phentsize = sizeof(*phdr);
	ehdr->e_phnum = 2;
	phdr[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = 0x1000, .p_filesz = 0x5000,
				.p_memsz = 0x8000, .p_paddr = PREF_ADDRESS };
	phdr[1] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x800, .p_filesz = sizeof(*note) };
	note->header = (Elf64_Nhdr){ .n_namesz = 4, .n_descsz = 8, .n_type = 18 };
	memcpy(note->name, "Xen", 4);
	note->entry = PREF_ADDRESS + 0x40;
	memset(image + 0x1000, 0x5a, 0x5000);
}

static void test_pvh(void)
{
	const uint32_t *info;

	make_elf();
	EXPECT_EQ(load(KERNEL_SIZE, initrd_name, "quiet"), 0);
	EXPECT_EQ(entry.mode, BOOT_PROTECTED32);
	EXPECT_EQ(entry.rip, PREF_ADDRESS + 0x40);
	info = memory_at(&memory, entry.argument, 4096);
	EXPECT_EQ(info[0], 0x336ec578);
	EXPECT_EQ(info[1], 1);
	EXPECT_EQ(info[3], 1);
	EXPECT_EQ(info[6], LAYOUT_CMDLINE);
	EXPECT_EQ(info[8], LAYOUT_ACPI);
	EXPECT_EQ(info[12], 3);
	EXPECT_EQ(*(uint8_t *)memory_at(&memory, PREF_ADDRESS + 0x4fff, 1), 0x5a);
	EXPECT_EQ(*(uint8_t *)memory_at(&memory, PREF_ADDRESS + 0x5000, 1), 0);
}

/* A far jump to f000:fff0 meets code that ends in the reset register, whatever the format is. */
static void test_reset_vector(void)
{
	static const uint8_t code[] = { 0xba, 0x02, 0x06, 0xb0, 0x01, 0xee, 0xf4, 0xeb, 0xfd };
	uint8_t *vector = memory_at(&memory, 0xf0000 + 0xfff0, 16);

	EXPECT_EQ(PORT_POWER + POWER_RESET, 0x602);
	EXPECT_EQ(POWER_RESET_VALUE, 0x01);
	memset(vector, 0, 16);
	make_elf();
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), 0);
	EXPECT(memcmp(vector, code, sizeof(code)) == 0);
	memset(vector, 0, 16);
	make_bzimage();
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), 0);
	EXPECT(memcmp(vector, code, sizeof(code)) == 0);
	EXPECT_EQ(params()->e820_table[1].type, 2);
	EXPECT_EQ(params()->e820_table[1].addr + params()->e820_table[1].size, 0x100000);
}

static void test_pvh_refused(void)
{
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)image;
	Elf64_Phdr *phdr = (Elf64_Phdr *)(image + sizeof(*ehdr));
	struct note *note = (struct note *)(image + 0x800);

	make_elf();
	phdr[1].p_type = PT_NULL;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_elf();
	phdr[0].p_paddr = 0x8000;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_elf();
	phdr[0].p_memsz = 0x10;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_elf();
	phdr[0].p_paddr = MEMORY - 0x1000;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_elf();
	note->entry = MEMORY;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_elf();
	note->entry = 1ULL << 32 | PREF_ADDRESS;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_elf();
	ehdr->e_phnum = 0xffff;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	make_elf();
	ehdr->e_machine = EM_AARCH64;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	memset(image, 'x', sizeof(image));
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	EXPECT_EQ(load(1, NULL, ""), -1);
}

#define MULTIBOOT_AT	0x20
#define MULTIBOOT_LOAD	0x100000U

/* Loaded from its second page on; the header lies there, the last page is not to be loaded. */
static uint32_t *make_multiboot(void)
{
	uint32_t *header = (uint32_t *)(image + 0x1000 + MULTIBOOT_AT);

	memset(image, 0x5a, sizeof(image));
	header[0] = 0x1badb002;
	header[1] = 0x10003;
	header[2] = -(header[0] + header[1]);
	header[3] = MULTIBOOT_LOAD + MULTIBOOT_AT;
	header[4] = MULTIBOOT_LOAD;
	header[5] = MULTIBOOT_LOAD + 0x4000;
	header[6] = MULTIBOOT_LOAD + 0x8000;
	header[7] = MULTIBOOT_LOAD + 0x44;
	return header;
}

static void test_multiboot(void)
{
	const uint32_t *info, *map;

	memset(memory_at(&memory, MULTIBOOT_LOAD, 0x8000), 0, 0x8000);
	make_multiboot();
	EXPECT_EQ(load(KERNEL_SIZE, initrd_name, "one two"), 0);
	EXPECT_EQ(entry.mode, BOOT_PROTECTED32);
	EXPECT_EQ(entry.rip, MULTIBOOT_LOAD + 0x44);
	EXPECT_EQ(entry.magic, 0x2badb002);
	EXPECT_EQ(*(uint8_t *)memory_at(&memory, MULTIBOOT_LOAD, 1), 0x5a);
	EXPECT_EQ(*(uint8_t *)memory_at(&memory, MULTIBOOT_LOAD + 0x3fff, 1), 0x5a);
	EXPECT_EQ(*(uint8_t *)memory_at(&memory, MULTIBOOT_LOAD + 0x4000, 1), 0);
	info = memory_at(&memory, entry.argument, 4096);
	EXPECT_EQ(info[0], 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6);
	EXPECT_EQ(info[2], (MEMORY - MULTIBOOT_LOAD) >> 10);
	EXPECT(strcmp(memory_at(&memory, info[4], 16), "kernel one two") == 0);
	EXPECT_EQ(info[5], 1);
	EXPECT_EQ(*(uint32_t *)memory_at(&memory, info[6], 16), MEMORY - 4096);
	EXPECT_EQ(info[11], 3 * 24);
	map = memory_at(&memory, info[12], 3 * 24);
	EXPECT_EQ(map[12], 20);
	EXPECT_EQ(map[13], MULTIBOOT_LOAD);
	EXPECT_EQ(map[15], MEMORY - MULTIBOOT_LOAD);
	EXPECT_EQ(map[17], 1);
	make_multiboot()[5] = 0;
	EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), 0);
	EXPECT_EQ(*(uint8_t *)memory_at(&memory, MULTIBOOT_LOAD + 0x4fff, 1), 0x5a);
}

/* One word of the header at a time. */
static void test_multiboot_refused(void)
{
	static const struct { unsigned int word; uint32_t value; } bad[] = {
		{ 2, 0 }, { 3, 0 }, { 3, MULTIBOOT_LOAD + 0x2000 }, { 4, 0x8000 },
		{ 4, MULTIBOOT_LOAD + 0x1000 }, { 5, MULTIBOOT_LOAD + 0x5001 },
		{ 5, MULTIBOOT_LOAD - 1 }, { 6, MEMORY + 1 }, { 7, MEMORY }, { 7, 0xffffffff },
	};
	uint32_t *header;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_multiboot()[bad[i].word] = bad[i].value;
		EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	}
	/* Without addresses, or with a wish that is not known. */
	for (i = 0x3; i <= 0x10007; i += 0x10004) {
		header = make_multiboot();
		header[1] = i;
		header[2] = -(header[0] + header[1]);
		EXPECT_EQ(load(KERNEL_SIZE, NULL, ""), -1);
	}
	make_multiboot();
	EXPECT_EQ(load(0x1000 + MULTIBOOT_AT + 28, NULL, ""), -1);
}

/* Headers scribbled over: accepted or not, nothing is read or written out of bounds. */
static void test_scribbled(void)
{
	unsigned int round, i;

	srandom(3);
	for (round = 0; round < 4000; round++) {
		if (round & 1)
			make_elf();
		else
			make_bzimage();
		for (i = 0; i < 1 + round % 8; i++)
			image[(round & 1 ? 0 : 0x1f1) + random() % (round & 1 ? 0x840 : 0x80)] =
				(uint8_t)random();
		load(random() % 4 ? KERNEL_SIZE : 1 + random() % KERNEL_SIZE, initrd_name, "x");
	}
	/* Of a multiboot header all but what makes it one, which would be lost at once. */
	for (round = 0; round < 2000; round++) {
		uint32_t *header = make_multiboot();

		for (i = 0; i < 1 + round % 4; i++)
			header[3 + random() % 5] = (uint32_t)random() >> random() % 32;
		load(random() % 4 ? KERNEL_SIZE : 1 + random() % KERNEL_SIZE, initrd_name, "x");
	}
}

/* RAM beyond the hole lies above 4 GiB; no range of guest addresses reaches over the hole. */
static void test_memory_hole(void)
{
	struct boot_map_entry map[BOOT_MAP_MAX];
	struct memory big;

	EXPECT_EQ(memory_create(&big, MEMORY_HOLE + (4ULL << 20)), 0);
	EXPECT_EQ(boot_memory_map(&big, map), 4);
	EXPECT_EQ(map[3].gpa, MEMORY_HIGH);
	EXPECT_EQ(map[3].size, 4ULL << 20);
	EXPECT(memory_at(&big, MEMORY_HIGH, 4ULL << 20));
	EXPECT(!memory_at(&big, MEMORY_HIGH, (4ULL << 20) + 1));
	EXPECT(!memory_at(&big, MEMORY_HOLE - 1, 2));
	EXPECT(!memory_at(&big, MEMORY_HOLE, 1));
	EXPECT(!memory_at(&big, 0x1000, ~0ULL));
	EXPECT_EQ((uintptr_t)memory_at(&big, 0, 1) & 0x1fffff, 0);
	memory_destroy(&big);
}

int main(void)
{
	int ret;

	strcpy(kernel_name, "/tmp/hvctl-boot-test-XXXXXX");
	strcpy(initrd_name, kernel_name);
	if (close(mkstemp(kernel_name)) < 0 || close(mkstemp(initrd_name)) < 0 ||
	    memory_create(&memory, MEMORY) < 0)
		return 1;
	ktap_start();
	ktap_run("boot_bzimage", test_bzimage);
	ktap_run("boot_bzimage_refused", test_bzimage_refused);
	ktap_run("boot_pvh", test_pvh);
	ktap_run("boot_pvh_refused", test_pvh_refused);
	ktap_run("boot_multiboot", test_multiboot);
	ktap_run("boot_multiboot_refused", test_multiboot_refused);
	ktap_run("boot_reset_vector", test_reset_vector);
	ktap_run("boot_scribbled", test_scribbled);
	ktap_run("boot_memory_hole", test_memory_hole);
	ret = ktap_finish();
	unlink(kernel_name);
	unlink(initrd_name);
	memory_destroy(&memory);
	return ret;
}
