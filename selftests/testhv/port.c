// SPDX-License-Identifier: GPL-2.0
/*
 * Ports and connections.  A port is where the root listens, a connection is how
 * a partition reaches it.  A doorbell is a connection whose signal is a child's
 * write to a GPA: the child goes on at once, the port's id goes into the root's
 * event ring.
 *
 * Each object is a page of the pool of the partition it belongs to.
 *
 * Locking: hv_lock.
 */
#include "port.h"
#include "child.h"
#include "cpu.h"
#include "fetch.h"
#include "guest.h"
#include "hypercall.h"
#include "lapic.h"
#include "string.h"
#include "synic.h"

struct port {
	struct port *next;
	u64 partition, connection_partition;
	u32 id;
	struct hv_port_info info;
};

struct connection {
	struct connection *next;
	u64 partition, port_partition;
	u32 id, port_id;
	struct hv_connection_info info;
};

static struct port *ports;
static struct connection *connections;

static struct port *find_port(u64 partition, u32 id)
{
	for (struct port *port = ports; port; port = port->next)
		if (port->partition == partition && port->id == id)
			return port;
	return NULL;
}

static struct connection *find_connection(u64 partition, u32 id)
{
	for (struct connection *c = connections; c; c = c->next)
		if (c->partition == partition && c->id == id)
			return c;
	return NULL;
}

static void free_object(u64 partition, void *object)
{
	pool_free(&partition_find(partition)->pool, ptr_spa(object));
}

static void remove_port(struct port *port)
{
	struct port **link = &ports;

	while (*link != port)
		link = &(*link)->next;
	*link = port->next;
	free_object(port->partition, port);
}

static void remove_connection(struct connection *c)
{
	struct connection **link = &connections;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	free_object(c->partition, c);
}

void ports_release(struct partition *p)
{
	struct connection *next_connection;
	struct port *next_port;

	for (struct connection *c = connections; c; c = next_connection) {
		next_connection = c->next;
		if (c->partition == p->id || c->port_partition == p->id)
			remove_connection(c);
	}
	for (struct port *port = ports; port; port = next_port) {
		next_port = port->next;
		if (port->partition == p->id)
			remove_port(port);
	}
}

/* Where a port's news goes: all but monitors name a source and a VP. */
static bool port_info_valid(const struct hv_port_info *info)
{
	switch (info->port_type) {
	case HV_PORT_TYPE_MESSAGE:
	case HV_PORT_TYPE_DOORBELL:
		return info->message_port_info.target_sint < HV_SYNIC_SINT_COUNT &&
		       !info->message_port_info.rsvdz;
	case HV_PORT_TYPE_EVENT:
		return info->event_port_info.target_sint < HV_SYNIC_SINT_COUNT &&
		       info->event_port_info.base_flag_number +
		       info->event_port_info.flag_count <= HV_EVENT_FLAGS_COUNT;
	}
	return false;
}

static u64 create_port(struct hypercall *hc)
{
	const struct hv_input_create_port *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->port_partition_id);
	struct partition *peer = partition_target(hc->vp->partition, in->connection_partition_id);
	struct hv_port_info info = in->port_info;
	struct port *port;
	u64 page;

	if (!p || !peer)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state == PARTITION_FINALIZED || peer->state == PARTITION_FINALIZED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (in->port_vtl || in->min_connection_vtl || in->padding || info.padding ||
	    in->port_id.u.reserved || !port_info_valid(&info))
		return HV_STATUS_INVALID_PARAMETER;
	if (!in->port_id.u.id || find_port(p->id, in->port_id.u.id))
		return HV_STATUS_INVALID_PORT_ID;
	page = pool_alloc(&p->pool);
	if (!page)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	port = spa_ptr(page);
	port->partition = p->id;
	port->connection_partition = peer->id;
	port->id = in->port_id.u.id;
	port->info = info;
	port->next = ports;
	ports = port;
	return HV_STATUS_SUCCESS;
}

