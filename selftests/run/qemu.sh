# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Starts a machine: QEMU's own processor emulation, our hypervisor, the root.
# HV_QEMU_WRAP, if set, is put before the command (a lock, a nice, a trace);
# the time limit runs inside it.

# vm_arguments: sets VM_ARGS from VM_KERNEL, VM_IMAGE (vmlinux or bzImage),
# VM_CPUS, VM_MEM, VM_HVOPTS, VM_DIRECT, VM_DEVICES and VM_CMDLINE, for a
# machine whose RAM disk is "initrd" in the current folder.
#
# The reference counter is not offered to the root unless the word "refcount"
# is among the options: a 6.1 root that has it makes an exit at every look at the clock,
# a hundred times as many as all others together.
vm_arguments() {
	local kernel cpus=$VM_CPUS cmdline hvopts=$VM_HVOPTS
	[[ " $hvopts " == *" refcount "* ]] || hvopts="norefcount${hvopts:+ $hvopts}"
	kernel=$(kernel_dir "$VM_KERNEL")/$VM_IMAGE
	cmdline="console=ttyS0 panic=-1 panic_on_warn=1 loglevel=7 $VM_CMDLINE"
	[ -n "$VM_DIRECT" ] || cpus=$((cpus + 2))
	device_arguments "$VM_DEVICES"
	VM_ARGS=(qemu-system-x86_64 -accel "tcg,thread=multi" -machine q35 -cpu "max,vendor=AuthenticAMD,la57=off"
		-smp "$cpus" -m "$VM_MEM" -display none -nodefaults -no-reboot
		-device "isa-debug-exit,iobase=0xf4,iosize=4" "${DEVICE_ARGS[@]}")
	if [ -n "$VM_DIRECT" ]; then
		VM_ARGS+=(-kernel "$kernel" -initrd initrd -append "$cmdline")
	else
		# The kernel is the hypervisor's first module; a comma ends a module's
		# words, two are one.
		cmdline=${cmdline//,/,,}
		ln -sfn "$kernel" kernel
		VM_ARGS+=(-kernel "$TESTHV" -append "$hvopts" -initrd "kernel $cmdline,initrd")
	fi
}

# vm_run SECONDS: in the current folder, with the console and the results in
# files.  Status 124 is a time-out; QEMU's own status otherwise.
vm_run() {
	VM_ARGS+=(-serial file:console.log -serial file:ktap.log -debugcon file:hv.log)
	printf '%q ' "${VM_ARGS[@]}" >command
	: >console.log >ktap.log >hv.log
	${HV_QEMU_WRAP:-} timeout --foreground -k 5 $(($1 * TIME_SCALE)) "${VM_ARGS[@]}" </dev/null >qemu.log 2>&1
}

# The same on this terminal: ^A X ends it.
vm_terminal() {
	VM_ARGS+=(-chardev "stdio,id=term,mux=on,signal=off" -serial chardev:term -mon chardev=term
		-serial file:ktap.log -debugcon file:hv.log)
	: >ktap.log >hv.log
	"${VM_ARGS[@]}"
}
