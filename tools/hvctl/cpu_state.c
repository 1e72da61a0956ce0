// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a VP. See cpu_state.h.
 */
#include <string.h>

#include "cpu_state.h"
#include "layout.h"
#include "mshv.h"
#include "vm.h"

#define CR0_PE		0x00000001u
#define CR0_ET		0x00000010u
#define CR0_NE		0x00000020u
#define CR0_PG		0x80000000u
#define CR4_PAE		0x00000020u
#define EFER_LME	0x00000100u
#define EFER_LMA	0x00000400u
#define RFLAGS_ALWAYS1	0x00000002u

#define PTE_PRESENT	0x001ULL
#define PTE_WRITABLE	0x002ULL
#define PTE_LARGE	0x080ULL

/* Selectors and segment attributes (type, S, DPL, P, AVL, L, D, G from bit 0 up). */
#define SELECTOR_CODE	0x10
#define SELECTOR_DATA	0x18
#define SELECTOR_TSS	0x20
#define ATTR_CODE64	0xa09b
#define ATTR_CODE32	0xc09b
#define ATTR_DATA	0xc093
#define ATTR_TSS	0x008b

/* MTRRs on, everything write-back unless they say otherwise. */
#define MTRR_DEF_TYPE_WB	0x806

static uint64_t descriptor(uint64_t attributes, uint64_t limit)
{
	return (limit & 0xffff) | attributes << 40 | (limit & 0xf0000) << 32;
}

static void build_gdt(struct memory *memory, enum boot_mode mode)
{
	uint64_t *gdt = memory_at(memory, LAYOUT_GDT, 6 * sizeof(*gdt));

	gdt[SELECTOR_CODE / 8] = descriptor(mode == BOOT_LONG64 ? ATTR_CODE64 : ATTR_CODE32,
					    0xfffff);
	gdt[SELECTOR_DATA / 8] = descriptor(ATTR_DATA, 0xfffff);
	gdt[SELECTOR_TSS / 8] = descriptor(ATTR_TSS, 0x67);
}

/* The first 4 GiB at their own addresses, in pages of 2 MiB: one table, one, and four. */
static void build_page_tables(struct memory *memory)
{
	uint64_t *table = memory_at(memory, LAYOUT_PAGE_TABLES, 6 * 4096);
	uint64_t *pdpt = table + 512, *pd = table + 1024;
	uint64_t i;

	table[0] = (LAYOUT_PAGE_TABLES + 4096) | PTE_PRESENT | PTE_WRITABLE;
	for (i = 0; i < 4; i++)
		pdpt[i] = (LAYOUT_PAGE_TABLES + (2 + i) * 4096) | PTE_PRESENT | PTE_WRITABLE;
	for (i = 0; i < 4 * 512; i++)
		pd[i] = i << 21 | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE;
}

void cpu_state_tables(struct memory *memory, const struct boot_entry *entry)
{
	build_gdt(memory, entry->mode);
	if (entry->mode == BOOT_LONG64)
		build_page_tables(memory);
}

/* A list of registers to be set in one hypercall. */
struct reg_list {
	struct hv_register_assoc reg[MSHV_MAX_REGISTERS];
	unsigned int count;
};

static void add_reg(struct reg_list *list, uint32_t name, uint64_t value)
{
	list->reg[list->count++] = (struct hv_register_assoc){
		.name = name,
		.value.reg64 = value,
	};
}

static void add_segment(struct reg_list *list, uint32_t name, uint16_t selector, uint32_t limit,
			uint16_t attributes)
{
	list->reg[list->count++] = (struct hv_register_assoc){
		.name = name,
		.value.segment = {
			.limit = limit,
			.selector = selector,
			.attributes = attributes,
		},
	};
}

static void add_table(struct reg_list *list, uint32_t name, uint64_t base, uint16_t limit)
{
	list->reg[list->count++] = (struct hv_register_assoc){
		.name = name,
		.value.table = { .limit = limit, .base = base },
	};
}

