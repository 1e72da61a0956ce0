/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages: how one is made, and how it gets into the slot that hypervisor and
 * receiver share without a lock.  The root's slots and the children's obey the
 * same rules, which are kept here.
 */
#ifndef TESTHV_MESSAGE_H
#define TESTHV_MESSAGE_H

#include "types.h"
#include <hvabi/hvabi.h>

/* Message of `type` from `sender`, `size` bytes of payload. */
void message_init(struct hv_message *msg, u32 type, u64 sender, const void *payload, u32 size);

/*
 * Put a message into a slot.  False: the slot is full, and its receiver has been told to write EOM
 * when it has emptied it.  `more`: others wait behind this one, so that EOM is due for it too.
 */
bool message_put(struct hv_message *slot, const struct hv_message *msg, bool more);

#endif
