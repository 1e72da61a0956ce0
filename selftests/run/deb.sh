# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages of Debian's archive by name, from suites that the machine itself
# does not use, without touching the machine's apt: a private apt state in the
# cache names the suites, and takes the archive's address and keyring from the
# machine's own configuration.
#
# What was fetched is written down in $CACHE/fetched ("suite package version
# file", one a line) and is used again without asking the archive, so that a
# machine which has everything needs no network.  REFRESH=1 asks again.

APT=$CACHE/apt
DEBS=$CACHE/debs
FETCHED=$CACHE/fetched
APT_SUITES="bookworm bookworm-backports trixie trixie-backports"

# The first archive of Debian proper in the machine's deb822 sources, as
# "URI keyring".  The keyring may be missing: apt then uses its trusted set.
archive_deb822() {
	local sources=(/etc/apt/sources.list.d/*.sources)
	[ -e "${sources[0]}" ] || return 0
	awk -v RS= -F'\n' '
	{
		uri = suites = key = ""
		for (i = 1; i <= NF; i++) {
			n = split($i, word, /[ \t]+/)
			if (tolower(word[1]) == "uris:") uri = word[2]
			if (tolower(word[1]) == "signed-by:") key = word[2]
			if (tolower(word[1]) == "suites:")
				for (j = 2; j <= n; j++) suites = suites " " word[j]
		}
		if (suites ~ / (bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)( |$)/) {
			print uri, key
			exit
		}
	}' "${sources[@]}"
}

# The same from one-line sources.
archive_classic() {
	local sources=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list)
	awk '
	$1 == "deb" {
		key = ""
		if (match($0, /signed-by=[^] ,]+/))
			key = substr($0, RSTART + 10, RLENGTH - 10)
		sub(/\[[^]]*\]/, "")
		if ($3 ~ /^(bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)$/) {
			print $2, key
			exit
		}
	}' "${sources[@]}" 2>/dev/null
}

apt_private() {
	local command=$1
	shift
	"$command" -q -o Dir::Etc::sourcelist="$APT/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$APT/lists" -o Dir::Cache="$APT/cache" \
		-o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin \
		-o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# Only if something is missing, and not again within the hour.
apt_update() {
	local uri key suite
	[ -z "$(find "$APT/updated" -mmin -60 2>/dev/null)" ] || return 0
	read -r uri key < <(archive_deb822; archive_classic) || die "found no Debian archive in the machine's apt sources"
	mkdir -p "$APT/lists/partial" "$APT/cache/archives/partial"
	for suite in $APT_SUITES; do
		echo "deb ${key:+[signed-by=$key] }$uri $suite main"
	done >"$APT/sources.list"
	step "reading the archive's package lists"
	quiet "$APT/update.log" apt_private apt-get update
	touch "$APT/updated"
}

# deb_recorded SUITE PACKAGE: "version file" of what the cache has.
deb_recorded() {
	[ -e "$FETCHED" ] && [ -z "${REFRESH:-}" ] || return 0
	awk -v s="$1" -v p="$2" '$1 == s && $2 == p { v = $3 " " $4 } END { if (v) print v }' "$FETCHED"
}

deb_download() {
	local suite=$1 package=$2 version file
	apt_update
	file=$(apt_private apt-get download --print-uris "$package/$suite" 2>/dev/null | awk 'END { print $2 }')
	[ -n "$file" ] || die "the archive's $suite has no package $package"
	version=${file#*_}
	version=${version%_*}
	version=${version//%3a/:}
	mkdir -p "$DEBS"
	if [ ! -e "$DEBS/$file" ]; then
		step "fetching $package $version from $suite"
		(
			mkdir -p "$DEBS/partial.$$" && cd "$DEBS/partial.$$" &&
				quiet "$APT/download.log" apt_private apt-get download "$package=$version" &&
				mv ./*.deb "$DEBS/$file" && rmdir "$DEBS/partial.$$"
		) || die "cannot fetch $package $version"
	fi
	printf '%s %s %s %s\n' "$suite" "$package" "$version" "$file" >>"$FETCHED"
}

# deb_get SUITE PACKAGE: sets DEB_FILE and DEB_VERSION, fetching when needed.
deb_get() {
	local found
	found=$(deb_recorded "$1" "$2")
	if [ -z "$found" ] || [ ! -e "$DEBS/${found#* }" ]; then
		deb_download "$1" "$2"
		found=$(REFRESH='' deb_recorded "$1" "$2")
	fi
	DEB_VERSION=${found% *}
	DEB_FILE=$DEBS/${found#* }
}

# deb_suite PACKAGE ROLE: the suite that suites.list gives.
deb_suite() {
	awk -v p="$1" -v r="$2" '$1 == p && $3 == r { print $2 }' "$RUN_DIR/suites.list"
}

# deb_depends REGEX: names among DEB_FILE's dependencies that match.
deb_depends() {
	dpkg-deb --field "$DEB_FILE" Depends | tr ',' '\n' | awk -v re="^($1)\$" '$1 ~ re { print $1 }'
}

# deb_unpack DIR: unpack DEB_FILE there.
deb_unpack() {
	mkdir -p "$1"
	dpkg-deb --extract "$DEB_FILE" "$1" || die "cannot unpack $DEB_FILE"
}
