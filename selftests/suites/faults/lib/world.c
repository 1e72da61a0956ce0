// SPDX-License-Identifier: GPL-2.0-only
/* Making and unmaking the child of these tests. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktap.h"
#include "testhv.h"
#include "world.h"

ASMBLOB(out_code, 16, "1: out %al, $0x42\n" "jmp 1b\n");

/* DS: the movable region. */
ASMBLOB(touch_code, 32,
	".code16\n"
	"mov $0x2000, %ax\n"
	"mov %ax, %ds\n"
	"1: mov %ax, 0\n"
	"out %al, $0x42\n"
	"jmp 1b\n");

#define GSI	5

static uint8_t *movable;
static int event;	/* the same for all children */

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
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (dev < 0 || extra == MAP_FAILED || event < 0)
		ktap_bail("/dev/mshv or memory: %s", strerror(errno));
}

/* Nobody has touched the memory yet, so that the guest's access has to make the page. */
static void add_movable(void)
{
	movable = mmap(NULL, MOVABLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (movable == MAP_FAILED ||
	    mshv_set_memory(child.pt, MOVABLE_GPA, movable, MOVABLE, MEM_W))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
	child_load(&child, BLOB_GPA, &touch_code);
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
	if (stage == WITH_MOVABLE)
		add_movable();
	if (stage == WITH_EXTRA && mshv_set_memory(child.pt, EXTRA_GPA, extra, EXTRA, MEM_W))
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
	if (movable)
		munmap(movable, MOVABLE);
	movable = NULL;
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

int touch_movable(void)
{
	struct hv_message message;
	int ret = mshv_run(child.vp[0].fd, &message);

	if (!ret && message.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT) {
		errno = ENOMSG;
		return -1;
	}
	return ret;
}

static int ioeventfd(uint32_t flags)
{
	struct mshv_user_ioeventfd args = { .addr = 0xfed00000, .flags = flags };

	args.fd = event;
	return mshv_ioeventfd(child.pt, &args);
}

int set_ioeventfd(void)
{
	return ioeventfd(0);
}

int clear_ioeventfd(void)
{
	return ioeventfd(IOEVENTFD_DEASSIGN);
}

int set_irqfd(void)
{
	struct mshv_user_irq_entry route = { .gsi = GSI, .address_lo = 0xfee00000, .data = 0x50 };

	if (mshv_set_routes(child.pt, &route, 1))
		return -1;
	return mshv_irqfd(child.pt, event, -1, GSI, 0);
}

void signal_irqfd(void)
{
	eventfd_write(event, 1);
}
