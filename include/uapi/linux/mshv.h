/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/mshv: child partitions of the Microsoft Hypervisor, for virtual machine monitors.
 *
 * The device gives partition fds, a partition fd gives VP fds.  Numbers and layouts are those
 * of mainline Linux 7.3 and are never changed.  Numbers 0x08 to 0x0A, and 0xF0 and above, are
 * used by others and answer ENOTTY here; what this driver adds lies in 0x80 to 0x9F and is
 * announced by MSHV_QUERY_INFO.
 *
 * The device may be opened read-only: no ioctl asks for write access to the file.  Reserved
 * fields must be zero (EINVAL).  "Page" is 4096 bytes, MSHV_HV_PAGE_SIZE, and a guest page
 * number is a guest physical address divided by it.
 *
 * Errors common to all ioctls, besides those listed with each:
 *
 *   ENOTTY   this fd has no such ioctl
 *   EFAULT   an argument or a buffer it points to cannot be read or written
 *   EINTR    another ioctl held what this one needs, and the process is being killed; on a VP's
 *            fd, which RUN_VP may hold for ever, any signal will do
 *   ENOMEM   no memory, for the kernel or to deposit for the hypervisor
 *   ESHUTDOWN  the machine is about to restart, and the partition is gone
 *
 * A call that the hypervisor refuses returns the errno closest to its status (EIO if none is);
 * the status itself is then to be had by MSHV_GET_LAST_ERROR, and from MSHV_ROOT_HVCALL in
 * its argument.
 *
 * MSHV_IRQFD, MSHV_IOEVENTFD, MSHV_SET_MSI_ROUTING and MSHV_GET_GPAP_ACCESS_BITMAP are part of
 * mainline's interface and described here for that reason.  A driver that does not have
 * MSHV_CAP_EVENTFD, or MSHV_CAP_ACCESS_BITMAP, among the capabilities that MSHV_QUERY_INFO
 * tells, answers them with ENOTTY.
 */
#ifndef _UAPI_LINUX_MSHV_ROOT_H
#define _UAPI_LINUX_MSHV_ROOT_H

#ifdef _UAPI_LINUX_MSHV_H
#error "another <linux/mshv.h> was read before this one"
#endif

#include <linux/ioctl.h>
#include <linux/types.h>

#define MSHV_IOCTL		0xB8

/* Version of what lies in 0x80 to 0x9F; also tells that this header was read. */
#define MSHV_ABI_VERSION	1

#define MSHV_HV_PAGE_SIZE	0x1000

/* Partitions: /dev/mshv. */

enum {
	MSHV_PT_BIT_LAPIC,			/* the hypervisor emulates the local APIC */
	MSHV_PT_BIT_X2APIC,			/* ... which can do x2APIC */
	MSHV_PT_BIT_GPA_SUPER_PAGES,		/* 2 MiB and larger guest mappings */
	MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES,	/* the argument is mshv_create_partition_v2 */
	MSHV_PT_BIT_NESTED_VIRTUALIZATION,	/* the guest may run guests */
	MSHV_PT_BIT_SMT_ENABLED_GUEST,		/* the guest sees sibling threads */
	MSHV_PT_BIT_COUNT,
};

#define MSHV_PT_FLAGS_MASK	((1 << MSHV_PT_BIT_COUNT) - 1)

enum {
	MSHV_PT_ISOLATION_NONE,
	MSHV_PT_ISOLATION_COUNT,
};

/**
 * struct mshv_create_partition - argument of MSHV_CREATE_PARTITION
 * @pt_flags: mask of 1 << MSHV_PT_BIT_*
 * @pt_isolation: MSHV_PT_ISOLATION_NONE
 */
struct mshv_create_partition {
	__u64 pt_flags;
	__u64 pt_isolation;
};

#define MSHV_NUM_CPU_FEATURES_BANKS	2

/**
 * struct mshv_create_partition_v2 - the same, with the processor features
 * @pt_flags: mask of 1 << MSHV_PT_BIT_*, MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES among them; that
 *            bit is what tells this structure from the short one, the ioctl number is the same
 * @pt_isolation: MSHV_PT_ISOLATION_NONE
 * @pt_num_cpu_fbanks: MSHV_NUM_CPU_FEATURES_BANKS
 * @pt_rsvd: zero
 * @pt_cpu_fbanks: processor features that the guest does *not* get, as the bits of the
 *                 hypervisor's union hv_partition_processor_features; bits that the hypervisor
 *                 does not know may be set
 * @pt_rsvd1: zero
 * @pt_disabled_xsave: XSAVE features that the guest does *not* get, as the bits of union
 *                     hv_partition_processor_xsave_features
 */
