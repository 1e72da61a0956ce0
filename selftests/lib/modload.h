/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading and unloading modules: what returns a result returns 0, or -1 with errno. */
#ifndef SELFTESTS_MODLOAD_H
#define SELFTESTS_MODLOAD_H

int modload_open(const char *path);	/* bails out; for who loads it again and again */
int modload(int fd);
int modload_path(const char *path);
int modunload(const char *name);

#endif /* SELFTESTS_MODLOAD_H */
