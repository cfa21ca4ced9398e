#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The archives of a release: the same bytes from everywhere, and in them what the reference's have, and where it comes from.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
VERSION=$(sed -n 's/^## \([0-9][^ ]*\).*/\1/p' "$ROOT/CHANGELOG.md" | head -n 1)
case $(uname -m) in x86_64) HERE=amd64 ;; aarch64) HERE=arm64 ;; *) HERE=$(uname -m) ;; esac

# A copy of what git knows, without git, in FOLDER.
copy_to() {
	mkdir -p "$1"
	git -C "$ROOT" ls-files -z | (cd "$ROOT" && xargs -0 cp --parents -t "$1")
}

# Makes a release in FOLDER of the machine ARCH.
release() {
	make -C "$1" -j"$(nproc)" release ARCH="$2" ARCHIVES="$ROOT/build/archives/$2" SOURCE_DATE_EPOCH=1800000000 >&2
}

setup_file() {
	export ONE=$BATS_FILE_TMPDIR/one TWO=$BATS_FILE_TMPDIR/two/in/another/folder
	copy_to "$ONE"
	copy_to "$TWO"
	release "$ONE" "$HERE"
	(umask 077 && release "$TWO" "$HERE")
	export ARCHIVE=$ONE/build/releases/cni-plugins-c-linux-$HERE-v$VERSION.tgz
	mkdir "$BATS_FILE_TMPDIR/top"
	tar -C "$BATS_FILE_TMPDIR/top" -xzf "$ARCHIVE"
	export TOP=$BATS_FILE_TMPDIR/top
}

@test "two checkouts in different folders make the same archive" {
	cmp "$ARCHIVE" "$TWO/build/releases/${ARCHIVE##*/}"
}

@test "an image follows from its release alone, and everybody may read and start what is in it" {
	local release=$BATS_TEST_TMPDIR/release mask

	for mask in 022 077; do
		cp "$ARCHIVE" "$release$mask.tgz"
		(cd "$ONE" && umask "$mask" && ARCH=$HERE VERSION=$VERSION bash tools/image.sh "$release$mask" >&2)
	done
	cmp "$release"{022,077}-image.tar
}

@test "the sums beside an archive are those of the reference's names" {
	cd "${ARCHIVE%/*}"
	sha256sum --check --strict "$ARCHIVE.sha256"
	sha512sum --check --strict "$ARCHIVE.sha512"
}

@test "programs are at the top, stripped, static and owned by root" {
	local program

	for program in bridge ptp loopback portmap host-local static cnitool; do
		[[ -x $TOP/$program ]]
		[[ $(readelf -SW "$TOP/$program") != *.symtab* ]]
		[[ $(readelf -lW "$TOP/$program") != *INTERP* ]]
	done
	[[ $(tar -tvzf "$ARCHIVE" | awk '{ print $2 }' | sort -u) == 0/0 ]]
	[[ $("$TOP/cnitool" --version) == "cnitool v$VERSION" ]]
	[[ $(CNI_COMMAND='' "$TOP/bridge" 2>&1 </dev/null) == "CNI bridge plugin v$VERSION"* ]]
}

# tar finds a member by the name that it was stored with, and scripts for the reference's archives ask for these.
@test "tar takes ./NAME out of an archive, and leaves the folder that it is unpacked into as it is" {
	local into=$BATS_TEST_TMPDIR/bin

	mkdir -m 710 "$into"
	tar -C "$into" -xzf "$ARCHIVE" ./bridge ./loopback
	[[ $(ls "$into") == $'bridge\nloopback' ]]
	tar -C "$into" -xzf "$ARCHIVE"
	[[ $(stat -c %a "$into") == 710 ]]
}

@test "documents, licences, manual and completion are with them" {
	local file

	for file in README.md LICENSE CHANGELOG.md BUILDINFO conf/10-bridge.conflist notices/libcjson-dev notices/libdbus-1-dev notices/libgcc notices/LGPL-2.1 \
		man/man1/cnitool.1 man/man8/cni-bridge.8 completion/cnitool completion/_cnitool completion/cnitool.fish; do
		[[ -s $TOP/$file ]]
	done
}