struct mshv_create_partition_v2 {
	__u64 pt_flags;
	__u64 pt_isolation;
	__u16 pt_num_cpu_fbanks;
	__u8 pt_rsvd[6];
	__u64 pt_cpu_fbanks[MSHV_NUM_CPU_FEATURES_BANKS];
	__u64 pt_rsvd1[2];
	__u64 pt_disabled_xsave;
};

/**
 * define MSHV_CREATE_PARTITION - create a child partition
 *
 * On /dev/mshv.  The argument is a struct mshv_create_partition, or a struct
 * mshv_create_partition_v2.  The partition is not initialized yet: this is the moment to set
 * those of its properties that can be set only now.
 *
 * Return: a partition fd, close-on-exec.  EINVAL: unknown flag, isolation other than none,
 * wrong number of feature banks, reserved field not zero.
 */
#define MSHV_CREATE_PARTITION	_IOW(MSHV_IOCTL, 0x00, struct mshv_create_partition)

/* One child: partition fds. */

/**
 * define MSHV_INITIALIZE_PARTITION - let the partition have VPs and memory
 *
 * No argument.  Doing it twice is no error.
 *
 * Return: 0.
 */
#define MSHV_INITIALIZE_PARTITION	_IO(MSHV_IOCTL, 0x00)

/**
 * struct mshv_create_vp - argument of MSHV_CREATE_VP
 * @vp_index: 0 to 255; also the VP's APIC id unless the VMM sets another
 */
struct mshv_create_vp {
	__u32 vp_index;
};

/**
 * define MSHV_CREATE_VP - create a virtual processor
 *
 * It is created suspended, at the architecture's reset vector.  It lives until the partition
 * goes; closing its fd does not destroy it.
 *
 * Return: a VP fd, close-on-exec.  EINVAL: index too large.  EEXIST: there is one already.
 */
#define MSHV_CREATE_VP		_IOW(MSHV_IOCTL, 0x01, struct mshv_create_vp)

enum {
	MSHV_SET_MEM_BIT_WRITABLE,
	MSHV_SET_MEM_BIT_EXECUTABLE,
	MSHV_SET_MEM_BIT_UNMAP,
	MSHV_SET_MEM_BIT_COUNT
};

#define MSHV_SET_MEM_FLAGS_MASK	((1 << MSHV_SET_MEM_BIT_COUNT) - 1)

/**
 * struct mshv_user_mem_region - argument of MSHV_SET_GUEST_MEMORY
 * @size: bytes; whole pages, not zero
 * @guest_pfn: first guest page number
 * @userspace_addr: address in the caller, page-aligned
 * @flags: mask of 1 << MSHV_SET_MEM_BIT_*; exactly MSHV_SET_MEM_BIT_UNMAP to unmap
 * @rsvd: zero
 */
struct mshv_user_mem_region {
	__u64 size;
	__u64 guest_pfn;
	__u64 userspace_addr;
	__u8 flags;
	__u8 rsvd[7];
};

/**
 * define MSHV_SET_GUEST_MEMORY - give the guest memory of the caller, or take it away
 *
 * Memory is always readable by the guest; what else it may do is in the flags.  Regions must
 * not overlap in the guest; the same memory of the caller may be mapped at several places.  A
 * region is unmapped as a whole, with the size, guest_pfn and userspace_addr it was mapped
 * with.
 *
 * Memory that is locked as a whole (mlock(2), MAP_LOCKED) is pinned and mapped at once.  A device's
 * memory and registers can be given by the shared area in which its driver shows them.  All other
 * memory stays as movable as it was, and the guest gets a page of it when it touches it: RUN_VP
 * does not return for that.  What the caller does to its address space afterwards (munmap(2),
 * mremap(2), mprotect(2), madvise(2)) holds for such memory at once.  Only if there is nothing for
 * the guest, or the access is not allowed, does RUN_VP return with HVMSG_UNMAPPED_GPA or
 * HVMSG_GPA_INTERCEPT; run again, the VP tries again.
 *
 * Return: 0.  EINVAL: size, alignment or flags; nothing mapped at userspace_addr; no region
 * exactly like this one to unmap, although one covers guest_pfn; the partition is not initialized.
 * EEXIST: overlap, also with what an earlier call that failed could not undo.  ENOENT: no region
 * to unmap there.  EFAULT: not all of it is memory, or one area of a device; or the caller itself
 * may not read it, or not write to what the guest is to write.  ENOMEM: also if memory that is to
 * be pinned would exceed RLIMIT_MEMLOCK of the caller, whose pages they stay if the partition
 * outlives it; CAP_IPC_LOCK lifts that.  ENOSPC: the partition has 32768 regions.  EINTR: the
 * process is being killed; nothing of the region is mapped.
 */
