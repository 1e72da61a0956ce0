# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs tests and counts.  Every leaf result of every run counts once, as
# passed, failed or skipped; a run's faults (a warning of the kernel, a
# time-out, an ownership violation) count as one failure, and then nothing of
# that run is to be trusted, so it is said beside it.

# Seconds that a boot may take by itself; each test's own TIMEOUT is added.
BOOT_SECONDS=120

# run_host DIR FILE: a script on this machine; its KTAP, or else its status.
run_host() {
	local dir=$1 status
	test_load "$2"
	(cd "$TOP" && HV_CACHE=$CACHE HV_RUN=$RUN_DIR/run.sh timeout -k 5 $((T_TIMEOUT * TIME_SCALE)) \
		bash -c "$T_HOST") >"$dir/ktap.log" 2>"$dir/console.log" </dev/null
	status=$?
	ktap_results "$T_SUITE/$T_NAME: " "$dir/ktap.log" >"$dir/results"
	if [ $status -eq 124 ]; then
		printf 'fail\t%s/%s: time-out after %s s\n' "$T_SUITE" "$T_NAME" "$T_TIMEOUT" >>"$dir/results"
	elif [ $status -ne 0 ] && ! grep -q '^fail' "$dir/results"; then
		printf 'fail\t%s/%s: exit status %s: %s\n' "$T_SUITE" "$T_NAME" $status \
			"$(tail -n 1 "$dir/console.log")" >>"$dir/results"
	elif [ ! -s "$dir/results" ]; then
		printf 'pass\t%s/%s\n' "$T_SUITE" "$T_NAME" >>"$dir/results"
	fi
}

# run_image DIR FILE...: the RAM disk and the list of tests for one boot.
# Sets RUN_SECONDS and RUN_TESTS.
run_image() {
	local dir=$1 file tree=$1/tree
	shift
	rm -rf "$tree"
	image_tree "$tree" "$TOP/selftests/initramfs/init"
	[ -n "$VM_DIRECT" ] || : >"$tree/etc/test/report"
	image_modules "$tree" "$VM_KERNEL" "$(device_drivers "$VM_DEVICES") $T_DRIVERS" "$VM_MODULES"
	image_suite "$tree" "$VM_KERNEL" "$T_SUITE"
	[ -z "$VM_DEVICES" ] || device_sums >"$tree/etc/test/sums"
	echo "$VM_CPUS" >"$tree/etc/test/cpus"
	[ -z "$T_GUEST" ] || image_guest "$tree" "$T_GUEST" "$T_SUITE" "$T_GUEST_MODULES" \
		"$T_GUEST_DRIVERS" "$T_GUEST_PROGRAMS"
	[ -z "$T_BOOTDISK" ] || image_bootdisk "$tree/guest" "$T_BOOTDISK"
	image_programs "$tree"
	[ -z "$T_GIVEN" ] || given_image "$tree" "$T_GIVEN"
	RUN_SECONDS=$BOOT_SECONDS RUN_TESTS=()
	for file in "$@"; do
		test_load "$file"
		printf '%s\t%s\t%s\t%s\n' "$T_NAME" $((T_TIMEOUT * TIME_SCALE)) "/tests/$T_SUITE" "$T_RUN"
		RUN_SECONDS=$((RUN_SECONDS + T_TIMEOUT))
		RUN_TESTS+=("$T_NAME")
	done >"$tree/etc/test/list"
	image_pack "$tree" "$dir/initrd"
	[ -z "$T_VMM" ] || cat "$USERLAND/cpio" >>"$dir/initrd"
	rm -rf "$tree"
}

# run_vm DIR KERNEL CPUS DRIVER FILE...: one boot.
run_vm() {
	local dir=$1 prefix status driver=$4
	VM_KERNEL=$2 VM_CPUS=$3
	shift 4
	test_load "$1"
	VM_MODULES=$T_MODULES
	[ "$driver" != upstream ] || VM_MODULES=$UPSTREAM_MODULES
	VM_IMAGE=$T_IMAGE VM_MEM=$T_MEM VM_HVOPTS=$T_HVOPTS VM_DIRECT=$T_DIRECT VM_DEVICES=$T_DEVICES VM_CMDLINE=$T_CMDLINE
	prefix="$T_SUITE $VM_KERNEL cpus=$VM_CPUS: "
	[ "$driver" != upstream ] || prefix="upstream $prefix"
	run_image "$dir" "$@"
	cd "$dir" || die "no folder $dir"
	vm_arguments
	vm_run "$RUN_SECONDS"
	status=$?
	{
		ktap_results "$prefix" ktap.log
		ktap_expected "$prefix" ktap.log "${RUN_TESTS[@]}"
		vm_faults "$prefix" "$T_EXPECT" $status
	} >results
	[ "$driver" != upstream ] || upstream_judge "$prefix"
	grep -q '^fa' results || rm -f initrd
}

# run_one RUN: what the list says of it, in a folder of its own.
run_one() {
	local run=$1 dir=$LOGS/$1 began=$SECONDS files=() on=() kernel cpus driver file
	rm -rf "$dir"
	mkdir -p "$dir"
	while IFS=$'\t' read -r _ file kernel cpus _ driver; do
		files+=("$file") on=("$kernel" "$cpus" "$driver")
	done < <(awk -F'\t' -v r="$run" '$1 == r' "$CHECK/list")
	if [ "${on[0]}" = - ]; then
		run_host "$dir" "${files[0]}"
	elif given_missing "${files[0]}"; then
		given_skip "$dir" "${files[@]}"
	else
		run_vm "$dir" "${on[@]}" "${files[@]}"
	fi
	run_print "$run" "$dir" $((SECONDS - began))
}

