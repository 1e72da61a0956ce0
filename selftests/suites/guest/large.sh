#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A stock guest with 64 GiB of memory in a root that has 4.  What it touches, its
# page structures above all, is what it takes; that is said.
. ./guest.sh

# The most that hvctl had of the guest's memory at any time, in kB.
watch_memory() {
	most=0
	while pid=$(pidof hvctl); do
		now=$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
		[ "${now:-0}" -le "$most" ] || most=$now
		echo "$most" >/tmp/most
		sleep 1
	done
}

echo "KTAP version 1"
echo "1..5"
nonce=$(nonce)
echo 0 >/tmp/most
(until pidof hvctl >/dev/null; do sleep 1; done; watch_memory) &
guest_run /tmp/guest --memory 64G --cmdline "console=ttyS0 quiet panic=-1 nonce=$nonce"
status=$?
wait
has_memory() { [ "$(tr -d '\r' <"$console" | sed -n 's/^guest: memory \([0-9]*\) kB/\1/p')" -gt 62000000 ]; }
took_less() { [ "$(cat /tmp/most)" -gt 0 ] && [ "$(cat /tmp/most)" -lt 3000000 ]; }
echo "# $(grep '^guest: memory' "$console" | tr -d '\r'), of the root it took $(cat /tmp/most) kB"
ok 1 "hvctl: the guest powered off" [ $status -eq 0 ]
ok 2 "it has 64 GiB" has_memory
ok 3 "it took what it touched" took_less
ok 4 "it answered its nonce" said "nonce $(hash "$nonce")"
ok 5 "nothing in the kernel's log that should not be" healthy
[ $status -eq 0 ] || guest_tail
