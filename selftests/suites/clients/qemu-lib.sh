# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # $console is guest.sh's
#
# What the tests of QEMU share; sourced after guest.sh.
#
# QEMU loses a kick that reaches a VP's thread outside RUN_VP: the handler of the
# signal leaves nothing behind that its loop looks at before it enters again. It then
# waits for ever for a guest that has nothing more to do, so it is kicked once more; how
# often is said.
PATH=$PATH:/usr/bin
PORT=4444

# qemu_start ARGUMENTS: in the background, as $machine, its console in $console.
qemu_start() {
	timeout -k 5 "${QEMU_SECONDS:-400}" qemu-system-x86_64 -accel mshv -cpu host -machine q35 -nodefaults -nographic \
		-qmp tcp:127.0.0.1:$PORT,server=on,wait=off "$@" </dev/null >>"$console" 2>&1 &
	machine=$!
}

# Only VPs' threads take this signal.
qemu_kick() { killall -USR1 qemu-system-x86_64 2>/dev/null && kicks=$((kicks + 1)); }

# qemu_over: it ends by itself, once its guest has powered off; sets $status.
qemu_over() {
	kicks=0
	while kill -0 "$machine" 2>/dev/null; do
		sleep 2
		! grep -q "reboot: Power down" "$console" || qemu_kick
	done
	echo "# kicks after the guest's end: $kicks"
	wait "$machine"
	# shellcheck disable=SC2034 # for the test
	status=$?
}

# qmp COMMAND: what QEMU answers.
qmp() {
	{
		echo '{"execute":"qmp_capabilities"}'
		echo "$1"
		sleep 1
	} | nc 127.0.0.1 $PORT | tail -n +3
}

# hmp LINE: the same in the words of its monitor for people.
hmp() { qmp "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"$1\"}}"; }

# qemu_says REGEX SECONDS: until the guest's console has it.
qemu_says() {
	left=$2
	until grep -qE "$1" "$console"; do
		left=$((left - 1))
		[ $left -gt 0 ] && kill -0 "$machine" 2>/dev/null || return 1
		sleep 1
	done
}
