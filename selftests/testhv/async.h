/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls that are put off: the caller gets CALL_PENDING, and later a message
 * with the status that the call has come to.  SET_PARTITION_PROPERTY is the
 * only one that a caller must expect this of.
 *
 * Off unless the command line says async=MS or a test asks for it: which
 * properties the real hypervisor puts off, and for how long, is not known.
 *
 * Locking: hv_lock.
 */
#ifndef TESTHV_ASYNC_H
#define TESTHV_ASYNC_H

#include "types.h"

#define ASYNC_MAX_MS	60000

struct vp;

void async_init(void);		/* boot: reads the command line */
void async_set(bool on, u32 ms);	/* from now on; the message comes after so long */

/*
 * The call of a root's VP about this partition has come to this status: is it
 * put off?  Returns what the caller gets.
 */
u64 async_status(struct vp *vp, u16 code, u64 partition, u64 status);

#endif
