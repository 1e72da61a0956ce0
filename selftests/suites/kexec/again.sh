#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes a RAM disk of this root's own files, with after.sh as its first process, and starts the
# kernel again by kexec.  after.sh brings the results to their end.
here=/tests/kexec

echo "1..2"
mkdir -p /tmp/next
cp $here/after.sh /tmp/next/init
chmod +x /tmp/next/init
(cd / && find bin sbin modules etc tests usr lib 2>/dev/null | cpio -o -H newc 2>/dev/null
	cd /tmp/next && find . | cpio -o -H newc 2>/dev/null) >/tmp/next.cpio
# What was said so far has to be out before this kernel is gone.
sleep 1
kexec /guest/bzImage /tmp/next.cpio "$(cat /proc/cmdline)"
echo "not ok 1 - the kernel is started again"
