#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# refused.sh REASON ROLE: in this role hv_root cannot be loaded on this kernel.
# It says why in one line of the log (busybox tries two system calls), and hvctl
# doctor says it too.

# verdict STATUS NAME
verdict() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

number=0
echo "KTAP version 1"
echo "1..5"
! insmod /modules/own/hv_root.ko 2>/tmp/insmod
verdict $? "not loaded"
dmesg | sed -n 's/^\[[^]]*\] hv_root: \(not loading\)/\1/p' | sort -u >/tmp/lines
hvctl doctor >/tmp/doctor
sed 's/^/# /' /tmp/insmod /tmp/lines /tmp/doctor
[ "$(wc -l </tmp/lines)" -eq 1 ] && grep -q "not loading: $1" /tmp/lines
verdict $? "one line says why"
[ ! -e /dev/mshv ]
verdict $? "there is no device"
grep -q "^\[yes *\] this partition may create children ($2)" /tmp/doctor
verdict $? "hvctl doctor knows the role"
grep -q "^\[no *\] kernel .*: too old for this role" /tmp/doctor
verdict $? "... and that this kernel is too old for it"
