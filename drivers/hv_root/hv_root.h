/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of the module and what its files know of each other.
 *
 * A partition is one file descriptor, each of its VPs another; every one of them holds a
 * reference to the partition, and the last to go destroys it, VPs and memory included.
 *
 * Locks, outermost first.  Those on one line are never held together.
 *
 *   mshv_vp.lock			one VP at work: running, or its state being moved
 *   mshv_partition.lock		life cycle: initialize, create VPs
 *     mshv_vp.cancel.lock	a request to end what a VP does
 *     mshv_partition.mem_lock, .async.lock, .irq.lock, .irqfds.lock,
 *     .ioeventfds.lock
 *       mm_struct.mmap_lock		the VMM's memory; Linux may be about to reclaim it
 *         mshv_partition.map_lock	what the guest has of it; nothing is allocated under it
 *       hv_ledger.lock			one deposit or withdrawal at a time
 *         partitions_lock (spin), mshv_partition.regions_lock (spin)
 *
 * A deposit allocates memory, for which Linux may take some of a guest's: map_lock is inside
 * hv_ledger.lock as well.
 *
 * Interrupts off protects the hypercall pages of this CPU.  The interrupt handler takes none of
 * these: it finds partitions and VPs under RCU, and both outlive a grace period.  Signaling an
 * eventfd takes that one's own lock.
 */
#ifndef HV_ROOT_H
#define HV_ROOT_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/swait.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <hvabi/hvabi.h>

/* By its path: kernels have a <uapi/linux/mshv.h> too, and look there first. */
#include "../../include/uapi/linux/mshv.h"

#define MSHV_MAX_VPS	256

/*
 * Per partition: every end of an interrupt looks at all that resample, with interrupts off, and
 * the ids of doorbells are for all partitions.  No machine that one would build has as many.
 */
#define MSHV_MAX_RESAMPLED	256
#define MSHV_MAX_IOEVENTFDS	1024

/* Per partition: Linux asks each before it takes back memory that they may all show. */
#define MSHV_MAX_REGIONS	32768

#define MSHV_MAX_GSIS	4096

/* The first 16 vectors are exceptions'; the last of the numbers in an MSI is everybody's. */
#define APIC_VECTORS		256
#define APIC_FIRST_VECTOR	16
#define APIC_BROADCAST		0xff

#define IRQFD_HASH_BITS	6

/* Guest physical addresses have at most 52 bits. */
#define HV_MAX_GFN	(1ULL << (52 - HV_HYP_PAGE_SHIFT))

/* 4 KiB pages of a 2 MiB one. */
#define HV_LARGE_PAGES	(1UL << (HV_HYP_LARGE_PAGE_SHIFT - HV_HYP_PAGE_SHIFT))

/* What fits into a page behind the header of MAP_GPA_PAGES. */
#define MAP_BATCH	((HV_HYP_PAGE_SIZE - sizeof(struct hv_input_map_gpa_pages)) / sizeof(u64))

/* The ledger: pages that the hypervisor has from us, by partition (deposit.c). */
struct hv_ledger {
	struct mutex lock;	/* one deposit or withdrawal, and the list */
	u64 partition_id;
	unsigned long mark;	/* left on each page deposited, to know it again */
	u64 *list;		/* one page: the numbers of the pages that move */
	u64 deposited;		/* written under lock, read without */
	u64 withdrawn;
};

/* Deposits made on behalf of one hypercall until it succeeds. */
struct hv_feed {
	struct hv_ledger *ledger;
	u16 code;
	unsigned int rounds;		/* deposits since the call last got anywhere */
	unsigned int pages;		/* and their pages, to the ledger */
	unsigned int root_pages;	/* the same, but to the root's */
	unsigned int expected;		/* pages that this and what follows will take */
};

int hv_ledger_init(struct hv_ledger *ledger, u64 partition_id);
void hv_ledger_free(struct hv_ledger *ledger);
int hv_ledger_deposit(struct hv_ledger *ledger, unsigned int count, bool contiguous);
int hv_ledger_withdraw(struct hv_ledger *ledger, u64 max);
void hv_ledger_close(struct hv_ledger *ledger);
bool hv_feed(struct hv_feed *feed, u64 result);
void hv_feed_progress(struct hv_feed *feed);
void hv_feed_done(const struct hv_feed *feed);
u64 hv_ledger_held(const struct hv_ledger *ledger);
int hv_root_ledger_init(u64 partition_id);
void hv_root_ledger_exit(void);
extern struct hv_ledger hv_root_ledger;
extern atomic64_t hv_quarantined_total;

