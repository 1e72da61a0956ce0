// SPDX-License-Identifier: GPL-2.0
/*
 * A message slot between a sender and a receiver that share no lock: no message
 * may be lost, and no sender may wait for an EOM that nobody writes.
 */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "../../lib/ktap.h"
#include "../message.h"

#define MESSAGES	50000U
#define SECONDS		60

static struct hv_message slot;
static u64 eoms, received, expected;
static bool give_up;

/* As a guest does it: payload, type, and then the flag. */
static void *receiver(void *unused)
{
	while (!READ_ONCE(give_up) && received < MESSAGES) {
		if (READ_ONCE(slot.header.message_type) == HVMSG_NONE)
			continue;
		expected += slot.u.payload[0] == received++;
		__atomic_store_n(&slot.header.message_type, HVMSG_NONE, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&slot.header.message_flags.asu8, __ATOMIC_SEQ_CST) & 1)
			__atomic_fetch_add(&eoms, 1, __ATOMIC_SEQ_CST);
	}
	return unused;
}

/* A full slot is tried again when an EOM has come, and not before. */
static bool send(const struct hv_message *msg, time_t end)
{
	for (;;) {
		u64 seen = __atomic_load_n(&eoms, __ATOMIC_SEQ_CST);

		if (message_put(&slot, msg, false))
			return true;
		while (__atomic_load_n(&eoms, __ATOMIC_SEQ_CST) == seen)
			if (time(NULL) > end)
				return false;
	}
}

int main(void)
{
	time_t end = time(NULL) + SECONDS;
	struct hv_message msg;
	pthread_t thread;
	bool good = true;
	u64 n;

	ktap_plan(2);
	pthread_create(&thread, NULL, receiver, NULL);
	for (n = 0; n < MESSAGES && good; n++) {
		message_init(&msg, HVMSG_TIMER_EXPIRED, 0, &n, sizeof(n));
		good = send(&msg, end);
	}
	if (!good)
		WRITE_ONCE(give_up, true);
	pthread_join(thread, NULL);
	ktap_ok(good, "whoever finds a full slot hears when it is empty");
	ktap_is((long long)expected, MESSAGES, "each message arrives once and in order");
	return ktap_end();
}
