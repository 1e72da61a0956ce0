# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every part of the runner shares: where things are, how it speaks, how
# it stops.  Sourced by run.sh before the other files; defines, does nothing.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RUN_DIR=$TOP/selftests/run
CACHE=${HV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hv_root}
LOGS=$CACHE/logs

# Everything slow is slower on a loaded machine: multiplies every time limit.
TIME_SCALE=${HV_TIME_SCALE:-1}

say() { printf '%s\n' "$*" >&2; }
step() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }
die() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

# quiet LOG COMMAND...: run it with its output in LOG; show the end on failure.
quiet() {
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	if ! "$@" >"$log" 2>&1; then
		say "failed: $*"
		tail -n 30 "$log" >&2
		die "whole output: $log"
	fi
}

# Anything that several runs may want to make at once is made under a lock,
# which the kernel drops when the holder dies.
locked() {
	local name=$1
	shift
	mkdir -p "$CACHE/locks"
	(
		flock 9 || die "cannot lock $name"
		"$@" 9>&-
	) 9>"$CACHE/locks/$name" || exit 1
}
