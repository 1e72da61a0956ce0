// SPDX-License-Identifier: GPL-2.0-only
/* Bad arguments, made systematically. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "abi.h"
#include "ktap.h"

bool refused(int fd, unsigned long request, void *argument, int error, const char *name)
{
	return ktap_errno(ioctl(fd, request, argument), error, name);
}

/* Three pages, of which only the middle one may be touched. */
static uint8_t *island(void)
{
	static uint8_t *pages;

	if (pages)
		return pages + PAGE;
	pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE))
		ktap_bail("no pages for arguments");
	return pages + PAGE;
}

static bool is_efault(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) == -1 && errno == EFAULT;
}

void refused_at_each_byte(int fd, unsigned long request, const void *argument, size_t size,
			  const char *name)
{
	uint8_t *page = island();
	size_t tail = 0, head = 0;

	for (size_t n = 0; n < size; n++) {
		memcpy(page + PAGE - n, argument, n);
		tail += is_efault(fd, request, page + PAGE - n);
		memcpy(page, (const uint8_t *)argument + size - n, n);
		head += is_efault(fd, request, page - (size - n));
	}
	ktap_is((long long)tail, (long long)size, name);
	ktap_is((long long)head, (long long)size, name);
}

void refused_unless_zero(int fd, unsigned long request, void *argument, size_t offset,
			 size_t size, const char *name)
{
	uint8_t *bytes = argument;
	size_t good = 0;

	for (size_t i = offset; i < offset + size; i++) {
		bytes[i] = 1;
		good += ioctl(fd, request, argument) == -1 && errno == EINVAL;
		bytes[i] = 0;
	}
	ktap_is((long long)good, (long long)size, name);
}

void *read_only_copy(const void *argument, size_t size)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		ktap_bail("no page for an argument");
	memcpy(page, argument, size);
	mprotect(page, PAGE, PROT_READ);
	return page;
}

static bool is_known(unsigned int nr, const unsigned char *known, unsigned int count)
{
	return memchr(known, (int)nr, count);
}

static bool is_enotty(int fd, unsigned long request)
{
	if (ioctl(fd, request, island()) == -1 && errno == ENOTTY)
		return true;
	ktap_note("ioctl %#lx is not ENOTTY", request);
	return false;
}

void unknown_are_enotty(int fd, const unsigned char *known, unsigned int count, const char *name)
{
	unsigned int bad = 0;

	for (unsigned int nr = 0; nr < 256; nr++) {
		if (!is_known(nr, known, count)) {
			bad += !is_enotty(fd, _IO(MSHV_IOCTL, nr));
			bad += !is_enotty(fd, _IOC(_IOC_READ | _IOC_WRITE, MSHV_IOCTL, nr, 32));
		}
		/* No ioctl has this size, and none this magic. */
		bad += !is_enotty(fd, _IOC(_IOC_READ | _IOC_WRITE, MSHV_IOCTL, nr, 4093));
		bad += !is_enotty(fd, _IOC(_IOC_READ | _IOC_WRITE, MSHV_IOCTL + 1, nr, 32));
	}
	ktap_is(bad, 0, name);
}