static u64 delete_port(struct hypercall *hc)
{
	const union hv_input_delete_port *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->port_partition_id);
	struct port *port;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	port = find_port(p->id, in->port_id.u.id);
	if (!port)
		return HV_STATUS_INVALID_PORT_ID;
	remove_port(port);
	return HV_STATUS_SUCCESS;
}

static bool connection_info_valid(const struct hv_connection_info *info)
{
	u64 flags = info->doorbell_connection_info.flags;

	if (info->padding)
		return false;
	if (info->port_type != HV_PORT_TYPE_DOORBELL)
		return info->port_type == HV_PORT_TYPE_MESSAGE ||
		       info->port_type == HV_PORT_TYPE_EVENT;
	return !(flags & ~(u64)(HV_DOORBELL_FLAG_TRIGGER_SIZE_MASK |
				HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE)) &&
	       (flags & HV_DOORBELL_FLAG_TRIGGER_SIZE_MASK) <= HV_DOORBELL_FLAG_TRIGGER_SIZE_QWORD;
}

static u64 connect_port(struct hypercall *hc)
{
	const struct hv_input_connect_port *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->connection_partition_id);
	struct partition *peer = partition_target(hc->vp->partition, in->port_partition_id);
	struct hv_connection_info info = in->connection_info;
	struct port *port;
	struct connection *c;
	u64 page;

	if (!p || !peer)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->state == PARTITION_FINALIZED || peer->state == PARTITION_FINALIZED)
		return HV_STATUS_INVALID_PARTITION_STATE;
	port = find_port(peer->id, in->port_id.u.id);
	if (!port || port->info.port_type != info.port_type || port->connection_partition != p->id)
		return HV_STATUS_INVALID_PORT_ID;
	if (in->connection_vtl || in->rsvdz0 || in->rsvdz1 || in->reserved2 ||
	    in->connection_id.u.reserved || !connection_info_valid(&info))
		return HV_STATUS_INVALID_PARAMETER;
	if (!in->connection_id.u.id || find_connection(p->id, in->connection_id.u.id))
		return HV_STATUS_INVALID_CONNECTION_ID;
	page = pool_alloc(&p->pool);
	if (!page)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	c = spa_ptr(page);
	c->partition = p->id;
	c->port_partition = peer->id;
	c->id = in->connection_id.u.id;
	c->port_id = in->port_id.u.id;
	c->info = info;
	c->next = connections;
	connections = c;
	return HV_STATUS_SUCCESS;
}

static u64 disconnect_port(struct hypercall *hc)
{
	const union hv_input_disconnect_port *in = hc->in;
	struct partition *p = partition_target(hc->vp->partition, in->connection_partition_id);
	struct connection *c;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (in->reserved)
		return HV_STATUS_INVALID_PARAMETER;
	c = find_connection(p->id, in->connection_id.u.id);
	if (!c || in->is_doorbell != (c->info.port_type == HV_PORT_TYPE_DOORBELL))
		return HV_STATUS_INVALID_CONNECTION_ID;
	remove_connection(c);
	return HV_STATUS_SUCCESS;
}

static u64 notify_port_ring_empty(struct hypercall *hc)
{
	const union hv_input_notify_port_ring_empty *in = hc->in;

	if (in->sint_index >= HV_SYNIC_SINT_COUNT || !hc->vp->partition->root)
		return HV_STATUS_INVALID_PARAMETER;
	root_ring_empty(hc->vp, in->sint_index);
	return HV_STATUS_SUCCESS;
}

static const u8 trigger_sizes[] = {
	[HV_DOORBELL_FLAG_TRIGGER_SIZE_BYTE] = 1, [HV_DOORBELL_FLAG_TRIGGER_SIZE_WORD] = 2,
	[HV_DOORBELL_FLAG_TRIGGER_SIZE_DWORD] = 4, [HV_DOORBELL_FLAG_TRIGGER_SIZE_QWORD] = 8,
};

