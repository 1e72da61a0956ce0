#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The root's devices carry their data while a guest computes in a child
# partition: the child's time on the processor ends with each of the root's
# interrupts, and none may be lost in that.

hvctl run --kernel /guest/vmlinux --initrd /guest/initrd --memory 256M --cpus 1 \
	--cmdline "console=ttyS0 guest=busy" </dev/null >/tmp/guest.log 2>&1 &
vmm=$!
tries=0
until grep -q '^guest: busy' /tmp/guest.log; do
	tries=$((tries + 1))
	if [ $tries -gt 120 ] || ! kill -0 $vmm 2>/dev/null; then
		tail -n 5 /tmp/guest.log | sed 's/^/# /'
		echo "Bail out! the guest did not start"
		exit 1
	fi
	sleep 1
done

# Its entries must go on while the devices work.
entries() { testhv-ctl report --json | tr -d ' \n' | sed 's/.*"vp_entries":\([0-9]*\).*/\1/'; }
before=$(entries)
devices.sh >/tmp/devices.log
after=$(entries)
kill -9 $vmm
wait $vmm 2>/dev/null

count=$(sed -n 's/^1\.\.//p' /tmp/devices.log)
sed "s/^1\.\..*/1..$((count + 1))/" /tmp/devices.log
echo "# VP entries: $before before, $after after"
if [ "$after" -gt "$before" ]; then
	echo "ok $((count + 1)) - the child ran meanwhile"
else
	echo "not ok $((count + 1)) - the child ran meanwhile"
fi
