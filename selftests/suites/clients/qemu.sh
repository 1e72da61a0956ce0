#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian's QEMU with -accel mshv boots a stock kernel by SeaBIOS, with a disk and a
# network by virtio.  Argument: how many VPs.
. ./guest.sh
. ./qemu-lib.sh
MIB=10

cpus=$1
nonce=$(nonce)
sum() { sha256sum "$@" | cut -d ' ' -f 1; }
half() { dd if=/tmp/disk bs=1M skip="$1" count=8 2>/dev/null | sum; }

dd if=/dev/urandom of=/tmp/disk bs=1M count=16 2>/dev/null
dd if=/dev/urandom of=/tmp/to bs=1M count=$MIB 2>/dev/null
mkfifo /tmp/silence
nc -l -p 7001 </tmp/to >/dev/null 2>&1 &
nc -l -p 7002 <>/tmp/silence >/tmp/from 2>/dev/null &
disk=$(half 0)

echo "KTAP version 1"
echo "1..9"
: >"$console"
qemu_start -smp "$cpus" -m 256M -no-reboot -serial stdio -kernel /guest/bzImage -initrd /guest/initrd \
	-drive file=/tmp/disk,if=none,id=disk,format=raw -device virtio-blk-pci,drive=disk \
	-netdev user,id=net -device virtio-net-pci,netdev=net,romfile= \
	-append "console=ttyS0 quiet panic=-1 nonce=$nonce guest=devices parent=10.0.2.2 own=10.0.2.15/24 mib=$MIB"
qemu_over
killall nc 2>/dev/null
ok 1 "the guest powered off, QEMU ended" [ "$status" -eq 0 ]
ok 2 "user space, on the kernel that was given" said "kernel 6.12"
ok 3 "$cpus processors" said "processors $cpus\$"
ok 4 "it answered its nonce" said "nonce $(hash "$nonce")"
ok 5 "it read what is on the disk" said "disk read $disk"
ok 6 "what it wrote is on the disk" said "disk wrote $(half 8)"
ok 7 "$MIB MiB came from the root" said "net got $(sum /tmp/to)"
ok 8 "$MIB MiB came to the root" said "net sent $(sum /tmp/from)"
ok 9 "nothing in the kernel's log that should not be" healthy
[ "$status" -eq 0 ] || guest_tail
