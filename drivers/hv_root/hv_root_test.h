/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit tests have of each other: lists of pages that nobody pinned.
 */
#ifndef HV_ROOT_TEST_H
#define HV_ROOT_TEST_H

#include "hv_root.h"

int pin_test_note(struct pin_list *pins, u64 pfn, u64 count);
void pin_test_free(struct pin_list *pins);

#endif /* HV_ROOT_TEST_H */
