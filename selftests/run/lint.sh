# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The static checks, as KTAP: each is a function lint_of_NAME that prints what is
# wrong, a line for each finding.  No output is a pass.

# Sources of the tree, as find names them; what kbuild makes there is not among them.
sources() {
	local dir=$1
	shift
	[ ! -e "$TOP/$dir" ] || (cd "$TOP" && find "$dir" -type f "$@" | LC_ALL=C sort)
}
c_sources() {
	local dir=$1
	shift
	sources "$dir" -name '*.[ch]' -not -name '*.mod.c' "$@"
}

# The modules compile with all of the kernel's extra warnings, and sparse has
# nothing to say.  Built anew each time: a file that is up to date is silent.
lint_build() {
	local dir
	kernel_prepare "$1"
	dir=$(module_dir "$1")-lint
	rm -rf "$dir"
	source_farm "$TOP" "$dir" Kbuild include drivers
	kbuild "$1" "$dir" W=1 C=2 CF="-D__CHECK_ENDIAN__" >"$dir.log" 2>&1 || echo "the build failed: $dir.log"
	grep -E '(warning|error|undefined)' "$dir.log" | grep -v -e "^$CACHE/kernels/" -e "^$CACHE/source/" -e '^warning: pahole' | sed "s#^$dir/##"
}

lint_of_build_6.1() { lint_build 6.1; }
lint_of_build_6.12() { lint_build 6.12; }
lint_of_build_7.3() { lint_build 7.3; }
lint_of_build_7.3-stock() { lint_build 7.3-stock; }

# Which of checkpatch's rules cannot hold where, and why.
#  everywhere		it is given files, not patches
#  include/hvabi	freestanding: it has none of the kernel's macros; generates tables
#			from lists; an assertion of each structure's size follows it
#  include/uapi	user space has no BIT()
#  drivers/compat	versions are its subject
#  trace.h		its macros have a layout of their own
#  uapi_golden.c	asks two things of each field
#  outside the kernel	has none of its headers: not its types, macros, string or lock
#			functions; bare metal names linker symbols and shared memory itself;
#			tables and help texts are for people, not for a log's reader;
#			guests are assembly in strings
CHECKPATCH_ALL=FILE_PATH_CHANGES
CHECKPATCH_ABI=CAMELCASE,BIT_MACRO,COMPLEX_MACRO,LINE_SPACING,MACRO_ARG_REUSE,PREFER_DEFINED_ATTRIBUTE_MACRO,VOLATILE,OPEN_ENDED_LINE
CHECKPATCH_OUTSIDE=PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE,BIT_MACRO,CAMELCASE,VOLATILE
CHECKPATCH_OUTSIDE+=,AVOID_EXTERNS,USE_SPINLOCK_T,STRCPY,STRNCPY,CONSTANT_COMPARISON,PREFER_FALLTHROUGH,SSCANF_TO_KSTRTO
CHECKPATCH_OUTSIDE+=,EMBEDDED_FUNCTION_NAME,COMPLEX_MACRO,MACRO_ARG_REUSE,CONST_STRUCT,NAKED_SSCANF,ENOSYS,LINE_SPACING
CHECKPATCH_OUTSIDE+=,MULTIPLE_ASSIGNMENTS,UNNECESSARY_PARENTHESES,STRING_FRAGMENTS,UNSPECIFIED_INT,LEADING_SPACE,MACRO_ARG_UNUSED,SPLIT_STRING,IS_ENABLED_CONFIG

lint_checkpatch() {
	local ignore=$1
	shift
	kernel_source small
	# Not from within the tree: it leaves files in a folder that git knows.
	(cd "$BUILD" && sed "s#^#$TOP/#" | xargs -r perl "$KERNEL_SOURCE/scripts/checkpatch.pl" --strict --no-tree --root="$KERNEL_SOURCE" \
		--terse --show-types -q --no-summary --max-line-length=100 --ignore="$ignore" -f) | sed "s#^$TOP/##"
}