#define MSHV_SET_GUEST_MEMORY	_IOW(MSHV_IOCTL, 0x02, struct mshv_user_mem_region)

enum {
	MSHV_IRQFD_BIT_DEASSIGN,
	MSHV_IRQFD_BIT_RESAMPLE,
	MSHV_IRQFD_BIT_COUNT,
};

#define MSHV_IRQFD_FLAGS_MASK	((1 << MSHV_IRQFD_BIT_COUNT) - 1)

/**
 * struct mshv_user_irqfd - argument of MSHV_IRQFD
 * @fd: eventfd that raises the interrupt
 * @resamplefd: eventfd that is signaled at the guest's EOI; read only with
 *              MSHV_IRQFD_BIT_RESAMPLE
 * @gsi: interrupt, 0 to 4095, routed by MSHV_SET_MSI_ROUTING
 * @flags: mask of 1 << MSHV_IRQFD_BIT_*
 */
struct mshv_user_irqfd {
	__s32 fd;
	__s32 resamplefd;
	__u32 gsi;
	__u32 flags;
};

/**
 * define MSHV_IRQFD - connect an eventfd to an interrupt of the guest, or disconnect it
 *
 * On a partition fd.  A write to the eventfd raises the interrupt before it returns, and is taken
 * out of the eventfd; so is what was written before.  The route may be set before or after; a write
 * while the interrupt has no route is lost.  Of several partitions that an eventfd is connected to,
 * the first alone gets its writes until it is disconnected.
 *
 * Closing the last descriptor of the eventfd, or of the partition and its VPs, disconnects as
 * well.  Once disconnecting has returned, nothing is raised.
 *
 * With MSHV_IRQFD_BIT_RESAMPLE the interrupt must be level-triggered now.  Whenever the guest ends
 * it, by whichever route it came, resamplefd is signaled; a device whose line is still up then
 * writes again.  The VMM does not get that HVMSG_X64_APIC_EOI.  The hypervisor tells the vector
 * alone, so another interrupt's end with the same vector signals resamplefd too.
 *
 * A write is lost, too, if the hypervisor refuses the interrupt; MSHV_GET_LAST_ERROR tells why.
 *
 * Parameters: struct mshv_user_irqfd.  To disconnect, the same fd and gsi.
 *
 * Return: 0, also for disconnecting what is not connected.
 *
 * Errors:
 *   EINVAL   unknown flag; gsi above 4095; fd or resamplefd is no eventfd; resampling asked for an
 *            interrupt that has no route or an edge-triggered one
 *   EBADF    no such fd or resamplefd
 *   EBUSY    the eventfd already raises an interrupt of this partition
 *   ENOSPC   256 interrupts of this partition are resampled already
 */
#define MSHV_IRQFD		_IOW(MSHV_IOCTL, 0x03, struct mshv_user_irqfd)

enum {
	MSHV_IOEVENTFD_BIT_DATAMATCH,
	MSHV_IOEVENTFD_BIT_PIO,
	MSHV_IOEVENTFD_BIT_DEASSIGN,
	MSHV_IOEVENTFD_BIT_COUNT,
};

#define MSHV_IOEVENTFD_FLAGS_MASK	((1 << MSHV_IOEVENTFD_BIT_COUNT) - 1)

/**
 * struct mshv_user_ioeventfd - argument of MSHV_IOEVENTFD
 * @datamatch: value that must be written, with MSHV_IOEVENTFD_BIT_DATAMATCH: as many bytes as the
 *             guest writes, the rest zero
 * @addr: guest physical address in bytes; with MSHV_IOEVENTFD_BIT_PIO an I/O port
 * @len: width of the write in bytes: 1, 2, 4, but not for a port 8, or 0 for any
 * @fd: eventfd to signal
 * @flags: mask of 1 << MSHV_IOEVENTFD_BIT_*
 * @rsvd: zero
 */
