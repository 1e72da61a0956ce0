// SPDX-License-Identifier: GPL-2.0
/*
 * Test of the ACPI tables: found from the RSDP as a guest finds them, every checksum, every
 * pointer, the processors, and the bytes of the DSDT against a copy that iasl has disassembled.
 *
 * With an argument, writes the DSDT to that file, for iasl -d.
 */
#include <stdlib.h>
#include <string.h>

#include "../acpi.h"
#include "../layout.h"
#include "ktap.h"

#define GPA 0xe0000u

static uint8_t *area;
static size_t used;

static void build(unsigned int cpus)
{
	free(area);
	area = calloc(1, LAYOUT_ACPI_SIZE);
	used = acpi_build(area, GPA, cpus);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static uint8_t sum(const uint8_t *p, size_t n)
{
	uint8_t s = 0;

	while (n--)
		s = (uint8_t)(s + *p++);
	return s;
}

/* The table at @gpa, with signature, bounds and checksum verified; NULL if they are wrong. */
static const uint8_t *table_at(uint64_t gpa, const char *signature)
{
	const uint8_t *table = area + (gpa - GPA);

	EXPECT(gpa >= GPA && gpa - GPA + 36 <= used);
	if (gpa < GPA || gpa - GPA + 36 > used)
		return NULL;
	EXPECT(memcmp(table, signature, 4) == 0);
	EXPECT(gpa - GPA + get32(table + 4) <= used);
	EXPECT_EQ(sum(table, get32(table + 4)), 0);
	return table;
}

static const uint8_t *xsdt_entry(unsigned int n, const char *signature)
{
	const uint8_t *xsdt = table_at(get64(area + 24), "XSDT");

	return xsdt ? table_at(get64(xsdt + 36 + 8 * n), signature) : NULL;
}

static void test_chain(void)
{
	const uint8_t *fadt, *xsdt;

	build(1);
	EXPECT(memcmp(area, "RSD PTR ", 8) == 0);
	EXPECT_EQ(area[15], 2);
	EXPECT_EQ(sum(area, 20), 0);
	EXPECT_EQ(sum(area, get32(area + 20)), 0);
	xsdt = table_at(get64(area + 24), "XSDT");
	EXPECT(xsdt && get32(xsdt + 4) == 36 + 2 * 8);
	fadt = xsdt_entry(0, "FACP");
	EXPECT(fadt && table_at(get64(fadt + 140), "DSDT"));
	EXPECT(xsdt_entry(1, "APIC"));
}

static void test_fadt(void)
{
	const uint8_t *fadt;

	build(1);
	fadt = xsdt_entry(0, "FACP");
	if (!fadt)
		return;
	EXPECT_EQ(get32(fadt + 4), 276);
	EXPECT_EQ(get32(fadt + 112), 1u << 0 | 1u << 10 | 1u << 20);
	/* Generic addresses: I/O space, eight bits; then the port. */
	EXPECT_EQ(fadt[116], 1);
	EXPECT_EQ(fadt[117], 8);
	EXPECT_EQ(get64(fadt + 120), PORT_POWER + POWER_RESET);
	EXPECT_EQ(fadt[128], POWER_RESET_VALUE);
	EXPECT_EQ(get64(fadt + 248), PORT_POWER + POWER_SLEEP_CONTROL);
	EXPECT_EQ(get64(fadt + 260), PORT_POWER + POWER_SLEEP_STATUS);
}

static void check_madt(unsigned int cpus)
{
	const uint8_t *madt, *p;
	unsigned int seen = 0, ioapics = 0;

	build(cpus);
	madt = xsdt_entry(1, "APIC");
	if (!madt)
		return;
	EXPECT_EQ(get32(madt + 36), 0xfee00000u);
	for (p = madt + 44; p < madt + get32(madt + 4) && p[1]; p += p[1]) {
		if (p[0] == 0) {
			EXPECT_EQ(p[2], seen);
			EXPECT_EQ(p[3], seen);
			EXPECT_EQ(get32(p + 4), 1);
			seen++;
		} else if (p[0] == 1) {
			EXPECT_EQ(get32(p + 4), 0xfec00000u);
			EXPECT_EQ(get32(p + 8), 0);
			ioapics++;
		}
	}
	EXPECT_EQ(p - madt, get32(madt + 4));
	EXPECT_EQ(seen, cpus);
	EXPECT_EQ(ioapics, 1);
}

static void test_madt(void)
{
	check_madt(1);
	check_madt(2);
	check_madt(ACPI_MAX_CPUS);
}

/* Name(_S5_, Package{5,0,0,0}) Scope(\_SB_) { Device(COM1) {...} Device(RTC0) {...} } */
static const uint8_t golden_dsdt[] = {
	0x08, '_', 'S', '5', '_', 0x12, 0x48, 0x00, 0x04, 0x0a, 0x05, 0x00, 0x00, 0x00,
	0x10, 0x4c, 0x05, '\\', '_', 'S', 'B', '_',
	0x5b, 0x82, 0x4d, 0x02, 'C', 'O', 'M', '1',
	0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x05, 0x01,
	0x08, '_', 'U', 'I', 'D', 0x01,
	0x08, '_', 'C', 'R', 'S', 0x11, 0x41, 0x01, 0x0a, 0x0d,
	0x47, 0x01, 0xf8, 0x03, 0xf8, 0x03, 0x01, 0x08, 0x22, 0x10, 0x00, 0x79, 0x00,
	0x5b, 0x82, 0x44, 0x02, 'R', 'T', 'C', '0',
	0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x0b, 0x00,
	0x08, '_', 'C', 'R', 'S', 0x11, 0x4e, 0x00, 0x0a, 0x0a,
	0x47, 0x01, 0x70, 0x00, 0x70, 0x00, 0x01, 0x02, 0x79, 0x00,
};

static const uint8_t *dsdt(void)
{
	const uint8_t *fadt;

	build(1);
	fadt = xsdt_entry(0, "FACP");
	return fadt ? table_at(get64(fadt + 140), "DSDT") : NULL;
}

static void test_dsdt(void)
{
	const uint8_t *table = dsdt();

	if (!table)
		return;
	EXPECT_EQ(get32(table + 4), 36 + sizeof(golden_dsdt));
	EXPECT(memcmp(table + 36, golden_dsdt, sizeof(golden_dsdt)) == 0);
}

static int write_dsdt(const char *name)
{
	const uint8_t *table = dsdt();
	FILE *file = fopen(name, "wb");

	if (!file || !table || fwrite(table, get32(table + 4), 1, file) != 1)
		return 1;
	return fclose(file) ? 1 : 0;
}

int main(int argc, char **argv)
{
	int ret;

	if (argc > 1)
		return write_dsdt(argv[1]);
	ktap_start();
	ktap_run("acpi_chain", test_chain);
	ktap_run("acpi_fadt", test_fadt);
	ktap_run("acpi_madt", test_madt);
	ktap_run("acpi_dsdt", test_dsdt);
	ret = ktap_finish();
	free(area);
	return ret;
}