lint_of_checkpatch_kernel() {
	c_sources include/hvabi | lint_checkpatch $CHECKPATCH_ALL,$CHECKPATCH_ABI
	c_sources include/uapi | lint_checkpatch $CHECKPATCH_ALL,BIT_MACRO
	c_sources include/linux | lint_checkpatch $CHECKPATCH_ALL
	c_sources drivers/compat | lint_checkpatch $CHECKPATCH_ALL,LINUX_VERSION_CODE,CONSTANT_COMPARISON
	sources drivers -name '*trace*.h' | lint_checkpatch $CHECKPATCH_ALL,PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE
	sources drivers -name uapi_golden.c | lint_checkpatch $CHECKPATCH_ALL,MACRO_ARG_REUSE
	c_sources drivers -not -name '*trace*.h' -not -name uapi_golden.c -not -path '*/compat/*' |
		lint_checkpatch $CHECKPATCH_ALL
}

lint_of_checkpatch_outside() {
	{ c_sources tools; c_sources selftests; } | lint_checkpatch $CHECKPATCH_ALL,$CHECKPATCH_OUTSIDE
}

# Code only: a rule may be named in a comment.
code() { gcc -fpreprocessed -dD -E -P "$1" 2>/dev/null; }

# forbid REGEX WHY FILE...: no code of these files may match.
forbid() {
	local regex=$1 why=$2 file
	shift 2
	for file in "$@"; do
		code "$TOP/$file" | grep -E -- "$regex" | sed "s#^#$file: $why: #"
	done
}

lint_of_wall_versions() {
	mapfile -t files < <({ c_sources include; c_sources drivers; } | grep -v '^drivers/compat/')
	forbid 'LINUX_VERSION_CODE|KERNEL_VERSION *\(' 'version of the kernel outside drivers/compat' "${files[@]}"
}

lint_of_wall_hyperv() {
	mapfile -t files < <({ c_sources include; c_sources drivers; } | grep -v '^drivers/hv_root/kernel_hv.c$')
	forbid '#[ ]*include *[<"](asm/mshyperv|asm/hyperv|hyperv/|linux/hyperv|asm-generic/mshyperv|asm-generic/hyperv|clocksource/hyperv)' \
		"the kernel's own Hyper-V header outside kernel_hv.c" "${files[@]}"
}

lint_of_wall_symbols() {
	mapfile -t files < <(c_sources drivers)
	forbid 'kallsyms|register_kprobe|__symbol_get' 'only exported symbols' "${files[@]}"
}

# The ABI has one copy: nobody includes a header of the kernel's user-space
# interface to the hypervisor, or gives a hypercall a number of its own.
lint_of_wall_abi() {
	mapfile -t files < <({ c_sources drivers; c_sources tools; c_sources selftests; } | grep -v '^drivers/compat/')
	forbid '#[ ]*define +HVCALL_' "a hypercall's number outside include/hvabi" "${files[@]}"
	mapfile -t files < <(c_sources include/hvabi)
	forbid '#[ ]*include *[<"](linux|asm)/(mshyperv|hyperv)' 'the ABI stands alone' "${files[@]}"
}

# hv_root is the lowest of the modules, and those above do not know each other.
lint_of_wall_arrows() {
	mapfile -t files < <(c_sources drivers/hv_root)
	forbid '#[ ]*include.*(vmbus_root|virt_iommu)' 'hv_root calls up' "${files[@]}"
}

# Nested page tables are written by one function, which flushes; by another
# only while the table hangs nowhere.  Nobody else knows where a table is.
lint_of_wall_npt() {
	awk '
	/^[a-z].*\(/ { match($0, /[a-z_0-9]+\(/); name = substr($0, RSTART, RLENGTH - 1) }
	/^}/ { name = "" }
	name != "" && /^[ \t]*\*entry = |\)\[[^]]*\] = |__atomic_(exchange|store|compare)[a-z_]*\(entry/ {
		if (name != "set_entry" && name != "split")
			print FILENAME ":" FNR ": " name "() writes an entry"
	}' "$TOP/selftests/testhv/npt.c" | sed "s#^$TOP/##"
	mapfile -t files < <(c_sources selftests/testhv | grep -v -x -e selftests/testhv/npt.c -e selftests/testhv/npt.h)
	forbid 'npt(\.|->)root' 'reaches into a nested page table' "${files[@]}" | grep -v 'n_cr3 = '
}

