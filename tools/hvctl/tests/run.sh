#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run test programs, each of which prints KTAP, and print the results of all as one document,
# plan first. A program that dies before its plan, or fails without saying so, is one more
# failure.
# Usage: run.sh COMMAND...

all=$(mktemp) && one=$(mktemp) || exit 1
trap 'rm -f "$all" "$one"' EXIT

for command; do
	$command >"$one" 2>&1
	status=$?
	grep -vE '^(KTAP version|1\.\.)' "$one" | sed -E '/^(not )?ok /!s/^([^#])/# \1/' >>"$all"
	if ! grep -q '^1\.\.' "$one" || { [ $status -ne 0 ] && ! grep -q '^not ok' "$one"; }; then
		echo "# $command: exit status $status" >>"$all"
		echo "not ok 0 ${command%% *} finished" >>"$all"
	fi
done

echo "KTAP version 1"
echo "1..$(grep -cE '^(not )?ok ' "$all")"
awk '/^ok / { $2 = ++n } /^not ok / { $3 = ++n } { print }' "$all"
! grep -q '^not ok' "$all"