struct mshv_user_ioeventfd {
	__u64 datamatch;
	__u64 addr;
	__u32 len;
	__s32 fd;
	__u32 flags;
	__u8 rsvd[4];
};

/**
 * define MSHV_IOEVENTFD - let a write of the guest signal an eventfd, without its VMM
 *
 * On a partition fd.  A write to an address that is no memory of the guest's signals the eventfd
 * and the guest goes on: the hypervisor does that by a doorbell, and the signal may come when the
 * guest is further already.  For a port, which the hypervisor has no doorbells for, the driver does
 * it at the intercept: the signal comes before the guest goes on, and RUN_VP does not return.
 * String instructions go to the VMM, and so do writes to a port while the guest single-steps, or
 * that follow an instruction that holds interrupts back.  Memory that is given to the guest at such
 * an address later takes the writes, once the guest has got it.
 *
 * Of two that differ in width alone a write that fits both signals one.  Closing the eventfd
 * disconnects nothing.  A signal that is on its way when it is disconnected may still come.
 *
 * Parameters: struct mshv_user_ioeventfd.  To disconnect, the same address, width, eventfd and
 * value, or none.
 *
 * Return: 0.
 *
 * Errors:
 *   EINVAL   unknown flag; reserved field not zero; a width that is none; a range that ends beyond
 *            the last address or port; memory of the guest's; fd is no eventfd
 *   EBADF    no such fd
 *   EEXIST   a write of this width there, of that value if not any, signals something already
 *   ENOENT   nothing to disconnect
 *   ENOSPC   this partition has 1024 already
 *   EBUSY    16777215 ids of doorbells are in use, over all partitions
 * or the errno of CREATE_PORT's or CONNECT_PORT's status.
 */
#define MSHV_IOEVENTFD		_IOW(MSHV_IOCTL, 0x04, struct mshv_user_ioeventfd)

/**
 * struct mshv_user_irq_entry - one route
 * @gsi: interrupt, 0 to 4095
 * @address_lo: MSI address; bits 12 to 19 are the APIC id, bit 2 asks for a logical one
 * @address_hi: zero
 * @data: MSI data: vector, delivery mode, trigger mode
 */
struct mshv_user_irq_entry {
	__u32 gsi;
	__u32 address_lo;
	__u32 address_hi;
	__u32 data;
};

/**
 * struct mshv_user_irq_table - argument of MSHV_SET_MSI_ROUTING
 * @nr: entries that follow, 0 to 4096
 * @rsvd: zero
 * @entries: the routes, each gsi at most once
 */
struct mshv_user_irq_table {
	__u32 nr;
	__u32 rsvd;
	struct mshv_user_irq_entry entries[];
};

/**
 * define MSHV_SET_MSI_ROUTING - say which message each interrupt is
 *
 * On a partition fd.  Replaces all routes at once; interrupts that the table does not name have
 * none.  Once it has returned, nothing is raised by an old route.  What the address and the data
 * say is looked at when the interrupt is raised, by the hypervisor.
 *
 * Parameters: struct mshv_user_irq_table and its entries.
 *
 * Return: 0.
 *
 * Errors:
 *   EINVAL   more than 4096 entries; gsi above 4095 or named twice; address_hi or reserved field
 *            not zero.  The old routes are still in force.
 */
#define MSHV_SET_MSI_ROUTING	_IOW(MSHV_IOCTL, 0x05, struct mshv_user_irq_table)

enum {
	MSHV_GPAP_ACCESS_TYPE_ACCESSED,
	MSHV_GPAP_ACCESS_TYPE_DIRTY,
	MSHV_GPAP_ACCESS_TYPE_COUNT
};

enum {
	MSHV_GPAP_ACCESS_OP_NOOP,	/* only read */
	MSHV_GPAP_ACCESS_OP_CLEAR,
	MSHV_GPAP_ACCESS_OP_SET,
	MSHV_GPAP_ACCESS_OP_COUNT
};

/**
 * struct mshv_gpap_access_bitmap - argument of MSHV_GET_GPAP_ACCESS_BITMAP
 * @access_type: MSHV_GPAP_ACCESS_TYPE_*
 * @access_op: MSHV_GPAP_ACCESS_OP_*: what becomes of the bits in the same step
 * @rsvd: zero
 * @page_count: pages; on return those that were read, also after an error
 * @gpap_base: first guest page number
 * @bitmap_ptr: (page_count + 7) / 8 bytes; bit n is page gpap_base + n
 */
