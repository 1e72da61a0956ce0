#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The other ways in which a guest ends, each with the exit status that hvctl's
# manual gives it.
. ./guest.sh

# ends NUMBER NAME STATUS COMMAND-LINE [OPTIONS]
ends() {
	number=$1
	name=$2
	want=$3
	words=$4
	shift 4
	guest_run /tmp/guest --cmdline "console=ttyS0 quiet panic=-1 $words" "$@"
	got=$?
	ok "$number" "$name: exit status $want" [ $got -eq "$want" ]
	[ $got -eq "$want" ] || { echo "# hvctl ended with $got"; guest_tail; }
}

echo "KTAP version 1"
echo "1..3"
ends 1 "the guest reboots" 10 "guest=reboot" --timeout 90
ends 2 "the guest reboots by a triple fault" 11 "guest=reboot reboot=t" --timeout 90
ends 3 "the time given is over" 4 "guest=hang" --timeout 20
