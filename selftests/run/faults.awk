# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the root's console or the hypervisor's log and prints the lines that no
# passing run may have.  Lines that match "expect" are a test's own doing.

expect != "" && $0 ~ expect { next }

# The root's kernel
/Kernel panic|Oops|BUG:|WARNING:|general protection fault|invalid opcode/ { hit = 1 }
/KASAN|UBSAN:|kmemleak: unreferenced|possible (circular|recursive) locking|suspicious RCU/ { hit = 1 }
/rcu: INFO|soft lockup|hard LOCKUP|blocked for more than|unchecked MSR|Unable to handle/ { hit = 1 }
/sleeping function called|scheduling while atomic|inconsistent lock state|bad page|Bad page/ { hit = 1 }
/unexpected IRQ trap|spurious APIC interrupt|Call Trace:/ { hit = 1 }

# The hypervisor
/\[E\] |VIOLATION|PANIC/ { hit = 1 }

hit {
	print
	hit = 0
	if (++lines == 12)
		exit
}
