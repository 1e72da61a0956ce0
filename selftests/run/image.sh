# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Initial RAM disks: the root's, made anew for each boot from what that boot
# runs, and the guest's.

# busybox_get: sets BUSYBOX.
busybox_get() {
	deb_get "$(deb_suite busybox-static root)" busybox-static
	BUSYBOX=$CACHE/busybox-$DEB_VERSION/bin/busybox
	[ -e "$BUSYBOX" ] || locked busybox deb_unpack "$CACHE/busybox-$DEB_VERSION"
	[ -e "$BUSYBOX" ] || BUSYBOX=${BUSYBOX%/bin/busybox}/usr/bin/busybox
	[ -e "$BUSYBOX" ] || die "no busybox in $DEB_FILE"
}

# image_pack TREE FILE: owned by root whoever runs this.
image_pack() {
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$2" || die "cannot pack $2"
}

# image_tree TREE INIT: a folder with busybox and an init.
image_tree() {
	mkdir -p "$1"/{bin,sbin,dev,proc,sys,tmp,etc/test}
	cp "$BUSYBOX" "$1/bin/busybox"
	ln -s busybox "$1/bin/sh"
	cp "$2" "$1/init"
	chmod 755 "$1/init"
}

# image_modules TREE KERNEL "DRIVERS" "OWN": what init is to load, in order; of
# our own, those with a "-" before the name are left to the test.
image_modules() {
	local tree=$1 kernel=$2 drivers=$3 own=$4 name file root
	root=$(kernel_dir "$kernel")/root
	mkdir -p "$tree/modules/own"
	for name in $drivers; do
		[ -d "$root/lib/modules" ] || continue
		/sbin/modprobe -d "$root" -S "$(kernel_release "$kernel")" --show-depends "$name" 2>/dev/null |
			awk '$1 == "insmod" { print $2 }'
	done | awk '!seen[$0]++' | while read -r file; do
		cp "$file" "$tree/modules/"
		echo "/modules/$(basename "$file")"
	done >"$tree/etc/test/modules"
	for name in $own; do
		file=$(module_file "$kernel" "${name#-}")
		[ -n "$file" ] || die "no module is called ${name#-}"
		cp "$file" "$tree/modules/own/"
		[ "$name" != "${name#-}" ] || echo "/modules/own/$name.ko"
	done >>"$tree/etc/test/modules"
}

# image_programs TREE: what every root under our hypervisor has.
image_programs() {
	[ -z "$VM_DIRECT" ] || return 0
	cp "$BUILD/hvctl/hvctl" "$BUILD/testhv-ctl/testhv-ctl" "$1/sbin/"
}

# image_suite TREE KERNEL SUITE: its programs, scripts and modules.
image_suite() {
	local tree=$1/tests/$3 from=$TOP/selftests/suites/$3
	mkdir -p "$tree"
	[ ! -d "$BUILD/suites/$3" ] || find "$BUILD/suites/$3" -maxdepth 1 -type f -perm -u+x -exec cp {} "$tree/" \;
	find "$TOP/selftests/lib" "$from" -maxdepth 1 -name '*.sh' -exec cp {} "$tree/" \;
	[ ! -d "$from/mod" ] || cp "$(module_dir "$2")-tests/$3"/*.ko "$tree/"
}

# image_stock_modules DIR KERNEL NAMES: of a stock kernel, what kernel.sh does not
# take because no root needs it.
image_stock_modules() {
	local dir=$1 name file
	deb_get "$(deb_suite linux-image-amd64 "$2")" "linux-image-$(kernel_release "$2")"
	mkdir -p "$dir"
	for name in $3; do
		dpkg-deb --fsys-tarfile "$DEB_FILE" | tar -x -O --wildcards "./lib/modules/*/$name.ko.xz" |
			xz -d >"$dir/$name.ko" || die "no module $name in $DEB_FILE"
	done
}

# image_guest TREE KERNEL [SUITE MODULES DRIVERS PROGRAMS]: a stock kernel and a guest's RAM
# disk under /guest.  The latter has these modules in /modules/more, not loaded, these drivers
# for guests to load, these programs of the suite, and over all the suite's guest/ folder.
image_guest() {
	local tree=$1/guest work=$1.guest program
	mkdir -p "$tree"
	cp "$(kernel_dir "$2")/bzImage" "$(kernel_dir "$2")/vmlinux" "$tree/"
	image_tree "$work" "$TOP/selftests/initramfs/guest-init"
	cp "$TOP/selftests/initramfs/guest-devices" "$work/sbin/"
	image_modules "$work" "$2" "${5:-} virtio_pci virtio_mmio virtio_blk virtio_net" ""
	[ -z "${4:-}" ] || image_stock_modules "$work/modules/more" "$2" "$4"
	for program in ${6:-}; do
		cp "$BUILD/suites/$3/$program" "$work/sbin/"
	done
	[ -z "${3:-}" ] || [ ! -d "$TOP/selftests/suites/$3/guest" ] ||
		cp -r "$TOP/selftests/suites/$3/guest/." "$work/"
	image_pack "$work" "$tree/initrd"
	rm -rf "$work"
}

# image_bootdisk GUEST WORDS: a disk that boots this guest by itself, with these words
# and a nonce on the kernel's command line; the root has the nonce beside it.
image_bootdisk() {
	local nonce
	nonce=$(od -A n -t x1 -N 8 /dev/urandom | tr -d ' \n')
	echo "$nonce" >"$1/nonce"
	bootdisk_make "$1/disk" "$1/bzImage" "$1/initrd" "console=ttyS0 quiet panic=-1 nonce=$nonce $2"
}
