#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A stock guest is saved in mid-work, its VMM ends, and another one goes on with
# it.  What the guest computes on both sides of that has to be right, and its
# clocks stand while it is a file.
# Argument: how many VPs.
. ./guest.sh

cpus=$1
saved=/tmp/saved
ROUNDS=16
PAUSE=20	# seconds that it stays a file

# wait_for REGEX PID: until the guest has said it, or its VMM is gone.
wait_for() {
	until said "$1" 2>/dev/null; do
		kill -0 "$2" 2>/dev/null || return 1
		sleep 1
	done
}

# No partition, and nothing deposited for one.
nothing_left() { ! sed '/^self /d; /^quarantined 0$/d' /sys/kernel/debug/mshv/ledger | grep .; }

refused() { hvctl run --restore "$1" </dev/null >/tmp/refused 2>&1; [ $? -eq 1 ] && grep -q "hvctl: $1 $2" /tmp/refused; }

not() { ! "$@"; }
quiet() { healthy && ! said "complaint "; }

# Milliseconds: the hypervisor's clock, and what the guest has said of its own.
reference() { echo $(($(testhv-ctl reference) / 10000)); }
guest_time() { tr -d '\r' <$console | sed -n 's/^guest: round .*, \([0-9]*\) ms$/\1/p' | tail -n 1; }

# The guest's clock has gone on by no more than the time in which it was no file.  What is said
# is heard late, by some seconds when the machine is busy.
time_stood() { [ $gone -ge $((PAUSE * 1000)) ] && [ $((guest - guest_before)) -lt $((real - real_before - gone + PAUSE * 500)) ]; }

echo "KTAP version 1"
echo "1..14"
console=/tmp/first
hvctl run --kernel /guest/vmlinux --initrd /guest/initrd --memory 128M --cpus "$cpus" --save $saved --timeout 250 \
	--cmdline "console=ttyS0 quiet panic=-1 guest=work rounds=$ROUNDS" </dev/null >$console 2>&1 &
vmm=$!
: >>$console
wait_for "round 2 " $vmm
real_before=$(reference)
guest_before=$(guest_time)
ok 1 "it works" said "round 2 "
kill -USR2 $vmm
(sleep 1; kill -USR2 $vmm) 2>/dev/null &	# one too many changes nothing
wait $vmm
status=$?
saved_at=$(reference)
ok 2 "it is saved" [ $status -eq 0 ]
ok 3 "and its VMM says so" grep -q "hvctl: the guest was saved" $console
ok 4 "in mid-work" not said "work "
ok 5 "nothing is left of its partition" nothing_left
sleep $PAUSE
echo "# $(tail -n 2 $console | tr -d '\r' | head -n 1); the file has $(du -k $saved | cut -f 1) KiB of 128 MiB"

dd if=$saved of=/tmp/short bs=4096 count=100 2>/dev/null
ok 6 "a file that is cut short is refused" refused /tmp/short "is cut short"
cp $saved /tmp/other
printf changed | dd of=/tmp/other bs=1 seek=30000000 conv=notrunc 2>/dev/null
ok 7 "and one of other bytes" refused /tmp/other "is damaged: its checksum is wrong"
rm /tmp/short /tmp/other
hvctl run --restore $saved --memory 256M </dev/null >/tmp/refused 2>&1
ok 8 "and to be another machine" grep -q "has 128 MiB of memory, not 256" /tmp/refused
ok 9 "nothing is left of those attempts" nothing_left

console=/tmp/second
gone=$(($(reference) - saved_at))
hvctl run --restore $saved --timeout 250 </dev/null >$console 2>&1
status=$?
real=$(reference)
guest=$(guest_time)
ok 10 "it goes on, and powers off" [ $status -eq 0 ]
ok 11 "no checksum is wrong, no clock goes back" said "work wrong 0 back 0 "
ok 12 "nor on the second processor" [ "$cpus" -lt 2 -o "$(tr -d '\r' <$console | grep -c '^guest: beside rounds [0-9]* wrong 0$')" -eq 1 ]
ok 13 "its time stood while it was a file" time_stood
ok 14 "it and its kernel have no complaint" quiet
echo "# $(tr -d '\r' <$console | grep '^guest: work')"
echo "# ms: $((real - real_before)) in all, $gone as a file, $((guest - guest_before)) for the guest"
[ $status -eq 0 ] || { guest_tail; console=/tmp/first; guest_tail; }
