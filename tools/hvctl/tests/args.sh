#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What hvctl does with its command line: the right exit status, errors on standard error, help
# on standard output; with -j exactly one JSON document on standard output and nothing else.
# Usage: args.sh HVCTL

hvctl=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. "${0%/*}/ktap.sh"

# check NAME STATUS REGEX ARGS...: exit status, and a line that standard error must have
check()
{
	name=$1 want=$2 regex=$3
	shift 3
	"$hvctl" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	got=$?
	if [ $got -ne "$want" ]; then
		not_ok "$name" "exit status $got instead of $want: $(cat "$dir/err")"
	elif ! grep -q -e "$regex" "$dir/err"; then
		not_ok "$name" "no \"$regex\" on standard error: $(cat "$dir/err")"
	elif [ -s "$dir/out" ]; then
		not_ok "$name" "an error that prints on standard output: $(cat "$dir/out")"
	else
		ok "$name"
	fi
}

# check_json NAME STATUS REGEX ARGS...: one line of JSON of this schema, nothing else
check_json()
{
	name=$1 want=$2 regex=$3
	shift 3
	"$hvctl" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	got=$?
	if [ $got -ne "$want" ]; then
		not_ok "$name" "exit status $got instead of $want: $(cat "$dir/out" "$dir/err")"
	elif [ "$(wc -l <"$dir/out")" -ne 1 ] || [ -s "$dir/err" ]; then
		not_ok "$name" "not one document alone: $(cat "$dir/out" "$dir/err")"
	elif ! grep -q -e "^{\"schema\":1,$regex" "$dir/out"; then
		not_ok "$name" "no \"$regex\" in $(cat "$dir/out")"
	else
		ok "$name"
	fi
}

# check_out NAME REGEX ARGS...: success, and a line that standard output must have
check_out()
{
	name=$1 regex=$2
	shift 2
	if ! "$hvctl" "$@" >"$dir/out" 2>"$dir/err" </dev/null; then
		not_ok "$name" "failed: $(cat "$dir/err")"
	elif ! grep -q -e "$regex" "$dir/out"; then
		not_ok "$name" "no \"$regex\" in $(cat "$dir/out")"
	else
		ok "$name"
	fi
}

: >"$dir/empty"
echo nonsense >"$dir/nonsense"
usage='"error":{"code":"USAGE",'

check args_no_command 2 'no command given'
check args_unknown_command 2 "unknown command 'frobnicate'" frobnicate
check args_empty_command 2 "may be" ''
check args_unknown_option 2 "'--bogus'" --bogus
check args_unknown_letter 2 "'-z'" -z
check args_unknown_option_of_command 2 "'--kernel'" doctor --kernel x
check args_missing_argument 2 "'--kernel' needs an argument" run --kernel
check args_missing_argument_letter 2 "'-m' needs an argument" run -m
check args_operand_refused 2 "does not take 'x'" version x
check args_two_operands_refused 2 "does not take 'doctor'" help run doctor
check args_help_unknown 2 "unknown command 'x'" help x
check args_no_kernel 2 'kernel' run
for bad in '' 0 x 12x -64M 1T 31M 33M 4096 18446744073709551616G 99999999999G 64MM; do
	check "args_memory_$bad" 2 'memory' run -k "$dir/empty" -m "$bad"
done
for bad in '' 0 256 -1 x 1x 99999999999999999999; do
	check "args_cpus_$bad" 2 'processors' run -k "$dir/empty" -n "$bad"
	check "args_timeout_$bad" "$([ "$bad" = 256 ] && echo 1 || echo 2)" . \
		run -k "$dir/empty" -t "$bad"
