/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AMD's Secure Virtual Machine: the control block of a guest (VMCB), the
 * reasons of an exit, and the way in and out.
 *
 * Locking: a VMCB is written by the CPU that runs the VP, or under hv_lock
 * while no CPU runs it.
 */
#ifndef TESTHV_SVM_H
#define TESTHV_SVM_H

#include "types.h"

struct vp;

struct vmcb_seg {
	u16 selector;
	u16 attrib;		/* type, S, DPL, P in bits 0-7; AVL, L, D/B, G in bits 8-11 */
	u32 limit;		/* in bytes, whatever G says */
	u64 base;
};

#define INTERCEPT_CR8_WRITE	BIT(16 + 8)	/* intercept_cr */
/* intercept_misc1 */
#define INTERCEPT_INTR		BIT(0)
#define INTERCEPT_NMI		BIT(1)
#define INTERCEPT_INIT		BIT(3)
#define INTERCEPT_VINTR		BIT(4)
#define INTERCEPT_RDTSC		BIT(14)
#define INTERCEPT_RDPMC		BIT(15)
#define INTERCEPT_CPUID		BIT(18)
#define INTERCEPT_IRET		BIT(20)
#define INTERCEPT_SWINT		BIT(21)
#define INTERCEPT_INVD		BIT(22)
#define INTERCEPT_PAUSE		BIT(23)
#define INTERCEPT_HLT		BIT(24)
#define INTERCEPT_INVLPGA	BIT(26)
#define INTERCEPT_IOIO		BIT(27)
#define INTERCEPT_MSR		BIT(28)
#define INTERCEPT_TASK_SWITCH	BIT(29)
#define INTERCEPT_SHUTDOWN	BIT(31)
/* intercept_misc2 */
#define INTERCEPT_VMRUN		BIT(0)
#define INTERCEPT_VMMCALL	BIT(1)
#define INTERCEPT_VMLOAD	BIT(2)
#define INTERCEPT_VMSAVE	BIT(3)
#define INTERCEPT_STGI		BIT(4)
#define INTERCEPT_CLGI		BIT(5)
#define INTERCEPT_SKINIT	BIT(6)
#define INTERCEPT_RDTSCP	BIT(7)
#define INTERCEPT_WBINVD	BIT(9)
#define INTERCEPT_MONITOR	BIT(10)
#define INTERCEPT_MWAIT		BIT(11)
#define INTERCEPT_XSETBV	BIT(13)

#define TLB_FLUSH_ALL		1	/* tlb_control */
#define V_IRQ_PENDING		BIT(0)	/* v_irq */
#define V_INTR_PRIO_MASK	0x0f	/* v_intr_prio */
#define V_IGN_TPR		BIT(4)	/* v_intr_prio */
#define V_INTR_MASKING		BIT(0)	/* v_intr_masking */

/* event_inj and exit_int_info */
#define EVENT_TYPE_INTR		(0UL << 8)
#define EVENT_TYPE_NMI		(2UL << 8)
#define EVENT_TYPE_EXCEPTION	(3UL << 8)
#define EVENT_TYPE_SOFT		(4UL << 8)
#define EVENT_TYPE_MASK		(7UL << 8)
#define EVENT_HAS_ERROR		BIT(11)
#define EVENT_VALID		BIT(31)
#define EVENT_ERROR_SHIFT	32

struct vmcb_control {
	u32 intercept_cr;	/* 000: reads in the low half, writes in the high half */
	u32 intercept_dr;	/* 004 */
	u32 intercept_exceptions; /* 008: bit n = vector n */
	u32 intercept_misc1;	/* 00c */
	u32 intercept_misc2;	/* 010 */
	u32 intercept_misc3;	/* 014 */
	u8 reserved_018[0x24];
	u16 pause_threshold;	/* 03c */
	u16 pause_count;	/* 03e */
	u64 iopm_base;		/* 040 */
	u64 msrpm_base;		/* 048 */
	u64 tsc_offset;		/* 050 */
	u32 asid;		/* 058 */
	u8 tlb_control;		/* 05c */
	u8 reserved_05d[3];
	u8 v_tpr;		/* 060: the guest's CR8 */
	u8 v_irq;		/* 061 */
	u8 v_intr_prio;		/* 062 */
	u8 v_intr_masking;	/* 063 */
	u8 v_intr_vector;	/* 064 */
	u8 reserved_065[3];
	u64 interrupt_shadow;	/* 068: bit 0 */
	u64 exit_code;		/* 070 */
	u64 exit_info1;		/* 078 */
	u64 exit_info2;		/* 080 */
	u64 exit_int_info;	/* 088 */
	u64 np_enable;		/* 090: bit 0 */
	u8 reserved_098[0x10];
	u64 event_inj;		/* 0a8 */
	u64 n_cr3;		/* 0b0 */
	u64 lbr_enable;		/* 0b8 */
	u32 clean;		/* 0c0 */
	u32 reserved_0c4;
	u64 next_rip;		/* 0c8 */
	u8 insn_len;		/* 0d0 */
	u8 insn_bytes[15];
	u8 reserved_0e0[0x320];
} __attribute__((packed));

