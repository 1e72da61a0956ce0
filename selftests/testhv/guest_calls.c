// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls that a child makes for itself: interrupts between its VPs.
 *
 * Locking: hv_lock.
 */
#include "hypercall.h"
#include "lapic.h"
#include "partition.h"
#include "vp.h"

static u64 check_vector(u32 vector, u32 reserved)
{
	if (vector < HV_IPI_LOW_VECTOR || vector > HV_IPI_HIGH_VECTOR || reserved)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static void send(struct partition *p, u32 index, u32 vector)
{
	struct vp *vp = partition_vp(p, index);

	if (vp && vp->lapic)
		lapic_request(vp->lapic, (u8)vector, false);
}

static void send_bank(struct partition *p, u32 bank, u64 mask, u32 vector)
{
	for (u32 i = 0; i < 64; i++)
		if (mask >> i & 1)
			send(p, bank * 64 + i, vector);
}

static u64 send_ipi(struct hypercall *hc)
{
	const struct hv_send_ipi *in = hc->in;
	u64 status = check_vector(in->vector, in->reserved);

	if (status == HV_STATUS_SUCCESS)
		send_bank(hc->vp->partition, 0, in->cpu_mask, in->vector);
	return status;
}

static u32 count_bits(u64 mask)
{
	u32 nr = 0;

	for (; mask; mask &= mask - 1)
		nr++;
	return nr;
}

static u64 send_ipi_ex(struct hypercall *hc)
{
	const struct hv_send_ipi_ex *in = hc->in;
	const __u64 *banks = in->vp_set.bank_contents;
	u64 status = check_vector(in->vector, in->reserved);
	u32 nr = 0;

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->vp_set.format == HV_GENERIC_SET_ALL) {
		send_bank(hc->vp->partition, 0, ~0UL, in->vector);
		return HV_STATUS_SUCCESS;
	}
	if (in->vp_set.format != HV_GENERIC_SET_SPARSE_4K ||
	    count_bits(in->vp_set.valid_bank_mask) * sizeof(u64) != hc->var_size)
		return HV_STATUS_INVALID_PARAMETER;
	for (u32 bank = 0; bank < HV_MAX_SPARSE_VCPU_BANKS; bank++)
		if (in->vp_set.valid_bank_mask >> bank & 1)
			send_bank(hc->vp->partition, bank, banks[nr++], in->vector);
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_SEND_IPI, .name = "send_ipi", .fast_ok = true,
		.in = sizeof(struct hv_send_ipi), .fn = send_ipi,
	}, {
		.code = HVCALL_SEND_IPI_EX, .name = "send_ipi_ex", .var_header = true,
		.in = sizeof(struct hv_send_ipi_ex), .fn = send_ipi_ex,
	},
};

const struct hypercall_group guest_hypercalls = { descs, ARRAY_SIZE(descs) };
