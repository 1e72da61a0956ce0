# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Devices that a test can ask for, by QEMU's arguments and the root's drivers.
# Both disks hold the same known bytes and forget what is written to them; the
# network reaches QEMU's own TFTP server, which has them too, and no further.
# A root with devices has their checksums in /etc/test/sums.

DEVICE_FILES=$CACHE/devices
PATTERN=$DEVICE_FILES/pattern.img
PATTERN_BYTES=$((8 << 20))

# A file whose bytes are the same on every machine and repeat nowhere near.
device_pattern() {
	[ -e "$PATTERN" ] && return
	mkdir -p "$DEVICE_FILES/tftp"
	awk -v n=$((PATTERN_BYTES / 16)) 'BEGIN { for (i = 0; i < n; i++) printf "%015d\n", (i * 7919) % 1000003 }' >"$PATTERN.partial"
	head -c $((1 << 20)) "$PATTERN.partial" >"$DEVICE_FILES/tftp/pattern"
	{
		echo "disk $(sha256sum <"$PATTERN.partial")"
		echo "net $(sha256sum <"$DEVICE_FILES/tftp/pattern")"
	} >"$DEVICE_FILES/sums"
	mv "$PATTERN.partial" "$PATTERN"
}

device_sums() {
	locked pattern device_pattern
	cat "$DEVICE_FILES/sums"
}

# device_arguments "DEVICES": sets DEVICE_ARGS.
device_arguments() {
	local device
	DEVICE_ARGS=()
	for device in $1; do
		# shellcheck disable=SC2054 # the commas are QEMU's
		case $device in
		nvme) DEVICE_ARGS+=(-drive "file=$PATTERN,if=none,id=nvme,format=raw,snapshot=on"
			-device nvme,serial=pattern,drive=nvme) ;;
		virtio-blk) DEVICE_ARGS+=(-drive "file=$PATTERN,if=none,id=vblk,format=raw,snapshot=on"
			-device virtio-blk-pci,drive=vblk) ;;
		virtio-net) DEVICE_ARGS+=(-netdev "user,id=vnet,restrict=on,tftp=$DEVICE_FILES/tftp"
			-device virtio-net-pci,netdev=vnet,romfile=) ;;
		*) die "no device is called $device" ;;
		esac
	done
}

# device_drivers "DEVICES": the drivers' names.
device_drivers() {
	local device
	for device in $1; do
		case $device in
		nvme) echo nvme ;;
		virtio-blk) echo virtio_pci virtio_blk ;;
		virtio-net) echo virtio_pci virtio_net ;;
		esac
	done
}
