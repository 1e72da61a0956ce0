#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian's QEMU with -accel mshv, by its monitor: pictures of a VGA on which the guest
# draws, the power button, migration to a file while the guest works, quit, reset.
#
# Pictures and migration both use the dirty log.  The picture is of a mode that QEMU must
# convert, which it does for lines that it takes for changed; the memory that the file
# brings to another QEMU, which never runs, must be what it was at the end.
. ./guest.sh
. ./qemu-lib.sh
QEMU_SECONDS=300

boot() {
	words=$1
	shift
	: >"$console"
	qemu_start -m 128M -serial stdio "$@" -kernel /guest/bzImage -initrd /guest/initrd \
		-append "console=ttyS0 quiet panic=-1 guest=$words"
}

# quits: by the command, and with success; kicked if need be.
quits() {
	qmp '{"execute":"quit"}' >/dev/null
	kicks=0
	for second in $(seq 30); do
		kill -0 "$machine" 2>/dev/null || break
		[ "$second" -lt 3 ] || qemu_kick
		sleep 1
	done
	echo "# kicks after quit: $kicks"
	kill -9 "$machine" 2>/dev/null
	wait "$machine"
}

# picture FILE: taken, and how many red points it has.
picture() { qmp "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"$1\"}}" >/dev/null; }
red() { tail -c 12288 "$1" | od -A n -v -t x1 -w3 | grep -c "ff 00 00"; }
calls() { testhv-ctl report | awk '$1 == "call" && $2 == "GET_GPA_PAGES_ACCESS_STATES" { n += $3 } END { print n + 0 }'; }
migrated() { hmp "info migrate" | grep -q "completed"; }
size() { stat -c %s "$1" 2>/dev/null || echo 0; }

# saved FILE: what is above the first MiB.
saved() {
	qmp "{\"execute\":\"pmemsave\",\"arguments\":{\"val\":1048576,\"size\":133169152,\"filename\":\"$1\"}}" >/dev/null
	for second in $(seq 60); do
		[ "$(size "$1")" -lt 133169152 ] || return 0
		sleep 1
	done
	echo "# after $second s it has $(size "$1") bytes: $(df /tmp | tail -n 1)"
	return 1
}

owned() { testhv-ctl report | awk '/^partition/ { id = $2 } $1 == "pages_owned" && id != "1:" { n += $2 } END { print n + 0 }'; }

echo "KTAP version 1"
echo "1..12"

boot "more more=screen" -device VGA,romfile=
qemu_says "guest: drew 10" 200
picture /tmp/one
qemu_says "guest: drew 20" 60
picture /tmp/two
ok 1 "a picture shows the line that the guest drew" [ "$(red /tmp/one)" -eq 64 ]
ok 2 "the next one the line that came since" [ "$(red /tmp/two)" -eq 128 ]
qemu_says "guest: waits for its button" 60
qmp '{"execute":"system_powerdown"}' >/dev/null
qemu_says "guest: the button was pressed" 30
ok 3 "the guest is told of the power button" said "the button was pressed"
qemu_over
ok 4 "and powers off, QEMU ends" [ "$status" -eq 0 ]

boot "more more=work"
qemu_says "guest: round 2 " 200
before=$(calls)
qmp '{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":20000000,"downtime-limit":2000}}' >/dev/null
rounds=$(grep -c "guest: round" "$console")
qmp '{"execute":"migrate","arguments":{"uri":"file:/tmp/stream"}}' >/dev/null
for second in $(seq 60); do
	! migrated || break
	sleep 1
done
echo "# migrated after $second s and $(($(grep -c "guest: round" "$console") - rounds)) rounds of the guest's, in" \
	"$(($(calls) - before)) calls for the dirty log"
logged() { migrated && [ "$(calls)" -gt "$before" ]; }
ok 5 "it migrates into a file, by the dirty log" logged
ok 6 "its memory is saved" saved /tmp/here
rounds=$(grep -c "guest: round" "$console")
hmp "cont" >/dev/null
works() { qemu_says "guest: round $((rounds + 3)) " 60 && ! grep "wrong bytes" "$console"; }
ok 7 "it works on, with the bytes that it wrote" works
qmp '{"execute":"system_reset"}' >/dev/null
ok 8 "a reset: QEMU says that it cannot" qemu_says "accelerator does not support reset" 10
ok 9 "quit: QEMU ends" quits

: >"$console"
qemu_start -m 128M -serial stdio -kernel /guest/bzImage -initrd /guest/initrd -append "console=ttyS0 quiet panic=-1 guest=more more=work" \
	-S -incoming file:/tmp/stream
sleep 5
saved /tmp/there
ok 10 "what another QEMU reads from the file is that memory" cmp /tmp/here /tmp/there
quits

boot "reboot" -no-reboot
status=0
for second in $(seq 60); do
	kill -0 "$machine" 2>/dev/null || break
	! grep -q "machine restart" "$console" || qemu_kick
	sleep 1
done
wait "$machine" || status=$?
ok 11 "the guest reboots, QEMU that may not ends" [ $status -eq 0 ]
ok 12 "nothing is left with the hypervisor" [ "$(owned)" -eq 0 ]
