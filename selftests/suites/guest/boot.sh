#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A stock kernel boots to user space in a child partition, and powers off.
# Argument: how many VPs.  The guest answers a nonce that it alone was given.
. ./guest.sh

cpus=$1
echo "KTAP version 1"
echo "1..6"
nonce=$(nonce)
guest_run /tmp/guest --cpus "$cpus" --cmdline "console=ttyS0 quiet panic=-1 nonce=$nonce"
status=$?
ok 1 "hvctl: the guest powered off" [ $status -eq 0 ]
ok 2 "user space, on the kernel that was given" said "kernel 6.12"
ok 3 "it knows the hypervisor" said "hypervisor Microsoft Hyper-V"
ok 4 "$cpus processors" said "processors $cpus\$"
ok 5 "it answered its nonce" said "nonce $(hash "$nonce")"
ok 6 "nothing in the kernel's log that should not be" healthy
[ $status -eq 0 ] || guest_tail
