// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's ACPI tables. See acpi.h.
 *
 * Each table is a packed structure that is filled, placed behind the previous one and sealed
 * with its checksum: RSDP -> XSDT -> FADT -> DSDT, and XSDT -> MADT. Layouts are those of the
 * ACPI specification 6.5, chapter 5.
 */
#include <string.h>

#include "acpi.h"
#include "aml.h"
#include "ioapic.h"
#include "layout.h"
#include "rtc.h"

#define LAPIC_BASE	0xfee00000u

#define FADT_WBINVD		(1u << 0)
#define FADT_RESET_REG		(1u << 10)
#define FADT_HW_REDUCED		(1u << 20)

/* Boot architecture flags. No bit for legacy devices, none for a keyboard controller. */
#define FADT_NO_VGA		(1u << 2)
#define FADT_NO_ASPM		(1u << 4)

#define GAS_SYSTEM_IO		1
#define GAS_BYTE		1

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

struct acpi_rsdp {
	char signature[8];
	uint8_t checksum;		/* of the first 20 bytes */
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;	/* of all */
	uint8_t reserved[3];
} __attribute__((packed));

struct acpi_gas {
	uint8_t space;
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_size;
	uint64_t address;
} __attribute__((packed));

struct acpi_xsdt {
	struct acpi_header header;
	uint64_t entry[2];
} __attribute__((packed));

struct acpi_fadt {
	struct acpi_header header;
	uint8_t unused1[73];		/* addresses of hardware that is not there */
	uint16_t boot_flags;
	uint8_t unused2;
	uint32_t flags;
	struct acpi_gas reset_register;
	uint8_t reset_value;
	uint16_t arm_boot_flags;
	uint8_t minor_revision;
	uint64_t x_firmware_ctrl;
	uint64_t x_dsdt;
	struct acpi_gas unused3[8];	/* more of it */
	struct acpi_gas sleep_control;
	struct acpi_gas sleep_status;
	uint64_t hypervisor_vendor;
} __attribute__((packed));

struct acpi_madt {
	struct acpi_header header;
	uint32_t lapic_address;
	uint32_t flags;
} __attribute__((packed));

struct acpi_madt_lapic {
	uint8_t type;			/* 0 */
	uint8_t length;
	uint8_t processor;
	uint8_t apic_id;
	uint32_t flags;			/* bit 0: enabled */
} __attribute__((packed));

struct acpi_madt_ioapic {
	uint8_t type;			/* 1 */
	uint8_t length;
	uint8_t id;
	uint8_t reserved;
	uint32_t address;
	uint32_t first_gsi;
} __attribute__((packed));

_Static_assert(sizeof(struct acpi_header) == 36, "ACPI table header");
_Static_assert(sizeof(struct acpi_rsdp) == 36, "RSDP");
_Static_assert(sizeof(struct acpi_fadt) == 276, "FADT of ACPI 6");
_Static_assert(offsetof(struct acpi_fadt, boot_flags) == 109, "FADT");
_Static_assert(offsetof(struct acpi_fadt, reset_register) == 116, "FADT");
_Static_assert(offsetof(struct acpi_fadt, x_dsdt) == 140, "FADT");
_Static_assert(offsetof(struct acpi_fadt, sleep_control) == 244, "FADT");

/* The area being filled. */
struct builder {
	uint8_t *area;
	uint64_t gpa;
	size_t used;
};

/* The next table, 16-byte aligned as the RSDP has to be. */
static void *next_table(struct builder *b)
{
	b->used = (b->used + 15) & ~(size_t)15;
	return b->area + b->used;
}

static uint64_t gpa_of(const struct builder *b, const void *table)
{
	return b->gpa + (uint64_t)((const uint8_t *)table - b->area);
}

/* What to put into a checksum field that holds zero so that all bytes add up to zero. */
static uint8_t checksum(const void *bytes, size_t count)
{
	const uint8_t *p = bytes;
	uint8_t sum = 0;

	while (count--)
		sum = (uint8_t)(sum + *p++);
	return (uint8_t)-sum;
}

static void seal(struct builder *b, struct acpi_header *header, const char *signature,
		 uint8_t revision, size_t length)
{
	memcpy(header->signature, signature, 4);
	header->length = (uint32_t)length;
	header->revision = revision;
	memcpy(header->oem_id, "HVCTL ", 6);
	memcpy(header->oem_table_id, "CHILDVM ", 8);
	header->oem_revision = 1;
	memcpy(header->creator_id, "HVCT", 4);
	header->creator_revision = 1;
	header->checksum = checksum(header, length);
	b->used += length;
}

static struct acpi_gas io_register(uint16_t port)
{
	return (struct acpi_gas){
		.space = GAS_SYSTEM_IO,
		.bit_width = 8,
		.access_size = GAS_BYTE,
		.address = port,
	};
}

