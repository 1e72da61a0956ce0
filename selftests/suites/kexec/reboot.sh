#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Restarts the machine with partitions that nobody has ended.  The machine lingers until all is
# said, then it goes, and with it this run.
touch /tmp/keep-modules
insmod ./linger.ko
echo "1..7"
exec alive leave reboot -f
