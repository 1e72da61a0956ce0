/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A signal that does nothing but end a system call: a VMM takes its VP back
 * that way.  For the main thread of a program; ITIMER_REAL is ours.
 */
#ifndef SELFTESTS_KICK_H
#define SELFTESTS_KICK_H

/*
 * One signal, 0 disarms.  It may come before the system call that it is to end:
 * who cannot live with that takes kick_every_ms().
 */
void kick_after_ms(unsigned int ms);
void kick_every_ms(unsigned int ms);	/* until disarmed */
unsigned int kick_count(void);		/* signals taken so far */

/* Milliseconds of CLOCK_MONOTONIC. */
unsigned long long now_ms(void);

#endif /* SELFTESTS_KICK_H */
