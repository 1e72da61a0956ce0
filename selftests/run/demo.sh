# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# One command, no questions: the test hypervisor starts Debian's 6.1 as the
# root partition, which starts Debian's 6.12 as a guest in a child partition.
# The guest is given a nonce, and must answer with its hash: nobody else in
# the machine could have.

DEMO_SECONDS=240

demo_image() {
	local dir=$1 nonce=$2 tree=$1/tree
	image_tree "$tree" "$TOP/selftests/initramfs/init"
	image_modules "$tree" "$VM_KERNEL" "" hv_root
	image_programs "$tree"
	image_guest "$tree" 6.12
	mkdir -p "$tree/tests/demo"
	cp "$TOP/selftests/initramfs/demo" "$tree/tests/demo/demo"
	printf 'demo\t%s\t/tests/demo\tdemo %s\n' $((DEMO_SECONDS * TIME_SCALE)) "$nonce" >"$tree/etc/test/list"
	image_pack "$tree" "$dir/initrd"
	rm -rf "$tree"
}

# The console on the screen while it is written.
demo_watch() {
	local watcher status
	: >console.log
	tail -n +1 -f console.log &
	watcher=$!
	vm_run $((DEMO_SECONDS + BOOT_SECONDS))
	status=$?
	sleep 1
	kill $watcher
	wait $watcher 2>/dev/null
	return $status
}

# demo_claim TEXT REGEX: a line of the console must match.
demo_claim() {
	if grep -qE "$2" console.log; then
		echo "  yes  $1"
	else
		echo "  NO   $1"
		return 1
	fi
}

demo_verdict() {
	local nonce=$1 status=$2 hash release bad=0
	hash=$(printf %s "$nonce" | sha256sum | cut -d ' ' -f 1)
	release=$(kernel_release 6.12)
	echo
	demo_claim "Debian's kernel ran as the root partition" 'Hyper-V: running as root partition' || bad=1
	demo_claim "the guest ran $release" "guest: kernel ${release//+/[+]}" || bad=1
	demo_claim "the guest answered the nonce $nonce" "guest: nonce $hash" || bad=1
	demo_claim "the guest ended by itself, and hvctl with status 0" 'hvctl ended with status 0' || bad=1
	demo_claim "the hypervisor counted its entries into the guest" 'testhv.* vp_entries +[1-9]' || bad=1
	[ "$status" -eq 0 ] || { echo "  NO   the machine powered off (QEMU's status: $status)"; bad=1; }
	[ ! -s results ] || { cut -f 2 results; bad=1; }
	echo
	echo "logs: $PWD"
	echo "$SECONDS seconds in all"
	return $bad
}

demo_main() {
	local dir=$LOGS/demo nonce status
	nonce=$(od -A n -t x1 -N 8 /dev/urandom | tr -d ' \n')
	VM_KERNEL=6.1 VM_CPUS=${CPUS:-1} VM_IMAGE=vmlinux VM_MEM=1024 VM_HVOPTS=${HVOPTS:-} VM_DIRECT='' VM_DEVICES='' VM_CMDLINE=''
	rm -rf "$dir"
	mkdir -p "$dir"
	step "machine: what must be installed"
	host_setup
	step "packages: two stock kernels, headers, busybox"
	busybox_get
	kernel_prepare 6.1
	kernel_prepare 6.12
	step "building: test hypervisor, hvctl, hv_root for $(kernel_release 6.1)"
	programs_build
	modules_build 6.1
	demo_image "$dir" "$nonce"
	cd "$dir" || die "no folder $dir"
	vm_arguments
	step "starting: QEMU, testhv, $(kernel_release 6.1) as the root partition"
	demo_watch
	status=$?
	vm_faults '' '' 0 >results
	demo_verdict "$nonce" $status
}
