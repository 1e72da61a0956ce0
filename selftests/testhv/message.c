// SPDX-License-Identifier: GPL-2.0
/*
 * Message slots.
 *
 * The type says whether a slot is full: it is written last by the sender, and
 * cleared first by the receiver, who looks at msg_pending after that.
 *
 * Locking: hv_lock makes one sender out of all; the receiver takes none.
 */
#include "message.h"
#include "string.h"

void message_init(struct hv_message *msg, u32 type, u64 sender, const void *payload, u32 size)
{
	memset(msg, 0, sizeof(*msg));
	msg->header.message_type = type;
	msg->header.payload_size = size;
	msg->header.sender = sender;
	memcpy(msg->u.payload, payload, size);
}

static bool is_full(const struct hv_message *slot)
{
	return READ_ONCE(slot->header.message_type) != HVMSG_NONE;
}

bool message_put(struct hv_message *slot, const struct hv_message *msg, bool more)
{
	if (is_full(slot)) {
		slot->header.message_flags.msg_pending = 1;
		/*
		 * The receiver may have emptied the slot before it could see the flag, and
		 * then will not write EOM: look again, behind the flag as it looks at
		 * the flag behind the type.
		 */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (is_full(slot))
			return false;
	}
	memcpy((u8 *)slot + sizeof(u32), (const u8 *)msg + sizeof(u32), sizeof(*msg) - sizeof(u32));
	slot->header.message_flags.asu8 = 0;
	slot->header.message_flags.msg_pending = more;
	barrier();
	WRITE_ONCE(slot->header.message_type, msg->header.message_type);
	return true;
}
