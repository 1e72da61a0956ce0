// SPDX-License-Identifier: GPL-2.0-only
/* Making and unmaking the child of these tests. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktap.h"
#include "testhv.h"
#include "world.h"

ASMBLOB(out_code, 16, "1: out %al, $0x42\n" "jmp 1b\n");

int dev;
struct child child;
uint8_t *extra;
uint64_t child_flags;

void begin(void)
{
	testhv_required();
	dev = mshv_open();
	extra = mmap(NULL, EXTRA, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE | MAP_LOCKED, -1, 0);
	if (dev < 0 || extra == MAP_FAILED)
		ktap_bail("/dev/mshv or memory: %s", strerror(errno));
}

void make(enum stage stage)
{
	memset(&child, 0, sizeof(child));
	child.dev = dev;
	child.pt = child.vp[0].fd = -1;
	if (stage >= CREATED)
		child.pt = mshv_create_partition(dev, child_flags);
	if (stage >= INITIALIZED && mshv_initialize(child.pt))
		ktap_bail("INITIALIZE_PARTITION: %s", strerror(errno));
	if (stage >= WITH_VP) {
		child.ram = extra;
		child.ram_size = RAM;
		if (mshv_set_memory(child.pt, 0, extra, RAM, MEM_W | MEM_X))
			ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
		child.vp[0].fd = mshv_create_vp(child.pt, 0);
		child.vp[0].regs = mshv_map_page(child.vp[0].fd, MSHV_VP_MMAP_OFFSET_REGISTERS);
		if (child.vp[0].regs == MAP_FAILED)
			ktap_bail("no VP: %s", strerror(errno));
		child_load(&child, BLOB_GPA, &out_code);
		child_real_mode(&child, 0, BLOB_GPA);
	}
	if (stage >= WITH_EXTRA && mshv_set_memory(child.pt, EXTRA_GPA, extra, EXTRA, MEM_W))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
}

void unmake(void)
{
	if (child.vp[0].regs)
		munmap(child.vp[0].regs, PAGE);
	if (child.vp[0].fd >= 0)
		close(child.vp[0].fd);
	if (child.pt >= 0)
		close(child.pt);
}

int map_extra(void)
{
	return mshv_set_memory(child.pt, EXTRA_GPA, extra, EXTRA, MEM_W);
}

int unmap_extra(void)
{
	return mshv_set_memory(child.pt, EXTRA_GPA, extra, EXTRA, MEM_UNMAP);
}

int run_once(void)
{
	struct hv_message message;

	return mshv_run(child.vp[0].fd, &message);
}

static int move_state(unsigned int type, unsigned long cmd)
{
	static uint8_t page[2 * PAGE] __attribute__((aligned(4096)));
	struct mshv_get_set_vp_state args = {
		.type = (uint8_t)type, .buf_sz = sizeof(page), .buf_ptr = (uintptr_t)page,
	};

	return ioctl(child.vp[0].fd, cmd, &args);
}

int get_xsave(void)
{
	return move_state(MSHV_VP_STATE_XSAVE, MSHV_GET_VP_STATE);
}

int set_timers(void)
{
	if (move_state(MSHV_VP_STATE_SYNTHETIC_TIMERS, MSHV_GET_VP_STATE))
		return -1;
	return move_state(MSHV_VP_STATE_SYNTHETIC_TIMERS, MSHV_SET_VP_STATE);
}
