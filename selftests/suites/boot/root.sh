#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# root.sh [LOG [ROLE]]: the kernel took the root's part, or what a line of its log says, and every processor of it runs under the
# hypervisor: a call to test control, which ends in an invalid opcode anywhere
# else, works on each.

check() {
	number=$((number + 1))
	if eval "$2"; then echo "ok $number - $1"; else echo "not ok $number - $1"; fi
}

online=$(grep -c ^processor /proc/cpuinfo)
wanted=$(cat /etc/test/cpus)
number=0
echo "KTAP version 1"
echo "1..$((3 + wanted))"
check "the kernel runs as ${2:-root partition}" "dmesg | grep -q 'Hyper-V: ${1:-running as root partition}'"
echo "# $online processors online"
check "$wanted processor(s) online" "[ $online -eq $wanted ]"
check "the hypervisor saw no ownership violation" 'testhv-ctl violations >/tmp/violations'
cpu=0
while [ $cpu -lt "$wanted" ]; do
	check "processor $cpu takes exits" "taskset $(printf %x $((1 << cpu))) testhv-ctl reference >/dev/null"
	cpu=$((cpu + 1))
done
