# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The kernel's own driver, mshv_root, in place of ours: the same tests, the same
# kernel, the same hypervisor.  A suite whose folder has a file upstream.expect
# runs so too, each of its tests that runs on that kernel.
#
# The file names what upstream fails and which weakness that shows.  A failure
# that it does not name fails the run, and so does a pass where it names a
# failure: the comparison (Documentation/conformance.rst) is then out of date.

UPSTREAM_KERNEL=7.3
# mshv_root wants a symbol of VMBus, which has nothing to do in a root.
UPSTREAM_MODULES="hv_vmbus mshv_root"
CONFORMANCE=$TOP/Documentation/conformance.rst

upstream_expect() { echo "$TOP/selftests/suites/$1/upstream.expect"; }

# drivers KERNEL: what the loaded test (T_*) runs with.
drivers() {
	echo hv_root
	if [ "$1" = $UPSTREAM_KERNEL ] && [ "$T_MODULES" = hv_root ] && [ -z "$T_UPSTREAM" ] &&
		[ -e "$(upstream_expect "$T_SUITE")" ]; then
		echo upstream
	fi
}

# upstream_judge PREFIX: the current folder's results become "raw", and
# "results" says whether they are what was expected.
upstream_judge() {
	mv results raw
	if [ -z "$T_UPSTREAM_FAULT" ]; then
		awk -v prefix="$1" -f "$RUN_DIR/upstream.awk" "$(upstream_expect "$T_SUITE")" raw >results
	elif grep -qE -e "$T_UPSTREAM_FAULT" console.log hv.log ktap.log; then
		printf 'fault\t%s%s: as a whole\n' "$1" "$T_NAME" >raw
		printf 'pass\t%s%s: at fault, as expected\n' "$1" "$T_NAME" >results
	else
		printf 'fail\t%s%s: no log line matches: %s\n' "$1" "$T_NAME" "$T_UPSTREAM_FAULT" >results
	fi
}

# conformance_write LIST FILE: the document, from the runs of the list.
conformance_write() {
	python3 -B "$TOP/selftests/conformance/conformance.py" --suites "$TOP/selftests/suites" \
		--weaknesses "$TOP/selftests/conformance/weaknesses" --logs "$LOGS" --list "$1" >"$2"
}

# Only a check of everything can tell whether the document is what it should be.
conformance_check() {
	local list=$1
	[ -z "${SUITE:-}${TEST:-}${KERNEL:-}${CPUS:-}${DRIVER:-}" ] && grep -q '	upstream$' "$list" || return 0
	if ! conformance_write "$list" "$CHECK/conformance.rst"; then
		printf 'fail\tconformance: the document cannot be made\n'
	elif ! diff -u "$CONFORMANCE" "$CHECK/conformance.rst" >"$LOGS/conformance.diff"; then
		printf 'fail\tDocumentation/conformance.rst is not what these runs say: %s\n' "$LOGS/conformance.diff"
	else
		printf 'pass\tDocumentation/conformance.rst\n'
	fi
}

# Runs what is compared, and writes the document if nothing failed unexpectedly.
conformance_main() {
	local suite
	KERNEL=$UPSTREAM_KERNEL CPUS='' TEST='' DRIVER='' SUITE=
	for suite in "$TOP"/selftests/suites/*/upstream.expect; do
		SUITE="$SUITE $(basename "$(dirname "$suite")")"
	done
	check_all || die "not what was expected: the document stays as it is"
	conformance_write "$CHECK/list" "$CHECK/conformance.rst" && cp "$CHECK/conformance.rst" "$CONFORMANCE"
}
