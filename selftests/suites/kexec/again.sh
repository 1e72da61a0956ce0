#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# again.sh [alive]: makes a RAM disk of this root's own files, with after.sh as its first process,
# and starts the kernel again by kexec.  after.sh brings the results to their end.  alive: with
# partitions that nobody has ended.
here=/tests/kexec

mkdir -p /tmp/next/etc/test
cp $here/after.sh /tmp/next/init
chmod +x /tmp/next/init
if [ -n "$1" ]; then
	echo "1..10"
	echo 7 >/tmp/next/etc/test/results
else
	echo "1..3"
	echo 0 >/tmp/next/etc/test/results
fi
(cd / && find bin sbin modules etc tests usr lib 2>/dev/null | cpio -o -H newc 2>/dev/null
	cd /tmp/next && find . | cpio -o -H newc 2>/dev/null) >/tmp/next.cpio
if [ -n "$1" ]; then
	insmod $here/linger.ko
	exec alive stay kexec /guest/bzImage /tmp/next.cpio "$(cat /proc/cmdline)"
fi
# What was said so far has to be out before this kernel is gone.
sleep 1
kexec /guest/bzImage /tmp/next.cpio "$(cat /proc/cmdline)"
echo "not ok 1 - the kernel is started again"
