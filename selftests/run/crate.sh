# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Tests that other people wrote: crates from the Rust registry, unmodified.  A
# suite names them in its file "crates", one a line with its version; the test
# binary of each becomes a static program of that name beside the suite's own.
#
# A machine without cargo, or where cargo cannot get a crate, still runs the
# suite: there the program is a script whose one result is a skip.

CRATES=$CACHE/crates
CRATE_TARGET=x86_64-unknown-linux-gnu

# crate_get NAME VERSION: its sources as published, among those it depends on.
crate_get() {
	local dir=$CRATES/$1-$2
	rm -rf "$dir"
	mkdir -p "$dir/src"
	: >"$dir/src/lib.rs"
	printf '[package]\nname = "get"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n%s = "=%s"\n' \
		"$1" "$2" >"$dir/Cargo.toml"
	cargo vendor -q --manifest-path "$dir/Cargo.toml" "$dir/vendor"
}

# crate_compile NAME VERSION: by its own lock file, and with all its features as
# its authors test it.  Static: the root has no C library.
crate_compile() {
	local dir=$CRATES/$1-$2 program
	cd "$dir/vendor/$1" || return 1
	RUSTFLAGS='-C target-feature=+crt-static' CARGO_PROFILE_TEST_STRIP=symbols CARGO_TARGET_DIR=$dir/target \
		cargo test --no-run --lib --locked --all-features --target $CRATE_TARGET \
		--message-format json-render-diagnostics >"$dir/messages" || return 1
	program=$(sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$dir/messages")
	[ -x "$program" ] && cp "$program" "$dir/tests.partial" && mv "$dir/tests.partial" "$dir/tests" &&
		rm -rf "$dir/target"
}

crate_make() {
	[ ! -x "$CRATES/$1-$2/tests" ] || return 0
	step "building the tests of $1 $2"
	mkdir -p "$LOGS"
	{ crate_get "$1" "$2" && crate_compile "$1" "$2"; } >"$LOGS/crate-$1.log" 2>&1
}

# crate_skip PROGRAM WHY
crate_skip() {
	printf '#!/bin/sh\necho "%s"\n' "$2" >"$1"
	chmod +x "$1"
}

# crates_build SUITE: all that it names.
crates_build() {
	local name version program list=$TOP/selftests/suites/$1/crates
	[ -e "$list" ] || return 0
	mkdir -p "$BUILD/suites/$1"
	while read -r name version; do
		program=$BUILD/suites/$1/$name
		rm -f "$program"
		if ! command -v cargo >/dev/null; then
			crate_skip "$program" "skip: no cargo on this machine"
		elif (locked "crate-$name" crate_make "$name" "$version"); then
			cp "$CRATES/$name-$version/tests" "$program"
		else
			crate_skip "$program" "skip: cargo cannot build the crate: $(tail -n 1 "$LOGS/crate-$name.log")"
		fi
	done <"$list"
}
