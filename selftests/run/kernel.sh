# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The kernels of the matrix, each made into one folder of the cache:
#
#	kernel_dir NAME/bzImage		as the boot loader wants it
#	kernel_dir NAME/vmlinux		the ELF within, which boots in half the time
#	kernel_dir NAME/release		what uname -r says
#	kernel_dir NAME/root/lib/modules/RELEASE	modules (only those a root needs)
#	kernel_dir NAME/build		what `make -C` takes to build modules
#
# 6.1, 6.12 and 7.3-stock are Debian's own, the last one for building alone until a
# test boots it (kernel-image.sh); small, debug and
# 7.3 are built from Debian's source (kernel-build.sh).

STOCK_KERNELS="6.1 6.12"
BUILT_KERNELS="small debug 7.3"
HEADER_KERNELS="7.3-stock"

kernel_dir() { echo "$CACHE/kernels/$1"; }
kernel_release() { cat "$(kernel_dir "$1")/release"; }

# Modules of a stock kernel that some device of the root or of a guest hangs on,
# and what a VMM uses of the root (tap, vhost); depmod sorts out what each needs,
# so whole folders are taken where those are small.
KERNEL_MODULE_DIRS="arch/x86/crypto block crypto drivers/block drivers/char/virtio_console.ko*
	drivers/hv drivers/iommu/virtio-iommu.ko* drivers/net/net_failover.ko* drivers/net/tap.ko*
	drivers/net/tun.ko* drivers/net/virtio_net.ko* drivers/nvme drivers/vhost drivers/virtio
	lib net/core net/vmw_vsock"

# A folder is made anew when the way of making it has changed.
kernel_recipe() {
	case " $BUILT_KERNELS " in
	*" $1 "*) cat "$RUN_DIR/kernel-build.sh" "$TOP"/selftests/kconfig/* ;;
	*) cat "$RUN_DIR/kernel.sh" ;;
	esac | cat - "$RUN_DIR/suites.list" | sha256sum
}

kernel_ready() {
	[ -z "${REFRESH:-}" ] && [ "$(cat "$(kernel_dir "$1")/made" 2>/dev/null)" = "$(kernel_recipe "$1")" ]
}

# kernel_prepare NAME: make its folder, unless it is there.
kernel_prepare() {
	kernel_ready "$1" || locked "kernel-$1" kernel_make "$1"
}

kernel_make() {
	local name=$1 dir
	dir=$(kernel_dir "$name")
	! kernel_ready "$name" || return 0
	case " $STOCK_KERNELS $HEADER_KERNELS $BUILT_KERNELS " in
	*" $name "*) ;;
	*) die "no kernel is called $name: there are $STOCK_KERNELS $BUILT_KERNELS" ;;
	esac
	step "preparing kernel $name"
	case " $STOCK_KERNELS " in
	*" $name "*) rm -rf "$dir" && kernel_stock_image "$name" && kernel_headers "$name" ;;
	esac || die "cannot prepare kernel $name"
	case " $HEADER_KERNELS " in
	*" $name "*) rm -rf "$dir" && kernel_headers "$name" ;;
	esac || die "cannot prepare the headers of kernel $name"
	case " $BUILT_KERNELS " in
	*" $name "*) kernel_build "$name" ;;
	esac || die "cannot build kernel $name"
	kernel_recipe "$name" >"$dir/made"
}

kernel_stock_image() {
	local dir suite real globs=() folder
	dir=$(kernel_dir "$1")
	suite=$(deb_suite linux-image-amd64 "$1")
	deb_get "$suite" linux-image-amd64
	real=$(deb_depends 'linux-image-[0-9].*')
	deb_get "$suite" "$real"
	mkdir -p "$dir/root"
	for folder in $KERNEL_MODULE_DIRS; do
		globs+=("./lib/modules/*/kernel/$folder")
	done
	dpkg-deb --fsys-tarfile "$DEB_FILE" | tar -x -C "$dir/root" --wildcards "${globs[@]}" \
		'./boot/vmlinuz-*' './lib/modules/*/modules.builtin*' './lib/modules/*/modules.order' 2>"$dir/unpack.log"
	mv "$dir/root/boot"/vmlinuz-* "$dir/bzImage" || return 1
	echo "${real#linux-image-}" >"$dir/release"
	find "$dir/root" -name '*.ko.xz' -exec xz -d {} +
	/sbin/depmod -b "$dir/root" "$(cat "$dir/release")" || return 1
	vmlinux_extract "$dir/bzImage" "$dir/vmlinux"
}

# le32 FILE OFFSET: a little-endian number of the boot header.
le32() { od -A n -t u4 -j "$2" -N 4 "$1" | tr -d ' '; }