count() { grep -c "^$1" "$2" || true; }

run_print() {
	local run=$1 dir=$2 seconds=$3 verdict=ok faults
	faults=$(count fault "$dir/results")
	[ "$(count 'fa' "$dir/results")" -eq 0 ] || verdict='not ok'
	{
		printf '%s %s (%d passed, %d failed, %d skipped%s, %d s)\n' "$verdict" "$run" \
			"$(count pass "$dir/results")" "$(count 'fail' "$dir/results")" "$(count skip "$dir/results")" \
			"$([ "$faults" -eq 0 ] || echo ", the run itself at fault")" "$seconds"
		grep -E '^(fail|fault|skip)' "$dir/results" | sed 's/^/    /'
		[ "$verdict" = ok ] || echo "    logs: $dir"
	} >"$dir/summary"
	cat "$dir/summary"
}

# What runs need that takes long is made before the first of them starts: for
# each word of the list "what, for whom", once.
check_needs() {
	local file kernel
	while IFS=$'\t' read -r _ file kernel _; do
		[ "$kernel" != - ] && ! given_missing "$file" || continue
		test_load "$file"
		echo "kernel_image_prepare $kernel"
		[ -n "$T_DIRECT" ] || echo "programs_build"
		echo "suite_build $T_SUITE"
		# The suites' modules are built with the symbols of ours.
		if [ -d "$TOP/selftests/suites/$T_SUITE/mod" ]; then
			echo "modules_build $kernel"
			echo "suite_modules_build $kernel $T_SUITE"
		elif [ -n "$T_MODULES" ]; then
			echo "modules_build $kernel"
		fi
		[ -z "$T_GUEST" ] || echo "kernel_prepare $T_GUEST"
		[ -z "$T_VMM" ] || echo "userland_prepare"
		[ -z "$T_BOOTDISK" ] || echo "bootdisk_prepare"
	done <"$CHECK/list" | awk '!seen[$0]++'
}

check_prepare() {
	local what for_whom
	check_needs >"$CHECK/needs"
	[ ! -s "$CHECK/needs" ] || busybox_get
	# The suites' modules need ours, so theirs come last.
	while read -r what for_whom; do
		step "making ready: $what $for_whom"
		# shellcheck disable=SC2086 # one or two words
		$what $for_whom </dev/null
	done < <(grep -v '^suite_mod' "$CHECK/needs"; grep '^suite_mod' "$CHECK/needs")
}

# Machines at a time: each keeps one processor busy, and has 1 GiB or more.
check_jobs() {
	local processors gib
	processors=$(nproc)
	gib=$(awk '/MemAvailable/ { print int($2 / 2097152) + 1 }' /proc/meminfo)
	echo $((processors < gib ? processors : gib))
}

# The runs that may take longest come first, so that none is left over alone.
check_order() {
	awk -F'\t' '{ s[$1] += $5 } END { for (run in s) print s[run] "\t" run }' "$CHECK/list" | sort -k 1,1rn -k 2 | cut -f 2
}

check_runs() {
	local run running=0 jobs=${JOBS:-$(check_jobs)}
	while read -r run; do
		if [ "$running" -ge "$jobs" ]; then
			wait -n
			running=$((running - 1))
		fi
		run_one "$run" </dev/null &
		running=$((running + 1))
	done < <(check_order)
	wait
}

# The sum over the runs of the list, the last line alone being the verdict.
check_sum() {
	local run results=("$CHECK/conformance") passed failed skipped
	while read -r run; do
		[ -s "$LOGS/$run/results" ] || printf 'fail\t%s: it has no result\n' "$run" >>"$LOGS/$run/results"
		results+=("$LOGS/$run/results")
	done < <(cut -f 1 "$CHECK/list" | uniq)
	cat "${results[@]}" >"$CHECK/results"
	passed=$(count pass "$CHECK/results")
	skipped=$(count skip "$CHECK/results")
	# A faulty run is one failure more, however many lines tell of it.
	failed=$(($(count 'fail' "$CHECK/results") + $(grep -l '^fault' "${results[@]}" | wc -l)))
	echo "logs: $LOGS"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
}

# Machines do not outlive who started them.
tree_kill() {
	local child
	for child in $(ps -o pid= --ppid "$1"); do
		tree_kill "$child"
	done
	kill "$1" 2>/dev/null
}

check_stop() {
	local pid
	for pid in $(jobs -p); do
		tree_kill "$pid"
	done
	rm -rf "$CHECK"
}

check_all() {
	mkdir -p "$LOGS"
	CHECK=$(mktemp -d)
	trap check_stop EXIT
	trap 'exit 130' INT TERM
	runs_list >"$CHECK/list"
	[ -s "$CHECK/list" ] || die "no test is chosen by SUITE=${SUITE:-} TEST=${TEST:-} KERNEL=${KERNEL:-} CPUS=${CPUS:-}"
	if [ -n "${LIST:-}" ]; then
		awk -F'\t' '{ n = split($2, a, "/"); print $1 "\t" a[n] }' "$CHECK/list"
		return
	fi
	check_prepare
	check_runs
	conformance_check "$CHECK/list" >"$CHECK/conformance"
	sed -n 's/^fail\t/not ok /p' "$CHECK/conformance"
	check_sum
}
