// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds that a write of the guest signals, without its VMM.
 *
 * For a write to memory the hypervisor has doorbells (port.c): the guest goes on, and an
 * interrupt tells us.  For a write to an I/O port it has none, so RUN_VP looks at the
 * intercept before it returns, signals the eventfd, moves the guest over the instruction, and goes
 * on.  String instructions, and those after which the guest expects a trap or has an interrupt
 * shadow to leave, are left to the VMM.
 *
 * Locking: ioeventfds.lock over the lists.  The list of ports is read under RCU.
 */
#include <linux/bits.h>
#include <linux/eventfd.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/processor-flags.h>

#include "region.h"

struct ioeventfd {
	struct doorbell doorbell;	/* of an address */
	struct list_head node;
	struct rcu_head rcu;
	struct eventfd_ctx *eventfd;
	u64 addr;
	u64 value;
	u32 len;			/* 0: any */
	bool any_value;
};

static struct list_head *list_of(struct mshv_partition *partition,
				 const struct mshv_user_ioeventfd *args)
{
	return args->flags & BIT(MSHV_IOEVENTFD_BIT_PIO) ? &partition->ioeventfds.ports :
							   &partition->ioeventfds.addresses;
}

static void free_rcu_callback(struct rcu_head *rcu)
{
	struct ioeventfd *ioeventfd = container_of(rcu, struct ioeventfd, rcu);

	eventfd_ctx_put(ioeventfd->eventfd);
	kfree(ioeventfd);
}

static void ring(struct doorbell *doorbell)
{
	eventfd_signal(container_of(doorbell, struct ioeventfd, doorbell)->eventfd);
}

static bool width_valid(const struct mshv_user_ioeventfd *args)
{
	switch (args->len) {
	case 0:
	case 1:
	case 2:
	case 4:
		return true;
	case 8:
		return !(args->flags & BIT(MSHV_IOEVENTFD_BIT_PIO));
	default:
		return false;
	}
}

static bool range_valid(const struct mshv_user_ioeventfd *args)
{
	if (args->flags & BIT(MSHV_IOEVENTFD_BIT_PIO))
		return args->addr <= U16_MAX && args->addr + args->len <= U16_MAX + 1;
	return args->addr + args->len >= args->addr;
}

/* There a write would ring or not, by what of the memory the guest has got by then. */
static bool is_memory(struct mshv_partition *partition, const struct mshv_user_ioeventfd *args)
{
	struct region *region;

	if (args->flags & BIT(MSHV_IOEVENTFD_BIT_PIO))
		return false;
	region = region_get(partition, args->addr >> HV_HYP_PAGE_SHIFT);
	if (region)
		region_put(region);
	return region;
}

static u64 doorbell_flags(const struct ioeventfd *ioeventfd)
{
	u64 flags = ioeventfd->len ? ilog2(ioeventfd->len) + HV_DOORBELL_FLAG_TRIGGER_SIZE_BYTE :
				     HV_DOORBELL_FLAG_TRIGGER_SIZE_ANY;

	return ioeventfd->any_value ? flags | HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE : flags;
}

static int create_doorbell(struct mshv_partition *partition, struct ioeventfd *ioeventfd)
{
	struct hv_connection_info info = {
		.port_type = HV_PORT_TYPE_DOORBELL,
		.doorbell_connection_info = {
			.gpa = ioeventfd->addr,
			.trigger_value = ioeventfd->value,
			.flags = doorbell_flags(ioeventfd),
		},
	};

	return doorbell_create(partition, &ioeventfd->doorbell, &info);
}

static struct ioeventfd *alloc_ioeventfd(const struct mshv_user_ioeventfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(args->fd);
	struct ioeventfd *ioeventfd;

	if (IS_ERR(eventfd))
		return ERR_CAST(eventfd);
	ioeventfd = kzalloc(sizeof(*ioeventfd), GFP_KERNEL_ACCOUNT);
	if (!ioeventfd) {
		eventfd_ctx_put(eventfd);
		return ERR_PTR(-ENOMEM);
	}
	ioeventfd->doorbell.ring = ring;
	ioeventfd->eventfd = eventfd;
	ioeventfd->addr = args->addr;
	ioeventfd->len = args->len;
	ioeventfd->any_value = !(args->flags & BIT(MSHV_IOEVENTFD_BIT_DATAMATCH));
	if (!ioeventfd->any_value)
		ioeventfd->value = args->datamatch;
	return ioeventfd;
}

/* Would a write of this width signal both? */
static bool collides(const struct list_head *list, const struct ioeventfd *new)
{
	const struct ioeventfd *old;

	list_for_each_entry(old, list, node)
		if (old->addr == new->addr && old->len == new->len &&
		    (old->any_value || new->any_value || old->value == new->value))
			return true;
	return false;
}

static int publish(struct mshv_partition *partition, struct list_head *list,
		   struct ioeventfd *ioeventfd)
{
	int ret = 0;

	if (collides(list, ioeventfd))
		return -EEXIST;
	if (partition->ioeventfds.count == MSHV_MAX_IOEVENTFDS)
		return -ENOSPC;
	if (list == &partition->ioeventfds.addresses)
		ret = create_doorbell(partition, ioeventfd);
	if (ret)
		return ret;
	list_add_tail_rcu(&ioeventfd->node, list);
	partition->ioeventfds.count++;
	return 0;
}

static int assign(struct mshv_partition *partition, const struct mshv_user_ioeventfd *args)
{
	struct ioeventfd *ioeventfd;
	int ret;

	if (!width_valid(args) || !range_valid(args) || is_memory(partition, args))
		return -EINVAL;
	ioeventfd = alloc_ioeventfd(args);
	if (IS_ERR(ioeventfd))
		return PTR_ERR(ioeventfd);
	ret = publish(partition, list_of(partition, args), ioeventfd);
	if (ret)
		call_rcu(&ioeventfd->rcu, free_rcu_callback);
	return ret;
}

