#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packs the programs as a release does, in the layout of the reference's archives:
#
#   release.sh OUTPUT PROGRAM…   into the folder OUTPUT; `make release` calls it
#
# From the Makefile: VERSION, ARCH, CC, RELEASE_STRIP, ARCHIVES, RELEASE_FLAGS. The bytes depend on the sources, the compiler and the libraries
# alone: not on the folder, the time, or who packs. SOURCE_DATE_EPOCH is the commit's time unless it is given.
set -euo pipefail

output=$1
shift
name=cni-plugins-c-linux-$ARCH-v$VERSION
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
top=$work/top
export LC_ALL=C TZ=UTC
# Without git, as in a source archive, the change log's time is that of the release.
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}"

# Debian's name of the machine.
debian_arch=${ARCH/ppc64le/ppc64el}

os_release() {
	sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" /etc/os-release
}

# The file that came from Debian's package of a library: its version, of the archive folder or of the installed package.
version_of() {
	local library=$1 package=$2

	awk -v name="$library" '$1 == name { sub(/\+b[0-9]+$/, "", $2); print $2; found = 1 } END { exit !found }' "$ARCHIVES/versions" 2>/dev/null ||
		dpkg-query -W -f '${source:Version}' "$package"
}

# The package NAME of the machine that the programs are for: cross compilers have their own.
package_for() {
	if [[ $debian_arch == "$(dpkg --print-architecture)" ]]; then echo "$1"; else echo "$1-$debian_arch-cross"; fi
}

# version_of_source SOURCE PACKAGE: what the package was built of. A cross compiler's package is numbered in its own way, and names
# the sources that it contains.
version_of_source() {
	local built_using

	built_using=$(dpkg-query -W -f '${Built-Using}' "$2" | tr ',' '\n' | sed -n "s/^ *$1 (= \(.*\))\$/\1/p")
	if [[ -n $built_using ]]; then echo "$built_using"; else dpkg-query -W -f '${source:Version}' "$2"; fi
}

# Everything that is linked in: name, version, licence, Debian's source package, what it is for.
libraries() {
	local gcc glibc libgcc

	gcc=gcc-$($CC -dumpversion)
	glibc=$(version_of_source glibc "$(package_for libc6-dev)")
	libgcc=$(version_of_source "$gcc" "$(package_for "lib${gcc}-dev")")
	printf '%s\t%s\t%s\t%s\n' \
		libnl-3 "$(version_of libnl-3 libnl-3-dev)" LGPL-2.1-only libnl3 \
		libnl-route-3 "$(version_of libnl-route-3 libnl-route-3-dev)" LGPL-2.1-only libnl3 \
		libnftnl "$(version_of libnftnl libnftnl-dev)" GPL-2.0-or-later libnftnl \
		libmnl "$(version_of libmnl libmnl-dev)" LGPL-2.1-or-later libmnl \
		cjson "$(version_of libcjson libcjson-dev)" MIT cjson \
		libdbus-1 "$(version_of libdbus-1 libdbus-1-dev)" 'AFL-2.1 OR GPL-2.0-or-later' dbus \
		glibc "$glibc" LGPL-2.1-or-later glibc \
		libgcc "$libgcc" 'GPL-3.0-or-later WITH GCC-exception-3.1' "$gcc"
}

# Files that differ from the commit make other programs than it does.
commit() {
	local id

	id=$(git rev-parse HEAD 2>/dev/null) || { echo unknown; return; }
	if git diff --quiet HEAD; then echo "$id"; else echo "$id, and changes"; fi
}

write_buildinfo() {
	printf 'name: cni-plugins-c\nversion: %s\nmachine: %s\n' "$VERSION" "$ARCH"
	printf 'commit: %s\n' "$(commit)"
	printf 'source date: %s\n' "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
	printf 'compiler: %s\n' "$($CC --version | head -n 1)"
	printf 'linker: %s\n' "$($CC -Wl,--version 2>/dev/null | head -n 1)"
	printf 'flags: %s\n' "$RELEASE_FLAGS"
	printf 'made on: %s\n' "$(os_release PRETTY_NAME)"
	libraries | awk -F '\t' '{ print "library: " $1 " " $2 }'
	(cd "$top" && find . -maxdepth 1 -type f -perm /111 -printf '%f\n' | sort | xargs sha256sum | sed 's/^/program: /')
}

