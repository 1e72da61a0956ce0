/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Serving the root's exits.
 */
#ifndef TESTHV_ROOT_EXIT_H
#define TESTHV_ROOT_EXIT_H

struct vp;

void root_exit_init(void);		/* which ports exit */
void root_handle_exit(struct vp *vp);	/* under hv_lock */

#endif