/* Status codes (status.c). */
static inline u16 hv_result(u64 result)
{
	return result & HV_HYPERCALL_RESULT_MASK;
}

static inline unsigned int hv_repcomp(u64 result)
{
	return (result & HV_HYPERCALL_REP_COMP_MASK) >> HV_HYPERCALL_REP_COMP_OFFSET;
}

static inline bool hv_success(u64 result)
{
	return hv_result(result) == HV_STATUS_SUCCESS;
}

int hv_status_errno(u16 status);
const char *hv_status_name(u16 status);
bool hv_status_is_callers_fault(u16 status);
bool hv_status_needs_memory(u16 status);
const char *hv_code_name(u16 code);

/*
 * Whom a hypercall is about and who pays for it.  Each file descriptor has one, so that it can
 * be asked what the hypervisor refused last.
 */
struct hv_target {
	u64 id;			/* partition */
	struct hv_ledger *ledger;
	atomic64_t last_error;	/* code, status and VP index, from the top */
	atomic64_t errors;
};

static inline void hv_target_init(struct hv_target *target, u64 id, struct hv_ledger *ledger)
{
	target->id = id;
	target->ledger = ledger;
	atomic64_set(&target->last_error, HV_ANY_VP);
	atomic64_set(&target->errors, 0);
}

/* A run of guest pages mapped by one hypercall; a page is 4 KiB, or 2 MiB if large. */
struct hv_gpa_run {
	u64 gfn;
	const u64 *pfns;
	unsigned int count;
	u32 flags;
	bool large;
	u64 left;	/* pages of 4 KiB that this call and those that follow map, if known */
};

/* A VP's state as GET and SET_VP_STATE move it: by pages of the caller, or inline. */
struct hv_vp_state {
	struct hv_vp_state_data data;
	u64 *pfns;
	unsigned int nr_pfns;
	void *bytes;
	unsigned int size;
};

/* The fields of the control word that count reps have 12 bits. */
#define HV_MAX_REPS	0xfff

/* One typed wrapper a hypercall (hvcalls.c).  All return 0 or an errno. */
int hv_calls_init(void);
void hv_calls_exit(void);
u64 hv_call_pages(u64 control, unsigned int start, unsigned int reps, void *in, void *out);
int hv_record(struct hv_target *target, u32 vp_index, u16 code, u64 result);
int hv_finish(struct hv_target *target, u32 vp_index, u16 code, u64 result);

int hv_create_partition(struct hv_target *opener, const struct hv_input_create_partition *in,
			u64 *id);
int hv_initialize_partition(struct hv_target *target);
int hv_finalize_partition(struct hv_target *target);
int hv_delete_partition(struct hv_target *target);
int hv_get_partition_property(struct hv_target *target, u32 property, u64 *value);
int hv_get_own_property(u32 property, void *value, unsigned int size);
int hv_get_scheduler_type(u32 *type);
int hv_set_sleep_state(u32 state, u8 pm1a_type, u8 pm1b_type);
int hv_enter_sleep_state(u32 state);

u64 hv_deposit_memory(u64 partition_id, const u64 *pfns, unsigned int count,
		      unsigned int *done);
u64 hv_withdraw_memory(u64 partition_id, u64 *pfns, unsigned int count, unsigned int *done);
int hv_map_gpa_pages(struct hv_target *target, const struct hv_gpa_run *run,
		     unsigned int *done);
int hv_unmap_gpa_pages(struct hv_target *target, u64 gfn, u64 count, bool large, u64 *done);
int hv_try_map_gpa_pages(struct hv_target *target, const struct hv_gpa_run *run,
			 unsigned int *done, u64 *again);
int hv_get_gpa_access_states(struct hv_target *target, u64 gfn, unsigned int count, u64 flags,
			     union hv_gpa_page_access_state *states, unsigned int *done,
			     u64 *again);

int hv_create_vp(struct hv_target *target, u32 vp_index);
int hv_delete_vp(struct hv_target *target, u32 vp_index);
int hv_try_dispatch_vp(struct hv_target *target, u32 vp_index, u32 flags, void *pages[2],
		       struct hv_output_dispatch_vp *out, u64 *again);
int hv_get_vp_register(struct hv_target *target, u32 vp_index, u32 name, u64 *value);
int hv_set_vp_registers(struct hv_target *target, u32 vp_index,
			const struct hv_register_assoc *regs, unsigned int count);
