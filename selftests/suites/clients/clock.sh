#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest's own clock against the root's, over a minute of it, with every processor of the
# guest busy: under QEMU and under hvctl, one after the other.  The difference, together
# with the bound of its error, must be below 100 millionths.  A timer of 10 ms runs beside
# it, and none of its rounds may be early or lost; the guest's kernel must not complain.
. ./guest.sh
. ./qemu-lib.sh
WORDS="console=ttyS0 quiet panic=-1 guest=more more=clock"

# The guest's RAM disk with the program that answers laid over it.
mkdir -p /tmp/more/sbin
cp clock_answer /tmp/more/sbin/
{
	cat /guest/initrd
	(cd /tmp/more && find . | cpio -o -H newc 2>/dev/null)
} >/tmp/initrd

# Within 100 millionths, its error included.
near() { awk -v d="$1" -v e="$2" 'BEGIN { exit !((d < 0 ? -d : d) + e < 100) }'; }
# No round of the timer early, and of the last none missing but what is just due.
timers() { tr -d '\r' <"$console" | awk '/guest: timers/ { good = $3 > 5000 && $5 <= 1 && $9 == 0 } END { exit !good }'; }
no_complaint() {
	healthy && ! grep -E 'clocksource: .*(unstable|skew|watchdog)|hrtimer: interrupt took|NOHZ tick-stop|[Ll]ost .*(tick|timer)' "$console"
}

# results NUMBER VMM COMMAND...: three of them
results() {
	first=$1
	vmm=$2
	shift 2
	console=/tmp/$vmm
	measured=$(./clock_ask "$console" "$@")
	status=$?
	tr -d '\r' <"$console" | grep -E "guest: (clocksource|timers)" | sed "s/^/# $vmm: /"
	# shellcheck disable=SC2086 # three numbers
	set -- $measured
	echo "# $vmm: ${1:-?} millionths, give or take ${2:-?}, over ${3:-?} s"
	good() { [ $status -eq 0 ] && near "$1" "$2"; }
	ok "$first" "$vmm: the guest's clock is within 100 millionths of the root's" good "${1:-999}" "${2:-999}"
	ok $((first + 1)) "$vmm: no timer lost, none early" timers
	ok $((first + 2)) "$vmm: no complaint about time" no_complaint
	[ $status -eq 0 ] || guest_tail
}

echo "KTAP version 1"
echo "1..6"
results 1 qemu timeout 500 qemu-system-x86_64 -accel mshv -cpu host -machine q35 -m 128M -nodefaults -nographic \
	-no-reboot -serial stdio -kernel /guest/bzImage -initrd /tmp/initrd -append "$WORDS"
killall -KILL qemu-system-x86_64 2>/dev/null
results 4 hvctl hvctl run --kernel /guest/vmlinux --initrd /tmp/initrd --memory 128M --cmdline "$WORDS"
killall -KILL hvctl 2>/dev/null
true
