#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest's clock against the hypervisor's own, over a minute: the guest says
# when the minute begins and ends for it, and the root reads the hypervisor's
# reference counter as the lines come.  With nohz=off and highres=off the guest
# asks for HZ timer interrupts a second.
#
# A line takes some milliseconds from the guest to here; the bound of 0.5 % is
# many times that, and a clock of the wrong frequency misses it by far.  Interrupts
# that the emulator's host was too busy to bring in time come as one, and the
# guest makes up for them; so the count is said, and only a tenth demanded.
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
{ sub(/\r/, "") }
$2 == "mark" { uptime[$3] = $4; ticks[$3] = $5; reference[$3] = $6 / 1e7 }
END {
	guest = uptime["end"] - uptime["start"]
	real = reference["end"] - reference["start"]
	got = ticks["end"] - ticks["start"]
	due = guest * hz
	result(guest >= want, "the guest lived through its minute")
	drift = real ? (guest - real) / real : 1
	printf "# guest %.2f s, hypervisor %.3f s, drift %+.3f %%\n", guest, real, drift * 100
	result(abs(drift) < 0.005, "its clock runs as the hypervisor counts")
	printf "# timer interrupts: %d due, %d came, %.1f %% late and merged\n", due, got, (due - got) * 100 / due
	result(got > due * 0.1, "its timer interrupts come")
	result(got < due * 1.01, "none comes twice")
}' /tmp/guest
healthy || guest_tail
