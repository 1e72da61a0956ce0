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
 * A child's write to an unmapped GPA faulted.  True: there was a doorbell, it was rung, and the
 * guest may go on behind the instruction.
 */
bool doorbell_write(struct vp *vp, u64 gpa);

#endif
