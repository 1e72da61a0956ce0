# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A disk with a boot loader on it, for guests: Debian's GRUB in the gap behind a DOS
# partition table, and a partition with an ext4 that holds a stock kernel, its RAM disk
# and the loader's configuration.  The loader's program that makes its image comes from
# the cache, and a file system is made from a folder, so that nothing is installed and no
# privilege wanted; the two places of the boot sector that tell a loader where it lies
# are right as they are shipped.

BOOTDISK_GRUB=$CACHE/grub
BOOTDISK_MIB=24
BOOTDISK_GAP=2048	# sectors before the partition
# What reads the partition, and what the configuration asks for.
BOOTDISK_MODULES="biosdisk part_msdos ext2 normal linux serial"

bootdisk_recipe() { sha256sum <"$RUN_DIR/bootdisk.sh"; }

bootdisk_ready() {
	[ -z "${REFRESH:-}" ] && [ "$(cat "$BOOTDISK_GRUB/made" 2>/dev/null)" = "$(bootdisk_recipe)" ]
}

bootdisk_grub() {
	local package libs from=$BOOTDISK_GRUB/from/usr/lib/grub/i386-pc
	! bootdisk_ready || return 0
	rm -rf "$BOOTDISK_GRUB"
	for package in grub-pc-bin grub-common libdevmapper1.02.1; do
		deb_get bookworm "$package"
		deb_unpack "$BOOTDISK_GRUB/from"
	done
	libs=$BOOTDISK_GRUB/from/lib/x86_64-linux-gnu:$BOOTDISK_GRUB/from/usr/lib/x86_64-linux-gnu
	# shellcheck disable=SC2086 # a list of words
	LD_LIBRARY_PATH=$libs "$BOOTDISK_GRUB/from/usr/bin/grub-mkimage" -d "$from" -O i386-pc -p '(hd0,msdos1)/boot/grub' \
		-o "$BOOTDISK_GRUB/core.img" $BOOTDISK_MODULES || die "cannot make the boot loader"
	cp "$from/boot.img" "$BOOTDISK_GRUB/"
	rm -rf "$BOOTDISK_GRUB/from"
	bootdisk_recipe >"$BOOTDISK_GRUB/made"
}

bootdisk_prepare() {
	bootdisk_ready || locked bootdisk bootdisk_grub
}

# le32_bytes NUMBER: as printf takes it.
le32_bytes() {
	printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# One active partition with Linux in it, to the disk's end.
bootdisk_table() {
	# shellcheck disable=SC2059 # the bytes are the format
	printf "\x80\xfe\xff\xff\x83\xfe\xff\xff$(le32_bytes $BOOTDISK_GAP)$(le32_bytes $((BOOTDISK_MIB * 2048 - BOOTDISK_GAP)))"
}

# bootdisk_make FILE KERNEL INITRD COMMAND-LINE
bootdisk_make() {
	local work=$1.tree file=$1 core=$BOOTDISK_GRUB/core.img
	mkdir -p "$work/boot/grub"
	cp "$2" "$work/boot/vmlinuz"
	cp "$3" "$work/boot/initrd"
	printf '%s\n' "serial --unit=0 --speed=115200" "terminal_output serial" "set timeout=0" \
		"menuentry Linux {" "	linux /boot/vmlinuz $4" "	initrd /boot/initrd" "}" >"$work/boot/grub/grub.cfg"
	truncate -s ${BOOTDISK_MIB}M "$file"
	[ "$(stat -c %s "$core")" -lt $(((BOOTDISK_GAP - 1) * 512)) ] || die "the boot loader is too long for its gap"
	PATH=$PATH:/sbin:/usr/sbin mke2fs -q -F -t ext4 -O ^has_journal -d "$work" -E "offset=$((BOOTDISK_GAP * 512))" "$file" \
		$((BOOTDISK_MIB * 1024 - BOOTDISK_GAP / 2))k || die "cannot make a file system"
	{
		dd if="$BOOTDISK_GRUB/boot.img" of="$file" bs=440 count=1 conv=notrunc
		bootdisk_table | dd of="$file" bs=1 seek=446 conv=notrunc
		printf '\x55\xaa' | dd of="$file" bs=1 seek=510 conv=notrunc
		dd if="$core" of="$file" bs=512 seek=1 conv=notrunc
	} 2>/dev/null
	rm -rf "$work"
}
