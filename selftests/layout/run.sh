#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source-path=SCRIPTDIR
#
# Compare the ABI headers with Linux 7.3's and with the mshv-bindings crate.
# KTAP on standard output; exit status 1 if something differs.
#
#	run.sh [--linux-headers DIR] [--crate DIR]
#	run.sh --golden
#
# Without them the headers come from Debian's package, as the runner has it,
# and the crate from its registry, by cargo; both are kept in the cache.  A
# machine without cargo, or where cargo cannot get it, skips the crate.  The other
# form prints the lines of drivers/hv_root/uapi_golden.c.

set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../run/env.sh
. "$HERE/../run/env.sh"
# shellcheck source=../run/deb.sh
. "$HERE/../run/deb.sh"
# shellcheck source=../run/kernel.sh
. "$HERE/../run/kernel.sh"

VENDOR=$CACHE/layout

# Folders that cargo has fetched stay as they are, until the manifest changes.
fetch_crate() {
	cmp -s "$HERE/mshv-bindings.toml" "$VENDOR/Cargo.toml" && [ -d "$VENDOR/vendor/mshv-bindings" ] && return
	rm -rf "$VENDOR"
	mkdir -p "$VENDOR"
	cp "$HERE/mshv-bindings.toml" "$VENDOR/Cargo.toml"
	quiet "$LOGS/layout-cargo.log" cargo vendor -q --manifest-path "$VENDOR/Cargo.toml" "$VENDOR/vendor"
}

[ "${1:-}" != --golden ] || exec python3 -B "$HERE/layout.py" --golden

headers='' crate=''
while [ $# -gt 0 ]; do
	case $1 in
	--linux-headers) headers=$2 ;;
	--crate) crate=$2 ;;
	*) die "layout: unknown argument $1" ;;
	esac
	shift 2
done

if [ -z "$headers" ]; then
	kernel_prepare 7.3-stock
	headers=$(echo "$(kernel_dir 7.3-stock)"/headers/usr/src/linux-headers-7.3*-common)
fi

why=
if [ -z "$crate" ]; then
	if ! command -v cargo >/dev/null; then
		why="no cargo on this machine"
	elif (locked layout fetch_crate); then
		crate=$VENDOR/vendor/mshv-bindings
	else
		why="cargo cannot get the crate"
	fi
fi

exec python3 -B "$HERE/layout.py" --linux-headers "$headers" \
	${crate:+--crate "$crate"} ${why:+--no-crate "$why"}
