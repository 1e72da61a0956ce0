# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Tests are declared in selftests/suites/SUITE/NAME.test, as KEY="value" lines
# (Documentation/testing.rst lists the keys).  This file turns them into runs:
# a run is one boot, with all tests that share it, or one script on the host.
# Some run a second time with the kernel's own driver in place of ours
# (upstream.sh).

# test_load FILE: the T_* variables of one test.
test_load() {
	local KERNELS=6.1 CPUS=1 HVOPTS='' MEM=1024 DEVICES='' MODULES=hv_root GUEST='' IMAGE=vmlinux TIMEOUT=60
	local RUN='' HOST='' GROUP='' EXPECT='' DIRECT='' CMDLINE='' UPSTREAM='' UPSTREAM_FAULT='' VMM=''
	local GUEST_MODULES='' BOOTDISK='' GIVEN='' DRIVERS='' GUEST_DRIVERS='' GUEST_PROGRAMS=''
	# shellcheck source=/dev/null
	. "$1"
	T_NAME=$(basename "$1" .test)
	T_SUITE=$(basename "$(dirname "$1")")
	T_KERNELS=$KERNELS T_CPUS=$CPUS T_HVOPTS=$HVOPTS T_MEM=$MEM T_DEVICES=$DEVICES T_MODULES=$MODULES
	T_GUEST=$GUEST T_IMAGE=$IMAGE T_TIMEOUT=$TIMEOUT T_RUN=$RUN T_HOST=$HOST T_EXPECT=$EXPECT
	T_DIRECT=$DIRECT T_CMDLINE=$CMDLINE T_GROUP=${GROUP:-=$T_NAME}
	T_GUEST_MODULES=$GUEST_MODULES T_BOOTDISK=$BOOTDISK
	T_GIVEN=$GIVEN T_DRIVERS=$DRIVERS T_GUEST_DRIVERS=$GUEST_DRIVERS T_GUEST_PROGRAMS=$GUEST_PROGRAMS
	T_VMM=$VMM T_UPSTREAM=$UPSTREAM T_UPSTREAM_FAULT=$UPSTREAM_FAULT
	[ -n "$RUN$HOST" ] || die "$1 has neither RUN nor HOST"
}

# matches VALUE PATTERNS: is it one of these globs?  No pattern: yes.
matches() {
	local pattern
	[ -n "$2" ] || return 0
	set -f
	for pattern in $2; do
		# shellcheck disable=SC2254 # a glob on purpose
		case $1 in $pattern) set +f; return 0 ;; esac
	done
	set +f
	return 1
}

# A run's folder has a name that tells a person what ran in it: run_name KERNEL
# CPUS DRIVER.
run_name() {
	if [ -n "$T_HOST" ]; then
		echo "$T_SUITE.$T_NAME"
	else
		echo "$T_SUITE.${T_GROUP#=}.$1.cpus$2${T_HVOPTS:+.$(tr -c 'A-Za-z0-9\n' _ <<<"$T_HVOPTS")}${3:+.$3}"
	fi
}

# runs_list: every test of the tree that SUITE, TEST, KERNEL, CPUS and DRIVER
# choose, one a line: run, file, kernel, CPUs, seconds, driver.  Tests of one
# run come together.
runs_list() {
	local file kernel cpus driver
	for file in "$TOP"/selftests/suites/*/*.test; do
		matches "$(basename "$(dirname "$file")")" "${SUITE:-}" || continue
		matches "$(basename "$file" .test)" "${TEST:-}" || continue
		test_load "$file"
		if [ -n "$T_HOST" ]; then
			[ -n "${KERNEL:-}${CPUS:-}${DRIVER:-}" ] ||
				printf '%s\t%s\t-\t-\t%s\t-\n' "$(run_name)" "$file" "$T_TIMEOUT"
			continue
		fi
		for kernel in $T_KERNELS; do
			matches "$kernel" "${KERNEL:-}" || continue
			for cpus in $T_CPUS; do
				matches "$cpus" "${CPUS:-}" || continue
				for driver in $(drivers "$kernel"); do
					matches "$driver" "${DRIVER:-}" || continue
					printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$(run_name "$kernel" "$cpus" "${driver#hv_root}")" \
						"$file" "$kernel" "$cpus" "$T_TIMEOUT" "$driver"
				done
			done
		done
	done | sort -t "$(printf '\t')" -k 1,1 -s
}
