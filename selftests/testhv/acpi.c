// SPDX-License-Identifier: GPL-2.0
/*
 * Hiding testhv's two CPUs from the root takes two things: their entries in the MADT
 * go, and the hotplug registers, which the DSDT's processor devices ask
 * for the state of a CPU, say that it is not there.  With the first alone the root
 * complains of more CPUs than it has room for.
 *
 * Locking: the tables are changed before the root runs; the registers are
 * handled under hv_lock.
 */
#include "acpi.h"
#include "cpu.h"
#include "log.h"
#include "string.h"
#include "x86.h"

struct sdt {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[18];
	u32 creator_revision;
	u32 creator;
} __attribute__((packed));

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
} __attribute__((packed));

struct madt {
	struct sdt head;
	u32 lapic, flags;
	u8 entries[];
} __attribute__((packed));

#define FADT_PM1A_CONTROL	64	/* offsets of port numbers, 32 bits */
#define FADT_PM_TIMER		76

#define MADT_LAPIC	0
#define MADT_X2APIC	9
#define MADT_ENABLED	BIT(0)

struct madt_entry {
	u8 type, length;
	union {
		struct {
			u8 acpi_id, apic_id;
			u32 flags;
		} __attribute__((packed)) lapic;
		struct {
			u16 reserved;
			u32 apic_id, flags, acpi_id;
		} __attribute__((packed)) x2apic;
	};
} __attribute__((packed));

/* QEMU's CPU hotplug registers: a selector to write, and the flags of the selected CPU. */
#define CPUHP_SELECTOR	0xcd8
#define CPUHP_FLAGS	0xcdc
#define CPUHP_FLAG_MASK	0x07		/* enabled, insert event, remove event */

static struct madt *madt;
u16 acpi_pm1_control, acpi_pm_timer;
static u32 cpuhp_selected;

static const struct rsdp *find_rsdp(void)
{
	for (u64 at = 0xe0000; at < 0x100000; at += 16)
		if (!memcmp(spa_ptr(at), "RSD PTR ", 8))
			return spa_ptr(at);
	panic("no ACPI tables");
}

static void read_fadt(u64 fadt)
{
	acpi_pm1_control = *(u32 *)spa_ptr(fadt + FADT_PM1A_CONTROL);
	acpi_pm_timer = *(u32 *)spa_ptr(fadt + FADT_PM_TIMER);
}

void acpi_init(void)
{
	const struct sdt *rsdt = spa_ptr(find_rsdp()->rsdt);
	const u32 *tables = (const u32 *)(rsdt + 1);

	for (u32 i = 0; i < (rsdt->length - sizeof(*rsdt)) / sizeof(u32); i++) {
		if (!memcmp(spa_ptr(tables[i]), "APIC", 4))
			madt = spa_ptr(tables[i]);
		if (!memcmp(spa_ptr(tables[i]), "FACP", 4))
			read_fadt(tables[i]);
	}
	if (!madt || !acpi_pm1_control || !acpi_pm_timer)
		panic("ACPI tables without a MADT or FADT");
}

/* The APIC id of an enabled CPU's entry; false: another kind of entry. */
static bool entry_apic_id(const struct madt_entry *entry, u32 *id)
{
	if (entry->type == MADT_LAPIC && (entry->lapic.flags & MADT_ENABLED)) {
		*id = entry->lapic.apic_id;
		return true;
	}
	if (entry->type == MADT_X2APIC && (entry->x2apic.flags & MADT_ENABLED)) {
		*id = entry->x2apic.apic_id;
		return true;
	}
	return false;
}

/* The entry at or after *at; *at moves behind it. */
static struct madt_entry *next_entry(u8 **at)
{
	struct madt_entry *entry = (struct madt_entry *)*at;

	if (*at >= (u8 *)madt + madt->head.length || entry->length < 2)
		return NULL;
	*at += entry->length;
	return entry;
}

u32 acpi_apic_ids(u32 *ids, u32 max)
{
	struct madt_entry *entry;
	u8 *at = madt->entries;
	u32 nr = 0, id;

	while ((entry = next_entry(&at))) {
		if (!entry_apic_id(entry, &id))
			continue;
		if (nr == max)
			panic("more than %u CPUs", max);
		ids[nr++] = id;
	}
	return nr;
}

static void fix_checksum(struct sdt *table)
{
	u8 sum = 0;

	table->checksum = 0;
	for (u32 i = 0; i < table->length; i++)
		sum += ((u8 *)table)[i];
	table->checksum = -sum;
}

static void hide_cpu(u32 apic_id)
{
	struct madt_entry *entry;
	u8 *at = madt->entries, *end = (u8 *)madt + madt->head.length;
	u32 id;

	while ((entry = next_entry(&at))) {
		if (!entry_apic_id(entry, &id) || id != apic_id)
			continue;
		madt->head.length -= entry->length;
		memmove(entry, at, end - at);
		fix_checksum(&madt->head);
		return;
	}
	panic("the MADT has no entry for APIC id %u", apic_id);
}

void acpi_hide_own_cpus(void)
{
	hide_cpu(boot_cpu->apic_id);
	hide_cpu(service_cpu->apic_id);
}

/* The registers count the machine's CPUs in the order of their APIC ids. */
static bool own_cpu_selected(void)
{
	return !cpuhp_selected || cpuhp_selected == service_cpu->index + 1;
}

void acpi_cpuhp_write(u16 port, u32 size, u32 value)
{
	if (port == CPUHP_SELECTOR && size == 4)
		cpuhp_selected = value;
	else if (own_cpu_selected())
		return;
	port_write(port, size, value);
}

u32 acpi_cpuhp_read(u16 port, u32 size)
{
	u32 value = port_read(port, size);

	if (port == CPUHP_FLAGS && own_cpu_selected())
		value &= ~CPUHP_FLAG_MASK;
	return value;
}
