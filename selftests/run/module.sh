# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Builds the modules for a kernel of the matrix.  kbuild leaves its objects
# beside the sources, so each kernel gets a folder of links to the sources.

module_dir() { echo "$CACHE/build/modules/$(readlink "$(kernel_dir "$1")" || echo "$1")-$(kernel_release "$1")"; }

# module_file KERNEL NAME: a module of ours, or of the kernel if it is built here.
module_file() {
	local ours theirs
	ours=$(find "$(module_dir "$1")" -name "$2.ko")
	theirs=$(kernel_dir "$1")/build/drivers/hv/$2.ko
	if [ -n "$ours" ]; then echo "$ours"; elif [ -e "$theirs" ]; then echo "$theirs"; fi
}

# source_farm FROM TO NAME...: links in TO to all sources under FROM/NAME.
source_farm() {
	local from=$1 to=$2 file
	shift 2
	mkdir -p "$to"
	(cd "$from" && find "$@" \( -name '*.[chS]' -o -name Kbuild -o -name Makefile -o -name Kconfig \) \
		-not -name '*.mod.c' -type f) |
		while read -r file; do
			[ "$to/$file" -ef "$from/$file" ] && continue
			mkdir -p "$to/$(dirname "$file")"
			ln -sfn "$from/$file" "$to/$file"
		done
	find "$to" -xtype l -delete
}

# kbuild KERNEL DIR ARGUMENT...: build what is in DIR.
kbuild() {
	local kernel=$1 dir=$2
	shift 2
	make -C "$(kernel_dir "$kernel")/build" M="$dir" CC=gcc -j"$(nproc)" "$@" modules
}

# modules_build KERNEL: hv_root and what else drivers/ has.
modules_build() {
	kernel_prepare "$1"
	locked "modules-$1" modules_make "$1"
}

modules_make() {
	local dir
	dir=$(module_dir "$1")
	source_farm "$TOP" "$dir" Kbuild include drivers
	if ! kbuild "$1" "$dir" >"$dir/build.log" 2>&1; then
		grep -E 'error|warning|undefined|Error' "$dir/build.log" | head -n 30 >&2
		die "the modules do not build for $1; whole output: $dir/build.log"
	fi
}

# suite_modules_build KERNEL SUITE: the modules that only a test wants.
suite_modules_build() {
	[ -d "$TOP/selftests/suites/$2/mod" ] || return 0
	locked "suite-modules-$1-$2" suite_modules_make "$1" "$2"
}

suite_modules_make() {
	local kernel=$1 from=$TOP/selftests/suites/$2/mod dir file
	dir=$(module_dir "$kernel")-tests/$2
	source_farm "$from" "$dir" .
	[ -e "$from/Kbuild" ] || {
		echo "ccflags-y += -I$TOP/include -I$TOP/selftests/lib -include $TOP/drivers/compat/compat.h"
		for file in "$from"/*.c; do
			echo "obj-m += $(basename "$file" .c).o"
		done
	} >"$dir/Kbuild"
	quiet "$dir/build.log" kbuild "$kernel" "$dir" KBUILD_EXTRA_SYMBOLS="$(module_dir "$kernel")/Module.symvers"
}

modules_main() {
	local kernel
	for kernel in ${KERNEL:-$STOCK_KERNELS}; do
		modules_build "$kernel" || exit 1
		find "$(module_dir "$kernel")" -name '*.ko'
	done
}
