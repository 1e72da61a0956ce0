# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the tests of stock guests share; sourced by each.  The guest's console
# is in $console.

console=/tmp/guest

nonce() { od -A n -t x1 -N 8 /dev/urandom | tr -d ' \n'; }
hash() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

# guest_run CONSOLE ARGUMENTS: a guest with the stock kernel and our /init; hvctl's status.
guest_run() {
	console=$1
	shift
	hvctl run --kernel /guest/vmlinux --initrd /guest/initrd --memory 256M "$@" \
		</dev/null >"$console" 2>&1
}

# said REGEX: a line of the guest's /init; firmware may have left its own words before the first.
said() { tr -d "\r" <"$console" | grep -qE "guest: $1"; }

# No complaint of the guest's kernel.
healthy() { ! grep -E 'BUG:|WARNING:|Oops|Call Trace|rcu.*stall|soft lockup|Kernel panic' "$console"; }

guest_tail() { tail -n 15 "$console" | sed 's/^/# /'; }

# ok NUMBER NAME COMMAND...: one result
ok() {
	number=$1
	name=$2
	shift 2
	if "$@"; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
	fi
}
