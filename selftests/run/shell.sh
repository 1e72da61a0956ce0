# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A root partition for a person: everything loaded, every suite's programs in
# /tests, a stock guest in /guest, and a prompt on this terminal.

shell_main() {
	local dir=$LOGS/shell tree=$LOGS/shell/tree suite
	VM_KERNEL=${KERNEL:-6.1} VM_CPUS=${CPUS:-1} VM_IMAGE=vmlinux VM_MEM=${MEM:-2048} VM_HVOPTS=${HVOPTS:-}
	VM_DIRECT=${DIRECT:-} VM_DEVICES=${DEVICES:-} VM_CMDLINE=
	rm -rf "$dir"
	mkdir -p "$dir"
	busybox_get
	programs_build
	modules_build "$VM_KERNEL"
	kernel_prepare 6.12
	image_tree "$tree" "$TOP/selftests/initramfs/init"
	: >"$tree/etc/test/shell"
	image_modules "$tree" "$VM_KERNEL" "$(device_drivers "$VM_DEVICES")" hv_root
	for suite in "$TOP"/selftests/suites/*/; do
		suite=$(basename "$suite")
		suite_build "$suite"
		suite_modules_build "$VM_KERNEL" "$suite"
		image_suite "$tree" "$VM_KERNEL" "$suite"
	done
	image_guest "$tree" 6.12
	image_programs "$tree"
	[ -z "$VM_DEVICES" ] || device_sums >"$tree/etc/test/sums"
	image_pack "$tree" "$dir/initrd"
	rm -rf "$tree"
	cd "$dir" || die "no folder $dir"
	vm_arguments
	step "starting; ^A X ends the machine"
	vm_terminal
}
