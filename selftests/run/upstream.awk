# SPDX-License-Identifier: GPL-2.0-only
#
# Reads upstream.expect, then a run's results, and prints what is to be counted:
# an expected failure passes, anything else that is not a pass fails.
#
#	awk -v prefix=PREFIX -f upstream.awk upstream.expect results

BEGIN { FS = "\t" }

# A glob as an expression: only * is special.
function expression(glob,    i, c, s) {
	for (i = 1; i <= length(glob); i++) {
		c = substr(glob, i, 1)
		if (c == "*")
			s = s ".*"
		else if (c ~ /[A-Za-z0-9 ]/)
			s = s c
		else
			s = s "[" c "]"
	}
	return "^" s "$"
}

FNR == NR {
	if ($0 !~ /^#/ && NF)
		expect[expression($1)] = $2
	next
}

# Which weakness makes the result with this name fail, if one does.
function weakness(name,    e) {
	for (e in expect)
		if (name ~ e)
			return expect[e]
	return ""
}

{
	name = substr($2, length(prefix) + 1)
	bad = $1 == "fail" || $1 == "fault"
	if (bad) {
		# The reason comes after the name, which may have colons itself.
		which = weakness(name)
		for (cut = length(name); which == "" && cut > 1; cut--)
			if (substr(name, cut, 2) == ": ")
				which = weakness(substr(name, 1, cut - 1))
	} else {
		which = weakness(name)
	}
	if (bad && which != "")
		print "pass\t" $2 " (expected of upstream: " which ")"
	else if ($1 == "pass" && which != "")
		print "fail\t" $2 ": upstream passes, expected to fail by " which
	else
		print
}
