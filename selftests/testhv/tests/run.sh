#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the tests of testhv's parts and runs them all, as KTAP.
cd "$(dirname "$0")" || exit 1
build=${HV_CACHE:-$HOME/.cache/hv_root}/build/testhv-tests
make -s O="$build" build >&2 || exit 1
tests=$(make -s O="$build" list)

echo "KTAP version 1"
echo "1..$(echo "$tests" | wc -w)"
n=0
for test in $tests; do
	n=$((n + 1))
	if "$build/$test" >"$build/$test.log" 2>&1; then
		result="ok"
	else
		result="not ok"
	fi
	sed 's/^/    /' "$build/$test.log"
	echo "$result $n - $test"
done