int hv_map_vp_state_page(struct hv_target *target, u32 vp_index, u16 type, u64 *pfn);
int hv_unmap_vp_state_page(struct hv_target *target, u32 vp_index, u16 type);
int hv_map_stats_page(struct hv_ledger *ledger, u32 type,
		      const union hv_stats_object_identity *identity, u64 *pfn);
int hv_unmap_stats_page(u32 type, const union hv_stats_object_identity *identity);
int hv_get_vp_state(struct hv_target *target, u32 vp_index, struct hv_vp_state *state);
int hv_set_vp_state(struct hv_target *target, u32 vp_index, struct hv_vp_state *state);

/* An interrupt of a child, as the hypervisor wants it. */
struct hv_interrupt {
	union hv_interrupt_control control;
	u32 dest;		/* APIC id, or logical */
	u8 vector;
	bool valid;
};

int hv_create_doorbell_port(struct hv_target *target, u32 id);
int hv_connect_doorbell_port(struct hv_target *target, u32 id,
			     const struct hv_connection_info *info);
int hv_disconnect_doorbell_port(struct hv_target *target, u32 id);
int hv_delete_port(struct hv_target *target, u32 id);
void hv_notify_port_ring_empty(u32 sint);
u64 hv_assert_virtual_interrupt(const struct hv_target *target, const struct hv_interrupt *irq);

struct mshv_partition {
	struct hv_target hv;
	struct hv_ledger ledger;
	struct kref ref;
	struct rcu_head rcu;
	struct hlist_node node;		/* in the table, under partitions_lock and RCU */
	struct mutex lock;		/* initialized, and new entries of vps */
	bool initialized;
	bool has_apics;			/* its VPs, from creation on */
	struct mshv_vp __rcu *vps[MSHV_MAX_VPS];

	struct mutex mem_lock;		/* adding and removing regions */
	spinlock_t regions_lock;	/* each change of the tree */
	struct rb_root regions;		/* by guest page number, disjoint (region.c) */
	unsigned int nr_regions;
	struct mutex map_lock;		/* what is mapped of those that are not pinned */
	bool finalized;			/* nothing is mapped any more; under map_lock */
	bool ended;			/* only files are left of it (shutdown.c) */
	struct address_space mapping;	/* where the pages of its VPs are mapped */

	struct dentry *folder;		/* in debugfs (stats.c) */
	struct dentry *vps_folder;

	struct {			/* what each interrupt number is (irq.c) */
		struct mutex lock;	/* one writer */
		struct irq_routes __rcu *routes;
	} irq;

	struct {			/* eventfds that raise interrupts (irqfd.c) */
		struct mutex lock;	/* one is assigned or deassigned */
		spinlock_t list_lock;	/* the next three */
		DECLARE_HASHTABLE(by_eventfd, IRQFD_HASH_BITS);
		struct list_head resampled;	/* read under RCU as well */
		unsigned int nr_resampled;
		atomic_t closing;	/* those whose eventfd went away, not freed yet */
	} irqfds;

	struct {			/* writes that signal eventfds (ioeventfd.c) */
		struct mutex lock;
		struct list_head addresses;
		struct list_head ports;		/* read under RCU as well */
		unsigned int count;		/* of both */
	} ioeventfds;

	struct {			/* the one asynchronous call allowed (passthru.c) */
		struct mutex lock;	/* held by the caller until it completes */
		struct completion done;
		bool pending;
		u16 status;
	} async;
};

struct mshv_vp {
	struct hv_target hv;
	struct rcu_head rcu;
	struct mshv_partition *partition;
	u32 index;
	struct mutex lock;		/* held over every use but the interrupt handler's */
	bool intercepted;		/* its message was delivered, and it waits */
	bool blocked;			/* dispatched only when announced, or with interrupts */
	u64 signals_seen;		/* of signals, those that a dispatch followed */
	u64 signals_due;		/* that the hypervisor says it sent, at the end */
	struct {			/* what its accesses to memory have brought (fault.c) */
		u64 gfn;		/* of the last one */
		u64 next;		/* behind the pages that it got */
		unsigned int window;	/* how many it gets at once */
		unsigned int repeats;	/* of an access for which nothing was missing */
		unsigned long seq;	/* since when Linux took nothing of the region back */
		struct {		/* who waits in its stead (fault_wait.c) */
			struct work_struct work;
			struct region *region;
			unsigned long seq;
			bool busy;
		} wait;
	} fault;
	void *scratch[2];		/* input and output of this VP's hypercalls */
	struct page *pages[MSHV_VP_MMAP_OFFSET_COUNT];

