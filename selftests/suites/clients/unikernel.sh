#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A unikernel with Solo5's virtio bindings (Solo5's own tests, MirageOS), whose image is
# given by path, in a child partition: by hvctl and by QEMU -accel mshv.  It is done when
# it says so: it has no way to power off, but for a port by which QEMU ends.
. ./guest.sh
PATH=$PATH:/usr/bin
WORDS=Hello_Solo5

heard() { tr -d "\r" <"$console" | grep -q "$1"; }

# until_done PID: or until it has ended, or two minutes have passed.
until_done() {
	n=0
	until heard "solo5_exit" || [ $n -ge 120 ] || ! kill -0 "$1" 2>/dev/null; do
		sleep 1
		n=$((n + 1))
	done
}

# rows FIRST VMM: what was seen
rows() {
	ok "$1" "$2: the image speaks on the console" heard "Solo5: Bindings version"
	ok $(($1 + 1)) "$2: it ended well" heard "solo5_exit(0) called"
	if heard "standalone test_hello"; then
		ok $(($1 + 2)) "$2: it got its command line" heard "Command line is: '$WORDS'"
	else
		echo "ok $(($1 + 2)) - $2: it got its command line # SKIP the image is not Solo5's test_hello"
	fi
	heard "solo5_exit(0) called" || guest_tail
}

echo "KTAP version 1"
echo "1..7"
console=/tmp/by-hvctl
hvctl run --plain --kernel /given/IMAGE --memory 64M --cmdline "$WORDS" </dev/null >$console 2>&1 &
machine=$!
until_done $machine
kill $machine 2>/dev/null
wait $machine
rows 1 hvctl

# QEMU's own end can be lost like that of any guest (qemu.sh): then it is kicked.
console=/tmp/by-qemu
timeout -k 5 200 qemu-system-x86_64 -accel mshv -cpu host -machine q35 -m 64M -nodefaults -no-reboot \
	-display none -serial stdio -device isa-debug-exit -kernel /given/IMAGE -append "$WORDS" </dev/null >$console 2>&1 &
machine=$!
until_done $machine
kicks=0
while sleep 2 && killall -USR1 qemu-system-x86_64 2>/dev/null; do
	kicks=$((kicks + 1))
done
wait $machine
status=$?
rows 4 QEMU
# What it writes to the port is 41; the status is made of that.
ok 7 "QEMU: it ended the machine" [ $status -eq 83 ]
echo "# status $status, kicks after the guest's end: $kicks"