done
check args_kernel_missing 1 'No such file' run -k "$dir/missing"
check args_kernel_directory 1 'not a file' run -k "$dir"
check args_kernel_empty 1 'not a file' run -k "$dir/empty"
check args_kernel_nonsense 1 'neither a bzImage nor an ELF' run -k "$dir/nonsense"
mkfifo "$dir/fifo"
check args_plain_save 2 'timer' run -k "$dir/empty" --plain --save "$dir/save"
check args_kernel_fifo 1 'not a file' run -k "$dir/fifo"
check args_kernel_program 1 'kernel' run -k "$hvctl"
check args_restore_and_kernel 2 'has its kernel' run --restore "$dir/nonsense" -k "$dir/empty"
check args_restore_missing 1 'No such file' run --restore "$dir/missing"
check args_restore_nonsense 1 'is no saved guest' run --restore "$dir/nonsense"
check args_restore_directory 1 'is not a file' run --restore "$dir"
check args_restore_fifo 1 'is not a file' run --restore "$dir/fifo"
check args_control_operands 2 'wants a socket' control "$dir/none"
check args_control_save 2 'wants a file' control "$dir/none" save
check args_control_pause 2 'wants a file' control "$dir/none" pause x
check args_control_absent 1 'cannot connect' control "$dir/none" pause
check args_console_operands 2 'wants a socket' console
check args_console_absent 1 'cannot connect' console "$dir/none"
check args_explain_unknown 2 "'HV_STATUS_NONE_SUCH'" explain HV_STATUS_NONE_SUCH
check args_explain_range 2 "'65541'" explain 65541

# A folder like the driver's: partition 2 with two VPs, partition 7 that has none yet.
export HVCTL_DEBUGFS="$dir/mshv"
mkdir -p "$dir/mshv/lp/0" "$dir/mshv/partition/2/vp/0" "$dir/mshv/partition/2/vp/1" "$dir/mshv/partition/7/vp"
printf 'self 5 0\n2 300 44\n7 10 0\nquarantined 0\n' >"$dir/mshv/ledger"
printf '%-32s: %d\n' HvPartitions 3 HvTotalPages 0 >"$dir/mshv/stats"
printf '%-32s: %d\n' LpRootVpIndex 1 >"$dir/mshv/lp/0/stats"
printf '%-32s: %d\n' PtVirtualProcessors 2 PtGpaPages 16 >"$dir/mshv/partition/2/stats"
printf '%-32s: %d\n' PtVirtualProcessors 0 >"$dir/mshv/partition/7/stats"
printf '%-32s: %d\n' VpTotalRunTime 120000 VpHypercallsCount 9 VpLogicalProcessorDispatches 77 \
	>"$dir/mshv/partition/2/vp/0/stats"
printf '%-32s: %d\n' VpTotalRunTime 0 >"$dir/mshv/partition/2/vp/1/stats"

check args_partition_verb 2 "wants 'list'" partition delete 2
check args_partition_number 2 "'two' is no number" partition show two
check args_partition_absent 1 'cannot read partition/3/stats' partition show 3
check args_vp_verb 2 "wants 'list'" vp show
check args_vp_absent 1 'cannot read partition/3/stats' vp list 3
check args_stats_object 2 "'stats' wants" stats vp 2
check args_stats_number 2 "'-1' is no number" stats -- lp -1
check args_stats_absent 1 'cannot read partition/2/vp/5/stats' stats vp 2 5
check args_stats_interval 2 "'0' is no number from 1" stats -i 0
check args_stats_count 2 'wants --interval' stats -c 3
check_out args_partition_list '^        2    2            64           1024$' partition
check_out args_partition_none '^        7    0             0             40$' partition list
check_out args_partition_show '^        2 ' partition show 2
check_out args_vp_list '^        2    0        12          77           9$' vp
check_out args_vp_of_one '^        2    1         0 ' vp list 2
check_out args_stats '^HvPartitions  *3$' stats
check_out args_stats_zero '^HvTotalPages  *0$' -v stats hypervisor
check_out args_stats_lp '^LpRootVpIndex  *1$' stats lp 0
check_out args_stats_vp '^VpHypercallsCount  *9$' stats vp 2 0
check_out args_stats_moved '^HvPartitions  *0$' stats -v -i 1 -c 1
check_json args_json_partition 0 \
	'"result":\[{"partition":2,"vps":2,"guest_pages":16,"deposited_pages":256},{"partition":7,' -j partition
