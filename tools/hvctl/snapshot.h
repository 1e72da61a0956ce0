/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest in a file (snapshot_file.h): what it is made of, and how it comes back.
 */
#ifndef HVCTL_SNAPSHOT_H
#define HVCTL_SNAPSHOT_H

struct vm;
struct vm_config;

/*
 * Write the guest, which is paused, to the file @name. Returns 0, or -1 after fail_*(); then a file
 * of that name that was there before is still there. The guest is as it was in either case.
 */
int vm_save(struct vm *vm, const char *name);

/* What the guest in @config->restore needs, if @config does not say so: memory and processors. */
int snapshot_describe(struct vm_config *config);

/*
 * Make the guest from @vm->config->restore in place of booting one, up to the point where its VPs
 * can run and its time can go on. 0, or -1 after fail_*().
 */
int vm_restore(struct vm *vm);

#endif /* HVCTL_SNAPSHOT_H */