lint_of_function_length() {
	{ c_sources include; c_sources drivers; c_sources tools; c_sources selftests; } | (cd "$TOP" && xargs -r awk '
		FNR == 1 { start = 0 }
		/^{/ { start = FNR }
		/^}/ { if (start && FNR - start > 80) print FILENAME ":" start ": a function of " FNR - start " lines"; start = 0 }')
}

lint_of_shellcheck() {
	cd "$TOP" || return
	shellcheck -x -f gcc selftests/run/run.sh
	{ sources .ci; sources selftests -name '*.sh' -not -path 'selftests/run/*'
	  sources selftests/initramfs; sources tools -name '*.sh'; } | xargs -r grep -lE '^#!/bin/(ba)?sh|^#!/usr/bin/env bash' |
		xargs -r shellcheck -x -P "SCRIPTDIR:$TOP/selftests/lib" -S info -f gcc
}

lint_of_codespell() {
	(cd "$TOP" && codespell -q 7 -L "$(paste -s -d , selftests/run/words)" --skip '*.json' README* Documentation drivers include selftests tools .ci)
}

# Nothing of one machine, one archive or one person.
lint_of_no_names() {
	(cd "$TOP" && grep -rnIE --exclude-dir=.git --exclude-dir=build --exclude='*.d' --exclude='*.cmd' \
		-e '(^|[ "=:])/(root|home|work)/[a-z]' -e 'https?://[a-z0-9.-]+/debian' -e '[A-Za-z0-9._-]+@[a-z0-9-]+\.(com|org|net|de)' . |
		grep -v '^./COPYING:' | grep -v 'selftests/run/lint.sh:')
}

lint_of_spdx() {
	{ c_sources include; c_sources drivers; c_sources tools; c_sources selftests
	  sources drivers -name Kbuild; sources selftests -name '*.sh'; } | while read -r file; do
		head -n 3 "$TOP/$file" | grep -q SPDX-License-Identifier || echo "$file: no licence line"
	done
}

# The version is said in two places.
lint_of_versions() {
	local module dkms
	module=$(sed -n 's/^#define HV_ROOT_VERSION[ \t]*"\(.*\)"/\1/p' "$TOP"/drivers/hv_root/*.h)
	dkms=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf")
	[ -n "$module" ] && [ "$module" = "$dkms" ] || echo "hv_root is $module, dkms.conf says $dkms"
}

# sparse on the hypervisor, and all of gcc's usual warnings on what runs in
# user space (those are errors in their own makefiles).
lint_of_sparse_testhv() {
	rm -rf "$BUILD/lint-testhv"
	make -C "$TOP/selftests/testhv" O="$BUILD/lint-testhv" CC=cgcc -j"$(nproc)" >"$BUILD/lint-testhv.log" 2>&1 ||
		echo "the build failed: $BUILD/lint-testhv.log"
	grep -E 'warning|error' "$BUILD/lint-testhv.log"
}

lint_of_programs() {
	local suite
	(programs_build) 2>&1 | grep -E 'failed|error'
	for suite in "$TOP"/selftests/suites/*/; do
		(suite_build "$(basename "$suite")") 2>&1 | grep -E 'failed|error'
	done
}

lint_main() {
	local checks check kernel number=0 failed=0 found
	checks=$(compgen -A function lint_of_)
	mkdir -p "$BUILD"
	# First, so that what these say of their progress is no finding.
	for kernel in $STOCK_KERNELS $HEADER_KERNELS; do
		kernel_prepare "$kernel"
	done
	kernel_source small
	echo "KTAP version 1"
	echo "1..$(wc -w <<<"$checks")"
	for check in $checks; do
		number=$((number + 1))
		found=$($check 2>&1)
		if [ -z "$found" ]; then
			echo "ok $number - ${check#lint_of_}"
		else
			printf '%s\n' "$found" | head -n "${LINT_LINES:-40}" | sed 's/^/# /'
			echo "# $(wc -l <<<"$found") finding(s)"
			echo "not ok $number - ${check#lint_of_}"
			failed=$((failed + 1))
		fi
	done
	[ "$failed" -eq 0 ]
}
