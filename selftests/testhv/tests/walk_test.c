// SPDX-License-Identifier: GPL-2.0
/*
 * Guest page tables, in each of the four formats.  Guest memory is an array
 * whose index is the GPA, so that a table is built by storing into it.
 */
#include "../guest.h"
#include "../hypercall.h"
#include "../registers.h"
#include "../../lib/ktap.h"

#define GUEST_BYTES	(64 * PAGE_SIZE)
#define P	1UL
#define W	2UL
#define U	4UL
#define A	BIT(5)
#define D	BIT(6)
#define PS	BIT(7)
#define NX	BIT(63)

static u8 memory[GUEST_BYTES] __attribute__((aligned(4096)));
static struct vmcb vmcb;
static struct vp vp = { .vmcb = &vmcb };
static u64 cleared_when_read;	/* GPA of such an entry; 0: none */

static const struct gva_access reading, writing = { .write = true },
	user_reading = { .user = true }, user_writing = { .user = true, .write = true },
	fetching = { .exec = true };

bool gpa_read(struct partition *p, u64 gpa, void *to, u64 size)
{
	(void)p;
	if (gpa + size > GUEST_BYTES)
		return false;
	memcpy(to, memory + gpa, size);
	if (cleared_when_read && gpa == cleared_when_read)
		memset(memory + gpa, 0, size);
	return true;
}

void *gpa_ptr(struct partition *p, u64 gpa, u32 prot)
{
	(void)p;
	(void)prot;
	return gpa < GUEST_BYTES ? memory + gpa : NULL;
}

struct npt_entry npt_lookup(const struct npt *npt, u64 gpa)
{
	(void)npt;
	return (struct npt_entry){ .size = gpa < GUEST_BYTES ? PAGE_SIZE : 0, .prot = NPT_R };
}

/* There is no page here that a parent could have changed. */
void regpage_consume(struct vp *vp)
{
	(void)vp;
}

u64 vp_target(struct hypercall *hc, u64 partition_id, u32 vp_index, struct vp **target)
{
	(void)hc;
	(void)partition_id;
	(void)vp_index;
	*target = &vp;
	return HV_STATUS_SUCCESS;
}

static void set64(u64 table, u32 index, u64 value)
{
	memcpy(memory + table + index * 8, &value, 8);
}

static u64 get64(u64 table, u32 index)
{
	u64 value;

	memcpy(&value, memory + table + index * 8, 8);
	return value;
}

static void set32(u64 table, u32 index, u32 value)
{
	memcpy(memory + table + index * 4, &value, 4);
}

static void mode(u64 cr0, u64 cr4, u64 efer)
{
	memset(memory, 0, sizeof(memory));
	vmcb.save.cr0 = cr0;
	vmcb.save.cr3 = 0x1000;
	vmcb.save.cr4 = cr4;
	vmcb.save.efer = efer;
}

static void goes_to(u64 gva, struct gva_access access, u64 want, const char *name)
{
	u64 gpa = ~0UL;
	enum gva_result res = gva_translate(&vp, gva, access, &gpa);

	if (!ktap_ok(res == GVA_OK && gpa == want, "%s", name))
		ktap_note("result %d, gpa %#llx", res, (unsigned long long)gpa);
}

static void fails(u64 gva, struct gva_access access, enum gva_result want, const char *name)
{
	u64 gpa;

	ktap_is(gva_translate(&vp, gva, access, &gpa), want, name);
}

static void no_paging(void)
{
	mode(CR0_PE, 0, 0);
	goes_to(0x123456789aUL, reading, 0x3456789a, "no paging: the low 32 bits");
}

static void legacy(void)
{
	mode(CR0_PE | CR0_PG | CR0_WP, CR4_PSE, 0);
	set32(0x1000, 1, 0x2000 | P | W | U);
	set32(0x2000, 3, 0xabcde000 | P | U);
	set32(0x1000, 2, 0x00c00000 | (5 << 13) | PS | P | W);
	goes_to(0x403123, reading, 0xabcde123, "32 bit: a 4 KiB page");
	goes_to(0x812345, writing, 0x500c12345, "32 bit: a 4 MiB page, above 4 GiB");
	fails(0x403123, writing, GVA_PROTECTION, "32 bit: read-only");
	fails(0x812345, user_reading, GVA_PROTECTION, "32 bit: the kernel's");
	fails(0xc00000, reading, GVA_NOT_PRESENT, "32 bit: nothing there");
	vmcb.save.cr0 &= ~CR0_WP;
	goes_to(0x403123, writing, 0xabcde123, "without CR0.WP the kernel writes");
	fails(0x403123, user_writing, GVA_PROTECTION, "but its users do not");
}

