#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Documentation/api.rst against the header: each ioctl has its section with all of
# its parts, no section is of an ioctl that is not there, and the examples compile.
cd "$(dirname "$0")/../../.." || exit 2
header=include/uapi/linux/mshv.h
page=Documentation/api.rst
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

result() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

# section NAME: its text.
section() { awk -v name="$1" 'section && /^MSHV_|^=/ { exit } $0 == name { section = 1 } section' "$page"; }

# missing_parts NAME: what the section lacks.
missing_parts() {
	for part in ':On: ' ':Parameters: ' ':Returns: ' ':Errors: ' '.. code-block:: c'; do
		section "$1" | grep -qF -e "$part" || printf '%s ' "$part"
	done
}

# The examples, in the order of the page, as one program.
examples() {
	cat <<-EOF
		#include <errno.h>
		#include <pthread.h>
		#include <signal.h>
		#include <stdio.h>
		#include <unistd.h>
		#include <sys/ioctl.h>
		#include <hvabi/hvabi.h>
		#include <uapi/linux/mshv.h>
	EOF
	awk '/^\.\. code-block:: c/ { code = 1; next } code && /^[^ ]/ { code = 0 } code' "$page" | sed 's/^   //'
}

ioctls=$(sed -n 's/^#define \(MSHV_[A-Z_]*\)[ \t\\]*_IO.*/\1/p; /^#define MSHV_[A-Z_]* \\$/{N;s/^#define \(MSHV_[A-Z_]*\) \\\n[ \t]*_IO.*/\1/p}' "$header")
sections=$(awk '/^--*$/ { print last } { last = $0 }' "$page")

echo "KTAP version 1"
echo "1..$(($(echo "$ioctls" | wc -l) + 2))"
for ioctl in $ioctls; do
	lacking=$(missing_parts "$ioctl")
	[ -z "$lacking" ] || echo "# $ioctl lacks: $lacking"
	result "$([ -z "$lacking" ]; echo $?)" "$ioctl is documented"
done
echo "$ioctls" | sort >"$scratch/header"
echo "$sections" | sort >"$scratch/page"
diff "$scratch/header" "$scratch/page" | sed 's/^/# /'
cmp -s "$scratch/header" "$scratch/page"
result $? "every section is of an ioctl"
examples >"$scratch/examples.c"
${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -Iinclude -c -o "$scratch/examples.o" "$scratch/examples.c" 2>"$scratch/log"
result $? "the examples compile"
sed 's/^/# /' "$scratch/log"
exit $failed