struct mshv_gpap_access_bitmap {
	__u8 access_type;
	__u8 access_op;
	__u8 rsvd[6];
	__u64 page_count;
	__u64 gpap_base;
	__u64 bitmap_ptr;
};

/**
 * define MSHV_GET_GPAP_ACCESS_BITMAP - which pages the guest touched or wrote
 *
 * The hypervisor keeps account of it only while the partition's property
 * GPA_PAGE_ACCESS_TRACKING is 1.  A page that is not accessed is not dirty, and one that is dirty
 * is accessed; clearing the one and setting the other keep it so.  Reading and the operation are
 * one step for each page, so nothing is lost while the guest runs.  A page that was taken from the
 * guest since, because the caller or the kernel unmapped or moved it, counts as accessed, and as
 * dirty if the guest could write to it.
 *
 * Return: 0.  EINVAL: type, operation, no page, no bitmap, reserved field, gpap_base beyond any
 * guest's address space; the partition is not initialized.  E2BIG: page_count beyond it.  EFAULT:
 * bitmap_ptr cannot be written.  After these no bit has changed.  EINTR: the process is being
 * killed.  Else the errno of a hypercall that failed.  After these, page_count tells how many pages
 * were read and operated on.
 */
#define MSHV_GET_GPAP_ACCESS_BITMAP	_IOWR(MSHV_IOCTL, 0x06, struct mshv_gpap_access_bitmap)

/**
 * struct mshv_root_hvcall - argument of MSHV_ROOT_HVCALL
 * @code: hypercall code, HVCALL_*
 * @reps: elements of a rep call, 0 for others; on return those that are done
 * @in_sz: bytes of input, 8 to one page, the elements included; what the hypercall has beyond is
 *         taken to be zero
 * @out_sz: bytes of room for output, 1 to one page; not looked at without out_ptr
 * @status: zero; on return the hypervisor's HV_STATUS_*, whether or not the ioctl failed; after
 *          EBUSY and EINTR it has none
 * @rsvd: zero
 * @in_ptr: the input, a struct hv_input_*; its partition id is overwritten: with the fd's own
 *          on a partition or VP fd, with the caller's own partition on /dev/mshv
 * @out_ptr: where the output goes, or 0; written only on success, and no further than the
 *           hypervisor wrote
 */
struct mshv_root_hvcall {
	__u16 code;
	__u16 reps;
	__u16 in_sz;
	__u16 out_sz;
	__u16 status;
	__u8 rsvd[6];
	__u64 in_ptr;
	__u64 out_ptr;
};

/**
 * define MSHV_ROOT_HVCALL - pass one hypercall through
 *
 * On any fd, for the codes that the driver allows there.  On /dev/mshv: reading properties of
 * the caller's own partition.  On partition and VP fds: properties, VP registers, intercepts
 * and their results, address translation, virtual interrupts, access states of guest pages,
 * messages and events sent directly, CPUID values.  Setting a property can take the hypervisor
 * a while and is refused on a VP fd.
 *
 * Return: 0.  EINVAL: code not allowed here, size, reserved field, more than 4095 elements or
 * more than fit into a page, elements for a call that has none.  EBUSY: setting a property,
 * while the hypervisor has not finished one whose caller was killed.  EINTR: the process is
 * being killed; a property may be set later nevertheless.  Else the errno of status.
 */
#define MSHV_ROOT_HVCALL	_IOWR(MSHV_IOCTL, 0x07, struct mshv_root_hvcall)

/* One virtual processor: VP fds. */

#define MSHV_RUN_VP_BUF_SZ	256

/*
 * Pages of a VP for mmap(2), one page long and shared.  The offset is one of these, times the
 * system's page size.  ENODEV: this VP has no such page.  EINVAL: any other offset or length.
 */
enum {
	MSHV_VP_MMAP_OFFSET_REGISTERS,		/* struct hv_vp_register_page */
	MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE,	/* struct hv_message */
	MSHV_VP_MMAP_OFFSET_GHCB,
	MSHV_VP_MMAP_OFFSET_COUNT
};

/**
 * struct mshv_run_vp - argument of MSHV_RUN_VP
 * @msg_buf: on return, the struct hv_message that says why the VP stopped
 */
