#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest's clock against the hypervisor's own, over a minute: the guest says each
# second what its clock shows, and the root reads the hypervisor's reference
# counter as the lines come.  With nohz=off and highres=off the guest asks for HZ
# timer interrupts a second.
#
# A line takes some milliseconds from the guest to here, and half a second when
# the emulator's host is busy.  It is never early, so of the lines of each quarter
# the quickest counts.  A clock of the wrong frequency misses the bound of 0.5 % by
# far.  Interrupts that the host was too busy to bring in time come as one, and the
# guest makes up for them: none to a fifth of them when the host has little else to
# do, half when it has four times as much as it can.  A quarter must come.
. ./guest.sh

SECONDS_WANTED=60
HZ=250

# The reference counter, in units of 100 ns, beside each mark.
stamp() {
	while IFS= read -r line; do
		case $line in
		"guest: mark "*) echo "$line $(testhv-ctl reference)" ;;
		*) echo "$line" ;;
		esac
	done
}

hvctl run --kernel /guest/vmlinux --initrd /guest/initrd --memory 256M --cpus "${1:-1}" \
	--cmdline "console=ttyS0 quiet panic=-1 nohz=off highres=off guest=clock minute=$SECONDS_WANTED" \
	</dev/null 2>&1 | stamp >/tmp/guest

echo "KTAP version 1"
echo "1..4"
grep -E '^guest: clock' /tmp/guest | sed 's/^/# /'
awk -v hz=$HZ -v want=$SECONDS_WANTED '
function abs(x) { return x < 0 ? -x : x }
function result(good, text) { printf "%sok %d - %s\n", good ? "" : "not ", ++n, text }
# Of these marks, the one whose line came the quickest.
function quickest(first, last,    i, best) {
	best = first
	for (i = first; i <= last; i++)
		if (reference[i] - uptime[i] < reference[best] - uptime[best])
			best = i
	return best
}
BEGIN { marks = 0 }
{ sub(/\r/, "") }
$2 == "mark" { uptime[marks] = $4; ticks[marks] = $5; reference[marks++] = $6 / 1e7 }
END {
	end = marks - 1
	result(marks == want + 1 && uptime[end] - uptime[0] >= want, "the guest lived through its minute")
	a = quickest(0, int(end / 4))
	b = quickest(end - int(end / 4), end)
	guest = uptime[b] - uptime[a]
	real = reference[b] - reference[a]
	drift = real > 0 ? (guest - real) / real : 1
	printf "# guest %.2f s, hypervisor %.3f s, drift %+.3f %%\n", guest, real, drift * 100
	result(abs(drift) < 0.005, "its clock runs as the hypervisor counts")
	got = ticks[end] - ticks[0]
	due = (uptime[end] - uptime[0]) * hz
	printf "# timer interrupts: %d due, %d came, %.1f %% late and merged\n", due, got, due ? (due - got) * 100 / due : 0
	result(got > due * 0.25, "its timer interrupts come")
	result(due && got < due * 1.01, "none comes twice")
}' /tmp/guest
healthy || guest_tail
