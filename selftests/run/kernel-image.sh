# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The image and the modules of a kernel of which kernel.sh takes the headers
# only: Debian's 7.3, that boots as a guest or as an L1VH parent but never as root.
# Some 120 MB are fetched for them, so that happens when a test boots one.

kernel_image_recipe() { sha256sum <"$RUN_DIR/kernel-image.sh"; }

kernel_image_ready() {
	[ "$(cat "$(kernel_dir "$1")/image" 2>/dev/null)" = "$(kernel_image_recipe)" ]
}

# kernel_image_prepare NAME: complete its folder, unless it has or is a whole kernel.
kernel_image_prepare() {
	kernel_prepare "$1"
	case " $HEADER_KERNELS " in
	*" $1 "*) kernel_image_ready "$1" || locked "kernel-$1" kernel_image_make "$1" ;;
	esac
}

# The packages of that version: the image's own name is an empty one, and the
# modules are apart.
kernel_image_make() {
	local name=$1 dir suite release
	dir=$(kernel_dir "$name")
	! kernel_image_ready "$name" || return 0
	step "preparing the image of kernel $name"
	suite=$(deb_suite linux-headers-amd64 "$name")
	release=$(kernel_release "$name")
	rm -rf "$dir/root" && mkdir -p "$dir/root"
	deb_get "$suite" "linux-binary-$release"
	dpkg-deb --fsys-tarfile "$DEB_FILE" |
		tar -x -O --wildcards "./usr/lib/modules/$release/vmlinuz" >"$dir/bzImage" || die "no kernel in $DEB_FILE"
	deb_get "$suite" "linux-modules-$release"
	kernel_image_modules "$dir" || die "cannot unpack $DEB_FILE"
	# The lists of what is built in are in a third package.
	deb_get "$suite" "linux-base-$release"
	deb_unpack "$dir/base"
	cp "$dir/base/usr/lib/modules/$release"/modules.* "$dir/root/lib/modules/$release/"
	/sbin/depmod -b "$dir/root" "$release" || die "depmod fails for kernel $name"
	vmlinux_extract "$dir/bzImage" "$dir/vmlinux"
	kernel_image_recipe >"$dir/image"
}

# kernel_image_modules DIR: those that a root's devices hang on, of DEB_FILE.
kernel_image_modules() {
	local folder globs=()
	for folder in $KERNEL_MODULE_DIRS; do
		globs+=("./usr/lib/modules/*/kernel/$folder")
	done
	dpkg-deb --fsys-tarfile "$DEB_FILE" |
		tar -x -C "$1/root" --strip-components=2 --wildcards "${globs[@]}" 2>"$1/unpack.log"
	find "$1/root" -name '*.ko.xz' -exec xz -d {} +
}
