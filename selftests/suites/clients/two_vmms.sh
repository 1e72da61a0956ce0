#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two VMMs of different kinds side by side, each with a guest that copies known bytes
# about and checks them.  SIGKILL of either leaves the other's guest at work, and of the
# one that is gone nothing stays with the hypervisor.
. ./guest.sh
. ./qemu-lib.sh
WORDS="console=ttyS0 quiet panic=-1 guest=more more=work"

start_qemu() {
	console=/tmp/qemu
	: >$console
	qemu_start -m 128M -serial stdio -kernel /guest/bzImage -initrd /guest/initrd -append "$WORDS"
	with_qemu=$machine
}

start_hvctl() {
	hvctl run --kernel /guest/vmlinux --initrd /guest/initrd --memory 128M --cmdline "$WORDS" \
		</dev/null >/tmp/hvctl 2>&1 &
	with_hvctl=$!
}

rounds() { grep -c "guest: round" "$1"; }

# works CONSOLE: three rounds more than it has, within some minutes
works() {
	wanted=$(($(rounds "$1") + 3))
	for second in $(seq 200); do
		[ "$(rounds "$1")" -lt $wanted ] || return 0
		sleep 1
	done
	echo "# $1: $(rounds "$1") rounds after $second s"
	tail -n 5 "$1" | tr -d '\r' | sed 's/^/# /'
	return 1
}

# Partitions that own pages of the hypervisor's, those that are no more included; the root is 1.
owners() { testhv-ctl report | awk '/^partition/ { id = $2 } $1 == "pages_owned" && $2 && id != "1:" { print id, $2 }'; }
left() { [ "$(owners | wc -l)" -eq "$1" ] || { owners | sed 's/^/# owner: /'; false; }; }

# killed PID: by SIGKILL; what its last thread left is taken back meanwhile.
killed() {
	kill -9 "$1"
	wait "$1" 2>/dev/null
	for second in $(seq 20); do
		[ "$(owners | wc -l)" -ne "$2" ] || return 0
		sleep 1
	done
	echo "# not all back after $second s"
	return 1
}

# The VMM itself, not the timeout before it.
qemu_pid() { pidof qemu-system-x86_64; }
lines() { dmesg | grep -c "hv_root:"; }
sound() { ! grep "wrong bytes" /tmp/qemu /tmp/hvctl && testhv-ctl violations >/dev/null && [ "$(lines)" -eq "$before" ]; }

echo "KTAP version 1"
echo "1..10"
before=$(lines)
start_qemu
start_hvctl
ok 1 "QEMU's guest works" works /tmp/qemu
ok 2 "hvctl's guest works beside it" works /tmp/hvctl
ok 3 "each owns pages of the hypervisor's" left 2
ok 4 "QEMU is killed, its pages are back" killed "$(qemu_pid)" 1
wait "$with_qemu"
ok 5 "hvctl's guest goes on" works /tmp/hvctl
start_qemu
ok 6 "another QEMU's guest works beside it" works /tmp/qemu
ok 7 "hvctl is killed, its pages are back" killed "$with_hvctl" 1
ok 8 "QEMU's guest goes on" works /tmp/qemu
qmp '{"execute":"quit"}' >/tmp/answer
for second in $(seq 30); do
	kill -0 "$with_qemu" 2>/dev/null || break
	sleep 1
	qemu_kick
done
wait "$with_qemu"
status=$?
over() { [ $status -eq 0 ] && left 0; }
ok 9 "quit: QEMU ended after $second s, and nothing is left of either" over
ok 10 "no wrong byte, no complaint of the root or the hypervisor" sound
