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
echo "1..7"
# Hardware-reduced ACPI makes a kernel with CONFIG_EFI reset itself through the firmware, whose
# entry hvctl provides; without EFI it uses the ACPI reset register.
ends 1 "the guest reboots" 10 "guest=reboot" --timeout 90
ends 2 "a guest with two VPs reboots" 10 "guest=reboot" --cpus 2 --timeout 120
ends 3 "the guest reboots through ACPI" 10 "guest=reboot noefi" --timeout 90
ends 4 "the guest reboots after a panic" 10 "guest=panic" --timeout 90
ends 5 "the guest reboots through the keyboard controller" 10 "guest=reboot reboot=k" --timeout 90
ends 6 "the guest reboots by a triple fault" 11 "guest=reboot reboot=t" --timeout 90
ends 7 "the time given is over" 4 "guest=hang" --timeout 20