struct mshv_run_vp {
	__u8 msg_buf[MSHV_RUN_VP_BUF_SZ];
};

/**
 * define MSHV_RUN_VP - run the VP until it needs the caller
 *
 * The caller looks at the message, does what the guest asked, moves the guest's RIP on where
 * that is due, and runs again.  A VP that is halted, waits for its start-up IPI, or that the VMM
 * holds by HV_REGISTER_DISPATCH_SUSPEND, is waited for.  HV_REGISTER_EXPLICIT_SUSPEND is lifted by
 * running the VP.  If another thread runs it already, this one waits for its turn.
 *
 * Return: 0 with a message.  EINTR: a signal came first, while the VP ran or before its turn came;
 * this call does not run it any more, nothing is lost, msg_buf is untouched.  While the page that
 * the guest touched is waited for, from a userfaultfd say, a signal ends that too on Linux 6.2 and
 * later; MSHV_CANCEL_RUN_VP takes effect when the page is there.  EFAULT: msg_buf cannot be
 * written, and the message is only in the page that mmap() gives.  ENOMEM: there is no memory for
 * a page that the guest touched; run again, it touches it again.  Else the errno of a hypercall
 * that failed, or EIO if the hypervisor intercepted the VP and does not say so; then the VP may
 * still be running, and the kernel's log has a line, unless a request of the caller's can be the
 * reason.  ECANCELED: only after MSHV_CANCEL_RUN_VP, or when the machine is about to restart.
 */
#define MSHV_RUN_VP		_IOR(MSHV_IOCTL, 0x00, struct mshv_run_vp)

enum {
	MSHV_VP_STATE_LAPIC,		/* struct hv_local_interrupt_controller_state */
	MSHV_VP_STATE_XSAVE,		/* compacted form */
	MSHV_VP_STATE_SIMP,		/* SynIC message page */
	MSHV_VP_STATE_SIEFP,		/* SynIC event flags page */
	MSHV_VP_STATE_SYNTHETIC_TIMERS,	/* struct hv_synthetic_timers_state */
	MSHV_VP_STATE_COUNT,
};

/**
 * struct mshv_get_set_vp_state - argument of MSHV_GET_VP_STATE and MSHV_SET_VP_STATE
 * @type: MSHV_VP_STATE_*
 * @rsvd: zero
 * @buf_sz: bytes of the buffer, whole pages; on return the bytes that the state has, also when
 *          the buffer was too small
 * @buf_ptr: buffer, page-aligned
 */
struct mshv_get_set_vp_state {
	__u8 type;
	__u8 rsvd[3];
	__u32 buf_sz;
	__u64 buf_ptr;
};

/**
 * define MSHV_GET_VP_STATE - read a large part of the VP's state
 *
 * Return: 0.  EINVAL: type, alignment, reserved field, buffer too small.  EOVERFLOW: the
 * buffer ends beyond the end of the address space.
 */
#define MSHV_GET_VP_STATE	_IOWR(MSHV_IOCTL, 0x01, struct mshv_get_set_vp_state)

/**
 * define MSHV_SET_VP_STATE - write it
 *
 * Return: as MSHV_GET_VP_STATE.
 */
#define MSHV_SET_VP_STATE	_IOWR(MSHV_IOCTL, 0x02, struct mshv_get_set_vp_state)

/**
 * define MSHV_CANCEL_RUN_VP - make MSHV_RUN_VP return
 *
 * An addition of this driver (MSHV_CAP_CANCEL_RUN_VP), on VP fds, from any thread.  No argument.
 * It is for a VMM whose VP thread has something else to do, and unlike a signal it cannot come
 * too early: one MSHV_RUN_VP returns ECANCELED for it, the one that is under way, or else the
 * next, which then does not enter the VP.  If the VP is intercepted at the same time, its message
 * is returned first, and the MSHV_RUN_VP after it is the one.  Cancels that nothing has returned
 * for yet count as one.  The VP has lost nothing, and goes on with the next MSHV_RUN_VP.
 *
 * Return: 0.  Else the errno of a hypercall; the request is noted nevertheless, and is followed at
 * the VP's next exit.
 */
#define MSHV_CANCEL_RUN_VP	_IO(MSHV_IOCTL, 0x82)

/* Additions of this driver, on any of the three kinds of fd. */

