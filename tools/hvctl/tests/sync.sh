#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program, its help, its man page and its bash completion know the same commands and the
# same options. What the program knows is found by trying: an option is known if naming it does
# not make hvctl call it unknown.
# Usage: sync.sh HVCTL

hvctl=$1
here=${0%/*}
man=$here/../man/hvctl.8
. "$here/ktap.sh"
. "$here/../completion/hvctl" 2>/dev/null

# compare NAME LIST1 LIST2: equal as sets
compare()
{
	local a b

	a=$(echo "$2" | tr ' ' '\n' | grep . | sort -u)
	b=$(echo "$3" | tr ' ' '\n' | grep . | sort -u)
	if [ -z "$a" ]; then
		not_ok "$1" "found nothing to compare"
	elif [ "$a" = "$b" ]; then
		ok "$1"
	else
		not_ok "$1" "$(diff <(echo "$a") <(echo "$b"))"
	fi
}

# Options in help text: "  -k, --kernel FILE", "      --report"
help_options()
{
	grep -oE '^  (-[A-Za-z],|   ) --[a-z-]+' | grep -oE -e '-[A-Za-z],|--[a-z-]+' | tr -d ,
}

# Options in the man page, between .SS $1 (or .SH $1) and the next section.
man_options()
{
	awk -v want="$1" '
		/^\.S[SH] / { name = $0; sub(/^\.S[SH] /, "", name); on = name == want }
		on && tag { print }
		{ tag = /^\.TP/ }' "$man" |
		sed 's/\\f[BRI]//g; s/\\-/-/g' | grep -oE -e '(^| )--?[A-Za-z][a-z-]*' | tr -d ' '
}

completions()
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_hvctl
	echo "${COMPREPLY[@]}"
}

# Does the program know option $2 of command $1?
knows()
{
	! "$hvctl" "$1" "$2" </dev/null 2>&1 | grep -q 'unknown or ambiguous'
}

check_knows()
{
	local option unknown=

	for option in $3; do
		knows "$2" "$option" || unknown="$unknown $option"
	done
	if [ -z "$unknown" ]; then
		ok "$1"
	else
		not_ok "$1" "the program does not know$unknown"
	fi
}

commands=$("$hvctl" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
man_commands=$(awk '/^\.SH/ { on = $2 == "COMMANDS" } on && /^\.SS/ { print $2 }' "$man")
common=$("$hvctl" help | help_options)

compare sync_commands_man "$commands" "$man_commands"
compare sync_commands_completion "$commands" "$(completions hvctl '')"
compare sync_commands_help_completion "$commands" "$(completions hvctl help '')"
compare sync_common_man "$common" "$(man_options 'COMMON OPTIONS')"
compare sync_common_completion "$common" "$(completions hvctl -)"

for command in $commands; do
	options=$("$hvctl" help "$command" | help_options)
	compare "sync_${command}_man" "$options none" "$(man_options "$command") none"
	compare "sync_${command}_completion" "$common $options" "$(completions hvctl "$command" -)"
	check_knows "sync_${command}_program" "$command" "$common $options"
done

# The JSON form of the help is made from the same table, but by other code.
compare sync_json \
	"$({ "$hvctl" help; for c in $commands; do "$hvctl" help "$c"; done; } | help_options | grep ^--)" \
	"$("$hvctl" -j help | grep -oE '"name":"[a-z-]+","letter"' | sed 's/"name":"\(.*\)","letter"/--\1/')"

# The exit statuses of the man page are those of the code.
compare sync_exit_status \
	"$(sed -n 's/^\tEXIT_[A-Z_]* = \([0-9]*\),/\1/p' "$here/../cmd.h")" \
	"$(awk '/^\.SH/ { on = $2 == "EXIT" } on && /^\.B [0-9]+$/ { print $2 }' "$man")"

# What explain says about errno is what the driver does: its table, and EIO for the rest.
driver=$here/../../../drivers/hv_root/status.c
explained=$("$hvctl" -j explain | grep -oE '"name":"HV_[A-Z_0-9]+","errno":[0-9]+,"errno_name":("E[A-Z]+"|null)' |
	sed -E 's/.*(HV_[A-Z_0-9]+).*"errno_name":"?(null|E[A-Z]+)"?/\1=\2/')
table=$(sed -nE 's/^\t\{ (HV_STATUS_[A-Z_0-9]+), (0|-E[A-Z]+),.*/\1=\2/p' "$driver" |
	sed 's/=-/=/; s/=0$/=null/')
rest=$(echo "$explained" | sed 's/=.*//' | grep -vxFf <(echo "$table" | sed 's/=.*//'))
compare sync_errno_driver "$explained" "$table $(echo "$rest" | sed 's/$/=EIO/')"

ktap_finish