static void pae(void)
{
	mode(CR0_PE | CR0_PG | CR0_WP, CR4_PAE, EFER_NX);
	vmcb.save.cr3 = 0x1020;
	set64(0x1020, 3, 0x2000 | P);
	set64(0x2000, 511, 0x40000000 | PS | P | W | NX);
	goes_to(0xffe12345, writing, 0x40012345, "PAE: a 2 MiB page through four top entries");
	fails(0xffe12345, fetching, GVA_PROTECTION, "PAE: not executable");
	goes_to(0x1ffe12345, reading, 0x40012345, "PAE: addresses have 32 bits");
}

static void long_mode(void)
{
	mode(CR0_PE | CR0_PG | CR0_WP, CR4_PAE, EFER_LMA | EFER_LME | EFER_NX);
	set64(0x1000, 511, 0x2000 | P | W | U);
	set64(0x2000, 510, 0x3000 | P | W);
	set64(0x3000, 0, 0x4000 | P | W | U);
	set64(0x4000, 1, 0x777000 | P | W | U);
	set64(0x2000, 1, 0x80000000 | PS | P | W | U);
	set64(0x2000, 2, 0x5000000 | P);
	goes_to(0xffffffff80001fffUL, writing, 0x777fff, "long mode: a 4 KiB page");
	goes_to(0xffffff8040abcdefUL, user_writing, 0x80abcdef, "long mode: a 1 GiB page");
	fails(0xffffffff80001fffUL, user_reading, GVA_PROTECTION,
	      "one level for the kernel alone is enough");
	fails(0xffffff8080000000UL, reading, GVA_NO_TABLE, "a table where no memory is");
	vmcb.save.efer &= ~EFER_NX;
	set64(0x4000, 1, 0x777000 | P | NX);
	fails(0xffffffff80001000UL, reading, GVA_RESERVED, "NX is reserved until enabled");
}

static void five_levels(void)
{
	mode(CR0_PE | CR0_PG, CR4_PAE | CR4_LA57, EFER_LMA | EFER_LME);
	set64(0x1000, 1, 0x2000 | P);
	set64(0x2000, 0, 0x3000 | P);
	set64(0x3000, 0, 0x4000 | P);
	set64(0x4000, 0, 0x5000 | P);
	set64(0x5000, 7, 0x9000 | P);
	goes_to(1UL << 48 | 0x7123, reading, 0x9123, "five levels");
}

static void accessed_and_dirty(void)
{
	struct gva_access access = { .write = true, .set_ad = true };

	mode(CR0_PE | CR0_PG, CR4_PAE, EFER_LMA | EFER_LME);
	set64(0x1000, 0, 0x2000 | P | W);
	set64(0x2000, 0, 0x3000 | P | W);
	set64(0x3000, 0, 0x600000 | PS | P | W);
	goes_to(0x1234, reading, 0x601234, "looking does not mark");
	ktap_is(get64(0x3000, 0), 0x600000 | PS | P | W, "nothing is marked");
	goes_to(0x1234, access, 0x601234, "marking when asked");
	ktap_is(get64(0x3000, 0), 0x600000 | PS | P | W | A | D, "the leaf is dirty");
	ktap_is(get64(0x2000, 0), 0x3000 | P | W | A, "the table is accessed");
}

/* Another VP unmaps the page between the walk and the marking. */
static void marked_while_changed(void)
{
	struct gva_access access = { .write = true, .set_ad = true };
	u64 gpa;

	mode(CR0_PE | CR0_PG, CR4_PAE, EFER_LMA | EFER_LME);
	set64(0x1000, 0, 0x2000 | P | W | A);
	set64(0x2000, 0, 0x3000 | P | W | A);
	set64(0x3000, 0, 0x600000 | PS | P | W);
	cleared_when_read = 0x3000;
	gva_translate(&vp, 0x1234, access, &gpa);
	ktap_is(get64(0x3000, 0), 0, "marking takes back nothing that another VP has done");
	cleared_when_read = 0;
}

int main(void)
{
	ktap_plan(23);
	no_paging();
	legacy();
	pae();
	long_mode();
	five_levels();
	accessed_and_dirty();
	marked_while_changed();
	return ktap_end();
}
