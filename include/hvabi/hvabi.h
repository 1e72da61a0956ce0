/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole ABI of the hypervisor, for who needs most of it. */
#ifndef HVABI_HVABI_H
#define HVABI_HVABI_H

#include <hvabi/types.h>
#include <hvabi/status.h>
#include <hvabi/hypercall.h>
#include <hvabi/cpuid.h>
#include <hvabi/msr.h>
#include <hvabi/partition.h>
#include <hvabi/memory.h>
#include <hvabi/flush.h>
#include <hvabi/registers.h>
#include <hvabi/vp.h>
#include <hvabi/vp_state.h>
#include <hvabi/synic.h>
#include <hvabi/message.h>
#include <hvabi/intercept.h>
#include <hvabi/interrupt.h>
#include <hvabi/stats.h>
#include <hvabi/counters.h>
#include <hvabi/system.h>

#endif /* HVABI_HVABI_H */
