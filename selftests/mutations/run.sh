#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do the tests notice when something breaks?  Each patch beside this script
# breaks one thing in a copy of the tree; it must apply and build, and the test
# that it names must then fail, in the result that it names.
#
#	run.sh all | PATTERN...		patterns as in 0001*, "*eoi*"
#
# Header lines of a patch, before its first "diff" or "---":
#	Suite:	suite of the test
#	Test:	the test, as its .test file is called
#	Kernel:	kernel of the matrix
#	CPUs:	CPUs of the root (optional)
#	Fails:	extended regular expression that a failing line must match
#
# The copy has a cache of its own, in which all that is merely fetched or built
# from other people's sources is a link into the usual one.
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
cache=${HV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hv_root}
work=

header() { sed -n '/^\(diff\|---\)/q; s/^'"$1"':[ \t]*//p' "$2" | head -n 1; }

# fresh_copy: the tree as it is now, without what was built in it.
fresh_copy() {
	mkdir -p "$work/tree" "$work/cache"
	if git -C "$top" rev-parse --git-dir >/dev/null 2>&1; then
		(cd "$top" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp -a --parents -t "$work/tree")
	else
		cp -a "$top/." "$work/tree"
	fi
	for entry in "$cache"/*; do
		case ${entry##*/} in
		build | logs | locks | mutation) ;;
		*) ln -sfn "$entry" "$work/cache/${entry##*/}" ;;
		esac
	done
}

in_copy() { make -s -C "$work/tree" "$@" HV_CACHE="$work/cache"; }

builds() {
	local patch=$1 log=$2
	in_copy tools >"$log" 2>&1 && in_copy modules KERNEL="$(header Kernel "$patch")" >>"$log" 2>&1
}

# The results of the run, of which at least one must be the failure that is meant.
failing_lines() {
	cat "$work"/cache/logs/*/results 2>/dev/null | grep -E '^(fail|fault)' | cut -f 2-
}

# one PATCH: prints why it is not noticed, returns 0 when it is.
one() {
	local patch=$1 log=$work/log cpus suite test kernel fails
	suite=$(header Suite "$patch") test=$(header Test "$patch") kernel=$(header Kernel "$patch")
	cpus=$(header CPUs "$patch") fails=$(header Fails "$patch")
	if [ -z "$suite" ] || [ -z "$test" ] || [ -z "$kernel" ] || [ -z "$fails" ]; then
		echo "# its header is not complete"
		return 1
	fi
	if ! patch -d "$work/tree" -p1 -s --no-backup-if-mismatch <"$patch" >"$log" 2>&1; then
		sed 's/^/# does not apply: /' "$log"
		return 1
	fi
	if ! builds "$patch" "$log"; then
		tail -n 5 "$log" | sed 's/^/# does not build: /'
		return 1
	fi
	in_copy check SUITE="$suite" TEST="$test" KERNEL="$kernel" CPUS="$cpus" >"$log" 2>&1
	failing_lines >"$work/failing"
	if grep -qE -e "$fails" "$work/failing"; then
		grep -m 3 -E -e "$fails" "$work/failing" | sed 's/^/# noticed: /'
		return 0
	fi
	echo "# nobody noticed; want a failure like: $fails"
	head -n 5 "$work/failing" | sed 's/^/# but: /'
	tail -n 2 "$log" | sed 's/^/# /'
	return 1
}

# Undo by copying anew what the patch touched: the next one starts from the tree as it is.
restore() {
	local file
	sed -n 's/^+++ b\///p' "$1" | while read -r file; do
		cp -a "$top/$file" "$work/tree/$file"
		touch "$work/tree/$file"
	done
	rm -rf "$work/cache/logs"
}

main() {
	local patterns=("$@") patches=() number=0 patch pattern
	[ $# -gt 0 ] || patterns=(all)
	for pattern in "${patterns[@]}"; do
		[ "$pattern" != all ] || pattern='*'
		for patch in "$here"/$pattern.patch; do
			[ ! -e "$patch" ] || patches+=("$patch")
		done
	done
	if [ ${#patches[@]} -eq 0 ]; then
		echo "Bail out! no patch matches: ${patterns[*]}"
		exit 1
	fi
	mkdir -p "$cache/mutation"
	work=$(mktemp -d "$cache/mutation/XXXXXX")
	trap 'rm -rf "$work"' EXIT
	fresh_copy
	echo "KTAP version 1"
	echo "1..${#patches[@]}"
	for patch in "${patches[@]}"; do
		number=$((number + 1))
		if one "$patch"; then
			echo "ok $number - $(basename "$patch" .patch)"
		else
			echo "not ok $number - $(basename "$patch" .patch)"
			failed=1
		fi
		restore "$patch"
	done
	[ -z "${failed:-}" ]
}

main "$@"