write_sbom() {
	libraries | jq -R -s --arg version "$VERSION" --arg machine "$ARCH" \
		--arg created "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" --arg distribution "$(os_release ID)" \
		--arg digest "$(cat "$top"/[a-z]* 2>/dev/null | sha256sum | cut -c 1-16)" '
		def package(id; name; version; license; purl): {
			SPDXID: "SPDXRef-\(id)", name: name, versionInfo: version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
			licenseConcluded: license, licenseDeclared: license, copyrightText: "NOASSERTION",
			externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl}]};
		[split("\n")[] | select(. != "") | split("\t")] as $libraries
		| {
			spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
			name: "cni-plugins-c-\($version)-\($machine)",
			documentNamespace: "https://spdx.org/spdxdocs/cni-plugins-c-\($version)-\($machine)-\($digest)",
			creationInfo: {created: $created, creators: ["Tool: tools/release.sh"]},
			documentDescribes: ["SPDXRef-cni-plugins-c"],
			packages: ([package("cni-plugins-c"; "cni-plugins-c"; $version; "GPL-2.0-or-later";
					"pkg:generic/cni-plugins-c@\($version)?arch=\($machine)")]
				+ [$libraries[] | package(.[0]; .[0]; .[1]; .[2];
					"pkg:deb/\($distribution)/\(.[3])@\(.[1] | @uri)?arch=source")]),
			relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-cni-plugins-c"}]
				+ [$libraries[] | {spdxElementId: "SPDXRef-cni-plugins-c", relationshipType: "STATIC_LINK", relatedSpdxElement: "SPDXRef-\(.[0])"}])
		}'
}

# The licences of what is linked in, as its packages tell them, and what they ask of those who pass the programs on.
write_notices() {
	local package

	mkdir "$top/notices"
	for package in libnl-3-dev libnl-route-3-dev libnftnl-dev libmnl-dev libcjson-dev libdbus-1-dev libc6-dev; do
		cp "/usr/share/doc/$package/copyright" "$top/notices/$package"
	done
	cp "/usr/share/doc/libgcc-$($CC -dumpversion)-dev/copyright" "$top/notices/libgcc"
	cp /usr/share/common-licenses/LGPL-2.1 "$top/notices/"
	{
		cat <<-'END'
			The programs contain these libraries, or parts of them. Authors and terms of each are in the files beside this one; the GPL,
			version 2, is the file LICENSE of the archive. The source packages are those of the distribution which BUILDINFO names.

		END
		libraries | awk -F '\t' 'BEGIN { form = "%-14s %-22s %-42s %s\n"; printf form, "library", "version", "licence", "source package" }
			{ printf form, $1, $2, $3, $4 }'
		if grep -q '^libmnl .* package ' "$ARCHIVES/versions" 2>/dev/null; then
			printf '\nlibmnl has no static form in Debian 12: this one is of Debian 13.\n'
		fi
		cat <<-'END'

			Who passes the programs on passes the libraries on. The GPL (these programs, libnftnl) and the LGPL (libnl, libmnl, the C
			library) want the sources to go with them: those of the commit that BUILDINFO names, and the source packages above, which
			`apt-get source NAME=VERSION` fetches as long as a mirror keeps that version.

			The LGPL gives everybody the right to use a changed library. With the sources of these programs, and the changed libNAME.a
			in FOLDER/lib, `make release ARCHIVES=FOLDER` links them anew; LDFLAGS=-LFOLDER does so for the C library.
		END
	} >"$top/notices/README"
}

mkdir -p "$top/man/man1" "$top/man/man8" "$top/completion"
for program in "$@"; do
	install -m 755 "$program" "$top/${program##*/}"
	"$RELEASE_STRIP" "$top/${program##*/}"
done
# What users read, at the same places as in the sources, so that the documents' links lead somewhere.
cp --parents README.md LICENSE CHANGELOG.md SECURITY.md SPEC-NOTES.md docs/{installing,kubernetes,troubleshooting,breaks,cnitool,labs,configuration,from-the-go-plugins,observability}.md \
	docs/three-containers.svg docs/grafana-dashboard.json plugins/*/README.md ipam/*/README.md "$top/"
cp -R conf ipam/dhcp/systemd "$top/"
# The tools are unpacked where the plugins are.
for unit in tools/*/systemd/*; do
	sed 's|/usr/local/bin|/opt/cni/bin|' "$unit" >"$top/systemd/${unit##*/}"
done
cp docs/man/*.1 "$top/man/man1/"
cp docs/man/*.8 "$top/man/man8/"
for file in tools/*/completion.bash; do
	tool=$(basename "$(dirname "$file")")
	cp "$file" "$top/completion/$tool"
	cp "${file%.bash}.zsh" "$top/completion/_$tool"
	cp "${file%.bash}.fish" "$top/completion/$tool.fish"
done
write_notices
write_buildinfo >"$work/BUILDINFO"
write_sbom >"$work/sbom.spdx.json"
mv "$work/BUILDINFO" "$work/sbom.spdx.json" "$top/"
chmod -R u=rwX,go=rX "$top"

mkdir -p "$output"
# Names begin with ./ as in the reference's archives: scripts ask tar for ./bridge.
(cd "$top" && find . -mindepth 1 | sort | tar --no-recursion --files-from=- --format=ustar \
	--mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - | gzip -9n) >"$output/$name.tgz"
for sum in sha256 sha512; do
	(cd "$output" && "${sum}sum" "$name.tgz" >"$name.tgz.$sum")
done
echo "$output/$name.tgz"
