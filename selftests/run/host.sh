# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the machine itself must have.  Asks the package manager for what is
# missing, and for nothing when nothing is.

HOST_PACKAGES="bc bison codespell cpio e2fsprogs flex gcc kmod libc6-dev libelf-dev libjson-c-dev libssl-dev lz4 make
	patch perl procps python3 python3-docutils shellcheck sparse xz-utils zstd"
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

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@"
}

# From the machine's own suites alone: no library of it may be replaced by
# another release's.
host_install() {
	local log=$CACHE/host-install.log
	step "installing on this machine: $*"
	quiet "$log" as_root apt-get update -q
	quiet "$log" apt_install install "$@"
}

qemu_version() {
	qemu-system-x86_64 --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p'
}

qemu_candidate() {
	apt-cache policy qemu-system-x86 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*:\)*\([0-9]*\)\..*/\2/p'
}

# The machine's sources and, beside them, its release's backports.
qemu_from_backports() {
	local parts=$APT/parts release options
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt_update
	rm -rf "$parts"
	mkdir -p "$parts" "$APT/lists-backports/partial"
	find /etc/apt/sources.list.d \( -name '*.list' -o -name '*.sources' \) -exec ln -s {} "$parts/" \;
	[ ! -e /etc/apt/sources.list ] || ln -s /etc/apt/sources.list "$parts/machine.list"
	grep " $release-backports " "$APT/sources.list" >"$parts/hv-backports.list" ||
		die "QEMU $QEMU_MIN is needed, and $release has no backports that this runner knows"
	options=(-o "Dir::Etc::sourceparts=$parts" -o Dir::Etc::sourcelist=- -o "Dir::State::lists=$APT/lists-backports")
	quiet "$CACHE/host-qemu.log" as_root apt-get "${options[@]}" update -q
	quiet "$CACHE/host-qemu.log" apt_install "${options[@]}" install -t "$release-backports" qemu-system-x86
}

# QEMU before 10 has no x2APIC in TCG, without which no second CPU of the root
# would run under the hypervisor.
host_qemu() {
	local have
	have=$(qemu_version)
	[ "${have:-0}" -lt $QEMU_MIN ] || return 0
	step "installing on this machine: QEMU $QEMU_MIN or newer"
	have=$(qemu_candidate)
	if [ "${have:-0}" -ge $QEMU_MIN ]; then
		quiet "$CACHE/host-qemu.log" apt_install install qemu-system-x86
	else
		qemu_from_backports
	fi
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
