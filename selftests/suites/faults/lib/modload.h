/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading and unloading the driver; both return 0, or -1 with errno. */
#ifndef SELFTESTS_FAULTS_MODLOAD_H
#define SELFTESTS_FAULTS_MODLOAD_H

int modload_open(const char *path);	/* bails out */
int modload(int fd);
int modunload(void);

#endif /* SELFTESTS_FAULTS_MODLOAD_H */