static void release(struct mshv_partition *partition, struct ioeventfd *ioeventfd)
{
	list_del_rcu(&ioeventfd->node);
	partition->ioeventfds.count--;
	if (ioeventfd->doorbell.id)
		doorbell_delete(partition, &ioeventfd->doorbell);
	call_rcu(&ioeventfd->rcu, free_rcu_callback);
}

static bool is_meant(const struct ioeventfd *ioeventfd, const struct eventfd_ctx *eventfd,
		     const struct mshv_user_ioeventfd *args)
{
	bool any_value = !(args->flags & BIT(MSHV_IOEVENTFD_BIT_DATAMATCH));

	return ioeventfd->eventfd == eventfd && ioeventfd->addr == args->addr &&
	       ioeventfd->len == args->len && ioeventfd->any_value == any_value &&
	       (any_value || ioeventfd->value == args->datamatch);
}

static int deassign(struct mshv_partition *partition, const struct mshv_user_ioeventfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(args->fd);
	struct ioeventfd *ioeventfd;
	int ret = -ENOENT;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	list_for_each_entry(ioeventfd, list_of(partition, args), node) {
		if (is_meant(ioeventfd, eventfd, args)) {
			release(partition, ioeventfd);
			ret = 0;
			break;
		}
	}
	eventfd_ctx_put(eventfd);
	return ret;
}

/**
 * ioeventfd_set() - MSHV_IOEVENTFD
 * @partition: whose writes
 * @args: the user's; rsvd known to be 0
 *
 * Return: 0; -EINVAL for an unknown flag, a width that is none, a range beyond the end, memory of
 * the guest's, or a file that is no eventfd; -EBADF; -EEXIST; -ENOENT if there is nothing to
 * deassign; -ENOMEM; -EINTR; the errno of a hypercall that failed.
 */
long ioeventfd_set(struct mshv_partition *partition, const struct mshv_user_ioeventfd *args)
{
	int ret;

	if (args->flags & ~(u32)MSHV_IOEVENTFD_FLAGS_MASK)
		return -EINVAL;
	if (mutex_lock_killable(&partition->ioeventfds.lock))
		return -EINTR;
	if (args->flags & BIT(MSHV_IOEVENTFD_BIT_DEASSIGN))
		ret = deassign(partition, args);
	else
		ret = assign(partition, args);
	mutex_unlock(&partition->ioeventfds.lock);
	return ret;
}

/* Whether a write to a port is as simple as the eventfds know them. */
static bool is_plain_write(const struct hv_x64_io_port_intercept_message *io)
{
	return io->header.intercept_access_type == HV_INTERCEPT_ACCESS_WRITE &&
	       io->access_info.access_size && io->access_info.access_size <= sizeof(u32) &&
	       !io->access_info.string_op && !io->access_info.rep_prefix &&
	       !io->header.execution_state.interrupt_shadow &&
	       !(io->header.rflags & X86_EFLAGS_TF) && io->header.instruction_length;
}

static bool signal_port(struct mshv_partition *partition, u16 port, u32 width, u64 value)
{
	struct ioeventfd *ioeventfd;

	list_for_each_entry_rcu(ioeventfd, &partition->ioeventfds.ports, node) {
		if (ioeventfd->addr != port || (ioeventfd->len && ioeventfd->len != width) ||
		    (!ioeventfd->any_value && ioeventfd->value != value))
			continue;
		eventfd_signal(ioeventfd->eventfd);
		return true;
	}
	return false;
}

static bool signal_intercept(struct mshv_partition *partition,
			     const struct hv_x64_io_port_intercept_message *io)
{
	u32 width = io->access_info.access_size;
	bool found;

	if (!is_plain_write(io))
		return false;
	rcu_read_lock();
	found = signal_port(partition, io->port_number, width,
			    io->rax & GENMASK_ULL(8 * width - 1, 0));
	rcu_read_unlock();
	return found;
}

/**
 * ioeventfd_port_write() - the VP was intercepted at an I/O port
 * @vp: its lock is held
 * @message: the intercept, in the page that the user may write to as well
 *
 * Return: true if that signaled an eventfd, and the VP can go on.
 */
bool ioeventfd_port_write(struct mshv_vp *vp, const struct hv_message *message)
{
	struct hv_vp_register_page *regs = page_address(vp->pages[MSHV_VP_MMAP_OFFSET_REGISTERS]);
	struct hv_x64_io_port_intercept_message io;

	if (!regs->isvalid)
		return false;
	memcpy(&io, message->u.payload, sizeof(io));
	if (!signal_intercept(vp->partition, &io))
		return false;
	regs->rip = io.header.rip + io.header.instruction_length;
	regs->dirty |= BIT(HV_X64_REGISTER_CLASS_IP);
	return true;
}

void ioeventfds_init(struct mshv_partition *partition)
{
	mutex_init(&partition->ioeventfds.lock);
	INIT_LIST_HEAD(&partition->ioeventfds.addresses);
	INIT_LIST_HEAD(&partition->ioeventfds.ports);
}

static void release_list(struct mshv_partition *partition, struct list_head *list)
{
	struct ioeventfd *ioeventfd, *next;

	list_for_each_entry_safe(ioeventfd, next, list, node)
		release(partition, ioeventfd);
}

/* The partition goes, and nobody has a file of it any more. */
void ioeventfds_release(struct mshv_partition *partition)
{
	release_list(partition, &partition->ioeventfds.addresses);
	release_list(partition, &partition->ioeventfds.ports);
}
