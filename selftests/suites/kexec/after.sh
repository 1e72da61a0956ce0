#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The first process of a root that was started by kexec from another one.  The results of that one
# are cut off where it ended; this goes on with them.
export PATH=/bin:/sbin
mkdir -p /dev /proc /sys /tmp
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
n=$(cat /etc/test/results)

result() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "    ok $n - $2"
	else
		echo "    not ok $n - $2"
		bad=1
	fi
}

tests() {
	dmesg | grep -q 'running as root partition'
	result $? "the next kernel is root again"
	/tests/kexec/alive left
	result $? "nothing is left of what the last one gave to the hypervisor"
	while read -r module; do
		insmod "$module" || break
	done </etc/test/modules
	[ -c /dev/mshv ]
	result $? "... and takes the module"
	echo "${bad:+not }ok 1 - $(cut -f 1 /etc/test/list)"
	echo "# taint $(cat /proc/sys/kernel/tainted)"
	testhv-ctl report | sed 's/^/# testhv: /'
	echo "# end"
}
stty -F /dev/ttyS1 raw 2>/dev/null
tests >/dev/ttyS1
poweroff -f