	struct {			/* MSHV_CANCEL_RUN_VP, see run.c */
		struct mutex lock;	/* the next two; not for reading them */
		bool requested;
		bool suspended;		/* by the request */
		bool dispatching;	/* the VP is being entered, or runs */
	} cancel;

	struct {			/* instead of a tick (tickless.c) */
		struct hrtimer timer;
		unsigned int cpu;	/* where it was started last */
	} tickless;

	struct {			/* interrupts left for its next entry (inject.c) */
		bool offered;		/* by the hypervisor */
		atomic_t state;
		DECLARE_BITMAP(vectors, APIC_VECTORS);
		const u64 *counters[HV_STATS_AREA_PARENT + 1];	/* NULL: not shown */
	} inject;

	/* What the interrupt handler touches. */
	struct swait_queue_head wait;
	bool kicked;			/* an intercept message came */
	atomic64_t signals;		/* scheduler messages that came, see run.c */
};

/* parent.c */
int parent_init(void);
void parent_exit(void);
u32 parent_role(void);
u32 parent_scheduler(void);
extern bool parent_injects;

/* partition.c */
long partition_create(const struct hv_input_create_partition *in, struct hv_target *opener);
void partition_put(struct mshv_partition *partition);
struct mshv_partition *partition_find(u64 id);
void partitions_show(struct seq_file *file);
void partitions_cancel(void);
void partitions_end(void);

/* vp.c */
long vp_create(struct mshv_partition *partition, u32 index);
void vp_unmap_pages(struct mshv_vp *vp);
void vp_free(struct mshv_vp *vp);
struct mshv_vp *vp_find(struct mshv_partition *partition, u32 index);

/* run.c */
long vp_run(struct mshv_vp *vp, void __user *message);
long vp_cancel(struct mshv_vp *vp);
void vp_kick(struct mshv_vp *vp, bool by_scheduler);
void vp_suspend(struct mshv_vp *vp);
void vp_quiesce(struct mshv_vp *vp, unsigned long deadline);

/* tickless.c */
void tickless_init(struct mshv_vp *vp);
void tickless_exit(struct mshv_vp *vp);
void tickless_enter(struct mshv_vp *vp);

/* A message that the hypervisor has announced is here in microseconds. */
#define VP_MESSAGE_TIMEOUT	(5 * HZ)

/* pin.c: the user's pages behind a region, as runs of consecutive page frames */
struct pin_list {
	struct list_head chunks;
	u64 pages;
	bool writable;
};

/* Pages of one size that follow each other, in the guest and in memory. */
struct pin_span {
	u64 gfn;
	u64 pfn;
	u64 count;
	bool large;
};

int pin_pages(struct pin_list *pins, u64 uaddr, u64 pages, bool writable);
void unpin_pages(struct pin_list *pins);
void forget_pins(struct pin_list *pins);
int pin_walk(const struct pin_list *pins, u64 gfn,
	     int (*visit)(const struct pin_span *span, void *data), void *data);
unsigned int pin_split(u64 gfn, u64 pfn, u64 count, struct pin_span spans[3]);

/* fault_wait.c */
int fault_workers_init(void);
void fault_workers_exit(void);
void fault_wait_init(struct mshv_vp *vp);
void fault_wait_exit(struct mshv_vp *vp);

/* fault.c */
long vp_fault(struct mshv_vp *vp, const struct hv_message *message);

/* region.c */
long region_map(struct mshv_partition *partition, const struct mshv_user_mem_region *args);
long region_unmap(struct mshv_partition *partition, const struct mshv_user_mem_region *args);
void regions_destroy(struct mshv_partition *partition, bool unmapped);

/* access.c */
long access_bitmap(struct mshv_partition *partition, struct mshv_gpap_access_bitmap *args,
		   void __user *user_args);

/* synic.c */
int synic_init(void);
void synic_exit(void);

/* passthru.c */
long passthru_hvcall(struct hv_target *target, struct mshv_partition *partition,
		     struct mshv_vp *vp, struct mshv_root_hvcall *args,
		     void __user *user_args);
void passthru_complete(struct mshv_partition *partition, u16 status);

/* irq.c */
void irq_init(struct mshv_partition *partition);
void irq_free(struct mshv_partition *partition);
long irq_set_routes(struct mshv_partition *partition, u32 nr,
		    const struct mshv_user_irq_entry __user *entries);
