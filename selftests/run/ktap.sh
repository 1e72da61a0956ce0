# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# From the logs of a run to results: one line each, "pass", "fail" or "skip",
# a tab, and the name with, after a colon, the reason.

# Taint that is no fault: modules out of tree (4096) and unsigned (8192),
# KUnit tests run (262144).
TAINT_ALLOWED=$((4096 | 8192 | 262144))

# ktap_results PREFIX FILE: the results in a KTAP log.
ktap_results() {
	awk -v prefix="$1" -f "$RUN_DIR/ktap.awk" "$2"
}

# ktap_expected PREFIX FILE NAME...: each of these tests must have ended.
ktap_expected() {
	local prefix=$1 file=$2 name
	shift 2
	for name in "$@"; do
		grep -qE "^(not )?ok [0-9]+ - $name( |\$)" "$file" ||
			printf 'fail\t%s%s: it did not end\n' "$prefix" "$name"
	done
}

# vm_faults PREFIX EXPECT STATUS: what in the current folder's logs fails the
# run as a whole, whatever its tests say.
vm_faults() {
	local prefix=$1 expect=$2 status=$3 line taint
	for log in console hv; do
		awk -v expect="$expect" -f "$RUN_DIR/faults.awk" $log.log | while read -r line; do
			printf 'fault\t%s%s log: %s\n' "$prefix" $log "$line"
		done
	done
	case $status in
	0) ;;
	124 | 137) printf 'fault\t%stime-out: QEMU was killed\n' "$prefix" ;;
	*) printf 'fault\t%sQEMU ended with status %s: %s\n' "$prefix" "$status" "$(tail -n 1 qemu.log)" ;;
	esac
	taint=$(sed -n 's/^# taint \([0-9]*\).*/\1/p' ktap.log)
	if [ -z "$taint" ]; then
		printf 'fault\t%sthe root did not come to its end\n' "$prefix"
	elif [ $((taint & ~TAINT_ALLOWED)) -ne 0 ]; then
		printf 'fault\t%sthe kernel is tainted: %s\n' "$prefix" "$taint"
	fi
	if [ -n "$expect" ] && ! cat console.log hv.log | awk -v e="$expect" '$0 ~ e { f = 1 } END { exit !f }'; then
		printf 'fault\t%sno log line matches: %s\n' "$prefix" "$expect"
	fi
}
