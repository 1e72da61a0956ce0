/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log: lines on QEMU's debug port (0xe9), and what ends a run.
 *
 * A line goes to the ring of the CPU that writes it; the service CPU brings
 * the rings' lines into one order in time and prints them, because a byte on
 * the port costs about as much as an exit.  A full ring loses lines and counts
 * them.  Locking: none for writers; log_flush() has a lock of its own and may
 * be called with or without hv_lock.
 *
 * Lines begin with "[E] ", "[W] ", "[I] " or "[D] ".
 */
#ifndef TESTHV_LOG_H
#define TESTHV_LOG_H

#include "types.h"
#include <stdarg.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/*
 * Understands %s %c %% %d %u %x with the sizes l, ll, z, the flags 0 and -,
 * and a width.  Returns what it wrote, without the final zero.
 */
size_t format(char *buf, size_t size, const char *fmt, va_list args);

void log_printf(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	log_printf(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)	log_printf(LOG_WARNING, __VA_ARGS__)
#define log_info(...)	log_printf(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_printf(LOG_DEBUG, __VA_ARGS__)

void log_init(void);		/* reads log=error|warn|info|debug; before that, info */
void log_rings_ready(void);	/* the service CPU is up: lines wait for it from now on */
void log_flush(void);		/* print all that is in the rings, here and now */

struct cpu;
struct vmcb;

/* Remember an exit for the case of a panic. */
void panic_note_exit(struct cpu *cpu, const struct vmcb *vmcb);
void log_break(void);		/* panic only: print what can be printed, then write through */

/*
 * Nothing can go on: print a line that begins with "PANIC", all that is known about this CPU
 * and its guest, and end QEMU with a status that is not 0.
 */
void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#define ASSERT(cond) do { if (!(cond)) panic("%s:%d: %s", __FILE__, __LINE__, #cond); } while (0)

#endif
