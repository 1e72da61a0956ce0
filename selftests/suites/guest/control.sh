#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest's socket: its console from elsewhere, pause and resume, and a guest that
# is saved while paused.  What was typed to it meanwhile it answers where it is
# restored.
. ./guest.sh

socket=/tmp/socket
console=/tmp/first

# type SECONDS LINE: through an attached console, whose output is in /tmp/attached.
type_line() { (echo "$2"; sleep "$1") | timeout $(($1 + 30)) hvctl console $socket >/tmp/attached 2>&1; }

# wait_for REGEX: in the console, for a while.
wait_for() {
	tries=0
	until tr -d '\r' <$console | grep -qE "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 120 ] || return 1
		sleep 1
	done
}

control() { hvctl control $socket "$@" 2>&1; }
state() { [ "$(control "$@")" = "$expected" ]; }
expect() { expected=$1; shift; state "$@"; }
not() { ! "$@"; }
attached() { tr -d '\r' </tmp/attached | grep -qE "$1"; }

# Attached consoles end by themselves only when the guest does: this one is ended.
type_and_leave() {
	type_line "$1" "$2" &
	typist=$!
	sleep "$1"
	kill $typist 2>/dev/null
	wait $typist 2>/dev/null
}

echo "KTAP version 1"
echo "1..15"
hvctl run --kernel /guest/vmlinux --initrd /guest/initrd --memory 128M --control $socket --timeout 300 \
	--cmdline "console=ttyS0 quiet panic=-1 guest=shell" </dev/null >$console 2>&1 &
vmm=$!
: >>$console
wait_for '^guest: memory'
wait_for '(/|~) # '
ok 1 "it runs" expect running status
# shellcheck disable=SC2016 # the guest's shell is to do that
type_and_leave 5 'echo sum $((6 * 7))'
ok 2 "what is typed at an attached console is done" wait_for '^sum 42'
ok 3 "and the attached console shows it" attached '^sum 42'
ok 4 "it is paused" expect paused pause
ok 5 "and paused is what it stays" expect paused pause
# shellcheck disable=SC2016
type_and_leave 4 'echo sum $((7 * 7))'
ok 6 "it does nothing meanwhile" not grep -q 'sum 49' $console
ok 7 "it goes on" expect running resume
ok 8 "and answers" wait_for '^sum 49'
refuses() { control "$@" >/tmp/refused; [ $? -eq 1 ] && grep -q "$why" /tmp/refused; }
why="there is no command"
ok 9 "an unknown request is refused" refuses frobnicate
why="cannot create /tmp/none/saved"
goes_on() { refuses save /tmp/none/saved && expect running status; }
ok 10 "one that cannot be carried out is refused, and the guest goes on" goes_on
expect paused pause
# shellcheck disable=SC2016
type_and_leave 3 'echo sum $((8 * 8)); poweroff -f'
cd /tmp || exit 1
ok 11 "it is saved, and still paused" expect paused save saved
ok 12 "it ends" expect ending quit
wait $vmm
ok 13 "as one that is saved, and its socket is gone" [ $? -eq 0 -a ! -e $socket ]
console=/tmp/second
hvctl run --restore saved --timeout 60 </dev/null >$console 2>&1
ok 14 "restored, it powers off as it was told" [ $? -eq 0 ]
ok 15 "after it has answered" wait_for '^sum 64'
tail -n 12 /tmp/first | tr -d '\r' | sed 's/^/# /'
sed 's/^/# /' /tmp/second
