// SPDX-License-Identifier: GPL-2.0
/*
 * The log's rings, one a CPU, and their way to the debug port.
 *
 * A ring has one writer, its CPU, and one reader, whoever holds drain_lock.
 * Lines carry the time of their writing; the reader takes the oldest of all
 * rings first.  log_flush() never waits for a writer, so it can be called from
 * a panic.
 */
#include "boot.h"
#include "clock.h"
#include "cpu.h"
#include "host.h"
#include "log.h"
#include "string.h"
#include "x86.h"

#define DEBUG_PORT	0xe9
#define RING_SIZE	32768		/* a power of 2 */
#define MAX_LINE	256

struct record {
	u64 tsc;
	u16 level, len;
	char text[MAX_LINE];
};

/* Positions count bytes for ever; they are taken modulo the size where data is touched. */
struct ring {
	u32 head, tail;
	u32 lost;
	u8 data[RING_SIZE];
};

static struct ring rings[MAX_CPUS];
static struct spinlock drain_lock;
static enum log_level log_level = LOG_INFO;
static bool rings_ready;

#define RECORD_HEAD	offsetof(struct record, text)

void log_init(void)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (option_is("log", names[i]))
			log_level = i;
}

static void ring_copy_in(struct ring *ring, u32 at, const u8 *from, u32 n)
{
	for (u32 i = 0; i < n; i++)
		ring->data[(at + i) % RING_SIZE] = from[i];
}

static void ring_copy_out(const struct ring *ring, u32 at, u8 *to, u32 n)
{
	for (u32 i = 0; i < n; i++)
		to[i] = ring->data[(at + i) % RING_SIZE];
}

static void print_text(const char *s, size_t n)
{
	__asm__ volatile("rep outsb" : "+S"(s), "+c"(n) : "d"(DEBUG_PORT) : "memory");
}

static void print_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void print_line(const char *fmt, ...)
{
	char line[MAX_LINE + 64];
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = format(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	line[n] = '\n';
	print_text(line, n + 1);
}

static void print_record(u32 cpu, const struct record *r)
{
	u64 us = tsc_khz ? mul_div(r->tsc, 1000, tsc_khz) : 0;

	print_line("[%c] %llu.%06llu cpu%u %s", "EWID"[r->level],
		   (unsigned long long)us / 1000000, (unsigned long long)us % 1000000,
		   cpu, r->text);
}

static void ring_put(struct ring *ring, const struct record *r)
{
	u32 size = ALIGN_UP(RECORD_HEAD + r->len + 1, 8);

	if (ring->head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) > RING_SIZE - size) {
		ring->lost++;
		return;
	}
	ring_copy_in(ring, ring->head, (const u8 *)r, RECORD_HEAD + r->len + 1);
	__atomic_store_n(&ring->head, ring->head + size, __ATOMIC_RELEASE);
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	struct cpu *cpu = this_cpu();
	struct record r = { .tsc = rdtsc(), .level = level };
	va_list args;

	if (level > log_level)
		return;
	va_start(args, fmt);
	r.len = format(r.text, sizeof(r.text), fmt, args);
	va_end(args);
	if (!rings_ready) {
		print_record(cpu->index, &r);
		return;
	}
	ring_put(&rings[cpu->index], &r);
	if (cpu != service_cpu)
		host_wake(service_cpu);
}

/* The ring whose next line is the oldest, and that line's head; NULL: all are empty. */
static struct ring *oldest_ring(struct record *r)
{
	struct ring *oldest = NULL;
	struct record head;

	for (u32 i = 0; i < nr_cpus; i++) {
		struct ring *ring = &rings[i];

		if (__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) == ring->tail)
			continue;
		ring_copy_out(ring, ring->tail, (u8 *)&head, RECORD_HEAD);
		if (oldest && head.tsc >= r->tsc)
			continue;
		memcpy(r, &head, RECORD_HEAD);
		oldest = ring;
	}
	return oldest;
}

static void report_lost(void)
{
	for (u32 i = 0; i < nr_cpus; i++) {
		u32 lost = __atomic_exchange_n(&rings[i].lost, 0, __ATOMIC_RELAXED);

		if (lost)
			print_line("[W] log: %u lines of cpu%u lost", lost, i);
	}
}

void log_flush(void)
{
	struct record r;
	struct ring *ring;

	spin_lock(&drain_lock);
	while ((ring = oldest_ring(&r))) {
		ring_copy_out(ring, ring->tail + RECORD_HEAD, (u8 *)r.text, r.len + 1);
		__atomic_store_n(&ring->tail, ring->tail + ALIGN_UP(RECORD_HEAD + r.len + 1, 8),
				 __ATOMIC_RELEASE);
		print_record(ring - rings, &r);
	}
	report_lost();
	spin_unlock(&drain_lock);
}

void log_rings_ready(void)
{
	rings_ready = true;
}

/* A panic must not wait for a CPU that will never let go: its lines are lost then. */
void log_break(void)
{
	rings_ready = false;
	for (u32 tries = 0; tries < 1000000; tries++) {
		if (READ_ONCE(drain_lock.next) == READ_ONCE(drain_lock.serving)) {
			log_flush();
			return;
		}
		cpu_relax();
	}
}
