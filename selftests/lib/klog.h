/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's log, watched from a point in time on: what is the user's fault
 * must leave no line in it.
 */
#ifndef SELFTESTS_KLOG_H
#define SELFTESTS_KLOG_H

/* Start (again) to watch at the end of the log; -1 and errno when that cannot be. */
int klog_mark(void);

/*
 * Number of lines of hv_root since the mark; each is printed as a note.
 * Lines of other subsystems do not count: the machine goes on living.
 */
int klog_count(void);

#endif /* SELFTESTS_KLOG_H */
