// SPDX-License-Identifier: GPL-2.0
/* What testhv says that is not so, by VP. */
#include "lie.h"

static u64 lies[NR_LIES];

void lie_set(enum lie lie, u64 vps)
{
	lies[lie] = vps;
}

bool lie_told(enum lie lie, u32 vp_index)
{
	return vp_index < 64 && lies[lie] >> vp_index & 1;
}
