// SPDX-License-Identifier: GPL-2.0-only
/* Building and running the small child partitions of the tests. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "ktap.h"

#define CR0_PE		0x1
#define CR0_ET		0x10
#define CR0_NE		0x20
#define CR0_PG		0x80000000
#define CR4_PAE		0x20
#define CR4_OSFXSR	0x600
#define EFER_LONG	0x500		/* LME, LMA */
#define PTE_RW		0x3
#define PTE_LARGE	0x83

/* Segment attributes: type and S, DPL, P in the low byte; L, D, G above. */
#define ATTR_CODE16	0x009b
#define ATTR_DATA16	0x0093
#define ATTR_CODE32	0xc09b
#define ATTR_DATA32	0xc093
#define ATTR_CODE64	0xa09b

static void create_vp(struct child *child, unsigned int index)
{
	struct child_vp *vp = &child->vp[index];

	vp->fd = mshv_create_vp(child->pt, index);
	if (vp->fd < 0)
		ktap_bail("CREATE_VP %u: %s", index, strerror(errno));
	vp->regs = mshv_map_page(vp->fd, MSHV_VP_MMAP_OFFSET_REGISTERS);
	vp->intercept = mshv_map_page(vp->fd, MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE);
	if (vp->regs == MAP_FAILED || vp->intercept == MAP_FAILED)
		ktap_bail("mmap of VP %u's pages: %s", index, strerror(errno));
}

void child_create(struct child *child, uint64_t pt_flags, size_t ram_size, unsigned int nr_vps)
{
	child_create_with(child, pt_flags, 0, ram_size, nr_vps);
}

void child_create_with(struct child *child, uint64_t pt_flags, uint64_t features,
		       size_t ram_size, unsigned int nr_vps)
{
	child_begin(child, pt_flags);
	if (features &&
	    mshv_set_property(child->pt, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES, features))
		ktap_bail("synthetic features: %s", strerror(errno));
	child_complete(child, ram_size, nr_vps);
}

void child_begin(struct child *child, uint64_t pt_flags)
{
	memset(child, 0, sizeof(*child));
	child->dev = mshv_open();
	if (child->dev < 0)
		ktap_bail("/dev/mshv: %s", strerror(errno));
	child->pt = mshv_create_partition(child->dev, pt_flags);
	if (child->pt < 0)
		ktap_bail("CREATE_PARTITION: %s", strerror(errno));
}

void child_complete(struct child *child, size_t ram_size, unsigned int nr_vps)
{
	if (mshv_initialize(child->pt))
		ktap_bail("INITIALIZE_PARTITION: %s", strerror(errno));
	child->ram_size = ram_size;
	child->ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (child->ram == MAP_FAILED)
		ktap_bail("no %zu bytes of RAM: %s", ram_size, strerror(errno));
	if (mshv_set_memory(child->pt, 0, child->ram, ram_size, MEM_W | MEM_X))
		ktap_bail("SET_GUEST_MEMORY: %s", strerror(errno));
	for (; child->nr_vps < nr_vps; child->nr_vps++)
		create_vp(child, child->nr_vps);
}

void child_destroy(struct child *child)
{
	for (unsigned int i = 0; i < child->nr_vps; i++) {
		munmap(child->vp[i].regs, PAGE);
		munmap(child->vp[i].intercept, PAGE);
		close(child->vp[i].fd);
	}
	close(child->pt);
	close(child->dev);
	munmap(child->ram, child->ram_size);
}

void child_load(struct child *child, uint64_t gpa, const struct blob *code)
{
	if (gpa + blob_size(code) > child->ram_size)
		ktap_bail("code of %zu bytes does not fit", blob_size(code));
	memcpy(child->ram + gpa, code->start, blob_size(code));
}

/* A list of registers that grows while it is filled in. */
struct assoc {
	uint32_t names[MSHV_MAX_REGISTERS];
	union hv_register_value values[MSHV_MAX_REGISTERS];
	unsigned int nr;
};

static void add(struct assoc *list, uint32_t name, uint64_t value)
{
	list->names[list->nr] = name;
	memset(&list->values[list->nr], 0, sizeof(list->values[0]));
	list->values[list->nr++].reg64 = value;
}

