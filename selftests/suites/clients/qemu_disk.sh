#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian's QEMU with -accel mshv boots from a disk alone: SeaBIOS, GRUB, and the kernel
# that GRUB finds in a file system there.  The nonce is in GRUB's configuration.
. ./guest.sh
. ./qemu-lib.sh

nonce=$(cat /guest/nonce)
disk=/guest/disk
half=$(($(stat -c %s $disk) / 2097152))
sum() { sha256sum | cut -d ' ' -f 1; }
part() { dd if=$disk bs=1M skip="$1" count=$half 2>/dev/null | sum; }
before=$(part 0)

echo "KTAP version 1"
echo "1..7"
: >"$console"
qemu_start -m 256M -no-reboot -serial stdio -drive file=$disk,if=none,id=disk,format=raw -device virtio-blk-pci,drive=disk
qemu_over
ok 1 "the guest powered off, QEMU ended" [ "$status" -eq 0 ]
ok 2 "the boot loader spoke" grep -q "GRUB loading" "$console"
ok 3 "user space, on the kernel of the disk" said "kernel 6.12"
ok 4 "it answered the nonce of the boot loader's configuration" said "nonce $(hash "$nonce")"
ok 5 "it read what is on the disk" said "disk read $before"
ok 6 "what it wrote is on the disk" said "disk wrote $(part "$half")"
ok 7 "nothing in the kernel's log that should not be" healthy
[ "$status" -eq 0 ] || guest_tail
