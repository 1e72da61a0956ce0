#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the runner's own judgement, which every other test leans on: logs
# made up here, and what must be said of each.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
number=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect NAME WANTED GOT
expect() {
	number=$((number + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $number - $1"
	else
		printf 'want: %s\ngot: %s\n' "$2" "$3" | sed 's/^/# /'
		echo "not ok $number - $1"
	fi
}

# kinds LOG: how many results of each kind, as "pass fail skip".
kinds() {
	printf '%b' "$1" | awk -v prefix= -f "$here/ktap.awk" >"$work/results"
	echo "$(grep -c ^pass "$work/results") $(grep -c ^fail "$work/results") $(grep -c ^skip "$work/results")"
}

# faults LOG [EXPECT]: how many lines are at fault.
faults() { printf '%b' "$1" | awk -v expect="${2:-}" -f "$here/faults.awk" | wc -l; }

# upstream RESULT: how a result is counted where the other driver is expected to
# fail all of "t/a *" and "t/b: c", and nothing else.
upstream() {
	printf 't/a *\t7\twords\nt/b: c\t8\twords\n' >"$work/expect"
	printf '%b' "$1" | awk -v prefix="R: " -f "$here/upstream.awk" "$work/expect" - | cut -f 1
}

echo "KTAP version 1"
echo "1..23"
expect "leaves count, their parent does not" "2 0 0" \
	"$(kinds 'KTAP version 1\n1..1\n    KTAP version 1\n    1..2\n    ok 1 - a\n    ok 2 - b\nok 1 - t\n')"
expect "a test without parts counts once" "1 0 0" "$(kinds '1..1\nok 1 - t\n')"
expect "a failed leaf counts once" "1 1 0" \
	"$(kinds '1..1\n    1..2\n    ok 1 - a\n    not ok 2 - b\nnot ok 1 - t\n')"
expect "a skip is no pass" "0 0 1" "$(kinds '1..1\nok 1 - t # SKIP no such device\n')"
expect "a failure with a directive of skip is a skip" "0 0 1" "$(kinds '1..1\nnot ok 1 - t # SKIP x\n')"
expect "results fewer than planned fail" "1 1 0" "$(kinds '1..1\n    1..2\n    ok 1 - a\nok 1 - t\n')"
expect "results more than planned fail" "2 1 0" "$(kinds '1..1\nok 1 - a\nok 2 - b\n')"
expect "a log that stops in a test fails" "1 2 0" "$(kinds '1..2\n    1..3\n    ok 1 - a\n')"
expect "a failed whole with passing parts fails" "1 1 0" \
	"$(kinds '1..1\n    1..1\n    ok 1 - a\n# exit status 139\nnot ok 1 - t\n')"
expect "bail out fails" "0 2 0" "$(kinds '1..1\nBail out! no module\n')"
expect "the reason of a failure is the words before it" "fail t: time-out after 9 s" \
	"$(kinds '1..1\n# time-out after 9 s\nnot ok 1 - t\n' >/dev/null; tr '\t' ' ' <"$work/results")"
expect "a warning of the kernel is a fault" 1 "$(faults '[ 1.0] WARNING: CPU: 0 PID: 1 at mm/x.c\nfine\n')"
expect "a leak is a fault" 1 "$(faults 'kmemleak: unreferenced object 0xffff\n')"
expect "the hypervisor's error, violation and panic are faults" 3 \
	"$(faults '[E] a\n[I] fine\nVIOLATION of a page\nPANIC\n')"
expect "what a test expects is no fault" 1 "$(faults 'VIOLATION gpa 5\nVIOLATION gpa 6\n' 'gpa 5')"
expect "an ordinary boot has no fault" 0 \
	"$(faults 'Hyper-V: running as root partition\ndebug: unmapping init\nBUGs: none\n')"
expect "the two directions of a lock are a fault" 1 "$(faults 'WARNING: possible circular locking dependency detected\n')"
expect "upstream's expected failure passes" pass "$(upstream 'fail\tR: t/a one')"
expect "also with a reason behind it" pass "$(upstream 'fail\tR: t/b: c: got 1: want 2')"
expect "upstream's other failures fail" fail "$(upstream 'fail\tR: t/b: d: got 1')"
expect "an unexpected pass fails" fail "$(upstream 'pass\tR: t/b: c')"
expect "an expected pass passes" pass "$(upstream 'pass\tR: t/ab')"
expect "a fault stays one" fault "$(upstream 'fault\tR: hv log: PANIC')"
