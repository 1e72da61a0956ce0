/* SPDX-License-Identifier: GPL-2.0 */
/* A child's guest physical address space: gpa.c. */
#ifndef TESTHV_GPA_H
#define TESTHV_GPA_H

#include "types.h"

struct partition;

u64 gpa_limit(void);	/* no GPA is at or above it; the same for all partitions */

/* Every page of the root that is mapped into this partition is so no more. */
void gpa_unmap_all(struct partition *p);

#endif
