# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Builds what runs beside the modules: the test hypervisor, hvctl, and the
# programs of the suites, all into the cache.

BUILD=$CACHE/build
TESTHV=$BUILD/testhv/testhv.elf

# programs_build: what every boot uses.
programs_build() {
	locked programs programs_make
}

programs_make() {
	quiet "$BUILD/testhv.log" make -C "$TOP/selftests/testhv" O="$BUILD/testhv" -j"$(nproc)"
	quiet "$BUILD/testhv-ctl.log" make -C "$TOP/selftests/testhv/ctl" O="$BUILD/testhv-ctl"
	quiet "$BUILD/hvctl.log" make -C "$TOP/tools/hvctl" O="$BUILD/hvctl" STATIC=1
}

# suite_build SUITE: its programs, by the one rule in selftests/Makefile, and the
# tests of others that it runs.
suite_build() {
	locked "suite-$1" quiet "$BUILD/suite-$1.log" \
		make -C "$TOP/selftests" O="$BUILD/suites/$1" SUITE="$1" -j"$(nproc)" programs
	crates_build "$1"
}

programs_main() {
	programs_build
	say "$TESTHV" "$BUILD/testhv-ctl/testhv-ctl" "$BUILD/hvctl/hvctl"
}
