#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two stock guests at once, each with a nonce of its own, which the other must
# not know.
. ./guest.sh

echo "KTAP version 1"
echo "1..6"
one=$(nonce)
two=$(nonce)
guest_run /tmp/one --cmdline "console=ttyS0 quiet panic=-1 nonce=$one" &
first=$!
guest_run /tmp/two --cmdline "console=ttyS0 quiet panic=-1 nonce=$two" &
second=$!
wait $first
status=$?
ok 1 "the first powered off" [ $status -eq 0 ]
wait $second
status=$?
ok 2 "the second powered off" [ $status -eq 0 ]
console=/tmp/one
ok 3 "the first answered its nonce, not the other's" said "nonce $(hash "$one")"
ok 4 "nothing wrong in the first" healthy
[ $status -eq 0 ] || guest_tail
console=/tmp/two
ok 5 "the second answered its nonce, not the other's" said "nonce $(hash "$two")"
ok 6 "nothing wrong in the second" healthy
[ $status -eq 0 ] || guest_tail
