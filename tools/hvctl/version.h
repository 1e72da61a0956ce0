/* SPDX-License-Identifier: GPL-2.0 */
/* The version of hvctl; it changes with its options, its output and its exit statuses. */
#ifndef HVCTL_VERSION_H
#define HVCTL_VERSION_H

#define HVCTL_VERSION "0.1"

#endif /* HVCTL_VERSION_H */
