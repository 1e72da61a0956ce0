#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The root's devices carry their data whole and interrupt: both disks and the
# network hold bytes whose checksums the runner has left in the root.

sum() { sha256sum | cut -d ' ' -f 1; }
want() { awk -v what="$1" '$1 == what { print $2 }' /etc/test/sums; }

verdict() {
	if [ "$3" = "$4" ]; then
		echo "ok $1 - $2"
	else
		echo "# want $3, got $4"
		echo "not ok $1 - $2"
	fi
}

# Interrupts of a device, over all processors.
interrupts() {
	awk -v dev="$1" '$0 ~ dev { for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+$/) n += $i; else break } END { print n + 0 }' /proc/interrupts
}

verdict_interrupts() {
	count=$(interrupts "$3")
	echo "# $3: $count interrupts"
	if [ "$count" -gt 0 ]; then echo "ok $1 - $2"; else echo "not ok $1 - $2"; fi
}

network() {
	ip link set eth0 up
	ip addr add 10.0.2.15/24 dev eth0
	tftp -g -l /tmp/pattern -r pattern 10.0.2.2 >/dev/null 2>&1
	sum </tmp/pattern
}

echo "KTAP version 1"
echo "1..6"
verdict 1 "NVMe data" "$(want disk)" "$(sum </dev/nvme0n1)"
verdict_interrupts 2 "NVMe interrupts" nvme0q
verdict 3 "virtio-blk data" "$(want disk)" "$(sum </dev/vda)"
verdict_interrupts 4 "virtio-blk interrupts" virtio.-req
verdict 5 "virtio-net data" "$(want net)" "$(network)"
verdict_interrupts 6 "virtio-net interrupts" virtio.-input
