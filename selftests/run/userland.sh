# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# VMMs that are programs of a newer Debian than this machine has, for the RAM disk of a
# root: of some packages and all that they depend on, the programs and data named
# here and the libraries that the programs are linked with.  Nothing of it is
# installed on the machine.

USERLAND=$CACHE/userland
USERLAND_RELEASE=trixie
USERLAND_PACKAGES="qemu-system-x86 seabios"
USERLAND_PROGRAMS="usr/bin/qemu-system-x86_64"
USERLAND_DATA="usr/share/seabios/bios-256k.bin usr/share/qemu/linuxboot_dma.bin
	usr/share/qemu/multiboot_dma.bin usr/share/qemu/kvmvapic.bin"

userland_recipe() { sha256sum <"$RUN_DIR/userland.sh"; }

userland_ready() {
	[ -z "${REFRESH:-}" ] && [ "$(cat "$USERLAND/made" 2>/dev/null)" = "$(userland_recipe)" ]
}

# userland_apt ARGUMENTS: apt-get as on a machine of that release with nothing installed.
userland_apt() {
	apt_private apt-get -o Dir::Etc::sourcelist="$USERLAND/sources.list" -o Dir::State::status="$USERLAND/status" \
		-o APT::Install-Recommends=false -t "$USERLAND_RELEASE-backports" "$@"
}

userland_fetch() {
	apt_update
	grep " $USERLAND_RELEASE" "$APT/sources.list" >"$USERLAND/sources.list"
	step "fetching $USERLAND_PACKAGES of $USERLAND_RELEASE"
	# shellcheck disable=SC2086 # a list of words
	quiet "$USERLAND/fetch.log" userland_apt -y --download-only -o Dir::Cache::archives="$USERLAND/debs" install $USERLAND_PACKAGES
}

# userland_libraries FILE: what it is linked with, by the loader of that release.
userland_libraries() {
	local all=$USERLAND/all
	"$all/usr/lib64/ld-linux-x86-64.so.2" --library-path "$all/usr/lib/x86_64-linux-gnu" --list "$1" |
		awk '$2 == "=>" { print $3 }'
}

userland_pack() {
	local all=$USERLAND/all tree=$USERLAND/tree file
	mkdir -p "$tree"/usr/{bin,share,lib64,lib/x86_64-linux-gnu}
	ln -s usr/lib64 "$tree/lib64"
	cp "$all/usr/lib64/ld-linux-x86-64.so.2" "$tree/usr/lib64/"
	for file in $USERLAND_PROGRAMS; do
		cp "$all/$file" "$tree/$file"
		userland_libraries "$all/$file"
	done | sort -u | xargs cp -L -t "$tree/usr/lib/x86_64-linux-gnu" || return 1
	for file in $USERLAND_DATA; do
		mkdir -p "$tree/$(dirname "$file")"
		cp "$all/$file" "$tree/$file" || return 1
	done
	image_pack "$tree" "$USERLAND/cpio"
}

userland_make() {
	local deb
	! userland_ready || return 0
	rm -rf "$USERLAND"
	mkdir -p "$USERLAND/debs/partial"
	: >"$USERLAND/status"	# what is installed: nothing; its folder is also that of apt's locks
	userland_fetch
	for deb in "$USERLAND"/debs/*.deb; do
		dpkg-deb --extract "$deb" "$USERLAND/all" || die "cannot unpack $deb"
	done
	userland_pack || die "cannot pack the programs of $USERLAND_RELEASE"
	rm -rf "$USERLAND/all" "$USERLAND/tree"
	userland_recipe >"$USERLAND/made"
}

# userland_prepare: $USERLAND/cpio, to be appended to a RAM disk.
userland_prepare() {
	userland_ready || locked userland userland_make
}
