/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One child partition, made as far as a test wants it before something fails.
 * Building it bails out when the system refuses.
 */
#ifndef SELFTESTS_FAULTS_WORLD_H
#define SELFTESTS_FAULTS_WORLD_H

#include "child.h"

#define RAM		(16 * PAGE)
#define EXTRA		(600 * PAGE)	/* more than one hypercall maps */
#define EXTRA_GPA	0x1001000	/* not where a large page could be */

#define MOVABLE		(32 * PAGE)
#define MOVABLE_GPA	0x20000		/* where a segment of real mode can be */

enum stage { NOTHING, CREATED, INITIALIZED, WITH_VP, WITH_EXTRA, WITH_MOVABLE };

extern int dev;
extern struct child child;
extern uint8_t *extra;
extern uint64_t child_flags;	/* PT_*, of the next child */

void begin(void);		/* once: opens the device */
void make(enum stage stage);
void unmake(void);

/* What the system call returns. */
int map_extra(void);
int unmap_extra(void);
int run_once(void);		/* until the guest's next OUT */
int get_xsave(void);
int set_timers(void);		/* to what they are */
int touch_movable(void);	/* the same; before that it writes to memory that it has not got */
int set_ioeventfd(void);	/* an address */
int clear_ioeventfd(void);
int set_irqfd(void);		/* and its route, to VP 0 */
void signal_irqfd(void);

#endif /* SELFTESTS_FAULTS_WORLD_H */