static void add_segment(struct assoc *list, uint32_t name, uint16_t selector, uint32_t limit,
			uint16_t attributes)
{
	add(list, name, 0);
	list->values[list->nr - 1].segment = (struct hv_x64_segment_register) {
		.base = 0,
		.limit = limit,
		.selector = selector,
		.attributes = attributes,
	};
}

static void add_table(struct assoc *list, uint32_t name, uint64_t base, uint16_t limit)
{
	add(list, name, 0);
	list->values[list->nr - 1].table = (struct hv_x64_table_register) {
		.base = base,
		.limit = limit,
	};
}

static void add_segments(struct assoc *list, uint16_t code, uint16_t data, uint32_t limit,
			 uint16_t code_attributes, uint16_t data_attributes)
{
	static const uint32_t data_segments[] = {
		HV_X64_REGISTER_DS, HV_X64_REGISTER_ES, HV_X64_REGISTER_FS,
		HV_X64_REGISTER_GS, HV_X64_REGISTER_SS,
	};

	add_segment(list, HV_X64_REGISTER_CS, code, limit, code_attributes);
	for (size_t i = 0; i < sizeof(data_segments) / sizeof(data_segments[0]); i++)
		add_segment(list, data_segments[i], data, limit, data_attributes);
}

/* A VP but the first waits for SIPI until it is told to be active. */
static void apply(struct child *child, unsigned int vp, struct assoc *list)
{
	add(list, HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0);
	if (mshv_set_registers(child->vp[vp].fd, vp, list->names, list->values, list->nr))
		ktap_bail("SET_VP_REGISTERS of VP %u: %s", vp, strerror(errno));
}

void child_real_mode(struct child *child, unsigned int vp, uint16_t ip)
{
	struct assoc list = { .nr = 0 };

	add(&list, HV_X64_REGISTER_RIP, ip);
	add(&list, HV_X64_REGISTER_RFLAGS, 2);
	add_segments(&list, 0, 0, 0xffff, ATTR_CODE16, ATTR_DATA16);
	apply(child, vp, &list);
}

void child_protected_mode(struct child *child, unsigned int vp, uint32_t ip)
{
	struct assoc list = { .nr = 0 };

	add(&list, HV_X64_REGISTER_CR0, CR0_PE | CR0_ET | CR0_NE);
	add(&list, HV_X64_REGISTER_RIP, ip);
	add(&list, HV_X64_REGISTER_RSP, CHILD_STACK(vp));
	add(&list, HV_X64_REGISTER_RFLAGS, 2);
	add_segments(&list, CHILD_CODE_SEGMENT, CHILD_DATA_SEGMENT, 0xffffffff,
		     ATTR_CODE32, ATTR_DATA32);
	apply(child, vp, &list);
}

static void build_tables(struct child *child)
{
	uint64_t *tables = (uint64_t *)(child->ram + CHILD_TABLES);
	uint64_t *pdpt = tables + 512, *pd = tables + 1024;
	uint64_t *gdt = (uint64_t *)(child->ram + CHILD_GDT);

	tables[0] = (CHILD_TABLES + PAGE) | PTE_RW;
	pdpt[0] = (CHILD_TABLES + 2 * PAGE) | PTE_RW;
	for (uint64_t i = 0; i < 512; i++)
		pd[i] = i * LARGE_PAGE | PTE_LARGE;
	gdt[CHILD_CODE_SEGMENT / 8] = 0x00af9b000000ffff;
	gdt[CHILD_DATA_SEGMENT / 8] = 0x00cf93000000ffff;
}

