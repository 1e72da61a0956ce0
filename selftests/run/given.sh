# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Programs and images that are neither of this tree nor of Debian: a test that needs
# one names the variable by which its path is given to `make check`, for example
# GIVEN="CH", and is skipped where it is not.  The file becomes /given/CH in the
# root; executable files of the same folder come with it, /given/NAME each, and so
# do the libraries that a program is linked with, those of this machine.

# given_path VARIABLE: the path, absolute or as seen from the top of the tree.
given_path() {
	local path=${!1:-}
	[ -n "$path" ] || return 1
	realpath -e "$path" 2>/dev/null || die "$1=$path: there is no such file"
}

# given_missing FILE: does this test want what nobody gave?
given_missing() {
	test_load "$1"
	[ -n "$T_GIVEN" ] && [ -z "${!T_GIVEN:-}" ]
}

# given_libraries PROGRAM: none, if it is static.
given_libraries() {
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true
}

# given_copy PATH NAME TREE
given_copy() {
	local library
	cp -L "$1" "$3/given/$2"
	[ -x "$1" ] || return 0
	given_libraries "$1" | while read -r library; do
		mkdir -p "$3$(dirname "$library")"
		cp -L "$library" "$3$library"
	done
}

# given_image TREE VARIABLE
given_image() {
	local path sibling
	path=$(given_path "$2") || exit 1
	mkdir -p "$1/given"
	given_copy "$path" "$2" "$1"
	for sibling in "$(dirname "$path")"/*; do
		if [ "$sibling" != "$path" ] && [ -f "$sibling" ] && [ -x "$sibling" ]; then
			given_copy "$sibling" "$(basename "$sibling")" "$1"
		fi
	done
}

# given_skip DIR FILE...: what stands in place of a boot.
given_skip() {
	local dir=$1 file
	shift
	for file in "$@"; do
		test_load "$file"
		printf 'skip\t%s/%s: not run: %s=path was not given\n' "$T_SUITE" "$T_NAME" "$T_GIVEN"
	done >"$dir/results"
}
