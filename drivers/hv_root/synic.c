// SPDX-License-Identifier: GPL-2.0-only
/*
 * The synthetic interrupt controller: how the hypervisor tells us that something happened.
 *
 * Each CPU has one.  Its message page has a slot for each of 16 sources (SINTs); we use SINT 0,
 * on which intercepts, the scheduler's wishes and completions of asynchronous calls arrive, and
 * the news that a doorbell of SINT 5 has rung, whose number is in the event ring (port.c).  A
 * message stays in its slot until we clear it, and nothing else gets through to this CPU before:
 * so every message is cleared, also one that nobody knows.
 *
 * In the root partition the hypervisor has the pages ready, and we only enable them.  An L1VH
 * parent brings them, unless VMBus has: then they are shared, each its own slots.  What was
 * enabled before us stays enabled after us.
 *
 * From the reboot notifier on no message comes any more; shutdown.c has ended the partitions by
 * then.
 *
 * Locking: a CPU's state is touched by that CPU only.  Its interrupt handler may come at any
 * time, also for interrupts of others, so the callback that closes the controller, in a thread,
 * does it with interrupts off.
 */
#include <linux/cpuhotplug.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/smp.h>

#include "hv_root.h"
#include "kernel_hv.h"
#include "trace.h"

/* The register that locates a page: enable in bit 0, the address from bit 12. */
#define PAGE_ENABLED	BIT_ULL(0)

/*
 * Messages that may still come out of a controller that is being closed: what was queued before
 * the source was masked.  A bound only because the hypervisor is not trusted with a loop.
 */
#define MAX_LEFT	64

/* A page that we share with the hypervisor, by the register that locates it. */
struct synic_page {
	void *address;
	bool enabled;		/* by us */
	bool ours;		/* our memory, or else mapped */
};

struct synic {
	struct synic_page messages;
	struct synic_page rings;
	struct event_ring doorbells;
	bool enabled_control;
};

static DEFINE_PER_CPU(struct synic, synics);
static int hotplug_state;

static void signal_vp(struct mshv_partition *partition, u32 index, bool by_scheduler)
{
	struct mshv_vp *vp = vp_find(partition, index);

	if (vp)
		vp_kick(vp, by_scheduler);
}

static bool take_intercept(const struct hv_message *message)
{
	const struct hv_opaque_intercept_message *payload = (void *)message->u.payload;
	struct mshv_partition *partition = partition_find(message->header.sender);

	if (partition)
		signal_vp(partition, payload->vp_index, false);
	return partition;
}

/* One partition, a set of VPs: of each bank that the mask names, 64 bits. */
static bool take_bitset(const struct hv_message *message)
{
	const struct hv_vp_signal_bitset_scheduler_message *payload = (void *)message->u.payload;
	struct mshv_partition *partition = partition_find(payload->partition_id);
	const struct hv_vpset *set = &payload->vp_bitset.bitset;
	unsigned long banks = set->valid_bank_mask, bits;
	unsigned int bank, vp, n = 0;

	if (!partition || set->format != HV_GENERIC_SET_SPARSE_4K)
		return false;
	/* VPs above the last we have may be named, but there is no such VP. */
	for_each_set_bit(bank, &banks, MSHV_MAX_VPS / HV_VCPUS_PER_SPARSE_BANK) {
		bits = set->bank_contents[n++];
		for_each_set_bit(vp, &bits, HV_VCPUS_PER_SPARSE_BANK)
			signal_vp(partition, bank * HV_VCPUS_PER_SPARSE_BANK + vp, true);
	}
	return true;
}

static bool take_pairs(const struct hv_message *message)
{
	const struct hv_vp_signal_pair_scheduler_message *payload = (void *)message->u.payload;
	unsigned int count = min_t(unsigned int, payload->vp_count,
				   HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT);
	struct mshv_partition *partition;
	bool known = count;
	unsigned int i;

	for (i = 0; i < count; i++) {
		partition = partition_find(payload->partition_ids[i]);
		if (partition)
			signal_vp(partition, payload->vp_indexes[i], true);
		known = known && partition;
	}
	return known;
}

static bool take_completion(const struct hv_message *message)
{
	const struct hv_async_completion_message_payload *payload = (void *)message->u.payload;
	struct mshv_partition *partition = partition_find(payload->partition_id);

	if (partition)
		passthru_complete(partition, payload->status);
	return partition;
}

/* The end of a level-triggered interrupt.  Nobody but resampling irqfds wants to hear of it. */
static bool take_eoi_message(const struct hv_message *message)
{
	const struct hv_x64_apic_eoi_message *payload = (void *)message->u.payload;
	struct mshv_partition *partition = partition_find(message->header.sender);

	return partition && irqfd_acked(partition, payload->interrupt_vector);
}

