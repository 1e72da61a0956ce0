// SPDX-License-Identifier: GPL-2.0
/*
 * Device interrupts of the root: MAP_DEVICE_INTERRUPT tells the root what to
 * write into an I/O APIC entry or an MSI so that an interrupt reaches a VP.
 *
 * Root VPs are physical CPUs and no interrupt remapping is in the way, so the
 * answer is computed, not stored: one vector, to the first VP of the set.  What
 * is stored is only that a device has mappings, so that an unmap of something
 * never mapped is refused.
 *
 * Locking: hv_lock.
 */
#include "cpu.h"
#include "hypercall.h"
#include "partition.h"
#include "vp.h"

#define MAX_MAPPINGS	1024
#define MSI_BASE	0xfeeU

static struct {
	u64 device_id;
	u64 entry;		/* what the root was given */
	u32 source;		/* 0: free */
	u32 count;		/* the same answer given several times */
} mappings[MAX_MAPPINGS];

static bool is_self(const struct hypercall *hc, u64 partition_id)
{
	return partition_id == HV_PARTITION_ID_SELF || partition_id == hc->vp->partition->id;
}

/* The lowest VP of a set whose banks follow it; -1: none, or more banks than came with the call. */
static int first_vp_of_set(const struct hv_vpset *set, u32 nr_banks)
{
	u32 bank = 0;

	if (set->format == HV_GENERIC_SET_ALL)
		return 0;
	for (u32 i = 0; i < HV_MAX_SPARSE_VCPU_BANKS; i++) {
		if (!(set->valid_bank_mask & BIT(i)))
			continue;
		if (bank == nr_banks)
			return -1;
		if (set->bank_contents[bank])
			return i * HV_VCPUS_PER_SPARSE_BANK +
			       __builtin_ctzll(set->bank_contents[bank]);
		bank++;
	}
	return -1;
}

static int target_vp(const struct hv_device_interrupt_target *target, u32 var_size)
{
	if (target->flags & HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET)
		return var_size < 8 ? -1 : first_vp_of_set(&target->vp_set, var_size / 8 - 1);
	return target->vp_mask ? __builtin_ctzll(target->vp_mask) : -1;
}

static union hv_msi_entry msi_entry(u32 apic_id, const struct hv_device_interrupt_descriptor *desc)
{
	union hv_msi_entry msi = { 0 };

	msi.address.msi_base = MSI_BASE;
	msi.address.destination_id = apic_id;
	msi.data.vector = desc->target.vector;
	msi.data.delivery_mode = desc->interrupt_type;
	return msi;
}

static union hv_ioapic_rte ioapic_rte(u32 apic_id,
				      const struct hv_device_interrupt_descriptor *desc)
{
	union hv_ioapic_rte rte = { 0 };

	rte.vector = desc->target.vector;
	rte.delivery_mode = desc->interrupt_type;
	rte.trigger_mode = desc->trigger_mode;
	rte.destination_id = apic_id;
	return rte;
}

static int find_mapping(u64 device_id, u32 source, u64 entry)
{
	for (int i = 0; i < MAX_MAPPINGS; i++)
		if (mappings[i].source == source && mappings[i].device_id == device_id &&
		    mappings[i].entry == entry)
			return i;
	return -1;
}

static u64 remember(u64 device_id, u32 source, u64 entry)
{
	int i = find_mapping(device_id, source, entry);

	if (i < 0)
		i = find_mapping(0, 0, 0);
	if (i < 0)
		return HV_STATUS_NO_RESOURCES;
	mappings[i].device_id = device_id;
	mappings[i].source = source;
	mappings[i].entry = entry;
	mappings[i].count++;
	return HV_STATUS_SUCCESS;
}

static u64 forget(u64 device_id, u32 source, u64 entry)
{
	int i = find_mapping(device_id, source, entry);

	if (i < 0)
		return HV_STATUS_NOT_FOUND;
	if (--mappings[i].count)
		return HV_STATUS_SUCCESS;
	mappings[i].device_id = 0;
	mappings[i].source = 0;
	mappings[i].entry = 0;
	return HV_STATUS_SUCCESS;
}

/* What the root writes into its device must be an interrupt, and one, and nothing else. */
static bool descriptor_valid(const struct hv_device_interrupt_descriptor *desc)
{
	const u32 flags = HV_DEVICE_INTERRUPT_TARGET_MULTICAST |
			  HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET;

	return (desc->interrupt_type == HV_X64_INTERRUPT_TYPE_FIXED ||
		desc->interrupt_type == HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY) &&
	       desc->trigger_mode <= HV_INTERRUPT_TRIGGER_MODE_LEVEL && !desc->reserved &&
	       desc->vector_count == 1 && !(desc->target.flags & ~flags) &&
	       desc->target.vector >= 16 && desc->target.vector <= 0xff;
}

static u64 map_device_interrupt(struct hypercall *hc)
{
	const struct hv_input_map_device_interrupt *in = hc->in;
	struct hv_output_map_device_interrupt *out = hc->out;
	union hv_device_id device = { .as_uint64 = in->device_id };
	int vp = target_vp(&in->interrupt_descriptor.target, hc->var_size);
	struct hv_interrupt_entry *entry = &out->interrupt_entry;

	if (!is_self(hc, in->partition_id))
		return HV_STATUS_INVALID_PARTITION_ID;
	if (vp < 0 || vp >= (int)nr_root_cpus || !descriptor_valid(&in->interrupt_descriptor))
		return HV_STATUS_INVALID_PARAMETER;
	if (device.device_type == HV_DEVICE_TYPE_IOAPIC) {
		entry->source = HV_INTERRUPT_SOURCE_IOAPIC;
		entry->ioapic_rte = ioapic_rte(cpus[vp].apic_id, &in->interrupt_descriptor);
	} else {
		entry->source = HV_INTERRUPT_SOURCE_MSI;
		entry->msi_entry = msi_entry(cpus[vp].apic_id, &in->interrupt_descriptor);
	}
	return remember(in->device_id, entry->source, entry->msi_entry.as_uint64);
}

static u64 unmap_device_interrupt(struct hypercall *hc)
{
	const struct hv_input_unmap_device_interrupt *in = hc->in;

	if (!is_self(hc, in->partition_id))
		return HV_STATUS_INVALID_PARTITION_ID;
	return forget(in->device_id, in->interrupt_entry.source,
		      in->interrupt_entry.msi_entry.as_uint64);
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_MAP_DEVICE_INTERRUPT, .name = "map_device_interrupt",
		.var_header = true,
		/* The set's mask counts as variable header, its format does not. */
		.in = sizeof(struct hv_input_map_device_interrupt) - sizeof(__u64),
		.out = sizeof(struct hv_output_map_device_interrupt),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = map_device_interrupt,
	}, {
		.code = HVCALL_UNMAP_DEVICE_INTERRUPT, .name = "unmap_device_interrupt",
		.in = sizeof(struct hv_input_unmap_device_interrupt),
		.privilege = PRIVILEGE(HV_CPU_MANAGEMENT), .fn = unmap_device_interrupt,
	},
};

const struct hypercall_group devirq_hypercalls = { descs, ARRAY_SIZE(descs) };
