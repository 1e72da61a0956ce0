# SPDX-License-Identifier: GPL-2.0-only
#
# Reads KTAP, writes one line for each leaf result: pass, fail or skip, a tab,
# its path of names, and for a skip or failure why.  A result that had results
# of its own beneath it counts only where it says something that they do not.
#
#	awk -v prefix=NAME -f ktap.awk LOG

BEGIN { depth_max = 0 }

function emit(kind, name, why) {
	print kind "\t" prefix name (why == "" ? "" : ": " why)
	if (kind == "fail")
		failures++
}

# A level of indentation ends: its plan must be met.
function close_level(d) {
	if (d in plan && plan[d] != seen[d])
		emit("fail", path(d) "plan", "planned " plan[d] " results, saw " seen[d] + 0)
	delete plan[d]
	seen[d] = 0
}

# Names of levels are known only when they end, so a leaf is named by what the
# "# Subtest:" or "# init:" lines said before it.
function path(d,    i, s) {
	for (i = 0; i < d; i++)
		s = s (label[i] == "" ? "" : label[i] "/")
	return s
}

function result(d, good, name, directive,    before) {
	# Deeper levels belong to this result.
	children = 0
	for (deep = depth_max; deep > d; deep--) {
		children += seen[deep]
		close_level(deep)
	}
	seen[d]++
	if (directive ~ /^SKIP/ || directive ~ /^skip/)
		emit("skip", path(d) name, substr(directive, 6))
	else if (!children)
		emit(good ? "pass" : "fail", path(d) name, good ? "" : note[d])
	else if (!good && failures == failed_before[d])
		emit("fail", path(d) name, "no part of it failed: " note[d])
	failed_before[d] = failures + 0
	note[d] = ""
}

{
	sub(/\r$/, "")
	line = $0
	match(line, /^ */)
	d = int(RLENGTH / 4)
	sub(/^ */, "", line)
	if (d > depth_max)
		depth_max = d
}

# The last words before a failure are taken for its reason.
line ~ /^# / { note[d] = substr(line, 3) }

line ~ /^# Subtest: / { label[d ? d - 1 : 0] = substr(line, 12) }

line ~ /^1\.\.[0-9]+/ {
	split(line, p, /[. ]+/)
	plan[d] = p[2] + 0
	seen[d] = 0
	failed_before[d] = failures + 0
}

line ~ /^(not )?ok [0-9]+/ {
	good = line !~ /^not /
	sub(/^(not )?ok [0-9]+ *(- )?/, "", line)
	directive = ""
	if (match(line, /# *(SKIP|skip|TODO|todo|XFAIL)/)) {
		directive = substr(line, RSTART)
		sub(/^# */, "", directive)
		line = substr(line, 1, RSTART - 1)
		sub(/ +$/, "", line)
	}
	result(d, good, line, directive)
}

line ~ /^Bail out!/ { emit("fail", path(d) "bail out", substr(line, 11)) }

END {
	for (deep = depth_max; deep >= 0; deep--)
		close_level(deep)
}