static bool triggers(const struct connection *c, u64 gpa, u32 size, u64 value)
{
	u64 flags = c->info.doorbell_connection_info.flags;
	u32 wanted = trigger_sizes[flags & HV_DOORBELL_FLAG_TRIGGER_SIZE_MASK];

	if (c->info.doorbell_connection_info.gpa != gpa || (wanted && wanted != size))
		return false;
	return flags & HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE ||
	       c->info.doorbell_connection_info.trigger_value == value;
}

static void ring(struct vp *vp, const struct connection *c)
{
	const struct port *port = find_port(c->port_partition, c->port_id);
	u32 target = port ? port->info.doorbell_port_info.target_vp : HV_ANY_VP;

	/* The port may be gone before its connection: then nobody listens. */
	if (!port)
		return;
	if (target >= nr_root_cpus)
		target = root_listener(vp)->index;
	root_ring_event(root_partition.vps[target], port->info.doorbell_port_info.target_sint,
			port->id);
}

static bool doorbell_at(const struct partition *p, u64 gpa)
{
	for (struct connection *c = connections; c; c = c->next)
		if (c->partition == p->id && c->info.port_type == HV_PORT_TYPE_DOORBELL &&
		    c->info.doorbell_connection_info.gpa == gpa)
			return true;
	return false;
}

/* The size and value of a plain store; others are for the parent's emulator. */
static bool decode_store(struct vp *vp, u32 *length, u32 *size, u64 *value)
{
	u8 bytes[INSN_MAX_LEN];
	u32 count = child_fetch(vp, bytes, sizeof(bytes));
	struct insn insn;

	if (insn_decode(&insn, vp_insn_mode(vp), bytes, count) != INSN_OK ||
	    insn.op != INSN_MOV || !insn.dest_mem)
		return false;
	*length = insn.len;
	*size = insn.size;
	*value = insn.has_imm ? (u64)insn.imm : *vp_gpr(vp, insn.reg) >> (insn.high_byte ? 8 : 0);
	if (insn.size < 8)
		*value &= BIT(insn.size * 8) - 1;
	return true;
}

bool doorbell_write(struct vp *vp, u64 gpa)
{
	u32 length, size;
	u64 value;

	if (!doorbell_at(vp->partition, gpa) || !decode_store(vp, &length, &size, &value))
		return false;
	for (struct connection *c = connections; c; c = c->next) {
		if (c->partition != vp->partition->id ||
		    c->info.port_type != HV_PORT_TYPE_DOORBELL || !triggers(c, gpa, size, value))
			continue;
		ring(vp, c);
		vp_advance(vp, length);
		return true;
	}
	return false;
}

static const struct hypercall_desc descs[] = {
	{
		.code = HVCALL_CREATE_PORT, .name = "create_port",
		.in = sizeof(struct hv_input_create_port),
		.privilege = PRIVILEGE(HV_CREATE_PORT), .fn = create_port,
	}, {
		.code = HVCALL_DELETE_PORT, .name = "delete_port", .fast_ok = true,
		.in = sizeof(union hv_input_delete_port),
		.privilege = PRIVILEGE(HV_CREATE_PORT), .fn = delete_port,
	}, {
		.code = HVCALL_CONNECT_PORT, .name = "connect_port",
		.in = sizeof(struct hv_input_connect_port),
		.privilege = PRIVILEGE(HV_CONNECT_PORT), .fn = connect_port,
	}, {
		.code = HVCALL_DISCONNECT_PORT, .name = "disconnect_port", .fast_ok = true,
		.in = sizeof(union hv_input_disconnect_port),
		.privilege = PRIVILEGE(HV_CONNECT_PORT), .fn = disconnect_port,
	}, {
		.code = HVCALL_NOTIFY_PORT_RING_EMPTY, .name = "notify_port_ring_empty",
		.fast_ok = true, .in = sizeof(union hv_input_notify_port_ring_empty),
		.privilege = PRIVILEGE(HV_CREATE_PORT), .fn = notify_port_ring_empty,
	},
};

const struct hypercall_group port_hypercalls = { descs, ARRAY_SIZE(descs) };