void child_long_mode(struct child *child, unsigned int vp, uint64_t ip, uint64_t argument)
{
	struct assoc list = { .nr = 0 };

	if (child->ram_size < CHILD_LONG_MODE_RAM)
		ktap_bail("a 64-bit child needs %#x bytes of RAM", CHILD_LONG_MODE_RAM);
	build_tables(child);
	add(&list, HV_X64_REGISTER_CR3, CHILD_TABLES);
	add(&list, HV_X64_REGISTER_CR4, CR4_PAE | CR4_OSFXSR);
	add(&list, HV_X64_REGISTER_EFER, EFER_LONG);
	add(&list, HV_X64_REGISTER_CR0, CR0_PE | CR0_ET | CR0_NE | CR0_PG);
	add(&list, HV_X64_REGISTER_RIP, ip);
	add(&list, HV_X64_REGISTER_RSP, CHILD_STACK(vp));
	add(&list, HV_X64_REGISTER_RDI, argument);
	add(&list, HV_X64_REGISTER_RFLAGS, 2);
	add_table(&list, HV_X64_REGISTER_GDTR, CHILD_GDT, 23);
	add_table(&list, HV_X64_REGISTER_IDTR, CHILD_IDT, 0xfff);
	add_segments(&list, CHILD_CODE_SEGMENT, CHILD_DATA_SEGMENT, 0xffffffff,
		     ATTR_CODE64, ATTR_DATA32);
	apply(child, vp, &list);
}

void child_set_gate(struct child *child, unsigned int vector, uint64_t handler)
{
	uint64_t *gate = (uint64_t *)(child->ram + CHILD_IDT) + 2 * vector;

	gate[0] = (handler & 0xffff) | CHILD_CODE_SEGMENT << 16 | 0x8e00ULL << 32 |
		  (handler >> 16 & 0xffff) << 48;
	gate[1] = handler >> 32;
}

/* RSI: first page; RDI: how many. */
ASMBLOB(touch, 64,
	"1: mov %rsi, (%rsi)\n"
	"add $0x1000, %rsi\n"
	"dec %rdi\n"
	"jnz 1b\n"
	"out %al, $0x10\n");

void child_touch(struct child *child, unsigned int vp, uint64_t gpa, uint64_t pages)
{
	child_load(child, BLOB_GPA, &touch);
	child_long_mode(child, vp, BLOB_GPA, pages);
	child_set_register(child, vp, HV_X64_REGISTER_RSI, gpa);
}

void child_start_real(struct child *child, uint64_t pt_flags, size_t ram_size,
		      const struct blob *code)
{
	child_create(child, pt_flags, ram_size, 1);
	child_load(child, BLOB_GPA, code);
	child_real_mode(child, 0, BLOB_GPA);
}

void child_start_long(struct child *child, uint64_t pt_flags, size_t ram_size,
		      const struct blob *code)
{
	child_create(child, pt_flags, ram_size, 1);
	child_load(child, BLOB_GPA, code);
	child_long_mode(child, 0, BLOB_GPA, 0);
}

bool child_run(struct child *child, unsigned int vp, struct hv_message *message)
{
	memset(message, 0xa5, sizeof(*message));
	if (!mshv_run(child->vp[vp].fd, message))
		return true;
	ktap_note("RUN_VP %u: %s", vp, strerror(errno));
	return false;
}

bool child_run_to(struct child *child, unsigned int vp, uint32_t type, struct hv_message *message)
{
	struct hv_x64_intercept_message_header *header = message_header(message);

	if (!child_run(child, vp, message))
		return false;
	if (message->header.message_type == type)
		return true;
	ktap_note("VP %u: message %#x at RIP %#llx, want %#x", vp, message->header.message_type,
		  (unsigned long long)header->rip, type);
	return false;
}

void child_skip(struct child *child, unsigned int vp, uint64_t next_ip)
{
	struct hv_vp_register_page *regs = child->vp[vp].regs;

	regs->rip = next_ip;
	regs->dirty |= 1u << HV_X64_REGISTER_CLASS_IP;
}

uint64_t child_register(struct child *child, unsigned int vp, uint32_t name)
{
	uint64_t value;

	if (mshv_get_register(child->vp[vp].fd, vp, name, &value))
		ktap_bail("GET_VP_REGISTERS %#x of VP %u: %s", name, vp, strerror(errno));
	return value;
}

void child_set_register(struct child *child, unsigned int vp, uint32_t name, uint64_t value)
{
	if (mshv_set_register(child->vp[vp].fd, vp, name, value))
		ktap_bail("SET_VP_REGISTERS %#x of VP %u: %s", name, vp, strerror(errno));
}