check_json args_json_vp 0 \
	'"result":\[{"partition":2,"vp":0,"run_time_100ns":120000,"dispatches":77,"hypercalls":9},' -j vp list
check_json args_json_stats 0 '"result":{"PtVirtualProcessors":2,"PtGpaPages":16}' -j stats partition 2
check_json args_json_partition_absent 1 '"error":{"code":"ENOENT",' -j partition show 3

check_json args_json_no_command 2 "$usage" -j
check_json args_json_unknown_command 2 "$usage" -j frobnicate
check_json args_json_after_mistake 2 "$usage" run --bogus -j
check_json args_json_bad_value 2 "$usage" -j run -m 1
check_json args_json_kernel_missing 1 '"error":{"code":"ENOENT",.*"errno":2,' \
	-j run -k "$dir/missing"
check_json args_json_not_utf8 1 "\"error\":{\"code\":\"ENOENT\",\"message\":\"cannot open a?b.$(printf '\303\251').??\"," \
	-j run -k "$(printf 'a\377b.\303\251.\360\200')"
check_json args_json_explain_unknown 2 "$usage" -j explain nothing
check_json args_json_explain 0 '"result":\[{"status":5,"name":"HV_STATUS_INVALID_PARAMETER","errno":22,' \
	-j explain 5
check_json args_json_help 0 '"result":{"commands":\[{"name":"run",' -j help
check_json args_json_help_command 0 '"result":{"name":"run",' -j run --help
check_json args_json_version 0 '"result":{"hvctl":"[0-9.]*","kernel":' -j version
check_json args_json_version_option 0 '"result":{"hvctl":"[0-9.]*"}' -j -V

check_out args_help '^usage: hvctl' help
check_out args_help_option '^usage: hvctl' --help
check_out args_help_command '^usage: hvctl .OPTIONS. run' help run
check_out args_help_command_option '^usage: hvctl .OPTIONS. run' run -h
check_out args_prefix '^hvctl  *[0-9]' ver
check_out args_version '^hvctl [0-9]' -V
check_out args_explain_number '^HV_STATUS_ACCESS_DENIED (0x6).*EACCES' explain 6
check_out args_explain_code '^HV_STATUS_ACCESS_DENIED (0x6)' explain hv0006
check_out args_explain_name '^HV_STATUS_ACCESS_DENIED (0x6)' explain access_denied
check_out args_explain_all '^HV_STATUS_TIME_OUT' explain
check_out args_pretty '^  "schema": 1,$' -p explain 5

# fails NAME STATUS COMMAND: what the shell makes of a command line
fails()
{
	sh -c "$3" >"$dir/out" 2>"$dir/err"
	got=$?
	if [ $got -eq "$2" ]; then
		ok "$1"
	else
		not_ok "$1" "exit status $got instead of $2: $(cat "$dir/out" "$dir/err")"
	fi
}

fails args_output_full 1 "'$hvctl' version >/dev/full"
fails args_output_full_json 1 "'$hvctl' -j version >/dev/full"
fails args_output_closed 1 "'$hvctl' version >&-"

# Where there is no device, saying so is all that is asked.
if [ ! -e /dev/mshv ]; then
	check_json args_json_doctor 3 '"result":{"ready":false,"checks":\[' -j doctor
	"$hvctl" doctor >"$dir/out" 2>&1
	if [ $? -eq 3 ] && grep -q '^\[no  \] /dev/mshv does not exist' "$dir/out"; then
		ok args_doctor
	else
		not_ok args_doctor "$(cat "$dir/out")"
	fi
fi

ktap_finish
