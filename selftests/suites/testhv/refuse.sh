#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# On the host: machines that testhv must refuse, with a reason and a status.
cd "$(dirname "$0")/../../.." || exit 1
build=${HV_CACHE:-$HOME/.cache/hv_root}/build/testhv-refuse
make -s -C selftests/testhv O="$build" >&2 || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# refused NAME REASON QEMU-ARGUMENT...
refused() {
	name=$1 reason=$2
	shift 2
	n=$((n + 1))
	: >"$work/hv.log"
	# shellcheck disable=SC2086 # several words on purpose
	${HV_QEMU_WRAP:-} timeout 60 qemu-system-x86_64 -accel tcg -machine q35 -m 512 \
		-display none -nodefaults -no-reboot -debugcon file:"$work/hv.log" \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-kernel "$build/testhv.elf" "$@" </dev/null >"$work/qemu.log" 2>&1
	status=$?
	if [ "$status" = 33 ] && grep -q "PANIC.*$reason" "$work/hv.log"; then
		echo "ok $n - $name"
	else
		echo "# status $status"
		sed 's/^/# /' "$work/qemu.log" "$work/hv.log"
		echo "not ok $n - $name"
	fi
}

cpu=max,vendor=AuthenticAMD,la57=off
echo "not a kernel" >"$work/text"

echo "KTAP version 1"
echo "1..6"
refused "no CPUs for testhv itself" "two for itself" -cpu $cpu -smp 2 -initrd "$work/text"
refused "no x2APIC" "without x2APIC" -cpu $cpu,x2apic=off -smp 3 -initrd "$work/text"
refused "no SVM" "without SVM" -cpu $cpu,svm=off -smp 3 -initrd "$work/text"
refused "no nested paging" "without nested paging" -cpu $cpu,npt=off -smp 3 -initrd "$work/text"
refused "no kernel for the root" "no root kernel" -cpu $cpu -smp 3
refused "a root kernel that is none" "neither bzImage nor ELF" -cpu $cpu -smp 3 -initrd "$work/text"
