# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The kernels that are built here, from Debian's source: small (quick to boot),
# debug (small, and what finds bugs), and a small 7.3 that can be root.  A
# build is kept under the hash of the source's version, its configuration and
# the compiler, so it happens once.

source_package() {
	case $1 in
	7.3) echo linux-source-7.3 ;;
	*) echo linux-source-6.12 ;;
	esac
}

# kernel_source_deb NAME: sets DEB_FILE and DEB_VERSION.
kernel_source_deb() {
	local package
	package=$(source_package "$1")
	deb_get "$(deb_suite "$package" source)" "$package"
}

# kernel_source NAME: sets KERNEL_SOURCE to the unpacked tree.
kernel_source() {
	kernel_source_deb "$1"
	KERNEL_SOURCE=$CACHE/source/$(source_package "$1")-$DEB_VERSION
	[ -e "$KERNEL_SOURCE" ] || locked source kernel_source_unpack "$(source_package "$1")"
}

kernel_source_unpack() {
	[ ! -e "$KERNEL_SOURCE" ] || return 0
	step "unpacking the kernel's source"
	rm -rf "$KERNEL_SOURCE.partial"
	mkdir -p "$KERNEL_SOURCE.partial"
	dpkg-deb --fsys-tarfile "$DEB_FILE" | tar -x -O "./usr/src/$1.tar.xz" |
		xz -dc -T0 | tar -x -C "$KERNEL_SOURCE.partial" --strip-components=1 || die "cannot unpack $DEB_FILE"
	mv "$KERNEL_SOURCE.partial" "$KERNEL_SOURCE"
}

kernel_fragments() {
	case $1 in
	small) cat "$TOP/selftests/kconfig/small.config" ;;
	*) cat "$TOP/selftests/kconfig/small.config" "$TOP/selftests/kconfig/$1.config" ;;
	esac
}

# The folder that a build of kernel NAME has, by what goes into it.
kernel_build_dir() {
	local hash
	kernel_source_deb "$1"
	hash=$({ echo "$DEB_VERSION"; gcc -dumpfullversion; kernel_fragments "$1" | grep '^CONFIG'; } | sha256sum)
	echo "$CACHE/kernels/$1-${hash:0:12}"
}

# Compiling is the longest thing that the runner does, and it runs beside
# nothing else that waits for it: nice, so that a person's machine stays usable.
kernel_build() {
	local name=$1 dir link
	link=$(kernel_dir "$name")
	dir=$(kernel_build_dir "$name")
	if [ ! -e "$dir/built" ]; then
		kernel_source "$name"
		step "building kernel $name (10 to 20 minutes on two processors; log: $dir/build.log)"
		rm -rf "$dir"
		mkdir -p "$dir/build" "$dir/root"
		kernel_fragments "$name" >"$dir/fragments"
		quiet "$dir/config.log" make -C "$KERNEL_SOURCE" O="$dir/build" KCONFIG_ALLCONFIG="$dir/fragments" allnoconfig
		kernel_config_check "$dir"
		quiet "$dir/build.log" nice make -s -C "$dir/build" -j"$(nproc)" bzImage modules
		cp "$dir/build/arch/x86/boot/bzImage" "$dir/bzImage"
		strip -o "$dir/vmlinux" "$dir/build/vmlinux"
		cp "$dir/build/include/config/kernel.release" "$dir/release"
		kernel_build_trim "$dir/build"
		touch "$dir/built"
	fi
	[ -L "$link" ] || rm -rf "$link"
	ln -sfn "$(basename "$dir")" "$link"
}

# An option that did not take would make the debug kernel find less, silently.
# Of two answers the later counts.
kernel_config_check() {
	local option missing=
	while read -r option; do
		grep -qxF "$option" "$1/build/.config" || missing="$missing $option"
	done < <(awk -F= '/^CONFIG/ { answer[$1] = $0 } END { for (o in answer) print answer[o] }' "$1/fragments" | grep '=[ym]$')
	[ -z "$missing" ] || die "the kernel's configuration refused:$missing"
}

# Modules are built against this folder: it keeps everything but the objects.
kernel_build_trim() {
	find "$1" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -not -path '*/scripts/*' -not -path '*/tools/*' -delete
	rm -f "$1"/vmlinux.unstripped "$1"/.tmp_vmlinux*
}
