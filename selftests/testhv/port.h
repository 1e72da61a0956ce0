/* SPDX-License-Identifier: GPL-2.0 */
/* Ports, connections and doorbells: port.c. */
#ifndef TESTHV_PORT_H
#define TESTHV_PORT_H

#include "types.h"

struct partition;
struct vp;

/* The partition ends: ports and connections that name it go. */
void ports_release(struct partition *p);

/*
 * A child wrote `size` bytes to `gpa`.  True if a doorbell is there and was rung, and the write
 * needs no intercept.
 */
bool doorbell_ring(struct vp *vp, u64 gpa, u32 size, u64 value);

/* Is there a doorbell at this GPA at all?  Spares decoding the instruction. */
bool doorbell_at(const struct partition *p, u64 gpa);

#endif