# A bzImage carries the kernel proper compressed; its boot header says where
# (offsets 0x248 and 0x24c, counted from the protected-mode code).
vmlinux_extract() {
	local sectors offset length tool magic
	sectors=$(od -A n -t u1 -j $((0x1f1)) -N 1 "$1" | tr -d ' ')
	offset=$(((sectors + 1) * 512 + $(le32 "$1" $((0x248)))))
	length=$(le32 "$1" $((0x24c)))
	magic=$(od -A n -t x1 -j "$offset" -N 4 "$1" | tr -d ' ')
	case $magic in
	1f8b*) tool="gzip -dc" ;;
	fd377a58) tool="xz -dc --single-stream" ;;
	28b52ffd) tool="zstd -dcq" ;;
	02214c18) tool="lz4 -dcq" ;;
	*) die "$1: unknown compression, magic $magic" ;;
	esac
	# The last four bytes are the length of the plain kernel, which some tools
	# call trailing garbage; what counts is that all of the ELF came out.
	$tool < <(tail -c +$((offset + 1)) "$1" | head -c "$length") >"$2" 2>/dev/null
	[ "$(head -c 4 "$2" | tail -c 3)" = ELF ] || die "$1: no ELF within"
	[ "$(stat -c %s "$2")" -eq "$(le32 "$1" $((offset + length - 4)))" ] || die "$1: the ELF within is cut short"
}

# Debian splits what a module build needs over three packages that expect each
# other under /usr.
kernel_headers() {
	local name=$1 dir suite real package rel
	dir=$(kernel_dir "$name")
	suite=$(deb_suite linux-headers-amd64 "$name")
	deb_get "$suite" linux-headers-amd64
	real=$(deb_depends 'linux-headers-[0-9].*')
	rel=${real#linux-headers-}
	deb_get "$suite" "$real"
	for package in $(deb_depends 'linux-headers-.*-common|linux-kbuild-.*|linux-base-[0-9].*'); do
		deb_get "$suite" "$package"
		deb_unpack "$dir/headers"
	done
	deb_get "$suite" "$real"
	deb_unpack "$dir/headers"
	[ -e "$dir/release" ] || echo "$rel" >"$dir/release"
	ln -sfn "headers/usr/src/$real" "$dir/build"
	kernel_headers_relocate "$dir/headers"
	# Type information would be made against this; nothing here reads it.
	rm -f "$dir/build/vmlinux"
	[ "$name" != 7.3-stock ] || kbuild_from_newer_debian "$dir/headers"
}

# Their makefiles and links say /usr; they live elsewhere here.
kernel_headers_relocate() {
	local link target
	grep -rlF --include=Makefile --include='*.mk' -e ' /usr/src/' -e '=/usr/src' "$1/usr/src" --exclude-dir=include |
		while read -r file; do
			sed -i "s#\([ =]\)/usr/src/#\1$1/usr/src/#g" "$file"
		done
	find "$1/usr" -type l | while read -r link; do
		target=$(readlink "$link")
		case $target in
		/usr/*) ln -sfn "$1$target" "$link" ;;
		esac
	done
}

# The tools in this kbuild package are linked to a newer C library than
# bookworm's.  Each is run by the newer loader with the newer libraries, which
# come from the cache too.
kbuild_from_newer_debian() {
	local dir=$1 package tool libs
	for package in libc6 libelf1t64 zlib1g libzstd1; do
		deb_get "$(deb_suite "$package" kbuild-7.3)" "$package"
		deb_unpack "$dir/newer"
	done
	libs=$dir/newer/usr/lib/x86_64-linux-gnu:$dir/newer/lib/x86_64-linux-gnu
	find "$dir/usr/lib" -type f -perm -u+x | while read -r tool; do
		[ "$(head -c 4 "$tool" | tail -c 3)" = ELF ] || continue
		mv "$tool" "$tool.elf"
		printf '#!/bin/sh\nexec %s --library-path %s --argv0 %s %s.elf "$@"\n' \
			"$dir/newer/usr/lib64/ld-linux-x86-64.so.2" "$libs" "$tool" "$tool" >"$tool"
		chmod +x "$tool"
	done
	config_of_older_compiler "$dir"/usr/src/linux-headers-*-amd64/include
}

# Those headers were configured for gcc 14.  What bookworm's gcc 12 lacks (or,
# for output operands of asm goto, gets wrong) is taken out of the answers.
config_of_older_compiler() {
	local option
	for option in CC_HAS_MIN_FUNCTION_ALIGNMENT CC_HAS_ASSUME CC_HAS_ASM_GOTO_OUTPUT CC_HAS_ASM_GOTO_TIED_OUTPUT; do
		sed -i "/^CONFIG_$option=/d" "$1/config/auto.conf"
		sed -i "/define CONFIG_$option /d" "$1/generated/autoconf.h"
	done
}