static void add_segments(struct reg_list *list, uint16_t code_attributes)
{
	static const uint32_t data[] = {
		HV_X64_REGISTER_DS, HV_X64_REGISTER_ES, HV_X64_REGISTER_SS,
		HV_X64_REGISTER_FS, HV_X64_REGISTER_GS,
	};
	size_t i;

	add_segment(list, HV_X64_REGISTER_CS, SELECTOR_CODE, 0xffffffff, code_attributes);
	for (i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		add_segment(list, data[i], SELECTOR_DATA, 0xffffffff, ATTR_DATA);
	add_segment(list, HV_X64_REGISTER_TR, SELECTOR_TSS, 0x67, ATTR_TSS);
	add_table(list, HV_X64_REGISTER_GDTR, LAYOUT_GDT, SELECTOR_TSS + 15);
	add_table(list, HV_X64_REGISTER_IDTR, 0, 0);
}

int cpu_state_boot(struct vcpu *vcpu, const struct boot_entry *entry)
{
	bool long_mode = entry->mode == BOOT_LONG64;
	struct reg_list list = { .count = 0 };

	add_segments(&list, long_mode ? ATTR_CODE64 : ATTR_CODE32);
	add_reg(&list, HV_X64_REGISTER_RIP, entry->rip);
	add_reg(&list, HV_X64_REGISTER_RSP, LAYOUT_STACK);
	add_reg(&list, HV_X64_REGISTER_RFLAGS, RFLAGS_ALWAYS1);
	add_reg(&list, long_mode ? HV_X64_REGISTER_RSI : HV_X64_REGISTER_RBX, entry->argument);
	add_reg(&list, HV_X64_REGISTER_RAX, entry->magic);
	add_reg(&list, HV_X64_REGISTER_CR3, long_mode ? LAYOUT_PAGE_TABLES : 0);
	add_reg(&list, HV_X64_REGISTER_CR4, long_mode ? CR4_PAE : 0);
	add_reg(&list, HV_X64_REGISTER_EFER, long_mode ? EFER_LME | EFER_LMA : 0);
	add_reg(&list, HV_X64_REGISTER_CR0, CR0_PE | CR0_ET | CR0_NE | (long_mode ? CR0_PG : 0));
	return mshv_set_registers(vcpu->fd, vcpu->index, list.reg, list.count);
}

int cpu_state_common(struct vcpu *vcpu)
{
	struct reg_list list = { .count = 0 };

	add_reg(&list, HV_X64_REGISTER_MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_WB);
	return mshv_set_registers(vcpu->fd, vcpu->index, list.reg, list.count);
}

/* The page counts only when the hypervisor says that it holds this VP's registers. */
static struct hv_vp_register_page *valid_page(const struct vcpu *vcpu)
{
	return vcpu->page && vcpu->page->isvalid ? vcpu->page : NULL;
}

static void mark_dirty(struct hv_vp_register_page *page, uint32_t reg_class)
{
	page->dirty |= 1u << reg_class;
}

int cpu_state_set_rip(struct vcpu *vcpu, uint64_t rip)
{
	struct hv_vp_register_page *page = valid_page(vcpu);
	struct reg_list list = { .count = 0 };

	if (page) {
		page->rip = rip;
		mark_dirty(page, HV_X64_REGISTER_CLASS_IP);
		return 0;
	}
	add_reg(&list, HV_X64_REGISTER_RIP, rip);
	return mshv_set_registers(vcpu->fd, vcpu->index, list.reg, list.count);
}

int cpu_state_set_rip_rax(struct vcpu *vcpu, uint64_t rip, uint64_t rax)
{
	struct hv_vp_register_page *page = valid_page(vcpu);
	struct reg_list list = { .count = 0 };

	if (page) {
		page->rax = rax;
		mark_dirty(page, HV_X64_REGISTER_CLASS_GENERAL);
		return cpu_state_set_rip(vcpu, rip);
	}
	add_reg(&list, HV_X64_REGISTER_RIP, rip);
	add_reg(&list, HV_X64_REGISTER_RAX, rax);
	return mshv_set_registers(vcpu->fd, vcpu->index, list.reg, list.count);
}

static int get_gprs_by_hypercall(struct vcpu *vcpu, struct cpu_gprs *gprs)
{
	union hv_register_value value[17];
	uint32_t name[17];
	unsigned int i;

	for (i = 0; i < 16; i++)
		name[i] = HV_X64_REGISTER_RAX + i;
	name[16] = HV_X64_REGISTER_RFLAGS;
	if (mshv_get_registers(vcpu->fd, vcpu->index, name, value, 17) < 0)
		return -1;
	for (i = 0; i < 16; i++)
		gprs->gpr[i] = value[i].reg64;
	gprs->rflags = value[16].reg64;
	return 0;
}

int cpu_state_get_gprs(struct vcpu *vcpu, struct cpu_gprs *gprs)
{
	const struct hv_vp_register_page *page = valid_page(vcpu);

	if (!page)
		return get_gprs_by_hypercall(vcpu, gprs);
	memcpy(gprs->gpr, page->gp_registers, sizeof(gprs->gpr));
	gprs->rflags = page->rflags;
	return 0;
}

static int set_gprs_by_hypercall(struct vcpu *vcpu, const struct cpu_gprs *gprs, uint64_t rip)
{
	struct reg_list list = { .count = 0 };
	unsigned int i;

	for (i = 0; i < 16; i++)
		add_reg(&list, HV_X64_REGISTER_RAX + i, gprs->gpr[i]);
	add_reg(&list, HV_X64_REGISTER_RFLAGS, gprs->rflags);
	add_reg(&list, HV_X64_REGISTER_RIP, rip);
	return mshv_set_registers(vcpu->fd, vcpu->index, list.reg, list.count);
}

int cpu_state_set_gprs(struct vcpu *vcpu, const struct cpu_gprs *gprs, uint64_t rip)
{
	struct hv_vp_register_page *page = valid_page(vcpu);

	if (!page)
		return set_gprs_by_hypercall(vcpu, gprs, rip);
	memcpy(page->gp_registers, gprs->gpr, sizeof(gprs->gpr));
	page->rflags = gprs->rflags;
	mark_dirty(page, HV_X64_REGISTER_CLASS_GENERAL);
	mark_dirty(page, HV_X64_REGISTER_CLASS_FLAGS);
	return cpu_state_set_rip(vcpu, rip);
}

int cpu_state_flush(struct vcpu *vcpu)
{
	const struct hv_vp_register_page *page = valid_page(vcpu);
	struct cpu_gprs gprs;

	if (!page || !page->dirty)
		return 0;
	memcpy(gprs.gpr, page->gp_registers, sizeof(gprs.gpr));
	gprs.rflags = page->rflags;
	return set_gprs_by_hypercall(vcpu, &gprs, page->rip);
}
