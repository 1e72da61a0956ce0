#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# crate.sh CRATE [TEST WHY]: run the tests of a crate; each is one result.
#
# TEST must fail, for the reason given: it is reported as skipped, and fails
# the run should it pass.  Tests that the crate itself ignores are no results.
crate=$1 lacking=${2:-} why=${3:-}

"$crate" 2>&1 >/tmp/libtest | sed 's/^/# /' >/tmp/libtest.err
cat /tmp/libtest.err
awk -v crate="$crate" -v lacking="$lacking" -v why="$why" '
function result(good, name, directive) {
	results++
	bad += !good
	print (good ? "ok " : "not ok ") results " - " name directive
}
/^skip: / {
	print "KTAP version 1\n1..1"
	result(1, crate, " # SKIP " substr($0, 7))
	skipped = 1
}
/^test .* \.\.\. / {
	match($0, / \.\.\. /)
	name = substr($0, 6, RSTART - 6)
	verdict[name] = substr($0, RSTART + 5)
	names[++seen] = name
}
/^running [0-9]+ tests/ { planned = $2 }
/^---- .* stdout ----/ { panicked = $2 }
/^failures:$/ { panicked = "" }
panicked != "" && $0 != "" { said[panicked] = said[panicked] "# " $0 "\n" }
function report(name) {
	if (verdict[name] ~ /^ignored/)
		return
	if (name == lacking && verdict[name] != "ok") {
		result(1, name, " # SKIP " why)
		return
	}
	printf "%s", said[name]
	if (name == lacking)
		print "# it passes although it was to fail: " why
	result(verdict[name] == "ok" && name != lacking, name, "")
}
END {
	if (skipped)
		exit
	for (name in verdict)
		ignored += verdict[name] ~ /^ignored/
	print "KTAP version 1\n1.." planned - ignored
	for (i = 1; i <= seen; i++)
		report(names[i])
	exit bad || !planned || results != planned - ignored
}' /tmp/libtest
