/* SPDX-License-Identifier: GPL-2.0 */
/* Which virtual address an instruction used (operand.c). */
#ifndef TESTHV_OPERAND_H
#define TESTHV_OPERAND_H

#include "vp.h"

/*
 * The virtual address by which the VP's instruction, of which @count bytes are given, reached
 * @gpa; false: not known.  Only 32-bit and 64-bit code.
 */
bool operand_gva(struct vp *vp, const u8 *bytes, u32 count, u64 gpa, u64 *gva);

#endif
