# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the machine itself must have.  Asks the package manager for what is
# missing, and for nothing when nothing is.

HOST_PACKAGES="bc bison codespell cpio flex gcc kmod libc6-dev libelf-dev libjson-c-dev
	libssl-dev lz4 make patch perl python3 python3-docutils shellcheck sparse xz-utils zstd"
QEMU_MIN=10

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

host_missing() {
	local package
	for package in $HOST_PACKAGES; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
	done
}

qemu_version() {
	qemu-system-x86_64 --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p'
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# The machine's own suites first, all at once.  Packages that they cannot give
# (the machine may hold newer libraries than its sources have) are then asked
# for one by one from all suites.
host_install() {
	local package log=$CACHE/host-install.log
	step "installing on this machine: $*"
	mkdir -p "$CACHE"
	{ as_root apt-get update -q && apt_install "$@"; } >"$log" 2>&1 && return
	apt_update
	for package in "$@"; do
		apt_install "$package" >>"$log" 2>&1 ||
			host_install_private "$package" >>"$log" 2>&1 ||
			die "cannot install $package: see $log"
	done
}

host_install_private() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		-o Dir::Etc::sourcelist="$APT/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$APT/lists" -o Dir::Cache="$APT/cache" "$@"
}

# QEMU before 10 has no x2APIC in TCG, without which no second CPU of the root
# would run under the hypervisor.
host_qemu() {
	local have
	have=$(qemu_version)
	[ "${have:-0}" -lt $QEMU_MIN ] || return 0
	step "installing on this machine: QEMU $QEMU_MIN or newer"
	apt_update
	quiet "$CACHE/host-qemu.log" host_install_private -t bookworm-backports qemu-system-x86
	have=$(qemu_version)
	[ "${have:-0}" -ge $QEMU_MIN ] || die "QEMU $QEMU_MIN is needed, this machine has ${have:-none}"
}

host_setup() {
	local missing
	missing=$(host_missing)
	# shellcheck disable=SC2086 # a list of words
	[ -z "$missing" ] || host_install $missing
	host_qemu
}