struct vmcb_save {
	struct vmcb_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr; /* 400 */
	u8 reserved_4a0[0x2b];
	u8 cpl;			/* 4cb */
	u32 reserved_4cc;
	u64 efer;		/* 4d0 */
	u8 reserved_4d8[0x70];
	u64 cr4;		/* 548 */
	u64 cr3;		/* 550 */
	u64 cr0;		/* 558 */
	u64 dr7;		/* 560 */
	u64 dr6;		/* 568 */
	u64 rflags;		/* 570 */
	u64 rip;		/* 578 */
	u8 reserved_580[0x58];
	u64 rsp;		/* 5d8 */
	u8 reserved_5e0[0x18];
	u64 rax;		/* 5f8 */
	u64 star;		/* 600 */
	u64 lstar;		/* 608 */
	u64 cstar;		/* 610 */
	u64 sfmask;		/* 618 */
	u64 kernel_gs_base;	/* 620 */
	u64 sysenter_cs;	/* 628 */
	u64 sysenter_esp;	/* 630 */
	u64 sysenter_eip;	/* 638 */
	u64 cr2;		/* 640 */
	u8 reserved_648[0x20];
	u64 g_pat;		/* 668 */
	u64 dbgctl;		/* 670 */
	u8 reserved_678[0x988];
} __attribute__((packed));

struct vmcb {
	struct vmcb_control control;
	struct vmcb_save save;
} __attribute__((packed, aligned(4096)));

_Static_assert(offsetof(struct vmcb, control.pause_threshold) == 0x3c, "control area");
_Static_assert(offsetof(struct vmcb, control.asid) == 0x58, "control area");
_Static_assert(offsetof(struct vmcb, control.interrupt_shadow) == 0x68, "control area");
_Static_assert(offsetof(struct vmcb, control.event_inj) == 0xa8, "control area");
_Static_assert(offsetof(struct vmcb, control.next_rip) == 0xc8, "control area");
_Static_assert(offsetof(struct vmcb, save.es) == 0x400, "save area");
_Static_assert(offsetof(struct vmcb, save.cpl) == 0x4cb, "save area");
_Static_assert(offsetof(struct vmcb, save.cr4) == 0x548, "save area");
_Static_assert(offsetof(struct vmcb, save.rsp) == 0x5d8, "save area");
_Static_assert(offsetof(struct vmcb, save.rax) == 0x5f8, "save area");
_Static_assert(offsetof(struct vmcb, save.cr2) == 0x640, "save area");
_Static_assert(offsetof(struct vmcb, save.g_pat) == 0x668, "save area");
_Static_assert(sizeof(struct vmcb) == 4096, "one page");

/* Why a guest stopped: the low half of exit_code (QEMU leaves the upper half of INVALID zero). */
enum svm_exit {
	EXIT_CR0_READ		= 0x00,
	EXIT_CR8_WRITE		= 0x18,
	EXIT_DR0_READ		= 0x20,
	EXIT_DR7_WRITE		= 0x37,
	EXIT_EXCEPTION		= 0x40,		/* + vector, to 0x5f */
	EXIT_INTR		= 0x60,
	EXIT_NMI		= 0x61,
	EXIT_SMI		= 0x62,
	EXIT_INIT		= 0x63,
	EXIT_VINTR		= 0x64,
	EXIT_RDTSC		= 0x6e,
	EXIT_RDPMC		= 0x6f,
	EXIT_CPUID		= 0x72,
	EXIT_IRET		= 0x74,
	EXIT_SWINT		= 0x75,
	EXIT_INVD		= 0x76,
	EXIT_PAUSE		= 0x77,
	EXIT_HLT		= 0x78,
	EXIT_INVLPGA		= 0x7a,
	EXIT_IOIO		= 0x7b,
	EXIT_MSR		= 0x7c,
	EXIT_TASK_SWITCH	= 0x7d,
	EXIT_SHUTDOWN		= 0x7f,
	EXIT_VMRUN		= 0x80,
	EXIT_VMMCALL		= 0x81,
	EXIT_VMLOAD		= 0x82,
	EXIT_VMSAVE		= 0x83,
	EXIT_STGI		= 0x84,
	EXIT_CLGI		= 0x85,
	EXIT_SKINIT		= 0x86,
	EXIT_RDTSCP		= 0x87,
	EXIT_WBINVD		= 0x89,
	EXIT_MONITOR		= 0x8a,
	EXIT_MWAIT		= 0x8b,
	EXIT_XSETBV		= 0x8d,
	EXIT_NPF		= 0x400,
	EXIT_INVALID		= 0xffffffff,
};

/* exit_info1 of EXIT_IOIO */
#define IOIO_IN			BIT(0)
#define IOIO_STRING		BIT(2)
#define IOIO_REP		BIT(3)
#define IOIO_SIZE(info)		((u32)(info) >> 4 & 7)
#define IOIO_PORT(info)		((u16)((info) >> 16))

/* exit_info1 of EXIT_NPF; exit_info2 is the guest physical address */
#define NPF_PRESENT		BIT(0)
#define NPF_WRITE		BIT(1)
#define NPF_FETCH		BIT(4)
#define NPF_FINAL		BIT(32)		/* of the access itself */
#define NPF_WALK		BIT(33)		/* of the guest's own page tables */

void svm_check(void);		/* panics where this CPU cannot do what testhv needs */
void svm_init_cpu(void);	/* turn SVM on for this CPU */

/*
 * Fill the control area of a VP of any partition: what testhv must intercept, the nested
 * table, the ASID.  The save area is left alone.  Children get every port and every MSR
 * intercepted, physical interrupts too; the root only what testhv emulates for it.
 */
void svm_init_vmcb(struct vp *vp);

/*
 * Run the guest until its next exit.  Called without hv_lock and with GIF = 0; so it returns.
 * Consumes event_inj; flushes the guest's TLB when its nested table has changed.
 */
void svm_enter(struct vp *vp);

static inline u32 svm_exit_code(const struct vmcb *vmcb)
{
	return (u32)vmcb->control.exit_code;
}

#endif