bool irq_is_level(struct mshv_partition *partition, u32 gsi);
bool irq_has_vector(struct mshv_partition *partition, u32 gsi, u32 vector);
bool irq_raise(struct mshv_partition *partition, u32 gsi, u32 *vector);
void irq_raise_fed(struct mshv_partition *partition, u32 gsi, u32 *vector);
void irq_assert_fed(struct mshv_partition *partition, const struct hv_interrupt *irq);

/* inject.c */
void inject_create(struct mshv_vp *vp);
void inject_destroy(struct mshv_vp *vp);
void inject_open(struct mshv_vp *vp);
void inject_close(struct mshv_partition *partition, u32 index);
bool inject(struct mshv_partition *partition, const struct hv_interrupt *irq);
bool inject_due(const struct mshv_vp *vp);
bool inject_blocked(const struct mshv_vp *vp);
u32 inject_take(struct mshv_vp *vp);
void inject_flush(struct mshv_vp *vp);

/* irqfd.c */
int irqfd_wq_init(void);
void irqfd_wq_exit(void);
void irqfds_init(struct mshv_partition *partition);
long irqfd_set(struct mshv_partition *partition, const struct mshv_user_irqfd *args);
bool irqfd_acked(struct mshv_partition *partition, u32 vector);
void irqfds_release(struct mshv_partition *partition);

/* ioeventfd.c */
void ioeventfds_init(struct mshv_partition *partition);
long ioeventfd_set(struct mshv_partition *partition, const struct mshv_user_ioeventfd *args);
bool ioeventfd_port_write(struct mshv_vp *vp, const struct hv_message *message);
void ioeventfds_release(struct mshv_partition *partition);

/* port.c: what a child's write rings, and the ring of a CPU that tells which */
struct doorbell {
	u32 id;
	void (*ring)(struct doorbell *doorbell);	/* interrupt context, under RCU */
};

struct event_ring {
	struct hv_synic_event_ring *shared;	/* with the hypervisor */
	unsigned int tail;			/* where the next one may be */
	struct work_struct rest;		/* what was too much for an interrupt */
	bool closed;
};

int doorbell_create(struct mshv_partition *partition, struct doorbell *doorbell,
		    const struct hv_connection_info *info);
void doorbell_delete(struct mshv_partition *partition, struct doorbell *doorbell);
void event_ring_open(struct event_ring *ring, struct hv_synic_event_ring *shared);
void event_ring_drain(struct event_ring *ring);
void event_ring_look(struct event_ring *ring);
void event_ring_close(struct event_ring *ring);
void event_ring_finish(struct event_ring *ring);

/* vp_state.c */
long vp_move_state(struct mshv_vp *vp, struct mshv_get_set_vp_state *args,
		   void __user *user_args, bool set);

/* device.c */
struct mshv_ioctl {
	unsigned int cmd;
	u8 size;		/* bytes read from the user first; MSHV_ARGS_SIZE() */
	u8 zero_from, zero_to;	/* the reserved ones among them */
	long (*handler)(void *object, void *args, void __user *user_args);
};

/* The largest argument that the front reads, and the size of one that is no larger. */
#define MSHV_MAX_ARGS		64
#define MSHV_ARGS_SIZE(type)	(sizeof(type) + BUILD_BUG_ON_ZERO(sizeof(type) > MSHV_MAX_ARGS))

long mshv_ioctl(const struct mshv_ioctl *table, unsigned int entries, void *object,
		unsigned int cmd, unsigned long arg);
int device_check_name(void);
int device_init(void);
void device_exit(void);

/* info.c */
long info_query(const struct hv_target *target, u32 vp_index, void __user *user_args);
long info_last_error(struct hv_target *target, void __user *user_args);

/* shutdown.c */
int shutdown_init(void);
void shutdown_exit(void);
extern struct percpu_ref shutdown_users;

/* False: no more ioctls.  Else shutdown_leave() follows. */
static inline bool shutdown_enter(void)
{
	return percpu_ref_tryget_live(&shutdown_users);
}

static inline void shutdown_leave(void)
{
	percpu_ref_put(&shutdown_users);
}

static inline bool shutting_down(void)
{
	return percpu_ref_is_dying(&shutdown_users);
}

/* power.c */
void power_init(void);
void power_exit(void);

/* stats.c */
void stats_init(void);
void stats_exit(void);
void stats_add_partition(struct mshv_partition *partition);
void stats_remove_partition(struct mshv_partition *partition);
void stats_add_vp(struct mshv_vp *vp);

#define HV_ROOT_VERSION	"0.1"

#endif /* HV_ROOT_H */