/* COM1: eight ports, and an interrupt that is edge-triggered and active high. */
static void emit_com1(struct aml *aml)
{
	static const uint8_t resources[] = {
		0x47, 0x01, PORT_COM1 & 0xff, PORT_COM1 >> 8, PORT_COM1 & 0xff, PORT_COM1 >> 8,
		0x01, 0x08,
		0x22, 1 << COM1_IRQ, 0x00,
		0x79, 0x00,
	};

	aml_open_device(aml, "COM1");
	aml_name(aml, "_HID");
	aml_eisa_id(aml, "PNP0501");
	aml_name(aml, "_UID");
	aml_integer(aml, 1);
	aml_name(aml, "_CRS");
	aml_resources(aml, resources, sizeof(resources));
	aml_close(aml);
}

/* The clock: two ports, and no interrupt because it has no alarm. */
static void emit_clock(struct aml *aml)
{
	static const uint8_t resources[] = {
		0x47, 0x01, RTC_PORT, 0x00, RTC_PORT, 0x00, 0x01, RTC_PORTS,
		0x79, 0x00,
	};

	aml_open_device(aml, "RTC0");
	aml_name(aml, "_HID");
	aml_eisa_id(aml, "PNP0B00");
	aml_name(aml, "_CRS");
	aml_resources(aml, resources, sizeof(resources));
	aml_close(aml);
}

/* The sleep type goes into the sleep control register as it is; the rest is unused here. */
static void emit_s5(struct aml *aml)
{
	int i;

	aml_name(aml, "_S5_");
	aml_open_package(aml, 4);
	aml_integer(aml, POWER_S5_TYPE);
	for (i = 1; i < 4; i++)
		aml_integer(aml, 0);
	aml_close(aml);
}

static uint64_t build_dsdt(struct builder *b)
{
	struct acpi_header *header = next_table(b);
	struct aml aml;

	aml_init(&aml, header + 1, LAYOUT_ACPI_SIZE - b->used - sizeof(*header));
	emit_s5(&aml);
	aml_open_scope(&aml, "\\_SB_");
	emit_com1(&aml);
	emit_clock(&aml);
	aml_close(&aml);
	seal(b, header, "DSDT", 2, sizeof(*header) + aml.len);
	return gpa_of(b, header);
}

static uint64_t build_fadt(struct builder *b, uint64_t dsdt)
{
	struct acpi_fadt *fadt = next_table(b);

	fadt->boot_flags = FADT_NO_VGA | FADT_NO_ASPM;
	fadt->flags = FADT_WBINVD | FADT_RESET_REG | FADT_HW_REDUCED;
	fadt->reset_register = io_register(PORT_POWER + POWER_RESET);
	fadt->reset_value = POWER_RESET_VALUE;
	fadt->x_dsdt = dsdt;
	fadt->sleep_control = io_register(PORT_POWER + POWER_SLEEP_CONTROL);
	fadt->sleep_status = io_register(PORT_POWER + POWER_SLEEP_STATUS);
	seal(b, &fadt->header, "FACP", 6, sizeof(*fadt));
	return gpa_of(b, fadt);
}

static uint64_t build_madt(struct builder *b, unsigned int cpus)
{
	struct acpi_madt *madt = next_table(b);
	struct acpi_madt_lapic *lapic = (struct acpi_madt_lapic *)(madt + 1);
	struct acpi_madt_ioapic *ioapic = (struct acpi_madt_ioapic *)(lapic + cpus);
	unsigned int i;

	madt->lapic_address = LAPIC_BASE;
	for (i = 0; i < cpus; i++) {
		lapic[i].length = sizeof(*lapic);
		lapic[i].processor = (uint8_t)i;
		lapic[i].apic_id = (uint8_t)i;
		lapic[i].flags = 1;
	}
	ioapic->type = 1;
	ioapic->length = sizeof(*ioapic);
	ioapic->address = IOAPIC_BASE;
	seal(b, &madt->header, "APIC", 5,
	     sizeof(*madt) + cpus * sizeof(*lapic) + sizeof(*ioapic));
	return gpa_of(b, madt);
}

static uint64_t build_xsdt(struct builder *b, uint64_t fadt, uint64_t madt)
{
	struct acpi_xsdt *xsdt = next_table(b);

	xsdt->entry[0] = fadt;
	xsdt->entry[1] = madt;
	seal(b, &xsdt->header, "XSDT", 1, sizeof(*xsdt));
	return gpa_of(b, xsdt);
}

static void build_rsdp(struct acpi_rsdp *rsdp, uint64_t xsdt)
{
	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem_id, "HVCTL ", 6);
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = xsdt;
	rsdp->checksum = checksum(rsdp, 20);
	rsdp->extended_checksum = checksum(rsdp, sizeof(*rsdp));
}

size_t acpi_build(uint8_t *area, uint64_t gpa, unsigned int cpus)
{
	struct builder b = { .area = area, .gpa = gpa, .used = sizeof(struct acpi_rsdp) };
	uint64_t dsdt = build_dsdt(&b);
	uint64_t fadt = build_fadt(&b, dsdt);
	uint64_t madt = build_madt(&b, cpus);

	build_rsdp((struct acpi_rsdp *)area, build_xsdt(&b, fadt, madt));
	return b.used;
}
