// SPDX-License-Identifier: GPL-2.0
/*
 * DEPOSIT_MEMORY and WITHDRAW_MEMORY: pages of the root become memory of a
 * partition, and come back.
 *
 * Root's guest physical addresses are system physical addresses for RAM, so a
 * page number of the caller names the page itself.
 *
 * Locking: hv_lock.
 */
#include "hypercall.h"
#include "owner.h"
#include "partition.h"
#include "stats.h"
#include "vp.h"

static u64 deposit_memory(struct hypercall *hc)
{
	const struct hv_deposit_memory *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);
	u64 pfn = *(const __u64 *)hc->rep_in;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state == PARTITION_FINALIZED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (pfn > ~0UL >> PAGE_SHIFT || owner_deposit(pfn << PAGE_SHIFT, p->id))
		return HV_STATUS_INVALID_PARAMETER;
	pool_add(&p->pool, pfn << PAGE_SHIFT);
	p->counters->pages_deposited++;
	return HV_STATUS_SUCCESS;
}

/* The caller asks for as many as it has room for; NO_RESOURCES tells it that there are no more. */
static u64 withdraw_memory(struct hypercall *hc)
{
	const struct hv_input_withdraw_memory *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->partition_id);
	__u64 *pfn = hc->out;
	u64 spa;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spa = pool_remove(&p->pool);
	if (!spa)
		return HV_STATUS_NO_RESOURCES;
	if (owner_withdraw(spa, p->id)) {
		pool_add(&p->pool, spa);
		return HV_STATUS_OPERATION_FAILED;
	}
	p->counters->pages_withdrawn++;
	*pfn = spa >> PAGE_SHIFT;
	return HV_STATUS_SUCCESS;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_DEPOSIT_MEMORY, .name = "deposit_memory", .kind = HC_REP,
		.in = sizeof(struct hv_deposit_memory), .rep_in = sizeof(__u64),
		.privilege = PRIVILEGE(HV_ACCESS_MEMORY_POOL), .fn = deposit_memory,
	}, {
		.code = HVCALL_WITHDRAW_MEMORY, .name = "withdraw_memory", .kind = HC_REP,
		.in = sizeof(struct hv_input_withdraw_memory), .rep_out = sizeof(__u64),
		.privilege = PRIVILEGE(HV_ACCESS_MEMORY_POOL), .fn = withdraw_memory,
	},
};

const struct hypercall_group deposit_hypercalls = { descs, ARRAY_SIZE(descs) };
