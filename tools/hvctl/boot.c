// SPDX-License-Identifier: GPL-2.0
/*
 * Loading a kernel: what the formats have in common. See boot.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acpi.h"
#include "boot.h"
#include "failure.h"
#include "layout.h"
#include "vm.h"

#define PAGE	4096ULL

static int map_fd(struct boot_file *file, int fd)
{
	struct stat st;
	void *bytes;

	if (fstat(fd, &st) < 0)
		return fail_errno(errno, "cannot read %s", file->name);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return fail("%s is not a file with anything in it", file->name);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return fail_errno(errno, "cannot read %s", file->name);
	file->bytes = bytes;
	file->size = (size_t)st.st_size;
	return 0;
}

static int open_file(struct boot_file *file, const char *name)
{
	int fd, ret;

	file->name = name;
	if (!name)
		return 0;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(errno, "cannot open %s", name);
	ret = map_fd(file, fd);
	close(fd);
	return ret;
}

static void close_file(struct boot_file *file)
{
	if (file->size)
		munmap((void *)file->bytes, file->size);
}

unsigned int boot_memory_map(const struct memory *memory, struct boot_map_entry *map)
{
	unsigned int n = 0;

	map[n++] = (struct boot_map_entry){ 0, LAYOUT_LOW_RAM_END, BOOT_MAP_RAM };
	map[n++] = (struct boot_map_entry){ LAYOUT_ACPI, LAYOUT_FIRMWARE_END - LAYOUT_ACPI,
					    BOOT_MAP_RESERVED };
	map[n++] = (struct boot_map_entry){ LAYOUT_HIGH_RAM,
					    memory_low_end(memory) - LAYOUT_HIGH_RAM,
					    BOOT_MAP_RAM };
	if (memory->ranges > 1)
		map[n++] = (struct boot_map_entry){ memory->range[1].gpa, memory->range[1].size,
						    BOOT_MAP_RAM };
	return n;
}

int boot_copy(struct boot_job *job, uint64_t gpa, const void *bytes, size_t size)
{
	void *to = memory_at(job->memory, gpa, size);

	if (!to)
		return fail("the guest's memory is too small: %zu bytes at 0x%llx do not fit", size,
			    (unsigned long long)gpa);
	memcpy(to, bytes, size);
	return 0;
}

int boot_place_initrd(struct boot_job *job, uint64_t kernel_end, uint64_t limit)
{
	uint64_t end = memory_low_end(job->memory);

	if (!job->initrd.size)
		return 0;
	if (end > limit)
		end = limit;
	if (job->initrd.size > end || ((end - job->initrd.size) & ~(PAGE - 1)) < kernel_end)
		return fail("the guest's memory is too small for kernel and initrd");
	job->initrd_gpa = (end - job->initrd.size) & ~(PAGE - 1);
	return boot_copy(job, job->initrd_gpa, job->initrd.bytes, job->initrd.size);
}

static int load_kernel(struct boot_job *job, struct boot_entry *entry)
{
	if (boot_is_linux(&job->kernel))
		return boot_linux(job, entry);
	if (boot_is_multiboot(&job->kernel))
		return boot_multiboot(job, entry);
	if (boot_is_elf(&job->kernel))
		return boot_pvh(job, entry);
	fail("%s is neither a bzImage nor an ELF file nor a multiboot image", job->kernel.name);
	fail_hint("Debian has bzImages as /boot/vmlinuz-*");
	return -1;
}

static int load_cmdline(struct boot_job *job)
{
	size_t size = strlen(job->cmdline) + 1;

	if (size > LAYOUT_CMDLINE_MAX)
		return fail_usage("the command line is longer than %llu bytes",
				  LAYOUT_CMDLINE_MAX - 1);
	return boot_copy(job, LAYOUT_CMDLINE, job->cmdline, size);
}

/*
 * A guest that wants a PC's firmware to reset it goes back to real mode and jumps to the reset
 * vector. Linux with CONFIG_EFI, as distributions have it, does so rather than use the ACPI
 * reset register: hardware-reduced ACPI makes it ask EFI for a reset, here is none, and the
 * firmware is what it tries next. What it finds uses the register for it.
 */
static int load_reset_vector(struct boot_job *job)
{
	static const uint8_t code[] = {
		0xba, (PORT_POWER + POWER_RESET) & 0xff, (PORT_POWER + POWER_RESET) >> 8,
							/* mov $port, %dx */
		0xb0, POWER_RESET_VALUE,		/* mov $value, %al */
		0xee,					/* out %al, %dx */
		0xf4,					/* hlt */
		0xeb, 0xfd,				/* jmp to the hlt */
	};

	_Static_assert(sizeof(code) <= LAYOUT_FIRMWARE_END - LAYOUT_RESET_VECTOR, "fits");
	return boot_copy(job, LAYOUT_RESET_VECTOR, code, sizeof(code));
}

static int load_all(struct boot_job *job, const struct vm_config *config,
		    struct boot_entry *entry)
{
	if (open_file(&job->kernel, config->kernel) < 0 ||
	    open_file(&job->initrd, config->initrd) < 0)
		return -1;
	if (load_cmdline(job) < 0 || load_kernel(job, entry) < 0 || load_reset_vector(job) < 0)
		return -1;
	acpi_build(memory_at(job->memory, LAYOUT_ACPI, LAYOUT_ACPI_SIZE), LAYOUT_ACPI,
		   config->cpus);
	return 0;
}

int boot_load(struct memory *memory, const struct vm_config *config, struct boot_entry *entry)
{
	struct boot_job job = { .memory = memory, .cmdline = config->cmdline };
	int ret = load_all(&job, config, entry);

	close_file(&job.kernel);
	close_file(&job.initrd);
	return ret;
}