/* A source that we set up as an intercept has news: the only such is that of the doorbells. */
static bool take_notification(const struct hv_message *message)
{
	const struct hv_notification_message_payload *payload = (void *)message->u.payload;

	if (payload->sint_index != HV_SYNIC_DOORBELL_SINT_INDEX)
		return false;
	event_ring_drain(&this_cpu_ptr(&synics)->doorbells);
	return true;
}

/* Whether anybody knew what to do with it; under RCU. */
static bool take_message(const struct hv_message *message, u32 type)
{
	switch (type) {
	case HVMSG_OPAQUE_INTERCEPT:
		return take_intercept(message);
	case HVMSG_SYNIC_SINT_INTERCEPT:
		return take_notification(message);
	case HVMSG_X64_APIC_EOI:
		return take_eoi_message(message);
	case HVMSG_SCHEDULER_VP_SIGNAL_BITSET:
		return take_bitset(message);
	case HVMSG_SCHEDULER_VP_SIGNAL_PAIR:
		return take_pairs(message);
	case HVMSG_ASYNC_CALL_COMPLETION:
		return take_completion(message);
	default:
		return false;
	}
}

/* The next message comes only when this slot is seen empty, so that is the last thing done. */
static void clear_slot(struct hv_message *message)
{
	WRITE_ONCE(message->header.message_type, HVMSG_NONE);
	/* Empty first, then ask: whoever posts does it in the other order. */
	mb();
	if (READ_ONCE(message->header.message_flags.asu8) & BIT(0))
		kernel_hv_set_msr(HV_X64_MSR_EOM, 0);
}

/* Interrupts are off. */
static bool empty_slot(struct hv_message_page *page)
{
	struct hv_message *message = &page->sint_message[HV_SYNIC_INTERCEPTION_SINT_INDEX];
	bool known;
	u32 type;

	/* The type is written last. */
	type = smp_load_acquire(&message->header.message_type);
	if (type == HVMSG_NONE)
		return false;
	rcu_read_lock();
	known = take_message(message, type);
	rcu_read_unlock();
	trace_hv_message(type, message->header.sender, known);
	clear_slot(message);
	return true;
}

/* Called by the kernel, in hard interrupt context, for every synthetic interrupt. */
static void synic_isr(void)
{
	struct hv_message_page *page = this_cpu_ptr(&synics)->messages.address;

	if (page)
		empty_slot(page);
}

/* Where the hypervisor has the page, or 0 after a complaint. */
static phys_addr_t find_page(u64 value, const char *what)
{
	phys_addr_t where = value & HV_HYP_PAGE_MASK;

	if (!where)
		pr_err("CPU %u: the hypervisor provides no page for %s\n", smp_processor_id(),
		       what);
	return where;
}

/* Nobody has put a page there yet. */
static bool page_wanted(u64 value)
{
	return kernel_hv_l1vh() && !((value & PAGE_ENABLED) && (value & HV_HYP_PAGE_MASK));
}

static int provide_page(struct synic_page *page, u32 msr)
{
	page->address = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page->address)
		return -ENOMEM;
	page->ours = true;
	page->enabled = true;
	kernel_hv_set_msr(msr, virt_to_phys(page->address) | PAGE_ENABLED);
	return 0;
}

static int enable_page(struct synic_page *page, u32 msr, const char *what)
{
	u64 value = kernel_hv_get_msr(msr);
	phys_addr_t where;
	void *address;

	if (page_wanted(value))
		return provide_page(page, msr);
	where = find_page(value, what);
	if (!where)
		return -ENXIO;
	address = memremap(where, HV_HYP_PAGE_SIZE, MEMREMAP_WB);
	if (!address)
		return -ENOMEM;
	page->enabled = !(value & PAGE_ENABLED);
	if (page->enabled)
		kernel_hv_set_msr(msr, value | PAGE_ENABLED);
	page->address = address;
	return 0;
}

/* The caller releases what is returned, where that is allowed. */
static struct synic_page disable_page(struct synic_page *page, u32 msr)
{
	struct synic_page old = *page;

	if (old.ours)
		kernel_hv_set_msr(msr, 0);
	else if (old.enabled)
		kernel_hv_set_msr(msr, kernel_hv_get_msr(msr) & ~PAGE_ENABLED);
	*page = (struct synic_page){ };
	return old;
}

static void release_page(const struct synic_page *old)
{
	if (old->ours)
		free_page((unsigned long)old->address);
	else
		memunmap(old->address);
}

/* as_intercept: what this source has to say is a message of the other. */
static void unmask_sint(u32 index, bool as_intercept)
{
	union hv_synic_sint sint = {
		.vector = kernel_hv_vector(),
		.auto_eoi = kernel_hv_auto_eoi(),
		.as_intercept = as_intercept,
	};

	kernel_hv_set_msr(HV_X64_MSR_SINT0 + index, sint.as_uint64);
}