/* mshv_query_info.caps */
#define MSHV_CAP_QUERY_INFO	(1ULL << 0)
#define MSHV_CAP_LAST_ERROR	(1ULL << 1)
#define MSHV_CAP_EVENTFD	(1ULL << 2)	/* MSHV_IRQFD, IOEVENTFD, SET_MSI_ROUTING */
#define MSHV_CAP_ACCESS_BITMAP	(1ULL << 3)	/* MSHV_GET_GPAP_ACCESS_BITMAP */
#define MSHV_CAP_CANCEL_RUN_VP	(1ULL << 4)

/* mshv_query_info.parent_role: what this kernel's own partition is. */
enum {
	MSHV_ROLE_ROOT		= 1,	/* drives the hardware */
	MSHV_ROLE_NESTED_ROOT	= 2,	/* root of a hypervisor that is itself a guest */
	MSHV_ROLE_L1VH		= 3,	/* a child that may have children */
};

/**
 * struct mshv_query_info - argument of MSHV_QUERY_INFO
 * @size: bytes that the caller has; on return the bytes that the driver filled, the smaller of
 *        that and of what it knows
 * @abi_version: MSHV_ABI_VERSION of the driver
 * @caps: mask of MSHV_CAP_*
 * @parent_role: MSHV_ROLE_*
 * @scheduler_type: enum hv_scheduler_type of the hypervisor
 * @self_partition_id: of the kernel's own partition
 * @hv_build: the hypervisor's version, as CPUID leaf 0x40000002 has it: build number
 * @hv_major: major version
 * @hv_minor: minor version
 * @hv_service_pack: service pack
 * @hv_service: branch in bits 24 to 31, number below
 * @driver_version: string, zero-terminated
 * @partition_id: of the fd's partition; 0 on /dev/mshv
 * @deposited: pages that were ever deposited for the fd's partition; on /dev/mshv for the
 *             kernel's own
 * @withdrawn: pages that came back
 * @quarantined: on /dev/mshv, pages that the hypervisor did not give back from partitions that
 *               are gone, since the driver was loaded; they are not used again.  Else 0
 * @vp_index: of a VP fd; else 0xffffffff
 * @rsvd: zero
 */
struct mshv_query_info {
	__u32 size;
	__u32 abi_version;
	__u64 caps;
	__u32 parent_role;
	__u32 scheduler_type;
	__u64 self_partition_id;
	__u32 hv_build;
	__u16 hv_major;
	__u16 hv_minor;
	__u32 hv_service_pack;
	__u32 hv_service;
	char driver_version[32];
	__u64 partition_id;
	__u64 deposited;
	__u64 withdrawn;
	__u64 quarantined;
	__u32 vp_index;
	__u32 rsvd;
};

/* What the structure had first; the ioctl's number keeps it however the structure grows. */
#define MSHV_QUERY_INFO_SIZE_V1	120

/**
 * define MSHV_QUERY_INFO - what the driver can do, and what it runs on
 *
 * A caller that knows fewer fields gets those; one that knows more sees from size that the
 * rest was not filled.
 *
 * Return: 0.  EINVAL: size smaller than MSHV_QUERY_INFO_SIZE_V1.
 */
#define MSHV_QUERY_INFO \
	_IOC(_IOC_READ | _IOC_WRITE, MSHV_IOCTL, 0x80, MSHV_QUERY_INFO_SIZE_V1)

/**
 * struct mshv_last_error - argument of MSHV_GET_LAST_ERROR
 * @hypercall: code of the last call made for this fd that the hypervisor refused
 * @status: HV_STATUS_* that it returned; 0 if none was refused yet
 * @vp_index: on a VP fd, that VP; on others the VP that the driver made the call for, 0xffffffff
 *            if none
 * @partition_id: the partition that the call was about
 * @count: calls made for this fd that were refused
 */
struct mshv_last_error {
	__u16 hypercall;
	__u16 status;
	__u32 vp_index;
	__u64 partition_id;
	__u64 count;
};

/**
 * define MSHV_GET_LAST_ERROR - why the hypervisor refused, in its own terms
 *
 * Statuses that only ask for more memory, which the driver then gives, do not count.  Reading
 * changes nothing.
 *
 * Return: 0.
 */
#define MSHV_GET_LAST_ERROR	_IOR(MSHV_IOCTL, 0x81, struct mshv_last_error)

#endif /* _UAPI_LINUX_MSHV_ROOT_H */
