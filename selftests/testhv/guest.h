/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest's registers and memory, for the files that serve its exits.
 *
 * Locking: hv_lock; pointers into guest memory are good until it is dropped.
 */
#ifndef TESTHV_GUEST_H
#define TESTHV_GUEST_H

#include "types.h"
#include "partition.h"
#include "vp.h"
#include "x86.h"

#define VECTOR_DB		1
#define VECTOR_BP		3

#define VMMCALL_LENGTH		3	/* the CPU under QEMU does not tell the next RIP */
#define CPUID_LENGTH		2
#define MSR_LENGTH		2
#define HLT_LENGTH		1
#define OPCODE_HLT		0xf4
#define OPCODE_INT3		0xcc

#define CR0_AM			BIT(18)
#define CR4_PSE			BIT(4)
#define RFLAGS_VM		BIT(17)

/* Attributes of a code segment as the VMCB packs them. */
#define SEGMENT_LONG		BIT(9)
#define SEGMENT_DEFAULT		BIT(10)

static inline u64 *vp_gpr(struct vp *vp, enum gpr n)
{
	u8 *vmcb = (u8 *)vp->vmcb;

	if (n == RAX)
		return (u64 *)(vmcb + offsetof(struct vmcb, save.rax));
	if (n == RSP)
		return (u64 *)(vmcb + offsetof(struct vmcb, save.rsp));
	return &vp->gpr[n];
}

static inline u32 vp_cpl(const struct vp *vp)
{
	return vp->vmcb->save.cpl;
}

static inline bool vp_protected_mode(const struct vp *vp)
{
	return (vp->vmcb->save.cr0 & CR0_PE) && !(vp->vmcb->save.rflags & RFLAGS_VM);
}

/* Runs 64-bit code, as opposed to long mode's compatibility submode. */
static inline bool vp_long_code(const struct vp *vp)
{
	return (vp->vmcb->save.efer & EFER_LMA) && (vp->vmcb->save.cs.attrib & SEGMENT_LONG);
}

/* Step over an instruction.  RIP wraps where the code segment's size says so. */
static inline void vp_advance(struct vp *vp, u32 length)
{
	u64 rip = vp->vmcb->save.rip + length;

	vp->vmcb->save.rip = vp_long_code(vp) ? rip : (u32)rip;
}

/* An exception as the outcome of the exit that is being handled: root or child. */
void vp_inject_exception(struct vp *vp, u8 vector, bool has_error, u32 error);

struct hypercall;

/* The child's VP that a call names; HV_STATUS_*. */
u64 vp_target(struct hypercall *hc, u64 partition_id, u32 vp_index, struct vp **vp);

/* Is the instruction at this RIP a HLT, as far as can be read? */
bool hlt_at(struct vp *vp, u64 rip);

/* RAM behind a GPA with at least this protection (NPT_*), for that access; NULL: none. */
void *gpa_ptr(struct partition *p, u64 gpa, u32 prot);

/* Copy to and from a partition's memory page by page; false: some page is not there. */
bool gpa_read(struct partition *p, u64 gpa, void *to, u64 size);
bool gpa_write(struct partition *p, u64 gpa, const void *from, u64 size);

/* Translate a guest virtual address by the VP's own page tables (walk.c). */
struct gva_access {
	bool write, exec, user;
	bool no_wp;		/* do not let CR0.WP=0 make read-only pages writable */
	bool set_ad;		/* set accessed and dirty bits as the CPU would */
};

enum gva_result {
	GVA_OK,
	GVA_NOT_PRESENT,
	GVA_PROTECTION,		/* present, but not for this access */
	GVA_RESERVED,		/* reserved bits set */
	GVA_NO_TABLE,		/* a table's GPA is not mapped: *gpa holds it */
};

enum gva_result gva_translate(struct vp *vp, u64 gva, struct gva_access access, u64 *gpa);

#endif
