# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How long stock kernels take from QEMU's start to their first program, as the
# root of the test hypervisor and without it.  The two are started in turn, so
# that a machine which gets slower meanwhile is slow for both; the figure is
# the median of BENCH_RUNS boots.
#
# And how many instructions an exit of a child to user space and back, a hypercall
# about registers and a signal by irqfd take, all in all: QEMU counts them (-icount),
# on one thread.  Also with the kernel's own driver, where there is one.

BENCH_RUNS=${BENCH_RUNS:-5}

# bench_boot DIR: milliseconds until the results' port says something.
bench_boot() {
	local began=${EPOCHREALTIME/./} pid
	cd "$1" || die "no folder $1"
	vm_arguments
	: >ktap.log
	vm_run $BOOT_SECONDS &
	pid=$!
	while [ ! -s ktap.log ] && kill -0 $pid 2>/dev/null; do
		sleep 0.02
	done
	[ -s ktap.log ] || die "the machine did not come up: $1"
	echo $(((${EPOCHREALTIME/./} - began) / 1000))
	wait $pid
}

bench_image() {
	local dir=$1 tree=$1/tree
	mkdir -p "$dir"
	image_tree "$tree" "$TOP/selftests/initramfs/init"
	: >"$tree/etc/test/modules"
	printf 'none\t9\t/\ttrue\n' >"$tree/etc/test/list"
	image_pack "$tree" "$dir/initrd"
	rm -rf "$tree"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

bench_pair() {
	local dir=$LOGS/bench.$VM_KERNEL.$VM_IMAGE run plain root
	rm -rf "$dir"
	bench_image "$dir"
	for ((run = 0; run < BENCH_RUNS; run++)); do
		(VM_DIRECT=1 bench_boot "$dir") >>"$dir/plain" || exit 1
		(VM_DIRECT='' bench_boot "$dir") >>"$dir/root" || exit 1
	done
	plain=$(median <"$dir/plain") root=$(median <"$dir/root")
	printf '%-8s %-8s %9d %9d %7.2f\n' "$VM_KERNEL" "$VM_IMAGE" "$plain" "$root" \
		"$(awk -v a="$root" -v b="$plain" 'BEGIN { print a / b }')"
}

BENCH_ICOUNT_SECONDS=900

# bench_instructions KERNEL DRIVER MODULES
bench_instructions() {
	local dir=$LOGS/bench.$1.$2 tree=$LOGS/bench.$1.$2/tree test
	VM_KERNEL=$1 VM_IMAGE=vmlinux VM_DIRECT=''
	rm -rf "$dir"
	mkdir -p "$dir"
	kernel_prepare "$VM_KERNEL"
	modules_build "$VM_KERNEL"
	suite_build perf
	image_tree "$tree" "$TOP/selftests/initramfs/init"
	image_modules "$tree" "$VM_KERNEL" "" "$3"
	image_suite "$tree" "$VM_KERNEL" perf
	for test in pio registers eventfd; do
		printf '%s\t%d\t/tests/perf\t%s\n' $test $BENCH_ICOUNT_SECONDS $test
	done >"$tree/etc/test/list"
	image_pack "$tree" "$dir/initrd"
	rm -rf "$tree"
	cd "$dir" || die "no folder $dir"
	vm_arguments
	VM_ARGS=("${VM_ARGS[@]/thread=multi/thread=single}" -icount "shift=0,sleep=off")
	vm_run $BENCH_ICOUNT_SECONDS || die "the machine did not end well: $dir"
	echo
	echo "instructions, root $VM_KERNEL, driver $2:"
	sed -n 's/^ *# ticks for /  /p' ktap.log
}

bench_main() {
	VM_CPUS=1 VM_MEM=1024 VM_HVOPTS='' VM_DEVICES='' VM_CMDLINE=''
	busybox_get
	programs_build
	printf '%-8s %-8s %9s %9s %7s\n' kernel image plain/ms root/ms ratio
	for VM_KERNEL in $STOCK_KERNELS; do
		kernel_prepare "$VM_KERNEL"
		for VM_IMAGE in bzImage vmlinux; do
			bench_pair
		done
	done
	(bench_instructions 6.1 hv_root hv_root) || exit 1
	(bench_instructions $UPSTREAM_KERNEL hv_root hv_root) || exit 1
	(bench_instructions $UPSTREAM_KERNEL upstream "$UPSTREAM_MODULES") || exit 1
}
