/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Test control: what a test may ask testhv, from the root and at any privilege
 * level.  Nothing of it exists on a real hypervisor.
 *
 * A VMMCALL with RAX = TESTHV_CONTROL_MAGIC, which no hypercall leaves there:
 * RBX = operation, RCX, RDX and RSI = arguments.  Back come RAX = status, and
 * RBX, RCX and RDX = values.  Children get #UD.
 *
 * This header compiles in user space as well.
 */
#ifndef TESTHV_CONTROL_H
#define TESTHV_CONTROL_H

#include <stdint.h>

#define TESTHV_CONTROL_MAGIC	0x747365742d766863ULL
#define TESTHV_CONTROL_VERSION	1

/* Operation (arguments) -> values */
enum testhv_op {
	TESTHV_VERSION,		/* -> version, TSC kHz, number of root CPUs */
	TESTHV_COUNTER,		/* (partition, kind, index) -> value; kinds below */
	TESTHV_VIOLATIONS,	/* -> count, last address, last RIP */
	TESTHV_OWNED,		/* (partition) -> pages that it owns, out of the owner table */
	TESTHV_NEXT_PARTITION,	/* (id) -> smallest id above it with counters, 0: none */
	TESTHV_HYPERCALL,	/* (control word, input, output GPA) -> result, as at CPL 0 */
	TESTHV_REFERENCE,	/* -> testhv's own reference time, 100 ns; TSC at that time */
	TESTHV_KICKS,		/* (root VP, count, period ns): start a series of kicks */
	TESTHV_CLOCK,		/* (root VP, field): enum testhv_clock_field -> value */
	TESTHV_FAULT,		/* (what, when, partition) -> number of the rule; see below */
	TESTHV_FAULT_FIRED,	/* (number) -> times it fired, calls that it chose so far */
	TESTHV_FAULT_CLEAR,	/* forget all rules */
	TESTHV_ASYNC,		/* (on, ms): put off SET_PARTITION_PROPERTY, for so long */
	TESTHV_LIE,		/* (lie, VPs by bits): say what is not so; see below */
	TESTHV_MAPS,		/* (page of the root) -> children's addresses that lead there */
	TESTHV_HOLD_RINGS,	/* (on): doorbells ring, but the root is told when this ends */
	TESTHV_MESSAGE,		/* (type, sender, payload): into SINT 0 of the calling VP */
	TESTHV_NR_OPS,
};

/*
 * A rule by which hypercalls of the root's kernel fail: those with this code,
 * and about this partition unless that is 0, from the n-th on so many in a row;
 * a rep call after so many reps that are done.
 */
#define TESTHV_FAULT_WHAT(code, status, reps) \
	((uint64_t)(code) | (uint64_t)(status) << 16 | (uint64_t)(reps) << 32)
#define TESTHV_FAULT_WHEN(nth, times)	((uint64_t)(nth) | (uint64_t)(times) << 32)

enum testhv_lie {
	TESTHV_NO_MESSAGE_PAGE,		/* SIMP of these VPs of the root reads as 0 */
	TESTHV_STRAY_STATE_PAGE,	/* state pages of a child's VPs are beyond memory */
	TESTHV_ENDLESS_RING,		/* these VPs' event rings have one more when empty */
	TESTHV_NO_RING_PAGE,		/* SIRBP of these VPs of the root reads as 0 */
	TESTHV_FOREIGN_SINT,		/* SINT 0 of these reads as if another driver had it */
	TESTHV_NR_LIES,
};

enum testhv_status {
	TESTHV_OK,
	TESTHV_BAD_OP,
	TESTHV_BAD_ARGUMENT,
	TESTHV_BUSY,		/* a series runs already */
};

/* Kinds of TESTHV_COUNTER: those of the hypervisor's stats.h, in the same order. */
enum testhv_counter {
	TESTHV_CALLS,		/* index: hypercall code */
	TESTHV_REPS,
	TESTHV_EXITS,		/* index: SVM exit code; 0x400 is a nested page fault */
	TESTHV_VP_ENTRIES,
	TESTHV_MESSAGES,
	TESTHV_INTERCEPTS,
	TESTHV_PAGES_DEPOSITED,
	TESTHV_PAGES_WITHDRAWN,
	TESTHV_GPA_MAPPED,
	TESTHV_GPA_UNMAPPED,
	TESTHV_DISPATCHES,
	TESTHV_SIGNALS,
	TESTHV_NR_COUNTERS,
};

/* Since boot, except those of a series, which are of the last one.  Times in ns. */
enum testhv_clock_field {
	TESTHV_KICKS_SENT,	/* NMIs sent to this CPU as kicks */
	TESTHV_KICKS_NOTICED,	/* kicks that it noticed */
	TESTHV_ROOT_NMIS,	/* NMIs that the root sent to this CPU */
	TESTHV_FOREIGN_NMIS,	/* NMIs that came from outside */
	TESTHV_INJECTED_NMIS,	/* NMIs that the root got */
	TESTHV_SHADOW_EXITS,	/* NMI exits in the shadow of an STI */
	TESTHV_SHADOW_HLT,	/* of these, at a HLT */
	TESTHV_STRAYS,		/* vectors that hit testhv and were not for it */
	TESTHV_CPU_EXITS,	/* all exits of this CPU */
	TESTHV_SERIES_LEFT,	/* deadlines of the series still to come; 0: it is over */
	TESTHV_SERIES_SENT,	/* kicks of the series */
	TESTHV_SERIES_NOTICED,
	TESTHV_SERIES_USER,	/* noticed while the root was at CPL 3 */
	TESTHV_SERIES_OFF,	/* at CPL 0 with interrupts off */
	TESTHV_SERIES_IDLE,	/* behind a HLT */
	TESTHV_SERIES_KERNEL,	/* at CPL 0 otherwise */
	TESTHV_SERIES_CHILD,	/* while a child ran on that CPU */
	TESTHV_LATE_P50,	/* deadline -> service CPU */
	TESTHV_LATE_P99,
	TESTHV_LATE_MAX,
	TESTHV_KICK_P50,	/* kick sent -> exit of the target */
	TESTHV_KICK_P99,
	TESTHV_KICK_MAX,
	TESTHV_NR_CLOCK_FIELDS,
};

#ifdef HVABI_FREESTANDING

struct vp;

void control_handle(struct vp *vp);	/* the root executed the VMMCALL; hv_lock held */

#else

struct testhv_result {
	uint64_t status, a, b, c;
};

static inline struct testhv_result testhv_control(uint64_t op, uint64_t x, uint64_t y, uint64_t z)
{
	struct testhv_result r;

	__asm__ volatile("vmmcall"
			 : "=a"(r.status), "=b"(r.a), "=c"(r.b), "=d"(r.c)
			 : "a"(TESTHV_CONTROL_MAGIC), "b"(op), "c"(x), "d"(y), "S"(z)
			 : "memory");
	return r;
}

#endif /* HVABI_FREESTANDING */

#endif
