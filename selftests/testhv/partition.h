/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Partitions: what a partition is, and the pool of deposited memory from
 * which everything that belongs to it is allocated.
 *
 * Locking: all fields are protected by hv_lock (lock.h).
 */
#ifndef TESTHV_PARTITION_H
#define TESTHV_PARTITION_H

#include "types.h"
#include "npt.h"
#include "pool.h"
#include <hvabi/hvabi.h>

#define MAX_VPS			64
#define MAX_PARTITIONS		256
#define MAX_INDEX_INTERCEPTS	32
#define NR_INTERCEPT_TYPES	16
#define ROOT_PARTITION_ID	1

enum partition_state {
	PARTITION_CREATED,	/* CREATE_PARTITION done: properties may be set */
	PARTITION_ACTIVE,	/* INITIALIZE_PARTITION done: VPs and memory */
	PARTITION_FINALIZED,	/* FINALIZE_PARTITION done: only withdraw and delete */
};

/* Intercepts that are installed one by one: of CPUID leaves, or of MSRs. */
struct index_intercepts {
	u32 nr;
	struct {
		u32 index;
		u32 access;	/* HV_INTERCEPT_ACCESS_MASK_* */
	} of[MAX_INDEX_INTERCEPTS];
};

struct vp;
struct reftime;			/* reference counter and TSC page, reftime.c */
struct child_platform;		/* what a child's VPs share (lapic.c & co) */

struct partition {
	u64 id;
	enum partition_state state;
	bool root;
	struct partition *parent;
	u64 creation_flags;	/* HV_PARTITION_CREATION_FLAG_* */
	u64 privileges;		/* hv_partition_privilege_mask as one number */
	u64 synthetic_features;	/* property SYNTHETIC_PROC_FEATURES */
	u64 processor_features[2]; /* set bit: disabled (as CREATE_PARTITION gives them) */
	u64 xsave_features;
	struct pool pool;	/* deposited pages */
	struct npt npt;		/* GPA -> SPA */
	struct vp *vps[MAX_VPS];
	u32 nr_vps;
	u64 unimplemented_msr_action;
	bool access_tracking;	/* property GPA_PAGE_ACCESS_TRACKING */
	u64 processors_per_socket;
	u64 tsc_offset;		/* of VPs that are in step: all, until one that has run is set */
	bool tsc_set;		/* somebody has set it */
	u64 ref_tsc_base;	/* TSC at which its reference time was zero */
	u64 ref_frozen_at;	/* reference time while frozen, 100 ns units */
	bool time_frozen;
	struct child_platform *platform;
	u8 installed_access[NR_INTERCEPT_TYPES]; /* HV_INTERCEPT_ACCESS_MASK_*, install.c */
	u32 intercepted_exceptions;	/* bit n: vector n */
	struct index_intercepts intercepted_cpuid, intercepted_msrs;
	struct cpuid_results *cpuid_results;	/* for all VPs, cpuidresult.c */
	struct partition_counters *counters; /* stats.h */
};

extern struct partition root_partition;

/*
 * What the root may do: CPUID leaf 0x40000003 reports this very mask (EAX low,
 * EBX high).  CPU_MANAGEMENT is what makes Linux a root.
 */
#define ROOT_PRIVILEGES_LOW	(HV_MSR_TIME_REF_COUNT_AVAILABLE | HV_MSR_SYNIC_AVAILABLE | \
				 HV_MSR_APIC_ACCESS_AVAILABLE | HV_MSR_HYPERCALL_AVAILABLE | \
				 HV_MSR_VP_INDEX_AVAILABLE | HV_MSR_REFERENCE_TSC_AVAILABLE | \
				 HV_ACCESS_FREQUENCY_MSRS | HV_ACCESS_TSC_INVARIANT)
#define ROOT_PRIVILEGES_HIGH	(HV_CREATE_PARTITIONS | HV_ACCESS_PARTITION_ID | \
				 HV_ACCESS_MEMORY_POOL | HV_ADJUST_MESSAGE_BUFFERS | \
				 HV_POST_MESSAGES | HV_SIGNAL_EVENTS | HV_CREATE_PORT | \
				 HV_CONNECT_PORT | HV_ACCESS_STATS | HV_DEBUGGING | \
				 HV_CPU_MANAGEMENT)

/* Identity, privileges and counters of the root; its table and VPs are boot's business. */
void partition_init_root(void);

struct partition *partition_find(u64 id);	/* HV_PARTITION_ID_SELF not resolved here */

/* The partition that `caller` names: itself, or a child of its own; NULL otherwise. */
struct partition *partition_target(struct partition *caller, u64 id);
struct vp *partition_vp(struct partition *p, u32 index);
struct vp *partition_vp_by_apic_id(struct partition *p, u32 apic_id);

#endif
