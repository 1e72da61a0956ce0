/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the ioctls that take an eventfd work with. */
#ifndef SUITES_ABI_EVENTS_H
#define SUITES_ABI_EVENTS_H

#define NR(list)	(sizeof(list) / sizeof((list)[0]))

extern int dev, pt;		/* a partition that is initialised */
extern int event, other;	/* eventfds */
extern int pipes[2];		/* which are none */

void events_open(void);		/* bails out when the system refuses */
void events_close(void);

#endif /* SUITES_ABI_EVENTS_H */