static void mask_sint(u32 index)
{
	u32 msr = HV_X64_MSR_SINT0 + index;

	kernel_hv_set_msr(msr, kernel_hv_get_msr(msr) | HV_SYNIC_SINT_MASKED);
}

static void enable_control(struct synic *synic)
{
	u64 value = kernel_hv_get_msr(HV_X64_MSR_SCONTROL);

	synic->enabled_control = !(value & HV_SYNIC_CONTROL_ENABLE);
	if (synic->enabled_control)
		kernel_hv_set_msr(HV_X64_MSR_SCONTROL, value | HV_SYNIC_CONTROL_ENABLE);
}

static void disable_control(struct synic *synic)
{
	if (synic->enabled_control)
		kernel_hv_set_msr(HV_X64_MSR_SCONTROL,
				  kernel_hv_get_msr(HV_X64_MSR_SCONTROL) &
				  ~HV_SYNIC_CONTROL_ENABLE);
	synic->enabled_control = false;
}

static int enable_pages(struct synic *synic)
{
	struct hv_synic_event_ring_page *rings;
	struct synic_page messages;
	int ret = enable_page(&synic->messages, HV_X64_MSR_SIMP, "messages");

	if (ret)
		return ret;
	ret = enable_page(&synic->rings, HV_X64_MSR_SIRBP, "event rings");
	if (ret) {
		messages = disable_page(&synic->messages, HV_X64_MSR_SIMP);
		release_page(&messages);
		return ret;
	}
	rings = synic->rings.address;
	event_ring_open(&synic->doorbells,
			&rings->sint_event_ring[HV_SYNIC_DOORBELL_SINT_INDEX]);
	return 0;
}

static int cpu_up(unsigned int cpu)
{
	struct synic *synic = this_cpu_ptr(&synics);
	int ret = enable_pages(synic);

	if (ret)
		return ret;
	unmask_sint(HV_SYNIC_INTERCEPTION_SINT_INDEX, false);
	unmask_sint(HV_SYNIC_DOORBELL_SINT_INDEX, true);
	enable_control(synic);
	/* Who had the ring before may have left it with events, of which nobody tells again. */
	event_ring_look(&synic->doorbells);
	return 0;
}

/* Messages that are already here belong to VPs that other CPUs go on running, and so do events. */
static void empty_all(struct synic *synic)
{
	unsigned int left = MAX_LEFT;

	while (left && empty_slot(synic->messages.address))
		left--;
	event_ring_finish(&synic->doorbells);
}

static int cpu_down(unsigned int cpu)
{
	struct synic *synic = this_cpu_ptr(&synics);
	struct synic_page messages, rings;
	unsigned long flags;

	event_ring_close(&synic->doorbells);
	local_irq_save(flags);
	mask_sint(HV_SYNIC_DOORBELL_SINT_INDEX);
	mask_sint(HV_SYNIC_INTERCEPTION_SINT_INDEX);
	empty_all(synic);
	disable_control(synic);
	/* What came since; now nothing comes any more, and the page is still there. */
	event_ring_finish(&synic->doorbells);
	rings = disable_page(&synic->rings, HV_X64_MSR_SIRBP);
	messages = disable_page(&synic->messages, HV_X64_MSR_SIMP);
	local_irq_restore(flags);
	release_page(&rings);
	release_page(&messages);
	return 0;
}

/* The next kernel must find the controller as this one found it. */
static int before_reboot(struct notifier_block *block, unsigned long code, void *data)
{
	if (hotplug_state)
		cpuhp_remove_state(hotplug_state);
	hotplug_state = 0;
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = {
	.notifier_call = before_reboot,
};

static bool sint_in_use(void)
{
	u64 sint = kernel_hv_get_msr(HV_X64_MSR_SINT0 + HV_SYNIC_INTERCEPTION_SINT_INDEX);

	if (sint & HV_SYNIC_SINT_MASKED)
		return false;
	pr_err("not loading: another driver receives the hypervisor's messages (SINT 0 is %#llx)\n",
	       sint);
	return true;
}

int synic_init(void)
{
	int ret;

	if (sint_in_use())
		return -EBUSY;
	kernel_hv_set_handler(synic_isr);
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "hv_root/synic:online", cpu_up, cpu_down);
	if (ret < 0) {
		kernel_hv_set_handler(NULL);
		synchronize_rcu();
		return ret;
	}
	hotplug_state = ret;
	register_reboot_notifier(&reboot_block);
	return 0;
}

void synic_exit(void)
{
	unregister_reboot_notifier(&reboot_block);
	if (hotplug_state)
		cpuhp_remove_state(hotplug_state);
	kernel_hv_set_handler(NULL);
	/* An interrupt may have read the handler just before. */
	synchronize_rcu();
}
