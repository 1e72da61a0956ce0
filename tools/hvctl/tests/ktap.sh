# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# KTAP for the shell tests: ok NAME, not_ok NAME REASON, ktap_finish.

ktap_count=0
ktap_failed=0

ok()
{
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count $1"
}

not_ok()
{
	ktap_count=$((ktap_count + 1))
	ktap_failed=$((ktap_failed + 1))
	echo "# $2" | sed '2,$s/^/# /'
	echo "not ok $ktap_count $1"
}

ktap_finish()
{
	echo "1..$ktap_count"
	[ "$ktap_failed" -eq 0 ]
	exit
}

echo "KTAP version 1"