@test "what the documents point to is in the archive, but for the tests" {
	local file target missing=

	for file in docs/installing.md docs/troubleshooting.md docs/kubernetes.md SECURITY.md SPEC-NOTES.md plugins/bridge/README.md; do
		[[ -s $TOP/$file ]]
	done
	while IFS=: read -r file target; do
		target=${target#*](} target=${target%)}
		case $target in http*:* | '#'* | ../tests/*) continue ;; esac
		[[ -e $TOP/${file%/*}/${target%%#*} ]] || missing+=" $file: $target"
	done < <(cd "$TOP" && grep -o ']([^)]*)' --with-filename -r --include='*.md' .)
	# Pages that are named without a link.
	while IFS=: read -r file target; do
		[[ -e $TOP/$target ]] || missing+=" $file: $target"
	done < <(cd "$TOP" && grep -ohE --with-filename '\bdocs/(installing|kubernetes|troubleshooting|cnitool|labs|configuration|from-the-go-plugins|observability)\.md' -r --include='*.md' .)
	[[ -z $missing ]] || { echo "$missing" >&2; false; }
	[[ ! -e $TOP/docs/releasing.md ]]
}

@test "the units start the programs that were unpacked to /opt/cni/bin" {
	grep -q '^ExecStart=/opt/cni/bin/dhcp daemon$' "$TOP/systemd/cni-dhcp.service"
	grep -q '^ListenStream=/run/cni/dhcp.sock$' "$TOP/systemd/cni-dhcp.socket"
	grep -q '^ExecStart=/opt/cni/bin/cnitool metrics --output' "$TOP/systemd/cnitool-metrics.service"
	grep -q '^OnUnitInactiveSec=' "$TOP/systemd/cnitool-metrics.timer"
	[[ -x $TOP/dhcp && -x $TOP/cnitool ]]
}

@test "a release that cannot be made is refused before anything is compiled" {
	local option

	for option in ARCHIVES=/nowhere STATIC=0 LIBC=musl; do
		run make -C "$ROOT" BUILD="$BATS_TEST_TMPDIR/build" "$option" release
		[[ $status -ne 0 && $output != *' CC '* && $output == *'make'* ]]
		[[ $output == *'make deps brings them'* || $output == *"without $option"* ]]
	done
}

@test "BUILDINFO and the SBOM name every library that is linked in, and its version" {
	local library

	for library in libnl-3 libnl-route-3 libnftnl libmnl cjson libdbus-1 glibc; do
		grep -qE "^library: $library [0-9]" "$TOP/BUILDINFO"
		jq -e --arg name "$library" --arg version "$(sed -n "s/^library: $library //p" "$TOP/BUILDINFO")" \
			'[.packages[] | select(.name == $name and .versionInfo == $version)] | length == 1' "$TOP/sbom.spdx.json"
	done
	jq -e '.spdxVersion == "SPDX-2.3" and ([.packages[].SPDXID] | length == (unique | length))
		and ([.relationships[].relatedSpdxElement] - [.packages[].SPDXID] == [])' "$TOP/sbom.spdx.json"
	(cd "$TOP" && sed -n 's/^program: //p' BUILDINFO | sha256sum --check --strict)
}

@test "the notices name every library that is linked in, with its licence and where its source is" {
	local name version licence source last

	while IFS=$'\t' read -r name version licence source; do
		grep -qxF "$(printf '%-14s %-22s %-42s %s' "$name" "$version" "$licence" "$source")" "$TOP/notices/README"
		last=$name
	done < <(jq -r '.packages[1:][] | [.name, .versionInfo, .licenseDeclared, (.externalRefs[0].referenceLocator | capture("/(?<name>[^/@]+)@").name)] | @tsv' \
		"$TOP/sbom.spdx.json")
	[[ $last == libgcc ]]
	grep -qF 'make release ARCHIVES=FOLDER' "$TOP/notices/README"
}
