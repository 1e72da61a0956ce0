/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: hypercalls, deposits, memory, life cycle and the run loop.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hv_root

#if !defined(HV_ROOT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HV_ROOT_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(hv_hypercall,
	TP_PROTO(u16 code, unsigned int reps, u64 result),
	TP_ARGS(code, reps, result),
	TP_STRUCT__entry(
		__field(u16, code)
		__field(u16, reps)
		__field(u64, result)
	),
	TP_fast_assign(
		__entry->code = code;
		__entry->reps = reps;
		__entry->result = result;
	),
	TP_printk("code=%#x reps=%u status=%#x done=%u", __entry->code, __entry->reps,
		  (u16)__entry->result, (u16)(__entry->result >> 32) & 0xfff)
);

TRACE_EVENT(hv_deposit,
	TP_PROTO(u64 partition, unsigned int count, unsigned int done, u16 status),
	TP_ARGS(partition, count, done, status),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(unsigned int, count)
		__field(unsigned int, done)
		__field(u16, status)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->count = count;
		__entry->done = done;
		__entry->status = status;
	),
	TP_printk("partition=%lld count=%u done=%u status=%#x", __entry->partition,
		  __entry->count, __entry->done, __entry->status)
);

TRACE_EVENT(hv_withdraw,
	TP_PROTO(u64 partition, unsigned int done, u16 status),
	TP_ARGS(partition, done, status),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(unsigned int, done)
		__field(u16, status)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->done = done;
		__entry->status = status;
	),
	TP_printk("partition=%lld done=%u status=%#x", __entry->partition, __entry->done,
		  __entry->status)
);

TRACE_EVENT(mshv_fault,
	TP_PROTO(u64 partition, u32 vp, u64 gfn, u8 access, int ret),
	TP_ARGS(partition, vp, gfn, access, ret),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(u32, vp)
		__field(u64, gfn)
		__field(u8, access)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->vp = vp;
		__entry->gfn = gfn;
		__entry->access = access;
		__entry->ret = ret;
	),
	TP_printk("partition=%llu vp=%u gfn=%#llx access=%u ret=%d", __entry->partition,
		  __entry->vp, __entry->gfn, __entry->access, __entry->ret)
);

DECLARE_EVENT_CLASS(mshv_memory,
	TP_PROTO(u64 partition, u64 gfn, u64 pages, int ret),
	TP_ARGS(partition, gfn, pages, ret),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(u64, gfn)
		__field(u64, pages)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->gfn = gfn;
		__entry->pages = pages;
		__entry->ret = ret;
	),
	TP_printk("partition=%llu gfn=%#llx pages=%llu ret=%d", __entry->partition,
		  __entry->gfn, __entry->pages, __entry->ret)
);

DEFINE_EVENT(mshv_memory, mshv_map_memory,
	TP_PROTO(u64 partition, u64 gfn, u64 pages, int ret),
	TP_ARGS(partition, gfn, pages, ret)
);

DEFINE_EVENT(mshv_memory, mshv_unmap_memory,
	TP_PROTO(u64 partition, u64 gfn, u64 pages, int ret),
	TP_ARGS(partition, gfn, pages, ret)
);

DECLARE_EVENT_CLASS(mshv_life,
	TP_PROTO(u64 partition, int ret),
	TP_ARGS(partition, ret),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->ret = ret;
	),
	TP_printk("partition=%llu ret=%d", __entry->partition, __entry->ret)
);

DEFINE_EVENT(mshv_life, mshv_create_partition,
	TP_PROTO(u64 partition, int ret),
	TP_ARGS(partition, ret)
);

DEFINE_EVENT(mshv_life, mshv_initialize_partition,
	TP_PROTO(u64 partition, int ret),
	TP_ARGS(partition, ret)
);

DEFINE_EVENT(mshv_life, mshv_destroy_partition,
	TP_PROTO(u64 partition, int ret),
	TP_ARGS(partition, ret)
);

DECLARE_EVENT_CLASS(mshv_vp,
	TP_PROTO(u64 partition, u32 vp, int ret),
	TP_ARGS(partition, vp, ret),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(u32, vp)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->vp = vp;
		__entry->ret = ret;
	),
	TP_printk("partition=%llu vp=%u ret=%d", __entry->partition, __entry->vp,
		  __entry->ret)
);

DEFINE_EVENT(mshv_vp, mshv_create_vp,
	TP_PROTO(u64 partition, u32 vp, int ret),
	TP_ARGS(partition, vp, ret)
);

DEFINE_EVENT(mshv_vp, mshv_run_exit,
	TP_PROTO(u64 partition, u32 vp, int ret),
	TP_ARGS(partition, vp, ret)
);

TRACE_EVENT(mshv_run_enter,
	TP_PROTO(u64 partition, u32 vp),
	TP_ARGS(partition, vp),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(u32, vp)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->vp = vp;
	),
	TP_printk("partition=%llu vp=%u", __entry->partition, __entry->vp)
);

TRACE_EVENT(mshv_dispatch,
	TP_PROTO(u64 partition, u32 vp, u32 flags, u32 state, u32 event),
	TP_ARGS(partition, vp, flags, state, event),
	TP_STRUCT__entry(
		__field(u64, partition)
		__field(u32, vp)
		__field(u32, flags)
		__field(u32, state)
		__field(u32, event)
	),
	TP_fast_assign(
		__entry->partition = partition;
		__entry->vp = vp;
		__entry->flags = flags;
		__entry->state = state;
		__entry->event = event;
	),
	TP_printk("partition=%llu vp=%u flags=%#x state=%u event=%u", __entry->partition,
		  __entry->vp, __entry->flags, __entry->state, __entry->event)
);

TRACE_EVENT(hv_message,
	TP_PROTO(u32 type, u64 sender, bool known),
	TP_ARGS(type, sender, known),
	TP_STRUCT__entry(
		__field(u32, type)
		__field(u64, sender)
		__field(bool, known)
	),
	TP_fast_assign(
		__entry->type = type;
		__entry->sender = sender;
		__entry->known = known;
	),
	TP_printk("type=%#x sender=%llu %s", __entry->type, __entry->sender,
		  __entry->known ? "taken" : "ignored")
);

#endif /* HV_ROOT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
