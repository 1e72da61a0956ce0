/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypercall engine: one table, one path for fast, slow, rep and
 * variable-header calls.
 *
 * A handler sees its input and output as plain memory, already checked for
 * privilege, alignment, page crossing, reserved bits and size; it never sees
 * guest addresses.  A rep handler is called once for each rep.  Handlers run
 * under hv_lock; between reps the engine gives the lock up when a continuation
 * is due, so a handler must not keep pointers across reps.
 */
#ifndef TESTHV_HYPERCALL_H
#define TESTHV_HYPERCALL_H

#include "types.h"
#include <hvabi/hvabi.h>

struct vp;
struct partition;

/* What a handler gets. */
struct hypercall {
	struct vp *vp;			/* the caller */
	u16 code;
	const void *in;			/* fixed header, then the variable header */
	u32 in_size;			/* fixed + variable, bytes */
	u32 var_size;			/* variable header, bytes */
	const void *rep_in;		/* this rep's input element, or NULL */
	void *out;			/* fixed output, zeroed; or this rep's element */
	bool no_out;			/* set by a handler that writes none this time */
	u32 rep;			/* index of this rep */
	u32 rep_count;
};

typedef u64 (*hypercall_fn)(struct hypercall *hc);	/* HV_STATUS_* */

enum hypercall_kind { HC_SIMPLE, HC_REP };

struct hypercall_desc {
	u16 code;
	u8 kind;		/* enum hypercall_kind */
	bool fast_ok;		/* may come with register input */
	bool var_header;	/* takes a variable header */
	bool out_optional;	/* the handler decides: hc->no_out */
	u16 in;			/* fixed input header, bytes */
	u16 out;		/* fixed output, bytes */
	u16 rep_in, rep_out;	/* element sizes */
	u64 privilege;		/* bits that the caller's partition must all have; 0: none */
	hypercall_fn fn;
	const char *name;
};

/* Privilege bits of CPUID leaf 0x40000003, EBX, as they stand in partition->privileges. */
#define PRIVILEGE(ebx_bit)	((u64)(ebx_bit) << 32)

/* A guest executed VMMCALL: decode, check, call, write the result, advance RIP or not. */
void hypercall_handle(struct vp *vp);

/*
 * The same for a caller that is not at CPL 0 of its VP (test control): runs
 * continuations to their end and returns the result word.
 */
u64 hypercall_execute(struct vp *vp, u64 control, u64 in_gpa, u64 out_gpa);

/* Make the page that a guest calls: the instruction of this CPU, and a return. */
void hypercall_fill_page(void *page);

/* NULL: no such call.  Lets reports name a code. */
const char *hypercall_name(u16 code);

/* The table's parts, by subject; each file that implements calls exports one. */
struct hypercall_group {
	const struct hypercall_desc *descs;
	u32 nr;
};

extern const struct hypercall_group partition_hypercalls, deposit_hypercalls, vp_hypercalls,
	gpa_hypercalls, register_hypercalls, property_hypercalls, intercept_hypercalls,
	schedule_hypercalls, devirq_hypercalls, lp_hypercalls, system_hypercalls,
	stats_hypercalls, port_hypercalls, state_hypercalls, interrupt_hypercalls,
	walk_hypercalls, cpuid_hypercalls, guest_hypercalls;

#endif
